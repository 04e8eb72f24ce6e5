"""Writes the tables: error codes, series, requirements, operations."""

from collections.abc import Iterator

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.source import header, literal, strings, template
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
    fields = ", ".join(
        f"{key}={literal(node[key])}" for key in ("status", "http", "stream", "retriable", "hint")
    )
    return (
        f"    {member}: ErrorSpec(code={member}, {fields}, requirements={strings(node.get('x-req-id', ()))}),"
    )


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
        f"BUCKETS_MS: tuple[float, ...] = {tuple(float(bound) for bound in document.get('buckets_ms', ()))!r}",
        f"OUTSIDE_BUDGET: tuple[str, ...] = {strings(document.get('outside_budget', ()))}",
    ]
    return "\n".join(parts)


def _series(name: str, node: Node) -> str:
    values = "".join(
        f"{literal(label)}: {strings(allowed)}, " for label, allowed in node.get("values", {}).items()
    )
    return (
        f"    {literal(name)}: SeriesSpec(name={literal(name)}, type={literal(node['type'])}, help={literal(node['help'])},"
        f" unit={literal(node.get('unit'))}, labels={strings(node.get('labels', ()))},"
        f" values=MappingProxyType({{{values}}}), profile={literal(node['profile'])},"
        f" requirements={strings(node.get('x-req-id', ()))}),"
    )


def _label(name: str, node: Node) -> str:
    budget, values = literal(node["budget"]), strings(node.get("values", ()))
    return f"    {literal(name)}: LabelSpec(name={literal(name)}, budget={budget}, values={values}),"


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
    fields = [f"{key}={literal(row.get(key))}" for key in plain]
    fields += [f"{key}={strings(row.get(key) or ())}" for key in ("refines", "checked_by")]
    return f"    {literal(requirement_id)}: Requirement(id={literal(requirement_id)}, {', '.join(fields)}),"


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
        '"""The answers that are given before any operation is reached: their statuses, and the error codes of each."""',
    ]
    return "\n".join(parts)


def _operation(operation: Operation) -> str:
    media = operation.body.media_types if operation.body else ()
    return (
        f"    {literal(operation.operation_id)}: OperationSpec(operation_id={literal(operation.operation_id)},"
        f" method={literal(operation.method)}, path={literal(operation.path)}, profile={literal(operation.profile)},"
        f" scope={literal(operation.scope)}, secured={operation.secured}, media_types={strings(media)},"
        f" body_required={bool(operation.body and operation.body.required)},"
        f" codes=MappingProxyType({_codes(operation.responses)}),"
        f" requirements={strings(operation.requirements)}),"
    )


def _codes(responses: tuple[Response, ...]) -> str:
    return "{" + ", ".join(f"{response.status}: {strings(response.codes)}" for response in responses) + "}"
