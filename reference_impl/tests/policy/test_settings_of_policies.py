"""Policies in a configuration: what the entries mean, and when the profile is claimed."""

import json
from pathlib import Path
from typing import Any

import pytest

from orchestratord.app import claimed
from orchestratord.core.errors import ConfigurationError
from orchestratord.settings import Settings, read_settings


def settings(path: Path, *modules: dict[str, Any], **policy: Any) -> Settings:
    path.write_text(json.dumps({"policy": {"modules": list(modules), **policy}}))
    return read_settings(path, {"ORCHESTRATORD_API_KEY": "k"})


def test_the_profile_is_claimed_with_modules_alone(tmp_path: Path) -> None:
    module = {"id": "a", "path": "a.wasm", "hook": "admission"}
    assert "policy" in claimed(settings(tmp_path / "c.json", module))
    assert "policy" not in claimed(settings(tmp_path / "c.json"))


@pytest.mark.requirement("OC-POLICY-4012")
def test_admission_allows_after_a_failure_unless_it_says_otherwise(tmp_path: Path) -> None:
    entry = {"path": "a.wasm", "hook": "admission"}
    plan = settings(
        tmp_path / "c.json", {**entry, "id": "a"}, {**entry, "id": "b", "on_failure": "deny"}
    ).service.policy
    assert [module.denies_on_failure for module in plan.modules] == [False, True]
    assert (plan.limits.cpu_ms, plan.limits.wait_ms, plan.limits.memory_bytes) == (10, 50, 16_777_216)


def test_two_modules_have_two_names(tmp_path: Path) -> None:
    entry = {"id": "a", "path": "a.wasm", "hook": "admission"}
    with pytest.raises(ConfigurationError, match="/policy/modules: a stands there twice"):
        settings(tmp_path / "c.json", entry, entry)
