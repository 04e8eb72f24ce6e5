"""The configuration: what is filled in, and that what is wrong is told whole."""

import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from fractions import Fraction
from hashlib import sha256
from pathlib import Path

import pytest

from orchestratord.core.budgets import Budgets
from orchestratord.core.errors import ConfigurationError
from orchestratord.core.sampling import SamplerProfile
from orchestratord.service import ArtifactsPlan
from orchestratord.settings import KEY_VARIABLE, read_settings

DIGEST = sha256(b"secret").hexdigest()
KEY = {"id": "one", "sha256": DIGEST, "scopes": ["data"]}
WORKER = {"id": "w", "url": "http://127.0.0.1:1"}


@pytest.fixture
def settings(tmp_path):
    def read(config, environment=None, mode="strict", name="config.yaml"):
        path = tmp_path / name
        path.write_text(config if isinstance(config, str) else json.dumps(config))
        return read_settings(path, environment or {}, mode)

    return read


@pytest.fixture
def problems(settings):
    def read(config, **options) -> list[str]:
        with pytest.raises(ConfigurationError) as refused:
            settings(config, **options)
        return refused.value.problems

    return read


@pytest.mark.requirement("OC-CONFIG-6011")
def test_a_pid_file_is_found_from_wherever_a_command_is_run(tmp_path, settings) -> None:
    assert settings({"server": {"pid_file": "x.pid"}}).pid_file == tmp_path.resolve() / "x.pid"
    assert settings({"server": {"pid_file": "/run/x.pid"}}).pid_file == Path("/run/x.pid")
    assert settings({}).pid_file is None


@pytest.mark.requirement("OC-OPS-8001")
@pytest.mark.requirement("OC-CONFIG-6003")
def test_without_a_file() -> None:
    found = read_settings(None, {})
    assert (found.host, found.port) == ("127.0.0.1", 8080)
    (pool,) = found.service.pools
    assert (pool.id, pool.engine, pool.adapter, pool.model, pool.mock.slots) == (
        "default",
        "llamacpp",
        "mock",
        None,
        4,
    )
    (key,) = found.keys
    assert found.shown_key is not None
    assert key.digest == sha256(found.shown_key.encode()).digest()
    assert key.scopes == {"data", "control"}
    assert found.shown_key != read_settings(None, {}).shown_key


@pytest.mark.requirement("OC-OPS-8001")
def test_the_key_of_the_environment() -> None:
    found = read_settings(None, {KEY_VARIABLE: "secret"})
    assert found.shown_key is None
    assert [key.digest.hex() for key in found.keys] == [DIGEST]


@pytest.mark.requirement("OC-CONFIG-6004")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.yaml", "server: {port: 9}\nkeys: [{id: one, sha256: DIGEST, scopes: [data]}]\n"),
        ("c.toml", '[server]\nport = 9\n[[keys]]\nid = "one"\nsha256 = "DIGEST"\nscopes = ["data"]\n'),
        (
            "c.json",
            '{"server": {"port": 9}, "keys": [{"id": "one", "sha256": "DIGEST", "scopes": ["data"]}]}',
        ),
    ],
)
def test_yaml_toml_and_json_say_the_same(settings, name, text) -> None:
    found = settings(text.replace("DIGEST", DIGEST), name=name)
    assert (found.port, found.keys[0].id, found.keys[0].tenant, found.shown_key) == (
        9,
        "one",
        "default",
        None,
    )


@pytest.mark.requirement("OC-CONFIG-6006")
def test_a_pool_gets_what_its_entry_names_and_defaults_for_the_rest(settings) -> None:
    entry = {
        "id": "p",
        "engine": "llamacpp",
        "model": "m",
        "workers": [WORKER],
        "queue": {"capacity": 2, "full_policy": "drop-lru"},
        "watchdog": {"idle_ms": 7},
        "timeouts": {"retries": 0},
        "sampler_profile_version": "cold",
    }
    found = settings(
        {"pools": [entry], "keys": [KEY], "sampler_profiles": [{"version": "cold", "temperature": 0}]}
    )
    (pool,) = found.service.pools
    assert (pool.adapter, pool.model, pool.workers[0].url) == ("llamacpp", "m", WORKER["url"])
    assert (pool.queue.capacity, pool.queue.full_policy, pool.queue.age_ms) == (2, "drop-lru", 30_000)
    assert (pool.watchdog.idle_ms, pool.watchdog.wall_ms, pool.retries) == (7, 600_000, 0)
    assert found.service.sampler_profiles == (SamplerProfile(), SamplerProfile("cold", temperature=0))


