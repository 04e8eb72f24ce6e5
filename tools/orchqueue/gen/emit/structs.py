"""Writes structs.py: the types as msgspec structs, for the hot path of a server."""

from collections.abc import Iterator, Mapping

from orchqueue.gen.contract import Contract
from orchqueue.gen.emit.source import docstring_of, header, literal, template
from orchqueue.gen.errors import UnsupportedSchemaError
from orchqueue.gen.names import snake
from orchqueue.gen.order import in_order
from orchqueue.gen.types import (
    Alias,
    Anything,
    Choice,
    Definition,
    Either,
    Field,
    Flag,
    Integer,
    Named,
    Null,
    Number,
    Record,
    Sequence,
    Table,
    Text,
    Type,
    Variants,
    is_unique,
    resolve,
)


def structs(contract: Contract) -> str:
    """structs.py"""
    docstring = (
        "The bodies and events of the contract as msgspec structs. What is left out is UNSET, never null."
    )
    tags = _tags(contract.definitions)
    enums = {frozenset(contract.documents["errors"].get("errors", {})): "ErrorCode"}
    enums[frozenset(contract.documents["errors"].get("policy_labels", {}))] = "PolicyLabel"
    bodies = []
    names = []
    for name in in_order(contract.definitions):
        definition = contract.definitions[name]
        shared = _shared_enum(definition, enums)
        if shared is None or shared != name:  # an enumeration of errors.py is imported under its own name
            bodies.append(_definition(definition, shared, tags, contract.definitions))
        names.append(name)
    parts = [
        header(contract, ["openapi", "events", "errors"], docstring),
        template("structs.py.txt"),
        f"__all__ = {sorted(names)!r}\n",
        *bodies,
    ]
    return "\n".join(parts)


def _tags(definitions: Mapping[str, Definition]) -> dict[str, tuple[str, str]]:
    """For each member of a union, the property that tells it apart and its value there."""
    tags: dict[str, tuple[str, str]] = {}
    for definition in definitions.values():
        if isinstance(definition, Variants):
            for value, member in definition.members:
                if tags.setdefault(member, (definition.tag, value)) != (definition.tag, value):
                    raise UnsupportedSchemaError(member, "two unions tell it apart by different values")
    return tags


def _shared_enum(definition: Definition, enums: Mapping[frozenset[str], str]) -> str | None:
    if isinstance(definition, Alias) and isinstance(definition.type, Choice):
        return enums.get(frozenset(definition.type.values))
    return None


def _definition(
    definition: Definition,
    shared: str | None,
    tags: Mapping[str, tuple[str, str]],
    definitions: Mapping[str, Definition],
) -> str:
    match definition:
        case Alias(name, kind):
            return f"{name}: TypeAlias = {shared or type_expression(kind)}\n"
        case Variants(name, _, members):
            return f"{name}: TypeAlias = {' | '.join(member for _, member in members)}\n"
        case Record():
            return "\n".join(_record(definition, tags.get(definition.name), definitions))


def _record(
    record: Record, tag: tuple[str, str] | None, definitions: Mapping[str, Definition]
) -> Iterator[str]:
    options = ["frozen=True", "kw_only=True"]
    if record.closed:
        options.append("forbid_unknown_fields=True")
    if tag:
        options.append(f"tag_field={literal(tag[0])}, tag={literal(tag[1])}")
    yield f"class {record.name}(Struct, {', '.join(options)}):"
    if record.description:
        yield f"    {docstring_of(record.description)}\n"
    if not record.fields:
        yield "    pass"
    for field in record.fields:
        if tag and field.name == tag[0]:
            yield f"    {snake(field.name)}: ClassVar[Literal[{literal(tag[1])}]] = {literal(tag[1])}"
        else:
            yield f"    {_field(field)}"
    yield from _post_init(record, definitions)
    yield "\n"


def _field(field: Field) -> str:
    name, kind = snake(field.name), type_expression(field.type)
    renamed = f"name={literal(field.name)}" if name != field.name else ""
    if field.required:
        return f"{name}: {kind}" + (f" = field({renamed})" if renamed else "")
    if not field.has_default:
        default = "UNSET"
        kind = f"{kind} | UnsetType"
    elif isinstance(field.default, list | dict) and field.default:
        options = f"default_factory=lambda: {literal(field.default)}" + (f", {renamed}" if renamed else "")
        return f"{name}: {kind} = field({options})"
    else:
        default = literal(field.default)
    return f"{name}: {kind} = " + (f"field(default={default}, {renamed})" if renamed else default)


def _post_init(record: Record, definitions: Mapping[str, Definition]) -> Iterator[str]:
    unique = [field for field in record.fields if is_unique(resolve(field.type, definitions))]
    if unique:
        yield "\n    def __post_init__(self) -> None:"
        for field in unique:
            name = snake(field.name)
            guard = "" if field.required or field.has_default else f"if self.{name} is not UNSET: "
            yield f"        {guard}require_unique(self.{name})"


def type_expression(kind: Type) -> str:  # noqa: PLR0911 (one for each kind)
    """The annotation of a type."""
    match kind:
        case Named(name):
            return name
        case Text(low, high, pattern):
            translated = None if pattern is None else f"python_pattern({literal(pattern)})"
            return _annotated("str", min_length=low, max_length=high, pattern=translated)
        case Integer(low, high):
            return _annotated("int", ge=low, le=high)
        case Number(low, high, above, below):
            return _annotated("float", ge=low, le=high, gt=above, lt=below)
        case Flag():
            return "bool"
        case Null():
            return "None"
        case Anything():
            return "Any"
        case Choice(values):
            return f"Literal[{', '.join(map(literal, values))}]"
        case Sequence(items, low, high):
            return _annotated(f"list[{type_expression(items)}]", min_length=low, max_length=high)
        case Table(values, low, high):
            return _annotated(f"dict[str, {type_expression(values)}]", min_length=low, max_length=high)
        case Either(options):
            return " | ".join(map(type_expression, options))


def _annotated(base: str, **bounds: object) -> str:
    given = ", ".join(f"{key}={value}" for key, value in bounds.items() if value is not None)
    return f"Annotated[{base}, Meta({given})]" if given else base
