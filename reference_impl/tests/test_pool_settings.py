"""The pools of a configuration: what each adapter needs to be told, and the keys of engines."""

import json

import pytest

from orchestratord.core.errors import ConfigurationError
from orchestratord.settings import Settings, read_settings

WORKER = {"id": "w", "url": "http://127.0.0.1:1"}
POOL = {"id": "p", "engine": "vllm", "model": "m", "slots": 3, "ctx": 100, "workers": [WORKER]}


@pytest.fixture
def settings(tmp_path):
    def read(pool, environment=None) -> Settings:
        path = tmp_path / "config.json"
        path.write_text(json.dumps({"pools": [pool]}))
        return read_settings(path, environment or {})

    return read


@pytest.fixture
def problems(settings):
    def read(pool, environment=None) -> list[str]:
        with pytest.raises(ConfigurationError) as refused:
            settings(pool, environment)
        return refused.value.problems

    return read


@pytest.mark.parametrize(
    ("engine", "adapter", "needs"),
    [
        ("llamacpp", "llamacpp", ()),
        ("tgi", "tgi", ()),
        ("vllm", "vllm", ("slots",)),
        ("vllm", "openai", ("slots",)),
        ("triton", "triton", ("slots", "ctx", "model")),
        ("triton", "openai", ("slots",)),
    ],
)
def test_what_an_engine_never_tells_has_to_be_given(settings, problems, engine, adapter, needs) -> None:
    whole = POOL | {"engine": engine, "adapter": adapter}
    assert settings(whole).service.pools[0].adapter == adapter
    bare = {name: value for name, value in whole.items() if name not in {"slots", "ctx", "model"}}
    if not needs:
        assert settings(bare).service.pools[0].slots is None
        return
    assert [line.partition(":")[0] for line in problems(bare)] == [f"/pools/0/{name}" for name in needs]


def test_what_is_told_of_an_engine(settings) -> None:
    worker = WORKER | {"metrics_url": "http://127.0.0.1:2/metrics"}
    (pool,) = settings(POOL | {"engine_model": "own", "workers": [worker]}).service.pools
    assert (pool.slots, pool.ctx, pool.model, pool.engine_model) == (3, 100, "m", "own")
    assert pool.workers[0].metrics_url == "http://127.0.0.1:2/metrics"
    assert pool.workers[0].api_key is None


@pytest.mark.requirement("OC-CONFIG-6004")
def test_a_key_stands_elsewhere(settings, problems, tmp_path) -> None:
    path = tmp_path / "key"
    path.write_text("from-file\n")
    for reference, key in (({"env": "ENGINE_KEY"}, "from-environment"), ({"file": str(path)}, "from-file")):
        found = settings(
            POOL | {"workers": [WORKER | {"api_key": reference}]}, {"ENGINE_KEY": "from-environment"}
        )
        assert found.service.pools[0].workers[0].api_key == key
        assert key not in repr(found)
    assert problems(POOL | {"workers": [WORKER | {"api_key": "in the file itself"}]})


@pytest.mark.requirement("OC-CONFIG-6004")
@pytest.mark.parametrize("text", ["", " \n", "two\nlines", "ü", "nul\x00"])
def test_a_reference_that_leads_to_no_key(problems, tmp_path, text) -> None:
    path = tmp_path / "key"
    path.write_text(text)
    found = problems(POOL | {"workers": [WORKER | {"api_key": {"file": str(path)}}]})
    assert [line.partition(":")[0] for line in found] == ["/pools/0/workers/0/api_key"]
    assert not text.strip() or text.strip() not in found[0]


def test_a_reference_that_leads_nowhere(problems, tmp_path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")
    for reference in ({"env": "ABSENT"}, {"file": str(tmp_path / "absent")}, {"file": str(binary)}):
        found = problems(POOL | {"workers": [WORKER | {"api_key": reference}]})
        assert [line.partition(":")[0] for line in found] == ["/pools/0/workers/0/api_key"]


def test_a_reload_may_bring_the_pools_own_model_again(settings, tmp_path) -> None:
    file = str(tmp_path)
    one = {"id": "w", "command": ["true", "--port", "{port}"]}
    pool = {"id": "p", "engine": "llamacpp", "mode": "managed", "workers": [one], "model_path": file}
    others = {"model_paths": {"n": "/models/n"}}
    (plan,) = settings({**pool, **others, "model": "m"}).service.pools
    assert plan.model_paths == {"m": file, "n": "/models/n"}
    (plan,) = settings({**pool, **others}).service.pools
    assert plan.model_paths == {"n": "/models/n"}
