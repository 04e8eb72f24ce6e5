"""What the kit gives whoever uses it."""

import pytest

from orchqueue import kit


def test_each_name_is_there() -> None:
    assert all(getattr(kit, name).__name__ == name for name in kit.__all__)


def test_no_other_is() -> None:
    with pytest.raises(AttributeError, match="nonesuch"):
        kit.nonesuch  # type: ignore[attr-defined]  # noqa: B018
