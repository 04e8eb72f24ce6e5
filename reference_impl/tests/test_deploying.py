"""The page on GPUs: each configuration on it can be served as it stands, given its programs and its files."""

import stat
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from orchestratord.settings import read_settings

PAGE = Path(__file__).parents[1] / "docs" / "deploying-on-gpus.md"
CONFIG = Path(__file__).parents[1] / "deploy" / "compose" / "orchqueue.yaml"
BLOCKS = [token.content for token in MarkdownIt().parse(PAGE.read_text()) if token.info == "yaml"]
MODELS = "/var/lib/models"
KEY = {"ORCHESTRATORD_API_KEY": "a-key"}


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with the programs and the models that the page names; answers the folder of the models."""
    program = tmp_path / "bin" / "llama-server"
    program.parent.mkdir()
    program.touch()
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    models = tmp_path / "models"
    models.mkdir()
    for name in ("llama-3-8b-q4_k_m.gguf", "llama-70b-q4_k_m.gguf"):
        (models / name).touch()
    return models


@pytest.mark.requirement("OC-OPS-8004")
@pytest.mark.requirement("OC-CONFIG-6002")
@pytest.mark.parametrize("block", BLOCKS, ids=range(len(BLOCKS)))
def test_a_configuration_of_the_page_validates(tmp_path: Path, machine: Path, block: str) -> None:
    path = tmp_path / "config.yaml"
    path.write_text(block.replace(MODELS, str(machine)))
    assert read_settings(path, KEY).service.pools


@pytest.mark.requirement("OC-OPS-8004")
def test_the_page_has_each_engine() -> None:
    engines = {line.split()[-1] for block in BLOCKS for line in block.splitlines() if "engine:" in line}
    assert engines >= {"llamacpp", "vllm", "tgi", "triton"}


@pytest.mark.requirement("OC-OPS-8004")
def test_the_configuration_of_the_containers_validates() -> None:
    assert read_settings(CONFIG, KEY).host == "0.0.0.0"
