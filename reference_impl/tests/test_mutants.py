"""Servers that are wrong on purpose: each can still be planted, and taken out again without a trace."""

import inspect
import sys
from pathlib import Path

import pytest

REFERENCE = Path(__file__).parents[1]
NAMES = sorted(path.stem for path in (REFERENCE / "mutants").glob("[!_]*.py"))


@pytest.fixture(autouse=True)
def beside_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(REFERENCE))


@pytest.mark.parametrize("name", NAMES)
def test_a_mutant_replaces_what_is_there(name: str) -> None:
    from mutants._planting import Patch, load  # noqa: PLC0415 - found by the fixture

    patch = Patch(lambda: None)
    try:
        load(name).plant(patch)
        planted = [(owner, attribute, real) for owner, attribute, real in patch.planted]
        assert planted
        assert all(inspect.getattr_static(owner, name) is not real for owner, name, real in planted)
    finally:
        patch.undo()
    assert all(inspect.getattr_static(owner, name) is real for owner, name, real in planted)
    assert f"mutants.{name}" in sys.modules


def test_that_a_mutant_was_met_with_is_noted_whatever_it_replaced() -> None:
    from mutants._planting import Patch  # noqa: PLC0415 - found by the fixture

    class Server:
        def plain(self) -> int:
            return 1

        @property
        def told(self) -> int:
            return 1

        @staticmethod
        def fixed() -> int:
            return 1

    met: list[str] = []
    for name in ("plain", "told", "fixed"):
        patch = Patch(lambda name=name: met.append(name))  # type: ignore[misc]  # a default that binds
        patch(Server, name, lambda real: lambda *args: real(*args) + 1)
        assert name not in met
        found = getattr(Server(), name)
        assert (found if name == "told" else found()) == 2
        assert met[-1] == name
        patch.undo()
        found = getattr(Server(), name)
        assert (found if name == "told" else found()) == 1


def test_what_is_not_there_cannot_be_replaced() -> None:
    from mutants._planting import Patch  # noqa: PLC0415 - found by the fixture

    with pytest.raises(AttributeError, match="nonesuch"):
        Patch(lambda: None)(Patch, "nonesuch", lambda real: real)
