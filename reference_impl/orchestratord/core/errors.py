"""The server's one tree of errors.

Code, pointers and advice are data on it; the edge renders it and nothing else does.
"""

from typing import NamedTuple

from orchqueue_contract.errors import ErrorCode, PolicyLabel


class Detail(NamedTuple):
    """One thing that is wrong: `pointer` into the body, or the `name` of a header, parameter or budget."""

    message: str
    pointer: str | None = None
    name: str | None = None


class ServerError(Exception):
    """The root of the tree."""


class OrchestratorError(ServerError):
    """A failure that a client is told: by an envelope, or by the error event of a stream.

    `retry_after_ms` is the advice when to come back; `engine` and `pool_id` are set once the pool is known.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        engine: str | None = None,
        pool_id: str | None = None,
        retry_after_ms: int | None = None,
        policy_label: PolicyLabel | None = None,
        details: tuple[Detail, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.engine = engine
        self.pool_id = pool_id
        self.retry_after_ms = retry_after_ms
        self.policy_label = policy_label
        self.details = details


class ConfigurationError(ServerError):
    """The server cannot be started as it was asked to; each entry of `problems` is one sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


def invalid(
    pointer: str, message: str, *, engine: str | None = None, pool_id: str | None = None
) -> OrchestratorError:
    """INVALID_PARAMS about one place in the body."""
    return OrchestratorError(
        ErrorCode.INVALID_PARAMS,
        message,
        engine=engine,
        pool_id=pool_id,
        details=(Detail(message, pointer=pointer),),
    )
