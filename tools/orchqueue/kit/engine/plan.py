"""A file that says how a scripted engine behaves.

The engine, its process, its default, rules by prompt, and the next requests. Reads, plays nothing.
"""

import json
from pathlib import Path
from typing import Any

from orchqueue.kit.engine.process import ProcessScript
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
    "sensitive": bool,
    "takes": list,
    "tells": dict,
    "metrics_port": int,
}
_FIELDS = {**_ENGINE_FIELDS, "default": dict, "requests": list, "rules": list, "process": dict}


def engine_from_file(
    path: Path | None, *, host: str = "127.0.0.1", port: int = 0, wire_format: str | None = None
) -> ScriptedEngine:
    """Return an engine, not yet started, as a YAML or JSON file describes it; raises ScriptError.

    Fields: `format slots ms_per_token ctx model version by_priority sensitive takes tells metrics_port` of
    the engine, `default` a script for every request, `requests` a list of scripts for the first ones, each
    with an optional `prompt` that it waits for, `rules` a list of scripts with a `prompt` each, for all
    requests that hold it. `wire_format` goes before the file's `format`; without a file all is as by default.
    """
    engine, _ = process_from_file(path, host=host, port=port, wire_format=wire_format)
    return engine


def process_from_file(
    path: Path | None, *, host: str = "127.0.0.1", port: int = 0, wire_format: str | None = None
) -> tuple[ScriptedEngine, ProcessScript]:
    """Return the engine of a file, and how its process behaves by the file's field `process`; raises
    ScriptError.
    """
    data = {} if path is None else _content(path)
    try:
        engine = _engine(data, host, port, wire_format)
        return engine, ProcessScript.from_mapping(data.get("process", {}))
    except ScriptError as error:
        raise ScriptError(str(error) if path is None else f"{path}: {error}") from error


def _content(path: Path) -> Any:
    read = json.loads if path.suffix == ".json" else _yaml
    try:
        return read(path.read_text(encoding="utf-8")) or {}
    except (OSError, ValueError) as error:
        raise ScriptError(f"{path} cannot be read as a script: {error}") from error


def _yaml(text: str) -> Any:
    import yaml  # noqa: PLC0415 - the many processes whose script is JSON start sooner without it

    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


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
        script, prompt = _for_prompt(request)
        engine.script(script, prompt=prompt)
    for rule in data.get("rules", []):
        script, prompt = _for_prompt(rule)
        if prompt is None:
            raise ScriptError(f"the rule {rule!r} has no prompt")
        engine.script_rule(script, prompt)
    return engine


def _for_prompt(data: Any) -> tuple[EngineScript, str | None]:
    if not isinstance(data, dict):
        raise ScriptError(f"a request's script is {data!r}, not a mapping")
    values = dict(data)
    prompt = values.pop("prompt", None)
    if prompt is not None and not isinstance(prompt, str):
        raise ScriptError(f"a prompt is {prompt!r}, not a text")
    return EngineScript.from_mapping(values), prompt
