"""A configuration file as it was written: read, held against the contract's schema, and filled in with the
schema's defaults.

What the fields mean together is decided elsewhere. What is wrong is told by its place: text that stands where
it should not may be a key.
"""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date, datetime, time
from math import isfinite
from pathlib import Path
from typing import Any, Literal, cast

import yaml

from orchestratord.core.errors import ConfigurationError
from orchqueue_contract import load

ConfigMode = Literal["strict", "compat"]

LARGEST = 2**53 - 1

_HALF = re.compile("[\ud800-\udfff]")  # as an escape can write it, and nothing encode it
_QUOTED = re.compile(r"""(['"]).{3,}?\1""")


def read(path: Path) -> bytes:
    """What stands in the file. Raises ConfigurationError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigurationError([f"{path}: cannot be read ({error.strerror})"]) from None


def parse(path: Path, data: bytes) -> dict[str, Any]:
    """What the file means, by its name; JSON is YAML, and moments are texts. Raises ConfigurationError."""
    try:
        text = data.decode()
        if path.suffix == ".toml":
            parsed: Any = _plain(tomllib.loads(text))
        elif path.suffix == ".json":
            parsed = json.loads(text, object_pairs_hook=_distinct)
        else:
            parsed = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader that also refuses duplicate keys
    except (yaml.YAMLError, ValueError) as error:
        raise ConfigurationError([f"{path}: {_explained(error)}"]) from None
    except RecursionError:
        raise ConfigurationError([f"{path}: is nested too deep"]) from None
    if parsed is None:
        parsed = {}
    if not isinstance(parsed, dict):
        raise ConfigurationError([f"{path}: holds no mapping of fields"])
    return cast(dict[str, Any], parsed)


def _explained(error: Exception) -> str:
    """What is wrong with the syntax of a file, and where, without the line that it stands in."""
    # OC-CONFIG-6008
    if not isinstance(error, yaml.MarkedYAMLError):
        return _QUOTED.sub("…", " ".join(str(error).split()))
    what = _QUOTED.sub("…", ": ".join(part for part in (error.context, error.problem) if part))
    mark = error.problem_mark or error.context_mark
    return f"{what}, line {mark.line + 1}, column {mark.column + 1}" if mark else what


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("an object has a key twice")
    return members


def _plain(value: Any) -> Any:
    """A TOML document in the types of JSON."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, datetime | date | time) else value


class _Loader(yaml.SafeLoader):
    """YAML's safe loader, which would let the last of two equal keys win, and make dates of texts."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - as it is in the class that it derives from
        first: [(tag, form) for tag, form in known if tag != "tag:yaml.org,2002:timestamp"]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        own = [key for key, _ in node.value if key.tag != "tag:yaml.org,2002:merge"]
        keys = [self.construct_object(key, deep=True) for key in own]
        if len(set(map(repr, keys))) != len(keys):
            raise yaml.constructor.ConstructorError(None, None, "a mapping has a key twice", node.start_mark)
        return super().construct_mapping(node, deep)


# JSON is YAML, but not of the version that the library reads: it takes 2e-06 for a text.
_Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"-?[0-9]+(?:\.[0-9]+)?[eE][-+]?[0-9]+\Z"), list("-0123456789")
)


def check(given: dict[str, Any], mode: ConfigMode) -> list[str]:
    """Hold a file against the schema; answers the paths of the unknown fields that compat mode took out.

    Raises ConfigurationError with the path of everything that is refused.
    """
    from orchqueue_contract.schemas import validator  # noqa: PLC0415 - a server without a file starts without it

    judge = validator("config.schema")
    ignored: list[str] = []
    problems = list(_impossible(given))
    found: list[Any] = sorted(
        judge.iter_errors(given), key=lambda problem: [str(p) for p in problem.absolute_path]
    )
    for problem in found:
        path = "/" + "/".join(str(part) for part in problem.absolute_path)
        if problem.validator != "additionalProperties":
            if not any(line.startswith(f"{path}: ") for line in problems):
                problems.append(f"{path}: {_told(problem)}")
            continue
        for name in sorted(set(problem.instance) - set(problem.schema.get("properties", {})), key=str):
            where = f"{path}/{name}".replace("//", "/")
            # OC-CONFIG-6001
            if mode == "compat":
                ignored.append(where)
                del problem.instance[name]
            else:
                problems.append(f"{where}: unknown field")
    if problems:
        raise ConfigurationError(sorted(problems))
    return ignored


def _impossible(value: Any, path: str = "") -> Iterator[str]:
    """The numbers that no duration, size or rate can be, and what is no text."""
    # OC-CONFIG-6007
    if isinstance(value, dict):
        if any(isinstance(name, str) and _HALF.search(name) for name in value):
            yield f"{path}: a name here has half a character"
            return
        for name, item in value.items():
            yield from _impossible(item, f"{path}/{name}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _impossible(item, f"{path}/{number}")
    elif isinstance(value, str) and _HALF.search(value):
        yield f"{path}: this text has half a character"
    elif isinstance(value, float) and not isfinite(value):
        yield f"{path}: this number is not finite"
    elif isinstance(value, int | float) and abs(value) > LARGEST:
        yield f"{path}: this number is beyond 2^53-1"


def _told(problem: Any) -> str:
    """The validator's words, but for what was given."""
    # OC-CONFIG-6008
    if problem.validator == "required" or isinstance(problem.instance, int | float | None):
        return str(problem.message)
    kinds = (("text", str), ("list", list), ("mapping", dict))
    kind = next((name for name, type_ in kinds if isinstance(problem.instance, type_)), "value")
    if problem.validator in ("oneOf", "anyOf"):
        return f"this {kind} has none of the forms that are taken here"
    return f"this {kind} does not satisfy {problem.validator} {problem.validator_value!r}"


def with_defaults(schema: Mapping[str, Any], given: Any) -> Any:
    """The instance with the schema's defaults filled in, all the way down."""
    schema = _resolved(schema)
    if isinstance(given, dict):
        full = dict(given)
        for name, part in schema.get("properties", {}).items():
            resolved = _resolved(part)
            if name in full:
                full[name] = with_defaults(resolved, full[name])
            elif "default" in part or "default" in resolved:
                full[name] = with_defaults(resolved, part.get("default", resolved.get("default")))
        return full
    if isinstance(given, list) and "items" in schema:
        return [with_defaults(schema["items"], item) for item in given]
    if isinstance(given, float) and schema.get("type") == "integer":
        return int(given)  # JSON Schema counts 1.0 as an integer
    return given


def _resolved(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = schema.get("$ref")
    if reference is None:
        return schema
    target: Any = load("config.schema")
    for part in reference.removeprefix("#/").split("/"):
        target = target[part]
    return cast(Mapping[str, Any], target)
