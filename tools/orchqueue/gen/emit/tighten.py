"""Mends single classes on the syntax tree, so that they accept what the contract accepts and nothing else."""

import ast
import copy
from collections.abc import Mapping

from orchqueue.gen.errors import GenError
from orchqueue.gen.types import Definition, Either, Field, Null, Record, Type, is_unique, resolve


def inline_root_models(classes: Mapping[str, ast.ClassDef]) -> dict[str, ast.ClassDef]:
    """Put what a root model holds in the places that name it, and leave the root models out."""
    roots = {name: _root_annotation(node) for name, node in classes.items() if _is_root_model(node)}
    replace = _Replace(roots)
    return {name: replace.visit(node) for name, node in classes.items() if name not in roots}


def tighten(node: ast.ClassDef, record: Record, definitions: Mapping[str, Definition]) -> None:
    """Give each field what the record says of it. Raises GenError when class and record have other fields."""
    fields = {field.name: field for field in record.fields}
    integers = _Replace({"StrictInt": ast.Name("Integer", ast.Load())})
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            name = _alias(statement.annotation) or statement.target.id
            if name not in fields:
                raise GenError(
                    f"datamodel-code-generator wrote {record.name}.{name}, which the contract does not have"
                )
            marks = _marks(fields.pop(name), definitions)
            annotation = integers.visit(statement.annotation)
            statement.annotation = _annotated(annotation, marks) if marks else annotation
    if fields:
        raise GenError(f"datamodel-code-generator left out {', '.join(fields)} of {record.name}")


def _marks(field: Field, definitions: Mapping[str, Definition]) -> list[str]:
    kind = resolve(field.type, definitions)
    marks = []
    if is_unique(kind):
        marks.append("UNIQUE")
    if not field.required and not field.has_default and not _nullable(kind):
        marks += ["NOT_NULL", "OMITTED"]
    return marks


def _nullable(kind: Type) -> bool:
    return isinstance(kind, Either) and Null() in kind.options


def _annotated(annotation: ast.expr, marks: list[str]) -> ast.expr:
    names: list[ast.expr] = [ast.Name(mark, ast.Load()) for mark in marks]
    if _is_annotated(annotation):
        assert isinstance(annotation, ast.Subscript)
        assert isinstance(annotation.slice, ast.Tuple)
        annotation.slice.elts += names
        return annotation
    inner = ast.Tuple([annotation, *names], ast.Load())
    return ast.Subscript(ast.Name("Annotated", ast.Load()), inner, ast.Load())


def _is_annotated(annotation: ast.expr) -> bool:
    return (
        isinstance(annotation, ast.Subscript)
        and isinstance(annotation.value, ast.Name)
        and annotation.value.id == "Annotated"
    )


def _alias(annotation: ast.expr) -> str | None:
    """The name of the property where it is no name of Python."""
    for node in ast.walk(annotation):
        if isinstance(node, ast.keyword) and node.arg == "alias" and isinstance(node.value, ast.Constant):
            return str(node.value.value)
    return None


def _is_root_model(node: ast.ClassDef) -> bool:
    return any(
        isinstance(part, ast.Name) and part.id == "RootModel"
        for base in node.bases
        for part in ast.walk(base)
    )


def _root_annotation(node: ast.ClassDef) -> ast.expr:
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign):
            return statement.annotation
    raise GenError(f"datamodel-code-generator wrote a root model {node.name} without a root")


class _Replace(ast.NodeTransformer):
    """Puts an expression in the place of each name."""

    def __init__(self, names: Mapping[str, ast.expr]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        found = self._names.get(node.id)
        return node if found is None else self.visit(copy.deepcopy(found))
