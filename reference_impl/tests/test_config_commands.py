"""The commands that write the schema and examples, and what an editor finds in the examples."""

import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchestratord.config_commands import EXAMPLES, config_group, schema_text
from orchestratord.settings import read_settings

ROOT = Path(__file__).parents[2]
FILES = sorted(
    path
    for folder in ("reference_impl/examples", "reference_impl/orchestratord/examples")
    for path in (ROOT / folder).iterdir()
    if path.suffix in {".yaml", ".toml"}
)


@pytest.mark.requirement("OC-CONFIG-6010")
def test_the_schema_is_that_of_the_contract() -> None:
    written = CliRunner().invoke(config_group, ["schema"])
    assert written.stdout == schema_text() == (ROOT / "contracts" / "config.schema.json").read_text()


@pytest.mark.requirement("OC-CONFIG-6002")
@pytest.mark.requirement("OC-CONFIG-6010")
@pytest.mark.parametrize("engine", EXAMPLES)
def test_an_example_is_a_configuration_to_start_from(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(CliRunner().invoke(config_group, ["example", engine]).stdout)
    (pool,) = read_settings(path, {}).service.pools
    assert (pool.adapter, pool.workers[0].url == "") == (engine, engine == "mock")
    assert path.read_text().startswith("# yaml-language-server: $schema=config.schema.json\n")


@pytest.mark.requirement("OC-CONFIG-6002")
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_an_editor_finds_the_schema_of_an_example(path: Path) -> None:
    first = path.read_text().partition("\n")[0]
    named = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)|#:schema (\S+)", first)
    assert named is not None, first
    schema = path.parent / (named[1] or named[2])
    assert schema.resolve() == ROOT / "contracts" / "config.schema.json"
    assert read_settings(path, {}).service.pools
