"""A file that says how a scripted engine behaves.

The engine, its default, and the next requests. Reads, plays nothing.
"""

from pathlib import Path
from typing import Any

import yaml

from orchqueue.kit.engine.script import EngineScript
from orchqueue.kit.engine.scripted import ScriptedEngine
from orchqueue.kit.errors import ScriptError

_ENGINE_FIELDS: dict[str, type | tuple[type, ...]] = {
    "format": str,
    "slots": int,
    "ms_per_token": (int, float),
    "ctx": int,
    "model": str,
    "version": str,
    "by_priority": bool,
    "metrics_port": int,
}
_FIELDS = {**_ENGINE_FIELDS, "default": dict, "requests": list}


def engine_from_file(
    path: Path | None, *, host: str = "127.0.0.1", port: int = 0, wire_format: str | None = None
) -> ScriptedEngine:
    """Return an engine, not yet started, as a YAML or JSON file describes it; raises ScriptError.

    Fields: `format slots ms_per_token ctx model version by_priority metrics_port` of the engine, `default` a
    script for every request, `requests` a list of scripts for the first ones, each with an optional `prompt`
    that it waits for. `wire_format` goes before the file's `format`; without a file all is as by default.
    """
    if path is None:
        return _engine({}, host, port, wire_format)
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise ScriptError(f"{path} cannot be read as a script: {error}") from error
    try:
        return _engine(data, host, port, wire_format)
    except ScriptError as error:
        raise ScriptError(f"{path}: {error}") from error


def _engine(data: Any, host: str, port: int, wire_format: str | None) -> ScriptedEngine:
    if not isinstance(data, dict):
        raise ScriptError("a script is a mapping")
    unknown = sorted(str(name) for name in set(data) - set(_FIELDS))
    if unknown:
        raise ScriptError(f"unknown field {unknown[0]!r}; known are {', '.join(sorted(_FIELDS))}")
    for name, kind in _FIELDS.items():
        if name in data and not (
            isinstance(data[name], kind) and isinstance(data[name], bool) == (kind is bool)
        ):
            raise ScriptError(f"{name} is {data[name]!r}, of the wrong type")
    options = {name: data[name] for name in _ENGINE_FIELDS if name in data}
    if wire_format is not None:
        options["format"] = wire_format
    default = EngineScript.from_mapping(data.get("default", {}))
    engine = ScriptedEngine(**options, default=default, host=host, port=port)
    for request in data.get("requests", []):
        if not isinstance(request, dict):
            raise ScriptError(f"a request's script is {request!r}, not a mapping")
        values = dict(request)
        prompt = values.pop("prompt", None)
        engine.script(EngineScript.from_mapping(values), prompt=prompt)
    return engine
