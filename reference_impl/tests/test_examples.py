"""Every configuration that the repository shows can be served as it stands."""

from pathlib import Path

import pytest

from orchestratord.settings import read_settings

EXAMPLES = sorted(path for path in (Path(__file__).parents[1] / "examples").iterdir() if path.is_file())


@pytest.mark.requirement("OC-CONFIG-6002")
@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_validates(path: Path) -> None:
    settings = read_settings(path, {})
    assert settings.service.pools


def test_there_are_examples() -> None:
    assert {path.suffix for path in EXAMPLES} == {".yaml", ".toml"}
