"""What differs between two configurations, and what of that a running server can take."""

import json

import pytest

from orchestratord.flow.changes import changes
from orchestratord.settings import read_settings

POOL = {"id": "a", "engine": "llamacpp", "adapter": "mock"}
KEY = {"id": "k", "sha256": "0" * 64, "scopes": ["data"]}


def document(tmp_path, **config):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({"keys": [KEY], "pools": [POOL], **config}))
    return read_settings(path, {}).document


@pytest.mark.requirement("OC-CONFIG-6009")
@pytest.mark.parametrize(
    ("config", "path", "kind", "needs_restart"),
    [
        ({"keys": [KEY, {**KEY, "id": "l", "sha256": "1" * 64}]}, "/keys/1", "added", False),
        ({"keys": [{**KEY, "scopes": ["control"]}]}, "/keys/0/scopes", "changed", False),
        ({"log": {"level": "debug"}}, "/log/level", "changed", False),
        ({"log": {"buffer_bytes": 4096}}, "/log/buffer_bytes", "changed", True),
        ({"server": {"port": 1}}, "/server/port", "changed", True),
        ({"server": {"grace_ms": 1}}, "/server/grace_ms", "changed", False),
        ({"server": {"pid_file": "x"}}, "/server/pid_file", "added", True),
        ({"sampler_profiles": [{"version": "v2"}]}, "/sampler_profiles/0", "added", False),
        ({"sessions": {"budgets": {"cost": None}}}, "/sessions/budgets/cost", "changed", False),
        ({"artifacts": {"max_bytes": 4096}}, "/artifacts/max_bytes", "changed", True),
        ({"pools": [{**POOL, "id": "b"}, POOL]}, "/pools/0", "added", False),
        ({"pools": [{**POOL, "queue": {"capacity": 1}}]}, "/pools/0/queue/capacity", "changed", False),
        ({"pools": [{**POOL, "queue": {"order": "wfq"}}]}, "/pools/0/queue/order", "changed", True),
        ({"pools": [{**POOL, "model": "m"}]}, "/pools/0/model", "added", True),
        ({"pools": [{**POOL, "model_paths": {"a/b~": "f"}}]}, "/pools/0/model_paths/a~1b~0", "added", False),
    ],
)
def test_one_place_that_differs(tmp_path, config, path, kind, needs_restart) -> None:
    (change,) = changes(document(tmp_path), document(tmp_path, **config))
    assert (change.path, change.kind, change.needs_restart) == (path, kind, needs_restart)


def test_what_is_gone_is_named_where_it_was(tmp_path) -> None:
    before = document(tmp_path, sampler_profiles=[{"version": "v2"}], pools=[POOL, {**POOL, "id": "b"}])
    found = changes(before, document(tmp_path, pools=[{**POOL, "id": "b"}]))
    assert [(one.path, one.name, one.kind, one.needs_restart) for one in found] == [
        ("/pools/0", "pools.a", "removed", False),
        ("/sampler_profiles/0", "sampler_profiles.v2", "removed", True),
    ]


def test_an_order_that_means_nothing_is_no_change(tmp_path) -> None:
    two = [POOL, {**POOL, "id": "b"}]
    assert changes(document(tmp_path, pools=two), document(tmp_path, pools=two[::-1])) == []
