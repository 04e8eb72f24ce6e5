"""What must hold inside and between the merged contracts: references lead somewhere, error codes agree
everywhere.
"""

from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from orchqueue.spec.contract import Contract
from orchqueue.spec.finding import Finding
from orchqueue.spec.members import check_members
from orchqueue.spec.merge import shown
from orchqueue.spec.shapes import IDENTIFIED, Visit, walk
from orchqueue.spec.tree import Node

_FILES = {
    "openapi.yaml": "openapi",
    "events.yaml": "events",
    "metrics.yaml": "metrics",
    "errors.yaml": "errors",
    "config.schema.json": "config",
}


def check_contracts(contracts: Mapping[str, Contract]) -> list[Finding]:
    """Every fault of the merged contracts. They have been merged without one."""
    visits = {name: list(walk(name, contract.root)) for name, contract in contracts.items()}
    findings = [finding for name, found in visits.items() for finding in _references(name, found, contracts)]
    findings += [finding for name, found in visits.items() for finding in _without_id(name, found)]
    findings += [
        finding for name, found in visits.items() for finding in check_members(name, found, contracts)
    ]
    findings += _error_codes(contracts)
    findings += _label_codes(contracts)
    findings += _declared_codes(visits.get("openapi", []), contracts)
    return findings


def resolve(contracts: Mapping[str, Contract], name: str, reference: str) -> Node | None:
    """The node that a `$ref` in the contract `name` leads to, or None."""
    file, _, pointer = reference.partition("#")
    target = contracts.get(_FILES.get(file, "") if file else name)
    if target is None or (pointer and not pointer.startswith("/")):
        return None
    node: Node | None = target.root
    for step in unquote(pointer).split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if node is None:
            return None
        items = node.items()
        node = items[int(key)] if key.isdigit() and int(key) < len(items) else node.children().get(key)
    return node


def _at(node: Node, rule: str, message: str) -> Finding:
    return Finding(node.place.file, node.place.line, message, rule)


def _without_id(name: str, visits: list[Visit]) -> Iterator[Finding]:
    for kind, path, node in visits:
        if kind in IDENTIFIED and not node.ids:
            message = f"{name}: {shown(path)} is a {kind} without an ID: put it under a requirement heading"
            yield _at(node, "id", message)


def _references(name: str, visits: list[Visit], contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    for kind, path, node in visits:
        targets = [node.get("$ref")] if node.get("$ref") else []
        if kind == "discriminator" and (mapping := node.get("mapping")) is not None:
            targets += mapping.children().values()
        for target in targets:
            if target is not None and resolve(contracts, name, str(target.scalar)) is None:
                yield _at(
                    target,
                    "reference",
                    f"{name}: {shown(path)} refers to {target.scalar!r}, which is not there",
                )


def _error_codes(contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    """The closed enumeration of the API and the table of errors are the same set."""
    if "openapi" not in contracts or "errors" not in contracts:
        return
    enum = contracts["openapi"].root.get("components", "schemas", "ErrorCode", "enum")
    table = contracts["errors"].root.get("errors")
    if enum is None or table is None:
        return
    listed = {str(item.scalar): item for item in enum.items()}
    for code, node in table.children().items():
        if code not in listed:
            yield _at(node, "error-code", f"the error {code} is not in the enum of ErrorCode at {enum.place}")
    for code, item in listed.items():
        if code not in table.children():
            yield _at(
                item,
                "error-code",
                f"ErrorCode lists {code}, which the table of errors at {table.place} does not have",
            )


def _label_codes(contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    """The codes that a policy label goes with are in the table of errors."""
    root = contracts["errors"].root if "errors" in contracts else None
    labels, table = (None, None) if root is None else (root.get("policy_labels"), root.get("errors"))
    known = table.children() if table is not None else {}
    for label, node in labels.children().items() if labels is not None else ():
        codes = node.get("codes")
        for item in codes.items() if codes is not None else ():
            if str(item.scalar) not in known:
                message = f"the policy label {label} goes with {item.scalar}, which errors.yaml does not have"
                yield _at(item, "error-code", message)


def _declared_codes(visits: list[Visit], contracts: Mapping[str, Contract]) -> Iterator[Finding]:
    """The codes that a response lists exist, travel over HTTP, and have the status it is declared under."""
    if "errors" not in contracts:
        return
    table = contracts["errors"].root.get("errors")
    errors = table.children() if table is not None else {}
    for kind, path, node in visits:
        if kind == "response":
            status = (
                path[-1]
                if path[-2] in ("responses", "x-transport-responses") and path[0] != "components"
                else None
            )
            yield from _codes_of(node, shown(path), status, errors, contracts)


def _codes_of(
    node: Node, where: str, status: str | None, errors: Mapping[str, Node], contracts: Mapping[str, Contract]
) -> Iterator[Finding]:
    reference = node.get("$ref")
    target = node if reference is None else resolve(contracts, "openapi", str(reference.scalar))
    codes = target.get("x-error-codes") if target is not None else None
    for item in codes.items() if codes is not None else []:
        error = errors.get(str(item.scalar))
        if error is None:
            if reference is None:
                yield _at(
                    item,
                    "error-code",
                    f"{where} lists the error {item.scalar}, which errors.yaml does not have",
                )
            continue
        own = error.get("status")
        if status is not None and own is not None and str(own.scalar) != status:
            yield _at(
                node,
                "error-code",
                f"{where} lists {item.scalar}, whose status is {own.scalar} (at {own.place})",
            )
        http = error.get("http")
        if reference is None and http is not None and http.scalar is False:
            yield _at(
                item,
                "error-code",
                f"{where} lists {item.scalar}, which only a stream carries (at {http.place})",
            )
