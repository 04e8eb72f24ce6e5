"""YAML as the tools write it: block style, short lists on one line, quotes only where a reader would be
misled.

A writer of our own, because the text has to be the same for ever, and because it is ten times as fast as a
general one. Values are JSON's, and what is written reads back equal with any YAML 1.1 or 1.2 reader.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

_LINE = 110
_PLAIN = re.compile(r"[A-Za-z_/$][\w/.()*+-]*(?: [\w/.,()'*+-]+)*")
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
_UNPRINTABLE = re.compile("[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]")


def to_yaml(value: dict[str, Any]) -> str:
    """The text of a document. Keys stand in the order of the mapping."""
    return "".join(f"{line}\n" for line in _mapping(value, ""))


def _mapping(value: dict[str, Any], indent: str) -> Iterator[str]:
    for key, child in value.items():
        name = f"{indent}{_string(key)}:"
        if isinstance(child, dict) and child:
            yield name
            yield from _mapping(child, indent + "  ")
        elif isinstance(child, list) and child and (flat := _flat(child, len(name))) is None:
            yield name
            yield from _list(child, indent + "  ")
        elif isinstance(child, list) and child:
            yield f"{name} {flat}"
        else:
            yield f"{name} {_scalar(child)}"


def _list(value: list[Any], indent: str) -> Iterator[str]:
    for child in value:
        if isinstance(child, dict) and child:
            first, *others = _mapping(child, indent + "  ")
            yield f"{indent}- {first[len(indent) + 2 :]}"
            yield from others
        elif isinstance(child, list) and child:
            yield f"{indent}- {json.dumps(child, ensure_ascii=False)}" if _is_data(child) else f"{indent}-"
            if not _is_data(child):
                yield from _list(child, indent + "  ")
        else:
            yield f"{indent}- {_scalar(child)}"


def _is_data(value: list[Any]) -> bool:
    return all(isinstance(child, int) for child in value)


def _flat(value: list[Any], used: int) -> str | None:
    """The list on one line, where it has only scalars and fits."""
    if any(isinstance(child, dict | list) for child in value):
        return None
    text = f"[{', '.join(_quoted_in_flow(child) for child in value)}]"
    return text if used + len(text) < _LINE else None


def _quoted_in_flow(value: object) -> str:
    text = _scalar(value)
    return (
        json.dumps(value, ensure_ascii=False)
        if isinstance(value, str) and "," in text and text[0] != '"'
        else text
    )


def _scalar(value: object) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, float):
        return _float(value)
    return json.dumps(value)


@lru_cache(maxsize=4096)
def _string(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)


def _float(value: float) -> str:
    """YAML 1.1 takes `1e-06` for a string: the mantissa needs a point."""
    mantissa, mark, exponent = json.dumps(value).partition("e")
    return f"{mantissa}.0{mark}{exponent}" if mark and "." not in mantissa else mantissa + mark + exponent
