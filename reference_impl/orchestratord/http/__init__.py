"""The edge: HTTP in, the service behind it, HTTP out.

It renders what the service decides and decides only on form.
"""

from orchestratord.http.application import build_application
from orchestratord.http.keys import Key, KeyRing
from orchestratord.http.protocol import EdgeProtocol, HeadLimits

__all__ = ["EdgeProtocol", "HeadLimits", "Key", "KeyRing", "build_application"]
