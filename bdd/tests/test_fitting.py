"""Tasks for an attached server name an engine and a model that it has."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import AttachedTarget, CommandTarget
from orchqueue_bdd import fitting
from orchqueue_bdd.servers import Servers

FITS = {"engine": "vllm", "supported_workloads": ["rerank", "completion"], "models": ["qwen", "phi"]}
OTHER = {"engine": "tgi", "supported_workloads": ["embedding"], "models": ["e5"]}


@pytest.mark.parametrize(
    ("capabilities", "chosen"),
    [
        ({"engines": [OTHER, FITS]}, {"engine": "vllm", "model_ref": "qwen"}),
        ({"engines": [{**FITS, "models": []}, OTHER]}, {}),
        ({"engines": [{**FITS, "engine": 7}]}, {}),
        ({"engines": [{**FITS, "models": [7]}, {**FITS, "models": "phi"}, "nothing"]}, {}),
        ({"engines": {"engine": "vllm"}}, {}),
        ({}, {}),
        ([FITS], {}),
    ],
)
def test_the_first_that_completes_text_is_chosen(capabilities: Any, chosen: dict[str, str]) -> None:
    assert fitting.choose(capabilities) == chosen


@pytest.mark.parametrize(
    ("claims", "chosen"),
    [
        (
            '{"engines": [{"engine": "vllm", "supported_workloads": ["completion"], "models": ["phi"]}]}',
            {"engine": "vllm", "model_ref": "phi"},
        ),
        ("nothing of the kind", {}),
    ],
)
def test_an_attached_server_is_asked(
    claims: str, chosen: dict[str, str], tmp_path: Path, server_command: Callable[..., str]
) -> None:
    theirs = CommandTarget(server_command("--claims", claims), tmp_path).launch({}, "theirs")
    try:
        server = Servers(AttachedTarget(theirs.url, "k"), tmp_path).get("standard")
    finally:
        theirs.stop()
    assert (server.suits, server.pool) == (chosen, "default")


@pytest.mark.parametrize(("pools", "known"), [(["theirs"], "theirs"), (["one", "two"], None)])
def test_its_pool_is_known_where_there_is_but_one(
    pools: list[str], known: str | None, tmp_path: Path, server_command: Callable[..., str]
) -> None:
    page = "".join(f'pool_ready{{pool_id="{pool}"}} 1\n' for pool in pools)
    theirs = CommandTarget(server_command("--page", page), tmp_path).launch({}, "theirs")
    try:
        assert Servers(AttachedTarget(theirs.url, "k"), tmp_path).get("standard").pool == known
    finally:
        theirs.stop()


@pytest.mark.parametrize(("control_key", "known"), [(None, False), ("k", False), ("c", True)])
def test_a_key_is_for_data_alone_only_where_there_is_another_for_control(
    control_key: str | None, known: bool, tmp_path: Path, server_command: Callable[..., str]
) -> None:
    theirs = CommandTarget(server_command(), tmp_path).launch({}, "theirs")
    try:
        server = Servers(AttachedTarget(theirs.url, "k", control_key), tmp_path).get("standard")
    finally:
        theirs.stop()
    assert ("data-only" in server.keys) is known
