"""What an operation is: the arguments it takes, the answers it may give. Reading it is for `paths`."""

from dataclasses import dataclass

from orchqueue.gen.names import snake
from orchqueue.gen.types import Named, Type

TRANSPORT = "transport"  # in place of an operation, for the answers that are given before any is reached


@dataclass(frozen=True)
class Parameter:
    """An argument taken from the path or from a header, as text."""

    name: str
    where: str
    required: bool

    @property
    def python_name(self) -> str:
        return snake(self.name)


@dataclass(frozen=True)
class RequestBody:
    """A JSON body."""

    media_types: tuple[str, ...]
    type: Named
    required: bool


@dataclass(frozen=True)
class Header:
    """A header of a response; a `constant` is written without being asked for."""

    name: str
    type: Type
    required: bool
    constant: str | None

    @property
    def python_name(self) -> str:
        return snake(self.name)


@dataclass(frozen=True)
class Response:
    """One declared answer: `type` is that of a JSON body, None for any other; `codes` are its error codes."""

    class_name: str
    status: int
    description: str
    headers: tuple[Header, ...]
    media_types: tuple[str, ...]
    type: Type | None
    codes: tuple[str, ...]

    @property
    def streams(self) -> bool:
        return self.media_types == ("text/event-stream",)


@dataclass(frozen=True)
class Operation:
    """One operationId with what goes in and what may come out."""

    operation_id: str
    method: str
    path: str
    summary: str
    profile: str
    scope: str | None
    secured: bool
    parameters: tuple[Parameter, ...]
    body: RequestBody | None
    responses: tuple[Response, ...]
    requirements: tuple[str, ...]

    @property
    def python_name(self) -> str:
        return snake(self.operation_id)
