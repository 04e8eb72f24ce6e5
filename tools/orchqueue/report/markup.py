"""HTML that cannot be broken out of: everything is text until it has been through `tag`, which escapes it."""

from collections.abc import Sequence
from html import escape
from typing import TypeAlias


class Markup(str):
    """Text that is HTML already. Only this module and fixed parts of the page make it."""

    __slots__ = ()


Content: TypeAlias = "Markup | str | int | float | Sequence[Content] | None"

_VOID = frozenset({"input", "meta", "br"})


def text(content: Content) -> Markup:
    """Give content as HTML: what is not markup is escaped, None is nothing."""
    match content:
        case None:
            return Markup()
        case Markup():
            return content
        case str() | int() | float():
            return Markup(escape(str(content)))
        case _:
            return Markup("".join(text(part) for part in content))


def tag(name: str, /, *content: Content, **attributes: str | int | bool | None) -> Markup:
    """Give an element.

    Attributes are escaped; `class_` is `class`, `data_x` is `data-x`, False and None are absent.
    """
    given = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{text(list(content))}</{name}>")


def prose(sentence: str) -> list[Content]:
    """Give a sentence of a spec, what stands in backquotes as code."""
    parts = sentence.split("`")
    if len(parts) % 2 == 0:
        return [sentence]
    return [tag("code", part) if number % 2 else part for number, part in enumerate(parts)]


def _attribute(key: str, value: str | int | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    if value is None or value is False:
        return ""
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