@pytest.mark.requirement("OC-CONFIG-6001")
def test_unknown_fields_by_mode(settings, problems) -> None:
    config = {"colour": 1, "server": {"prot": 1, "port": 3}, "keys": [KEY]}
    assert problems(config) == ["/colour: unknown field", "/server/prot: unknown field"]
    found = settings(config, mode="compat")
    assert (found.ignored, found.port) == (("/colour", "/server/prot"), 3)


@pytest.mark.requirement("OC-CONFIG-6005")
def test_every_error_is_told_at_once(problems) -> None:
    pool = {"id": "p", "engine": "llamacpp"}
    found = problems({"server": {"port": "x"}, "pools": [{**pool, "engine": "other"}], "log": {"level": 3}})
    assert [line.partition(":")[0] for line in found] == ["/log/level", "/pools/0/engine", "/server/port"]
    found = problems(
        {
            "server": {"host": "0.0.0.0"},
            "pools": [
                pool,
                {**pool, "adapter": "mock", "workers": [WORKER]},
                {"id": "v", "engine": "vllm", "workers": [WORKER, WORKER]},
                {**pool, "id": "s", "workers": [WORKER], "sampler_profile_version": "v9"},
            ],
        }
    )
    assert [line.partition(":")[0] for line in found] == [
        "/pools",
        "/pools/0/workers",
        "/pools/1/workers",
        "/pools/2/slots",
        "/pools/2/workers",
        "/pools/3/sampler_profile_version",
        "/server/host",
    ]


@pytest.mark.requirement("OC-CONFIG-6003")
@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.1", "example.org", "::"])
def test_another_address_needs_a_key(settings, problems, host) -> None:
    assert problems({"server": {"host": host}})[0].startswith("/server/host:")
    assert settings({"server": {"host": host}, "keys": [KEY]}).shown_key is None
    assert settings({"server": {"host": host}}, {KEY_VARIABLE: "k"}).keys


def test_keys_belong_to_tenants_that_exist(settings, problems) -> None:
    assert "tenant" in problems({"keys": [{**KEY, "tenant": "other"}]})[0]
    found = settings({"keys": [{**KEY, "tenant": "other"}], "tenants": [{"id": "other"}]})
    assert found.keys[0].tenant == "other"
    assert "twice" in problems({"keys": [KEY, {**KEY, "sha256": "0" * 64}]})[0]
    assert "same digest" in problems({"keys": [KEY, {**KEY, "id": "two"}]})[0]


SECRET = "MY-SECRET-KEY"


@pytest.mark.requirement("OC-CONFIG-6008")
@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"keys": [{**KEY, "sha256": SECRET}]}, "/keys/0/sha256"),
        ({"keys": {"a": SECRET}}, "/keys"),
        ({"keys": [[SECRET]]}, "/keys/0"),
        ({"keys": [{**KEY, "scopes": [SECRET]}]}, "/keys/0/scopes/0"),
        ({"keys": [{**KEY, "not_after": SECRET}]}, "/keys/0/not_after"),
        ({"log": SECRET}, "/log"),
        ({"log": {"level": SECRET}}, "/log/level"),
        ({"server": {"port": {"a": SECRET}}}, "/server/port"),
        ({"pools": [{"id": SECRET + " ", "engine": "vllm"}]}, "/pools/0/id"),
        ({"pools": [{"id": "a", "engine": "vllm", "workers": {"key": SECRET}}]}, "/pools/0/workers"),
        (
            {"pools": [{"id": "a", "engine": "vllm", "workers": [{**WORKER, "api_key": SECRET}]}]},
            "/pools/0/w",
        ),
        (
            {"pools": [{"id": "a", "engine": "vllm", "workers": [{**WORKER, "api_key": [SECRET]}]}]},
            "/pools/0",
        ),
    ],
)
def test_what_is_wrong_is_named_and_not_shown(problems, config, path) -> None:
    for line in problems(config):
        assert line.startswith(path)
        assert SECRET not in line


