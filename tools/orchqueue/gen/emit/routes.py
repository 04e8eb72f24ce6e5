"""Writes routes.py: one abstract operation for each operationId, its declared answers as types, and their handlers."""

import re
from collections.abc import Iterator

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.source import docstring_of, header, literal, strings, template
from orchqueue.gen.emit.structs import type_expression
from orchqueue.gen.names import constant, pascal
from orchqueue.gen.operations import TRANSPORT, Header, Operation, Response
from orchqueue.gen.types import Integer, Named, Record, Type

DOCSTRING = """\
The routes of the contract as stubs. A server derives from Operations and hands an instance to `route_handlers`.

Each operation gives back one of the answers that the contract declares for it: any other does not type-check, and raises
UndeclaredResponseError when it is given back all the same. Path and header arguments are text as the client sent it.
`X-Correlation-Id` and the key are read and written by the outermost layer of a server, and stand in no signature.
"""

PUBLIC = [
    "Body",
    "Context",
    "DisconnectedError",
    "MissingOperationError",
    "Operations",
    "RESPONSES",
    "Rendered",
    "Response",
    "RouteError",
    "TRANSPORT",
    "UndeclaredResponseError",
    "declared_response",
    "route_handlers",
    "send_rendered",
]


def routes(contract: Contract) -> str:
    """routes.py"""
    every = [(TRANSPORT, response) for response in contract.transport]
    every += [
        (operation.operation_id, response)
        for operation in contract.operations
        for response in operation.responses
    ]
    names = [*PUBLIC, *(response.class_name for _, response in every)]
    names += [_union_name(operation) for operation in contract.operations]
    names += [_decode_name(operation) for operation in contract.operations if operation.body]
    parts = [
        header(contract, ["openapi"], DOCSTRING),
        template("routes.py.txt"),
        f"__all__ = {sorted(names)!r}\n",
        f"TRANSPORT = {literal(TRANSPORT)}",
        '"""Under this name stand the answers that are given before any operation is reached."""\n',
        *("\n".join(_response(contract, owner, response)) for owner, response in every),
        *(_union(operation) for operation in contract.operations),
        *(_decoder(operation) for operation in contract.operations if operation.body),
        *_operations(contract),
        *(_call(operation) for operation in contract.operations),
        *_tables(contract),
        template("route_handlers.py.txt"),
    ]
    return "\n".join(parts)


def _response(contract: Contract, owner: str, response: Response) -> Iterator[str]:
    yield f"class {response.class_name}(Response, frozen=True, kw_only=True):"
    yield f"    {docstring_of(response.description or f'{owner}: {response.status}')}\n"
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
        yield f"body: {_named(response.type)}"
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


def _named(kind: Type) -> str:
    return f"structs.{kind.name}" if isinstance(kind, Named) else "Any"


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


def _union_name(operation: Operation) -> str:
    return f"{pascal(operation.operation_id)}Response"


def _union(operation: Operation) -> str:
    members = " | ".join(response.class_name for response in operation.responses)
    return f"{_union_name(operation)}: TypeAlias = {members}\n"


def _decode_name(operation: Operation) -> str:
    return f"decode_{operation.python_name}"


def _decoder(operation: Operation) -> str:
    assert operation.body is not None
    kind = _named(operation.body.type)
    table = f"_{constant(operation.python_name)}_BODY"
    return (
        f"{table}: Callable[[bytes], {kind}] = decoder({kind})\n\n\n"
        f"def {_decode_name(operation)}(raw: bytes) -> {kind}:\n"
        f'    """The body of {operation.operation_id}.\n\n'
        "    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what is not of the\n"
        "    schema, UnicodeDecodeError for bytes that are no UTF-8, RecursionError for nesting without end.\n"
        '    """\n'
        f"    return {table}(raw)\n\n"
    )


def _operations(contract: Contract) -> Iterator[str]:
    yield "class Operations(ABC, Generic[Context]):"
    yield '    """What a server implements: one method for each operation of the contract."""\n'
    yield "    def __new__(cls, *args: Any, **kwargs: Any) -> Self:"
    yield '        """Raises MissingOperationError, which names all that a subclass lacks."""'
    yield "        if missing := [_METHODS[name] for name in _METHODS if name in cls.__abstractmethods__]:"
    yield "            raise MissingOperationError(missing)"
    yield "        return super().__new__(cls)\n"
    for operation in contract.operations:
        yield "    @abstractmethod"
        yield f"    async def {operation.python_name}({_arguments(operation)}) -> {_union_name(operation)}:"
        yield f'        """{operation.summary} ({operation.method} {operation.path})."""\n'


def _arguments(operation: Operation) -> str:
    arguments = ["self", "context: Context"]
    for parameter in operation.parameters:
        arguments.append(f"{parameter.python_name}: str" + ("" if parameter.required else " | None"))
    if operation.body:
        optional = "" if operation.body.required else " | None"
        arguments.append(f"body: Body[{_named(operation.body.type)}]{optional}")
    return ", ".join(arguments)


def _call(operation: Operation) -> str:
    lines = [f"def _{operation.python_name}(operations: Operations[Context]) -> Call[Context]:"]
    lines.append("    async def call(context: Context, scope: Scope, receive: Receive) -> Response:")
    values = ["context"]
    for parameter in operation.parameters:
        values.append(_value(parameter.name, parameter.where, parameter.required))
    if operation.body:
        lines.append("        raw = await read_body(receive)")
        body = f"Body(raw, {_decode_name(operation)})"
        values.append(body if operation.body.required else f"{body} if raw else None")
    lines.append(f"        return await operations.{operation.python_name}({', '.join(values)})\n")
    lines.append("    return call\n\n")
    return "\n".join(lines)


def _value(name: str, where: str, required: bool) -> str:
    if where == "path":
        return f"scope['path_params'][{literal(name)}]"
    value = f"header_value(scope, {literal(name.lower().encode())})"
    return f"{value} or ''" if required else value


def _tables(contract: Contract) -> Iterator[str]:
    yield "RESPONSES: Mapping[str, Mapping[int, type[Response]]] = MappingProxyType({"
    yield f"    TRANSPORT: {_by_status(contract.transport)},"
    for operation in contract.operations:
        yield f"    {literal(operation.operation_id)}: {_by_status(operation.responses)},"
    yield "})"
    yield '"""The declared answers of each operation by status, and those of TRANSPORT."""\n'
    yield "_METHODS = {"
    for operation in contract.operations:
        yield f"    {literal(operation.python_name)}: {literal(operation.operation_id)},"
    yield "}\n"
    yield "_ROUTES: tuple[tuple[str, str, str, frozenset[type[Response]], Callable[[Operations[Any]], Call[Any]]], ...] = ("
    for operation in contract.operations:
        declared = f"frozenset({{{', '.join(response.class_name for response in operation.responses)}}})"
        path = re.sub(r"\{(\w+)\}", r"{\1:str}", operation.path)
        name, method = literal(operation.operation_id), literal(operation.method)
        yield f"    ({name}, {method}, {literal(path)}, {declared}, _{operation.python_name}),"
    yield ")\n\n"


def _by_status(responses: tuple[Response, ...]) -> str:
    members = ", ".join(f"{response.status}: {response.class_name}" for response in responses)
    return f"MappingProxyType({{{members}}})"
