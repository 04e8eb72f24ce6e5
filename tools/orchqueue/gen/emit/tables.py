"""Writes the tables: error codes, series, requirements, operations."""

from collections.abc import Iterator

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.source import header, instance, literal, strings, template
from orchqueue.gen.names import constant
from orchqueue.gen.operations import Operation, Response
from orchqueue.gen.sources import Node


def errors(contract: Contract) -> str:
    """errors.py"""
    document = contract.documents["errors"]
    codes: Node = document.get("errors", {})
    labels: Node = document.get("policy_labels", {})
    parts = [
        header(
            contract, ["errors"], "The closed table of error codes, and the policies that an error may name."
        ),
        template("errors.py.txt"),
        *_enumeration("ErrorCode", "What went wrong, as clients read it.", codes),
        *_enumeration("PolicyLabel", "The policy that refused, held back or gave up a task.", labels),
        template("error_spec.py.txt"),
        "ERRORS: Mapping[ErrorCode, ErrorSpec] = MappingProxyType({",
        *(_error(code, node) for code, node in codes.items()),
        "})",
    ]
    return "\n".join(parts)


def _enumeration(name: str, docstring: str, members: Node) -> Iterator[str]:
    yield f'class {name}(StrEnum):\n    """{docstring}"""\n'
    for member in members:
        yield f"    {constant(member)} = {literal(member)}"
    yield ""


def _error(code: str, node: Node) -> str:
    member = f"ErrorCode.{constant(code)}"
    fields = {key: literal(node[key]) for key in ("status", "http", "stream", "retriable", "hint")}
    return f"    {member}: {instance('ErrorSpec', code=member, **fields, requirements=_ids(node))},"


def _ids(node: Node) -> str:
    return strings(node.get("x-req-id", ()))


def metrics(contract: Contract) -> str:
    """metrics.py"""
    document = contract.documents["metrics"]
    parts = [
        header(contract, ["metrics"], "Every series that a server exports, and what its labels may say."),
        template("metrics.py.txt"),
        "SERIES: Mapping[str, SeriesSpec] = MappingProxyType({",
        *(_series(name, node) for name, node in document.get("series", {}).items()),
        "})\n",
        "LABELS: Mapping[str, LabelSpec] = MappingProxyType({",
        *(_label(name, node) for name, node in document.get("labels", {}).items()),
        "})\n",
        f"BUCKETS_MS: tuple[float, ...] = {literal(tuple(map(float, document.get('buckets_ms', ()))))}",
        f"OUTSIDE_BUDGET: tuple[str, ...] = {strings(document.get('outside_budget', ()))}",
    ]
    return "\n".join(parts)


def _series(name: str, node: Node) -> str:
    values = {label: tuple(allowed) for label, allowed in node.get("values", {}).items()}
    spec = instance(
        "SeriesSpec",
        name=literal(name),
        type=literal(node["type"]),
        help=literal(node["help"]),
        unit=literal(node.get("unit")),
        labels=strings(node.get("labels", ())),
        values=f"MappingProxyType({literal(values)})",
        profile=literal(node["profile"]),
        requirements=_ids(node),
        minimum=literal(node.get("minimum")),
        maximum=literal(node.get("maximum")),
        exclusive=literal(node.get("exclusive")),
    )
    return f"    {literal(name)}: {spec},"


def _label(name: str, node: Node) -> str:
    fields = {"budget": literal(node["budget"]), "values": strings(node.get("values", ()))}
    return f"    {literal(name)}: {instance('LabelSpec', name=literal(name), **fields)},"


def requirements(contract: Contract) -> str:
    """requirement_ids.py"""
    rows: Node = contract.documents["requirements"].get("requirements", {})
    docstring = "Every requirement: its ID, what it says, and how it is judged."
    parts = [
        header(contract, ["requirements"], docstring),
        template("requirement_ids.py.txt"),
        "REQUIREMENTS: Mapping[str, Requirement] = MappingProxyType({",
        *(_requirement(requirement_id, rows[requirement_id]) for requirement_id in sorted(rows)),
        "})",
    ]
    return "\n".join(parts)


def _requirement(requirement_id: str, row: Node) -> str:
    plain = ("title", "text", "level", "subject", "profile", "revision", "source", "excluded", "withdrawn")
    fields = {key: literal(row.get(key)) for key in plain}
    fields |= {key: strings(row.get(key) or ()) for key in ("refines", "checked_by")}
    return f"    {literal(requirement_id)}: {instance('Requirement', id=literal(requirement_id), **fields)},"


def operations(contract: Contract) -> str:
    """operations.py"""
    parts = [
        header(
            contract,
            ["openapi"],
            "The operations of the contract as data: where they are and what they may answer.",
        ),
        template("operations.py.txt"),
        "OPERATIONS: Mapping[str, OperationSpec] = MappingProxyType({",
        *map(_operation, contract.operations),
        "})\n",
        f"TRANSPORT_CODES: Mapping[int, tuple[str, ...]] = MappingProxyType({_codes(contract.transport)})",
        '"""The statuses of the answers that are given before any operation is reached, with their codes."""',
    ]
    return "\n".join(parts)


def _operation(operation: Operation) -> str:
    spec = instance(
        "OperationSpec",
        operation_id=literal(operation.operation_id),
        method=literal(operation.method),
        path=literal(operation.path),
        profile=literal(operation.profile),
        scope=literal(operation.scope),
        secured=literal(operation.secured),
        media_types=strings(operation.body.media_types if operation.body else ()),
        body_required=literal(operation.body is not None and operation.body.required),
        codes=f"MappingProxyType({_codes(operation.responses)})",
        requirements=strings(operation.requirements),
    )
    return f"    {literal(operation.operation_id)}: {spec},"


def _codes(responses: tuple[Response, ...]) -> str:
    return "{" + ", ".join(f"{response.status}: {strings(response.codes)}" for response in responses) + "}"