@pytest.mark.requirement("OC-CONFIG-6008")
@pytest.mark.parametrize(
    ("name", "text", "place"),
    [
        ("c.yaml", "keys:\n- id: a\n  sha256: MY-SECRET-KEY\n scopes: [data]\n", "line 4, column"),
        ("c.yaml", "keys: [MY-SECRET-KEY\n", "line 2, column 1"),
        ("c.yaml", "keys: *MY-SECRET-KEY\n", "line 1, column 7"),
        ("c.yaml", "keys: !MY-SECRET-KEY x\n", "line 1, column 7"),
        ("c.yaml", "keys: %MY-SECRET-KEY\n", "line 1, column 7"),
        ("c.yaml", 'keys: "MY-SECRET-KEY\n', "line 2, column 1"),
        ("c.yaml", "keys: MY-SECRET-KEY: 1\n", "line 1, column 20"),
        ("c.yaml", "keys: MY-SECRET-KEY\x00\n", "position 19"),
        ("c.toml", "keys = MY-SECRET-KEY\n", "line 1, column 8"),
        ("c.toml", 'keys = "MY-SECRET-KEY\n', "line 1, column 22"),
        ("c.json", '{"keys": MY-SECRET-KEY}', "line 1 column 10"),
        ("c.json", '{"keys": "MY-SECRET-KEY}', "line 1 column 10"),
    ],
)
def test_the_line_that_is_no_syntax_is_not_shown(problems, name, text, place) -> None:
    (line,) = problems(text, name=name)
    assert SECRET not in line
    assert place in line


@pytest.mark.requirement("OC-CONFIG-6007")
@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("server: {grace_ms: 1" + "0" * 400 + "}", "/server/grace_ms"),
        ("server: {grace_ms: 9007199254740992}", "/server/grace_ms"),
        ("sampler_profiles: [{version: a, temperature: .inf}]", "/sampler_profiles/0/temperature"),
        ("sampler_profiles: [{version: a, temperature: .nan}]", "/sampler_profiles/0/temperature"),
        ("tenants: [{id: a, rps: 1.0e+300, burst: 1}]", "/tenants/0/rps"),
    ],
)
def test_a_number_has_an_end(problems, text, path) -> None:
    assert [line.partition(":")[0] for line in problems(text)] == [path]


def test_what_is_kept_of_all_tasks_has_room_for_one(problems) -> None:
    (line,) = problems({"streams": {"total_bytes": 2048, "max_bytes": 4096}})
    assert line.startswith("/streams/total_bytes: ")


def test_the_largest_number_is_taken(settings) -> None:
    assert settings(f"server: {{grace_ms: {2**53 - 1}}}").service.grace_ms == 2**53 - 1


