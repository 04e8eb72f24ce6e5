"""How long the kit waits, as an environment says."""

import pytest

from orchqueue.kit.errors import KitError
from orchqueue.kit.patience import VARIABLE, read


@pytest.mark.parametrize(
    ("environment", "seconds"), [({}, 30.0), ({VARIABLE: ""}, 30.0), ({VARIABLE: "2.5"}, 2.5)]
)
def test_patience_is_what_was_asked_for(environment: dict[str, str], seconds: float) -> None:
    assert read(environment) == seconds


@pytest.mark.parametrize("text", ["soon", "0", "-1", "inf", "nan"])
def test_what_is_no_time_is_named(text: str) -> None:
    with pytest.raises(KitError, match=f"{VARIABLE} is '{text}': give a number of seconds above 0"):
        read({VARIABLE: text})
