"""How a behaviour is broken: one attribute of the server is replaced before it starts."""

import functools
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

Make = Callable[[Any], Any]


class Patch:
    """Replaces attributes, and notes when what replaced them was used."""

    def __init__(self, met: Callable[[], None]) -> None:
        self.met = met
        self.planted: list[tuple[Any, str, Any]] = []

    def __call__(self, owner: Any, name: str, make: Make) -> None:
        """Replace the function `name` of a class or module by `make(the real one)`.

        Raises AttributeError when there is no such function: the server has changed, and the mutant with it.
        """
        real = inspect.getattr_static(owner, name)
        inner = real.__func__ if isinstance(real, staticmethod | classmethod) else real
        wrong = self._noting(make(inner.fget if isinstance(inner, property) else inner))
        kind = type(real) if isinstance(real, staticmethod | classmethod | property) else None
        self.value(owner, name, kind(wrong) if kind else wrong)

    def value(self, owner: Any, name: str, wrong: Any) -> None:
        """Replace a constant. That it was used cannot be seen, so `met` is the mutant's to call where it can.

        Raises AttributeError when there is none.
        """
        self.planted.append((owner, name, inspect.getattr_static(owner, name)))
        setattr(owner, name, wrong)

    def undo(self) -> None:
        """Put back what was replaced, the last first."""
        while self.planted:
            setattr(*self.planted.pop())

    def _noting(self, wrong: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(wrong)
        def noted(*args: Any, **named: Any) -> Any:
            self.met()
            return wrong(*args, **named)

        return noted


def load(name: str) -> ModuleType:
    """Give the module of a mutant by its name, `tokens-after-cancel` say."""
    return importlib.import_module(f"mutants.{name.replace('-', '_')}")


def plant(mutant: ModuleType, mark: Path) -> None:
    """Plant a mutant; `mark` is made when it is met with."""
    mutant.plant(Patch(_once(mark.touch)))


def _once(call: Callable[[], None]) -> Callable[[], None]:
    done = False

    def noted() -> None:
        nonlocal done
        if not done:
            done = True
            call()

    return noted
