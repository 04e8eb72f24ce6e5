"""Writes the classes of the declared answers, each with the code that renders it ahead of Litestar."""

import re
from collections.abc import Iterator

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.source import docstring_of, literal, strings
from orchqueue.gen.emit.structs import type_expression
from orchqueue.gen.operations import Header, Response
from orchqueue.gen.types import Integer, Named, Record, Type


def response_class(contract: Contract, owner: str, response: Response) -> str:
    """The class of an answer of the operation `owner`."""
    return "\n".join(_lines(contract, owner, response))


def body_type(kind: Type) -> str:
    """The annotation of a body in routes.py."""
    return f"structs.{kind.name}" if isinstance(kind, Named) else "Any"


def _lines(contract: Contract, owner: str, response: Response) -> Iterator[str]:
    yield f"class {response.class_name}(Response, frozen=True, kw_only=True):"
    yield f"    {docstring_of(response.description)}\n"
    yield f"    operation: ClassVar[str] = {literal(owner)}"
    yield f"    status: ClassVar[int] = {response.status}"
    fields = [*_body_field(response), *map(_header_field, _variable(response))]
    yield from (f"    {line}" for line in fields)
    if response.media_types or response.headers:
        yield "\n    def render(self) -> Rendered:"
        yield from (f"        {line}" for line in _render(contract, response))
    yield "\n"


def _variable(response: Response) -> list[Header]:
    return [item for item in response.headers if item.constant is None]


def _body_field(response: Response) -> Iterator[str]:
    if response.type is not None:
        yield f"body: {body_type(response.type)}"
    elif response.streams:
        yield "body: AsyncIterator[bytes]"
    elif response.media_types:
        yield "body: bytes"
        yield "content_type: str" + (
            f" = {literal(response.media_types[0])}" if len(response.media_types) == 1 else ""
        )


def _header_field(item: Header) -> str:
    kind = (
        "int"
        if isinstance(item.type, Integer)
        else re.sub(r"^Annotated\[(\w+), .*", r"\1", type_expression(item.type))
    )
    return f"{item.python_name}: {kind}" if item.required else f"{item.python_name}: {kind} | None = None"


def _render(contract: Contract, response: Response) -> Iterator[str]:
    body = "b''"
    if response.type is not None:
        yield from _checks(contract, response)
        yield "body = encode(self.body)"
        yield "headers = json_headers(body)"
        body = "body"
    elif response.streams:
        yield "headers = [(b'content-type', b'text/event-stream')]"
        body = "self.body"
    elif response.media_types:
        yield f"require_media_type(self, self.content_type, {strings(response.media_types)})"
        yield "headers = ["
        yield "    (b'content-type', self.content_type.encode('latin-1')),"
        yield "    (b'content-length', b'%d' % len(self.body)),"
        yield "]"
        body = "self.body"
    else:
        yield f"headers = empty_headers({response.status})"
    for item in response.headers:
        yield from _header_lines(item)
    yield f"return {response.status}, headers, {body}"


def _checks(contract: Contract, response: Response) -> Iterator[str]:
    if not isinstance(response.type, Named):
        return
    definition = contract.definitions[response.type.name]
    if isinstance(definition, Record):
        yield f"require_body(self, self.body, structs.{definition.name})"
        if response.codes and any(field.name == "code" for field in definition.fields):
            yield f"require_code(self, self.body.code, {strings(response.codes)})"


def _header_lines(item: Header) -> Iterator[str]:
    name = literal(item.name.lower().encode())
    if item.constant is not None:
        yield f"headers.append(({name}, {item.constant.encode('latin-1')!r}))"
        return
    value = f"self.{item.python_name}"
    text = f"b'%d' % {value}" if isinstance(item.type, Integer) else f"{value}.encode('latin-1')"
    if item.required:
        yield f"headers.append(({name}, {text}))"
    else:
        yield f"if {value} is not None:"
        yield f"    headers.append(({name}, {text}))"
