"""Writes models.py and events.py by datamodel-code-generator, held to what the contract says.

The generator lets a property that may be left out be null, takes no 1.0 for an integer, forgets
`uniqueItems`, and gives constrained items a class of their own. All four are mended on the syntax tree.
"""

import ast
import json
from collections.abc import Mapping, Sequence

from orchqueue.gen.contract import Contract, Event
from orchqueue.gen.emit.codegen_input import codegen_input
from orchqueue.gen.emit.source import header, instance, literal, strings, template
from orchqueue.gen.emit.tighten import tighten, without_roots
from orchqueue.gen.errors import GenError
from orchqueue.gen.types import Alias, Definition, Named, Record, Variants

Classes = Mapping[str, ast.ClassDef]

OWN_NAMES = ("NOT_NULL", "OMITTED", "UNIQUE", "ContractModel", "Integer")
PYDANTIC_NAMES = ("ConfigDict", "Field", "StrictBool", "StrictFloat", "StrictStr")
TYPING_NAMES = ("Annotated", "Any", "Literal", "TypeAlias")


def model_classes(definitions: Mapping[str, Definition]) -> Classes:
    """A class for each record, by name, in the order in which they are written."""
    tree = ast.parse(_generate(json.dumps(codegen_input(definitions))))
    classes = without_roots(tree)
    records = {name: item for name, item in definitions.items() if isinstance(item, Record)}
    if classes.keys() != records.keys():
        names = ", ".join(sorted(classes.keys() ^ records.keys()))
        raise GenError(f"datamodel-code-generator and the contract disagree about these models: {names}")
    for name, node in classes.items():
        tighten(node, records[name], definitions)
    return classes


def _generate(schema: str) -> str:
    # Imported here: it takes a while, and a run that only reads the sources does without.
    try:
        from datamodel_code_generator import generate  # noqa: PLC0415
        from datamodel_code_generator.enums import DataModelType, InputFileType, StrictTypes  # noqa: PLC0415
        from datamodel_code_generator.format import PythonVersion  # noqa: PLC0415
        from datamodel_code_generator.parser import LiteralType  # noqa: PLC0415
    except ModuleNotFoundError as missing:
        raise GenError(
            f"{missing.name} is not installed; `pip install 'orchqueue[dev]'` brings the generator"
        ) from missing

    text = generate(
        schema,
        input_file_type=InputFileType.JsonSchema,
        output_model_type=DataModelType.PydanticV2BaseModel,
        target_python_version=PythonVersion.PY_311,
        base_class="orchqueue_contract._model.ContractModel",
        disable_timestamp=True,
        enum_field_as_literal=LiteralType.All,
        formatters=[],
        keep_model_order=True,
        skip_root_model=True,
        strict_nullable=True,
        strict_types=list(StrictTypes),
        use_annotated=True,
        use_schema_description=True,
        use_standard_collections=True,
        use_union_operator=True,
    )
    assert isinstance(text, str), "one schema gives one module"
    return text


def models(contract: Contract, classes: Classes) -> str:
    """models.py"""
    own = {name: node for name, node in classes.items() if name in contract.components}
    variants = [
        d
        for name, d in contract.definitions.items()
        if isinstance(d, Variants) and name in contract.components
    ]
    unions = [_union(item) for item in variants]
    docstring = "The bodies of the contract as pydantic models, which accept what its schemas accept."
    body = [*_unparse(own), *unions]
    return "\n".join(
        [
            header(contract, ["openapi"], docstring),
            _imports("\n".join(body), []),
            f"__all__ = {sorted([*own, *(item.name for item in variants)])!r}\n\n",
            *body,
        ]
    )


def _union(variants: Variants) -> str:
    members = " | ".join(member for _, member in variants.members)
    return (
        f"{variants.name}: TypeAlias = Annotated[{members}, Field(discriminator={literal(variants.tag)})]\n"
    )


def events(contract: Contract, classes: Classes) -> str:
    """events.py"""
    own = {name: node for name, node in classes.items() if name not in contract.components}
    aliases = []
    for event in contract.events:
        definition = contract.definitions[event.model]
        if isinstance(definition, Alias) and isinstance(definition.type, Named):
            aliases.append(f"{event.model}: TypeAlias = {definition.type.name}\n")
    rows = [f"    {literal(event.name)}: {_spec(event)}," for event in contract.events]
    body = [*_unparse(own), *aliases, template("events.py.txt"), *rows, "})"]
    docstring = "The events of a stream: the data of each as a pydantic model, and the table of all kinds."
    names = sorted([*own, *(event.model for event in contract.events), "EVENTS", "EventSpec"])
    return "\n".join(
        [
            header(contract, ["events", "openapi"], docstring),
            _imports("\n".join(body), [name for name in classes if name not in own]),
            "from collections.abc import Mapping",
            "from dataclasses import dataclass",
            "from types import MappingProxyType\n",
            f"__all__ = {sorted(set(names))!r}\n\n",
            *body,
        ]
    )


def _spec(event: Event) -> str:
    return instance(
        "EventSpec",
        name=literal(event.name),
        model=event.model,
        terminal=literal(event.terminal),
        description=literal(event.description),
        requirements=strings(event.requirements),
    )


def _unparse(classes: Classes) -> list[str]:
    return [ast.unparse(node) + "\n\n" for node in classes.values()]


def _imports(body: str, models: Sequence[str]) -> str:
    used = {node.id for node in ast.walk(ast.parse(body)) if isinstance(node, ast.Name)}
    groups = [
        ("typing", TYPING_NAMES),
        ("pydantic", PYDANTIC_NAMES),
        ("._model", OWN_NAMES),
        (".models", sorted(models)),
    ]
    lines = ["from __future__ import annotations\n"]
    for module, names in groups:
        if wanted := [name for name in names if name in used]:
            lines.append(f"from {module} import {', '.join(wanted)}")
    return "\n".join(lines)
