"""The type of the fixture that makes queues."""

from collections.abc import Callable
from typing import TypeAlias

from orchestratord.core._queue import AdmissionQueue

MakeQueue: TypeAlias = Callable[..., AdmissionQueue]
