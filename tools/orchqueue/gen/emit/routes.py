"""Writes routes.py: an abstract operation for each operationId, its declared answers, and their handlers."""

import re
from collections.abc import Iterator

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.responses import body_type, response_class
from orchqueue.gen.emit.source import header, literal, template
from orchqueue.gen.names import constant, pascal
from orchqueue.gen.operations import TRANSPORT, Operation, Parameter, Response

DOCSTRING = """\
The routes of the contract as stubs. A server derives from Operations; `route_handlers` takes an instance.

Each operation gives back one of the answers that the contract declares for it: any other does not type-check,
and raises UndeclaredResponseError when it is given back all the same. Path and header arguments are text as
the client sent it. `X-Correlation-Id` and the key belong to the outermost layer of a server, and stand in no
signature.
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
    "endpoints",
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
        *(response_class(contract, owner, response) for owner, response in every),
        *(_union(operation) for operation in contract.operations),
        *(_decoder(operation) for operation in contract.operations if operation.body),
        *_operations(contract),
        *(_call(operation) for operation in contract.operations),
        *_tables(contract),
        template("route_handlers.py.txt"),
    ]
    return "\n".join(parts)


def _union_name(operation: Operation) -> str:
    return f"{pascal(operation.operation_id)}Response"


def _union(operation: Operation) -> str:
    members = " | ".join(response.class_name for response in operation.responses)
    return f"{_union_name(operation)}: TypeAlias = {members}\n"


def _decode_name(operation: Operation) -> str:
    return f"decode_{operation.python_name}"


def _decoder(operation: Operation) -> str:
    assert operation.body is not None
    kind = body_type(operation.body.type)
    table = f"_{constant(operation.python_name)}_BODY"
    return (
        f"{table}: Callable[[bytes], {kind}] = decoder({kind})\n\n\n"
        f"def {_decode_name(operation)}(raw: bytes) -> {kind}:\n"
        f'    """The body of {operation.operation_id}.\n\n'
        "    Raises msgspec.DecodeError for what is no JSON, its subclass msgspec.ValidationError for what\n"
        "    is not of the schema, UnicodeDecodeError for no UTF-8, RecursionError for deep nesting.\n"
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
        arguments.append(f"body: Body[{body_type(operation.body.type)}]{optional}")
    return ", ".join(arguments)


def _call(operation: Operation) -> str:
    lines = [f"def _{operation.python_name}(operations: Operations[Context]) -> Call[Context]:"]
    lines.append("    async def call(context: Context, scope: Scope, receive: Receive) -> Response:")
    values = ["context"]
    for parameter in operation.parameters:
        values.append(_value(parameter))
    if operation.body:
        lines.append("        raw = await read_body(receive)")
        body = f"Body(raw, {_decode_name(operation)})"
        values.append(body if operation.body.required else f"{body} if raw else None")
    lines.append(f"        return await operations.{operation.python_name}({', '.join(values)})\n")
    lines.append("    return call\n\n")
    return "\n".join(lines)


def _value(parameter: Parameter) -> str:
    if parameter.where == "path":
        return f"scope['path_params'][{literal(parameter.name)}]"
    value = f"header_value(scope, {literal(parameter.name.lower().encode())})"
    return f"{value} or ''" if parameter.required else value


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
    yield "_Call: TypeAlias = Callable[[Operations[Any]], Call[Any]]"
    yield "_Route: TypeAlias = tuple[str, str, str, frozenset[type[Response]], _Call]"
    yield "_ROUTES: tuple[_Route, ...] = ("
    for operation in contract.operations:
        declared = f"frozenset({{{', '.join(response.class_name for response in operation.responses)}}})"
        path = re.sub(r"\{(\w+)\}", r"{\1:str}", operation.path)
        name, method = literal(operation.operation_id), literal(operation.method)
        yield f"    ({name}, {method}, {literal(path)}, {declared}, _{operation.python_name}),"
    yield ")\n\n"


def _by_status(responses: tuple[Response, ...]) -> str:
    members = ", ".join(f"{response.status}: {response.class_name}" for response in responses)
    return f"MappingProxyType({{{members}}})"
