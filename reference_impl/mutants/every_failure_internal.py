"""Every failure of an engine is told as one of the server."""

from typing import Any

from mutants._planting import Patch
from orchestratord.core.engine_failures import Fail
from orchestratord.service import relay
from orchqueue_contract.errors import ErrorCode

REQUIREMENTS = ["OC-ADAPT-5022", "OC-ADAPT-5041", "OC-ADAPT-5061", "OC-ADAPT-5081", "OC-CTRL-2079"]


def plant(patch: Patch) -> None:
    """Forget what kind of failure it was."""
    patch(relay, "decide", _internal)


def _internal(real: Any) -> Any:
    def decide(*args: Any, **named: Any) -> Any:
        verdict = real(*args, **named)
        return Fail(ErrorCode.INTERNAL) if isinstance(verdict, Fail) else verdict

    return decide
