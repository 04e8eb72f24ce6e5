"""The edge: HTTP in, the service behind it, HTTP out.

It renders what the service decides and decides only on form.
"""

from orchestratord.http.application import build_application
from orchestratord.http.keys import Key, KeyRing
from orchestratord.http.protocol import ConnectionLimits, EdgeProtocol

__all__ = ["ConnectionLimits", "EdgeProtocol", "Key", "KeyRing", "build_application"]
