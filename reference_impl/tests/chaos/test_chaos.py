"""A few seconds of chaos; `make chaos` has minutes of it."""

import pytest
from orchchaos import run


@pytest.mark.requirement("ORCH-3051")
def test_nothing_is_lost_or_held_after_a_short_chaos(tmp_path) -> None:
    told = run(1, 8.0, tmp_path, real=False)
    assert "end" in told
