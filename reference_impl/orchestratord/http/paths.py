"""Which operation a path and a method mean. The table is the contract's; a path has exactly one spelling."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from orchqueue_contract.operations import OperationSpec

_ENCODED_SLASH = re.compile(b"%2f", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Template:
    parts: tuple[str | None, ...]
    """The segments in order; None stands for a parameter."""

    def matches(self, segments: list[str]) -> bool:
        return len(segments) == len(self.parts) and all(
            bool(segment) if part is None else part == segment
            for part, segment in zip(self.parts, segments, strict=True)
        )


class PathTable:
    """The operations of the contract by path and method."""

    def __init__(self, operations: Iterable[OperationSpec]) -> None:
        self._fixed: dict[str, dict[str, OperationSpec]] = {}
        templates: dict[_Template, dict[str, OperationSpec]] = {}
        for operation in operations:
            if "{" in operation.path:
                parts = tuple(None if part.startswith("{") else part for part in operation.path.split("/"))
                templates.setdefault(_Template(parts), {})[operation.method] = operation
            else:
                self._fixed.setdefault(operation.path, {})[operation.method] = operation
        self._templates = list(templates.items())

    def methods(self, path: str, raw_path: bytes) -> dict[str, OperationSpec] | None:
        """The operations of a path by method, as it was decoded and as it came; None when there is no such
        path.
        """
        # OC-CTRL-2062: a slash that was encoded separates nothing (RFC 3986, 2.2), and no id holds one.
        if _ENCODED_SLASH.search(raw_path):
            return None
        found = self._fixed.get(path)
        if found is not None:
            return found
        segments = path.split("/")
        for template, methods in self._templates:
            if template.matches(segments):
                return methods
        return None
