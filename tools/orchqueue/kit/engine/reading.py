"""Reading JSON bodies field by field. How a wrong one is refused is the format's to say."""

import base64
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from orchqueue.kit.engine.text import prompt_tokens
from orchqueue.kit.engine.wire import RefusedError

Wrong = Callable[[str, str, Any], RefusedError]


class Fields:
    """The fields of an object; null and absent are None, a wrong type raises what `wrong` makes of it."""

    def __init__(self, data: Mapping[str, Any], wrong: Wrong) -> None:
        self.data = data
        self._wrong = wrong

    def number(self, name: str) -> float | None:
        """Return a number."""
        value = self._get(name, "number", (int, float))
        return None if value is None else float(value)

    def integer(self, name: str) -> int | None:
        """Return a whole number; 7.0 is one too."""
        value = self._get(name, "number", (int, float))
        return None if value is None else int(value)

    def boolean(self, name: str) -> bool | None:
        """Return a truth value."""
        value = self.data.get(name)
        if value is not None and not isinstance(value, bool):
            raise self._wrong(name, "boolean", value)
        return value

    def text(self, name: str) -> str | None:
        """Return a text."""
        value: str | None = self._get(name, "string", (str,))
        return value

    def texts(self, name: str) -> tuple[str, ...] | None:
        """Return a list of texts; a text by itself is a list of one."""
        value = self.data.get(name)
        if value is None:
            return None
        if isinstance(value, str):
            return (value,)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self._wrong(name, "array of strings", value)
        return tuple(value)

    def _get(self, name: str, wanted: str, kinds: tuple[type, ...]) -> Any:
        value = self.data.get(name)
        if value is not None and (not isinstance(value, kinds) or isinstance(value, bool)):
            raise self._wrong(name, wanted, value)
        return value


def parse(body: bytes) -> Any:
    """Return the JSON of a body; raises ValueError."""
    return json.loads(body)


def count(*texts: str) -> int:
    """Return how many tokens an engine counts for texts, each with a begin-of-text token."""
    return sum(1 + len(prompt_tokens(text)) for text in texts)


def base64_vector(vector: Sequence[float]) -> str:
    """Return a vector as engines send it for `encoding_format: base64`: float32, little-endian."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode("ascii")


def prompt_of(value: Any) -> tuple[str, int] | None:
    """Return a prompt's text and token count: a text, a list of one, or token numbers; None for others."""
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], str | list):
        value = value[0]
    if isinstance(value, str):
        return value, count(value)
    if isinstance(value, list) and value and all(_is_token(item) for item in value):
        return "".join(f"<{item}>" for item in value), len(value)
    return None


def inputs_of(value: Any) -> tuple[tuple[str, ...], int] | None:
    """Return the texts of an input and their token count: one prompt or a list of them; None for others."""
    one = prompt_of(value)
    if one is not None:
        return (one[0],), one[1]
    if not isinstance(value, list) or not value:
        return None
    each = [prompt_of(item) for item in value]
    found = [prompt for prompt in each if prompt is not None]
    if len(found) != len(each):
        return None
    return tuple(text for text, _ in found), sum(tokens for _, tokens in found)


def _is_token(item: Any) -> bool:
    return isinstance(item, int) and not isinstance(item, bool)
