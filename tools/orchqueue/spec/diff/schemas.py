"""Whether a changed keyword of a schema allows less or more than before, and what that means by direction.

To who sends (`request`), less is breaking and more is additive; to who receives (`response`) it is the other
way round, because a closed client does not know what was not there. A schema that goes both ways breaks by
either.
"""

from collections.abc import Callable
from enum import Enum, Flag, auto
from typing import Any

from orchqueue.spec.diff.change import Impact


class Direction(Flag):
    """Who sends what a node describes."""

    REQUEST = auto()
    RESPONSE = auto()


class Move(Enum):
    """What became of the set of values that a schema allows."""

    SAME = auto()
    LESS = auto()
    MORE = auto()
    OTHER = auto()


EDITORIAL = frozenset(
    {
        "title", "description", "summary", "help", "hint", "example", "examples", "externalDocs", "$comment",
        "tags", "servers", "$id", "$schema", "openapi",
    }
)  # fmt: skip
_LOWER_BOUNDS = frozenset(
    {"minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties", "minContains"}
)
_UPPER_BOUNDS = frozenset(
    {"maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties", "maxContains", "budget"}
)
_MISSING = object()


def impact_of(move: Move, direction: Direction) -> Impact:
    """What a move of the allowed values does in a direction."""
    if move is Move.SAME:
        return Impact.EDITORIAL
    breaks = {
        Move.LESS: Direction.REQUEST,
        Move.MORE: Direction.RESPONSE,
        Move.OTHER: Direction.REQUEST | Direction.RESPONSE,
    }
    return Impact.BREAKING if breaks[move] & direction else Impact.ADDITIVE


def move_of(keyword: str, members_before: dict[str, Any], members_after: dict[str, Any]) -> Move:
    """What the change of a keyword does to the values that its schema allows."""
    before, after = members_before.get(keyword, _MISSING), members_after.get(keyword, _MISSING)
    if keyword in _RULES:
        return _RULES[keyword](before, after)
    if keyword == "default":
        return Move.OTHER
    if before is _MISSING or after is _MISSING:
        return Move.LESS if before is _MISSING else Move.MORE
    if keyword in _LOWER_BOUNDS:
        return Move.LESS if after > before else Move.MORE
    if keyword in _UPPER_BOUNDS:
        return Move.LESS if after < before else Move.MORE
    return Move.OTHER


def move_of_openness(was: Any, now: Any) -> Move:
    """What becomes of the allowed values when a subschema changes and is or was `true` or `false`."""
    if was is False or now is True:
        return Move.MORE
    return Move.LESS if now is False or was is True else Move.OTHER


def _set(value: Any) -> set[str]:
    """The members of a list as comparable texts; a single value counts as a list of it."""
    if value is _MISSING:
        return set()
    return {repr(item) for item in (value if isinstance(value, list) else [value])}


def _move_of_choices(before: Any, after: Any) -> Move:
    if before is _MISSING or after is _MISSING:
        return Move.LESS if before is _MISSING else Move.MORE
    was, now = _set(before), _set(after)
    if was == now:
        return Move.SAME
    return Move.LESS if now < was else Move.MORE if now > was else Move.OTHER


def _move_of_demands(before: Any, after: Any) -> Move:
    """`required` of an object is a list; that of a parameter and `uniqueItems` are true or false."""
    was, now = _demanded(before), _demanded(after)
    if was == now:
        return Move.SAME
    return Move.LESS if now > was else Move.MORE if now < was else Move.OTHER


def _demanded(value: Any) -> set[str]:
    return {"it"} if value is True else set() if value is False else _set(value)


_RULES: dict[str, Callable[[Any, Any], Move]] = {
    **dict.fromkeys(("enum", "oneOf", "anyOf", "type"), _move_of_choices),
    **dict.fromkeys(("required", "uniqueItems"), _move_of_demands),
}
