"""Mends single classes on the syntax tree, so that they accept what the contract accepts and nothing else."""

import ast
import copy
from collections.abc import Mapping

from orchqueue.gen.errors import GenError
from orchqueue.gen.types import Anything, Definition, Either, Field, Null, Record, Type, is_unique, resolve


def without_roots(tree: ast.Module) -> dict[str, ast.ClassDef]:
    """The classes of records, by name; what a root model or an alias holds stands where it was named."""
    classes = {node.name: node for node in tree.body if isinstance(node, ast.ClassDef)}
    roots = {name: _root_annotation(node) for name, node in classes.items() if _is_root_model(node)}
    roots.update(found for node in tree.body if (found := _alias_type(node)) is not None)
    replace = _Replace(roots)
    return {name: replace.visit(node) for name, node in classes.items() if name not in roots}


def _alias_type(node: ast.stmt) -> tuple[str, ast.expr] | None:
    """The name and the type of `Name = TypeAliasType("Name", type)`."""
    match node:
        case ast.Assign(
            targets=[ast.Name(name)], value=ast.Call(func=ast.Name("TypeAliasType"), args=[_, kind])
        ):
            return name, kind
        case _:
            return None


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
    return isinstance(kind, Anything) or (isinstance(kind, Either) and Null() in kind.options)


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
