"""How a step is written: behave's decorators with types, and what a step gets from behave.

A step file reads

    from orchqueue_bdd.sentences import Context, given, then, when

    @when('a task of {count:d} tokens is submitted')
    def submit(context: Context, count: int) -> None:
        context.world.submit(...)

and holds one call into the kit, or into the world of the scenario, for each sentence.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import behave

from orchqueue_bdd.world import World

Step = TypeVar("Step", bound=Callable[..., None])


class Table(Protocol):
    """A table below a step."""

    headings: list[str]

    def __iter__(self) -> Any:
        """Give the rows, each a mapping by heading."""


class Context(Protocol):
    """What behave hands to a step: the scenario's world, and the text and table that stand below the step."""

    world: World
    text: str | None
    table: Table | None


def given(sentence: str) -> Callable[[Step], Step]:
    """Bind a step that brings about a state."""
    decorator: Callable[[Step], Step] = behave.given(sentence)
    return decorator


def when(sentence: str) -> Callable[[Step], Step]:
    """Bind a step that does what the scenario is about."""
    decorator: Callable[[Step], Step] = behave.when(sentence)
    return decorator


def then(sentence: str) -> Callable[[Step], Step]:
    """Bind a step that asserts on what was observed at the wire."""
    decorator: Callable[[Step], Step] = behave.then(sentence)
    return decorator