@pytest.mark.requirement("OC-CTRL-2045")
@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("c.yaml", "keys: [{id: a, sha256: DIGEST, scopes: [data], not_after: 2030-01-31T12:00:00+02:00}]"),
        ("c.yaml", 'keys: [{id: a, sha256: DIGEST, scopes: [data], not_after: "2030-01-31T10:00:00Z"}]'),
        (
            "c.toml",
            '[[keys]]\nid="a"\nsha256="DIGEST"\nscopes=["data"]\nnot_after=2030-01-31T10:00:00Z\n',
        ),
    ],
)
def test_a_key_may_expire(settings, name, text) -> None:
    (key,) = settings(text.replace("DIGEST", DIGEST), name=name).keys
    assert key.not_after == datetime(2030, 1, 31, 10, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("moment", ["2030-01-31", "2030-01-31T12:00:00", "2030-02-30T00:00:00Z", 5, "soon"])
def test_a_moment_that_there_is_not(problems, moment) -> None:
    (line,) = problems({"keys": [{**KEY, "not_after": moment}]})
    assert line.startswith("/keys/0/not_after: ")


def test_the_id_of_the_key_of_the_environment_is_its_own(problems) -> None:
    (line,) = problems({"keys": [{**KEY, "id": "environment"}]}, environment={KEY_VARIABLE: "other"})
    assert line.startswith("/keys/0/id: ")


@pytest.mark.parametrize("text", ["[", "a: 1\na: 2\n", "- 1\n", "\tx: 1\n"])
def test_what_is_no_configuration(problems, text) -> None:
    (line,) = problems(text)
    assert "config.yaml" in line


def test_a_file_that_is_not_there(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_settings(tmp_path / "absent.yaml", {})


@pytest.fixture
def usual_depth() -> Iterator[None]:
    """The depth that a server has: property tests raise that of the process they run in."""
    raised = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    yield
    sys.setrecursionlimit(raised)


@pytest.mark.usefixtures("usual_depth")
def test_a_file_that_is_nested_too_deep(problems) -> None:
    assert "nested too deep" in problems("[" * 5000)[0]


def test_a_yaml_file_may_merge_and_not_repeat(settings, problems) -> None:
    text = "pools:\n- &a {id: a, engine: llamacpp, adapter: mock}\n- {<<: *a, id: b}\n"
    assert [pool.id for pool in settings(text).service.pools] == ["a", "b"]
    assert "twice" in problems("pools:\n- {id: a, id: b, engine: llamacpp, adapter: mock}\n")[0]


def test_a_whole_number_is_an_integer_however_it_is_written(settings) -> None:
    found = settings({"server": {"port": 1.0, "limits": {"body_bytes": 4096.0}}})
    assert [repr(value) for value in (found.port, found.body_bytes)] == ["1", "4096"]


def test_one_text_is_not_two_keys(problems) -> None:
    assert KEY_VARIABLE in problems({"keys": [KEY]}, environment={KEY_VARIABLE: "secret"})[0]


def test_sessions_are_short_unless_configured(settings) -> None:
    found = settings({}).service.sessions
    assert (found.ttl_ms, found.budgets) == (600_000, Budgets())
    found = settings(
        {
            "sessions": {
                "ttl_ms": 5,
                "max_turns": 3,
                "budgets": {"tokens": 7.0, "time_ms": None, "cost": 0.1234567},
                "price_per_token": 0.0000025,
            }
        }
    ).service.sessions
    # A bound is rounded down to millionths, a price stands as it was written.
    assert (found.ttl_ms, found.budgets) == (5, Budgets(3, 7, None, 123_456, Fraction(5, 2)))
    unbounded = settings({"sessions": {"budgets": {"tokens": None, "cost": None}}}).service.sessions.budgets
    assert (unbounded.tokens, unbounded.time_ms, unbounded.cost) == (None, 600_000, None)


@pytest.mark.parametrize(
    "bad",
    [
        {"ttl_ms": 0},
        {"ttl_ms": None},
        {"max_turns": 0},
        {"max_turns": None},
        {"budgets": None},
        {"budgets": {"tokens": -1}},
        {"budgets": {"tokens": 0.5}},
        {"budgets": {"tokens": "5"}},
        {"budgets": {"cost": -0.000001}},
        {"budgets": {"cost": 1e9 + 1}},
        {"budgets": {"cost": True}},
        {"budgets": {"turns": 5}},
        {"price_per_token": -1},
        {"price_per_token": None},
        {"price_per_token": 1e300},
    ],
    ids=repr,
)
def test_sessions_that_cannot_be(problems, bad) -> None:
    assert problems({"sessions": bad})


def test_numbers_of_json_are_numbers_and_nothing_else_is(settings, problems) -> None:
    found = settings("sessions: {price_per_token: 2e-06}").service.sessions.budgets
    assert found.price == Fraction(2)
    told = problems("sessions: {budgets: {cost: .nan}}\ntenants: [{id: a, rps: .nan}]")
    assert told == [
        "/sessions/budgets/cost: this number is not finite",
        "/tenants/0/rps: this number is not finite",
    ]
    assert problems("sessions: {price_per_token: .inf}")
    assert problems("sessions: {ttl_ms: 1e400}")


def test_artifacts_are_in_memory_unless_a_folder_is_named(settings, problems) -> None:
    assert settings({}).service.artifacts == ArtifactsPlan(None, 600_000, 268_435_456)
    named = {"artifacts": {"store": "filesystem", "root": "kept", "trace_retain_ms": 5, "max_bytes": 4096}}
    assert settings(named).service.artifacts == ArtifactsPlan(Path("kept"), 5, 4096)
    # A root alone chooses no store.
    assert settings({"artifacts": {"root": "kept"}}).service.artifacts.root is None
    assert problems({"artifacts": {"store": "filesystem"}}) == [
        "/artifacts/root: the store filesystem needs a folder, here or in ORCH_ARTIFACTS_FS_ROOT"
    ]


@pytest.mark.requirement("OC-CTRL-2075")
def test_the_environment_names_the_folder_of_artifacts(settings) -> None:
    environment = {"ORCH_ARTIFACTS_FS_ROOT": "/kept/here"}
    for given in ({}, {"artifacts": {"store": "filesystem", "root": "elsewhere", "max_bytes": 4096}}):
        artifacts = settings(given, environment).service.artifacts
        assert artifacts.root == Path("/kept/here")
        assert artifacts.max_bytes == given.get("artifacts", {}).get("max_bytes", 268_435_456)
    assert settings({}, {"ORCH_ARTIFACTS_FS_ROOT": ""}).service.artifacts.root is None


@pytest.mark.parametrize(
    "bad", [{"store": "s3"}, {"root": ""}, {"max_bytes": 10}, {"trace_retain_ms": -1}, {"more": 1}]
)
def test_artifacts_that_cannot_be(problems, bad) -> None:
    (problem,) = problems({"artifacts": bad})
    assert problem.startswith(f"/artifacts/{next(iter(bad))}")


@pytest.mark.requirement("OC-CTRL-2074")
def test_a_pool_may_name_its_workloads(settings, problems) -> None:
    pool = {"id": "p", "engine": "llamacpp", "adapter": "mock"}
    assert settings({"pools": [pool]}).service.pools[0].workloads is None
    named = {**pool, "workloads": ["embedding", "rerank"]}
    assert settings({"pools": [named]}).service.pools[0].workloads == ("embedding", "rerank")
    assert problems({"pools": [{**pool, "workloads": []}]})
    assert problems({"pools": [{**pool, "workloads": ["poetry"]}]})


@pytest.mark.parametrize(
    ("pool", "problem"),
    [
        ({"command": ["/no/engine", "{port}"]}, "command/0: there is no such program"),
        ({"command": ["sh", "8080"]}, "command: no word of it holds {port}"),
        (
            {"command": ["sh", "{port}", "{model_path}"]},
            "command: holds {model_path}, and the pool has no file",
        ),
    ],
)
def test_commands_that_cannot_be(problems, pool, problem) -> None:
    entry = {"id": "p", "engine": "llamacpp", "mode": "managed", "workers": [{"id": "w", **pool}]}
    (told,) = problems({"pools": [entry]})
    assert told.startswith(f"/pools/0/workers/0/{problem}")


@pytest.mark.requirement("OC-POOL-3042")
@pytest.mark.parametrize("word", ["{model_path}", "its own"])
def test_the_file_of_a_model_can_be_read(settings, problems, tmp_path, word) -> None:
    workers = [{"id": one, "command": ["sh", "{port}", word]} for one in "vw"]
    entry = {"id": "p", "engine": "llamacpp", "mode": "managed", "workers": workers, "model": "m"}
    settings({"pools": [{**entry, "model_path": str(tmp_path)}]})
    missing, pipe = tmp_path / "missing.gguf", tmp_path / "pipe"
    os.mkfifo(pipe)
    reason = "the model's file cannot be read (No such file or directory)"
    assert problems({"pools": [{**entry, "model_path": str(missing)}]}) == [f"/pools/0/model_path: {reason}"]
    (told,) = problems({"pools": [{**entry, "model_paths": {"m": str(pipe), "n": str(missing)}}]})
    assert told == "/pools/0/model_paths/m: the model's file is neither a file nor a folder"


@pytest.mark.parametrize(
    ("pool", "path"),
    [
        ({"workers": [{"id": "w", "command": ["sh", "{port}", "a\0b"]}]}, "/pools/0/workers/0/command/2"),
        (
            {"workers": [{"id": "w", "command": ["sh", "{port}"], "env": {"A": "\0"}}]},
            "/pools/0/workers/0/env/A",
        ),
        (
            {"workers": [{"id": "w", "command": ["sh", "{port}"], "env": {"A=B": ""}}]},
            "/pools/0/workers/0/env",
        ),
        ({"model_path": "a\0b"}, "/pools/0/model_path"),
        ({"model_paths": {"m": "a\0b"}}, "/pools/0/model_paths/m"),
    ],
)
def test_what_no_process_can_be_given_is_refused(problems, pool, path) -> None:
    workers = [{"id": "w", "command": ["sh", "{port}"]}]
    entry = {"id": "p", "engine": "llamacpp", "mode": "managed", "workers": workers, **pool}
    assert [line.partition(":")[0] for line in problems({"pools": [entry]})] == [path]


@pytest.mark.requirement("OC-CONFIG-6005")
def test_half_a_character_is_refused_with_its_path(problems) -> None:
    pool = {"id": "p", "engine": "llamacpp", "adapter": "mock", "model": "\ud800"}
    assert problems({"pools": [pool]}) == ["/pools/0/model: this text has half a character"]
    told = problems({"pools": [{**pool, "model": "m", "features": {"\ud800": True}}]})
    assert told == ["/pools/0/features: a name here has half a character"]


def test_the_file_of_a_model_is_nothing_to_a_server_that_runs_no_engine(settings) -> None:
    worker = {"id": "w", "url": "http://127.0.0.1:1"}
    settings({"pools": [{"id": "p", "engine": "llamacpp", "workers": [worker], "model_path": "/nowhere/m"}]})
