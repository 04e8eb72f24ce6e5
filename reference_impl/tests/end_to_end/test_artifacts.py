"""Artifacts over sockets, and in files that a server leaves behind or finds changed."""

import json
import time
from hashlib import sha256
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
import rfc8785

from orchqueue.kit import Client, ReferenceTarget, RunningServer, TargetError

ARTIFACTS = "/v1/artifacts"
KEYS = {
    "keys": [
        {
            "id": tenant,
            "sha256": sha256(tenant.encode()).hexdigest(),
            "scopes": ["data", "control"],
            "tenant": tenant,
        }
        for tenant in ("default", "other")
    ],
    "tenants": [{"id": "other"}],
}
MOCK = {
    "id": "default",
    "engine": "llamacpp",
    "adapter": "mock",
    "model": "tiny",
    "mock": {"ms_per_token": 1},
}


def id_of(content: Any) -> str:
    return "sha256:" + sha256(rfc8785.dumps(content)).hexdigest()


def in_files(root: Path, **artifacts: Any) -> dict[str, Any]:
    return {
        **KEYS,
        "pools": [MOCK],
        "artifacts": {"store": "filesystem", "root": str(root), **artifacts},
    }


def read_to_end(client: Client, task_id: str) -> list[Any]:
    with client.stream(f"/v1/tasks/{task_id}/stream") as stream:
        return [(int(event.id), event.event, json.loads(event.data)) for event in stream]


def logged(running: RunningServer, event: str, count: int) -> dict[str, Any]:
    """The last of so many log lines of an event, which a server writes a moment later."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        lines = [json.loads(line) for line in running.log_lines() if f'"{event}"' in line]
        if len(lines) >= count:
            return lines[-1]
        time.sleep(0.01)
    raise AssertionError(f"there are fewer than {count} lines {event}")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "artifacts"


def test_what_is_stored_is_read_back(client) -> None:
    body = {
        "kind": "plan",
        "content": {"z": [1.0, -0.0, 1e21, 0.1], "a": {"é": "\u20ac", "": None}},
        "tags": ["x"],
        "metadata": {"by": ["me", 1.5]},
    }
    before = time.time() * 1000 - 1
    stored = client.post(ARTIFACTS, json=body)
    assert stored.status == 201
    reference = stored.json()
    assert reference.keys() == {"id", "kind", "tags", "created_ms"}
    assert reference["id"] == id_of(body["content"])
    assert before <= reference["created_ms"] <= time.time() * 1000 + 1
    read = client.get(f"{ARTIFACTS}/{reference['id']}")
    assert read.status == 200
    assert read.json() == {**body, **reference}
    child = client.post(
        ARTIFACTS, json={"kind": "diff", "content": {"c": 1}, "parent": reference["id"]}
    ).json()
    read = client.get(f"{ARTIFACTS}/{child['id']}").json()
    assert read == {"kind": "diff", "content": {"c": 1}, "tags": [], "parent": reference["id"], **child}


@pytest.mark.parametrize(
    "artifact_id",
    [
        "sha256:" + "0" * 64,
        "sha256:" + "A" * 64,
        "sha256:" + "0" * 63,
        "0" * 64,
        "..",
        "sha256:..%2F..%2Fetc%2Fpasswd",
        "%00",
        "sha256:" + "0" * 10_00,
    ],
)
def test_what_is_not_there(client, artifact_id) -> None:
    exchange = client.get(f"{ARTIFACTS}/{artifact_id}")
    assert (exchange.status, exchange.json()["code"]) == (404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"kind":"plan"}', "/content"),
        (b'{"kind":"plan","content":[]}', "/content"),
        (b'{"kind":"plan","content":null}', "/content"),
        (b'{"kind":"poem","content":{}}', "/kind"),
        (b'{"kind":"plan","content":{},"more":1}', "/more"),
        (b'{"kind":"plan","content":{},"tags":"x"}', "/tags"),
        (b'{"kind":"plan","content":{},"tags":["x",""]}', "/tags/1"),
        (b'{"kind":"plan","content":{},"tags":["%s"]}' % (b"x" * 129), "/tags/0"),
        (b'{"kind":"plan","content":{},"tags":[%s]}' % b",".join([b'"x"'] * 65), "/tags"),
        (b'{"kind":"plan","content":{},"parent":"x"}', "/parent"),
        (b'{"kind":"plan","content":{},"parent":"sha256:%s"}' % (b"0" * 64), "/parent"),
        (b'{"kind":"plan","content":{},"metadata":[]}', "/metadata"),
        (b'{"kind":"plan","content":{"a":9007199254740992}}', "/content/a"),
        (b'{"kind":"plan","content":{"a":[1,-9007199254740992]}}', "/content/a/1"),
        (b'{"kind":"plan","content":{"a":1e999}}', "/content/a"),
        (b'{"kind":"plan","content":{"a":NaN}}', "/content/a"),
        (b'{"kind":"plan","content":{"a":"\\ud800"}}', "/content/a"),
        (b'{"kind":"plan","content":{"\\udc00":1}}', "/content/\ufffd"),
        (b'{"kind":"plan","content":{"a":1,"a":1}}', "/content/a"),
        (b'{"kind":"plan","content":{},"metadata":{"a":"\\ud800"}}', "/metadata/a"),
        (b'{"kind":"plan","content":{"a":' + b"[" * 31 + b"]" * 31 + b"}}", ""),
        (b'{"kind":"plan","content":{"a":"\xff"}}', ""),
        (b"{", ""),
        (b"", ""),
    ],
)
def test_what_cannot_be_stored(client, body, pointer) -> None:
    exchange = client.post(ARTIFACTS, body=body, headers={"Content-Type": "application/json"})
    assert exchange.status == 400, exchange.text
    told = exchange.json()
    assert told["code"] == "INVALID_PARAMS"
    assert pointer in [detail["pointer"] for detail in told["details"]]


@pytest.mark.requirement("OC-CTRL-2069")
def test_a_damaged_file_is_never_served(launch, root) -> None:
    running = launch(in_files(root))
    client = running.client("default")
    body = {"kind": "plan", "content": {"a": "as it was"}, "tags": ["mine"]}
    stored = client.post(ARTIFACTS, json=body).json()
    (path,) = root.rglob(stored["id"].removeprefix("sha256:"))
    damages = (lambda data: data[:-2], lambda data: data.replace(b"as it was", b"as it is!"))
    for count, damage in enumerate(damages, 1):
        path.write_bytes(damage(path.read_bytes()))
        read = client.get(f"{ARTIFACTS}/{stored['id']}", headers={"X-Correlation-Id": "a-damaged-one"})
        assert (read.status, read.json()["code"]) == (500, "INTERNAL")
        assert "as it" not in read.text
        assert str(root) not in read.text
        failed = logged(running, "artifacts.failed", count)
        assert failed["correlation_id"] == "a-damaged-one"
        assert "damaged" in failed["reason"]
        again = client.post(ARTIFACTS, json=body).json()
        assert again["id"] == stored["id"]
        assert client.get(f"{ARTIFACTS}/{stored['id']}").json()["content"] == body["content"]


@pytest.mark.requirement("OC-CTRL-2069")
def test_a_folder_that_went_away_is_told_and_nothing_is_promised(launch, root) -> None:
    client = launch(in_files(root)).client("default")
    for folder in sorted(root.rglob("*"), reverse=True):
        folder.unlink() if folder.is_file() else folder.rmdir()
    root.rmdir()
    root.write_text("a file in its place")
    failed = client.post(ARTIFACTS, json={"kind": "plan", "content": {}})
    assert (failed.status, failed.json()["code"]) == (500, "INTERNAL")
    root.unlink()


@pytest.mark.requirement("OC-CTRL-2075")
@pytest.mark.parametrize("end", ["stop", "kill"])
def test_artifacts_outlive_their_server(launch, root, task, end) -> None:
    running = launch(in_files(root))
    client = running.client("default")
    told = [
        client.post(ARTIFACTS, json={"kind": "plan", "content": {"n": number}, "tags": [str(number)]}).json()
        for number in range(20)
    ]
    body = task()
    assert client.post("/v1/tasks", json=body).status == 202
    events = read_to_end(client, body["task_id"])
    getattr(running, end)()
    running.wait_exit(10)
    client = launch(in_files(root)).client("default")
    for number, reference in enumerate(told):
        assert client.get(f"{ARTIFACTS}/{reference['id']}").json() == {**reference, "content": {"n": number}}
    transcript = client.get(f"{ARTIFACTS}/{events[-1][2].pop('transcript')}").json()
    assert transcript["content"]["events"] == [
        {"id": number, "event": name, "data": data} for number, name, data in events
    ]
    again = client.post(ARTIFACTS, json={"kind": "other", "content": {"n": 3}})
    assert again.json() == told[3]


@pytest.mark.requirement("OC-CTRL-2075")
def test_a_kill_in_the_middle_of_it_loses_nothing_that_was_answered(launch, root) -> None:
    running = launch(in_files(root))
    told: list[dict[str, Any]] = []

    def store(writer: int) -> None:
        with running.client("default") as client:
            number = 0
            while True:
                number += 1
                try:
                    content = {"writer": writer, "n": number, "x": "y" * 30_000}
                    answer = client.post(ARTIFACTS, json={"kind": "plan", "content": content})
                except Exception:  # noqa: BLE001 - the server is killed under it
                    return
                told.append(answer.json())

    writers = [Thread(target=store, args=(number,)) for number in range(4)]
    for writer in writers:
        writer.start()
    until = time.monotonic() + 60
    while len(told) < 12 and time.monotonic() < until:
        time.sleep(0.005)
    running.kill()
    for writer in writers:
        writer.join()
    running.wait_exit(10)
    assert len(told) >= 12
    client = launch(in_files(root)).client("default")
    for reference in told:
        read = client.get(f"{ARTIFACTS}/{reference['id']}")
        assert read.status == 200
        assert id_of(read.json()["content"]) == reference["id"]
    assert not list((root / "arriving").iterdir())


def test_the_environment_names_the_folder(launch, root, tmp_path) -> None:
    config = {**KEYS, "pools": [MOCK], "artifacts": {"store": "memory", "root": str(tmp_path / "not-here")}}
    client = launch(config, env={"ORCH_ARTIFACTS_FS_ROOT": str(root)}).client("default")
    stored = client.post(ARTIFACTS, json={"kind": "plan", "content": {"a": 1}}).json()
    assert list(root.rglob(stored["id"].removeprefix("sha256:")))
    assert not (tmp_path / "not-here").exists()


def test_a_folder_in_use_or_none_at_all_is_told_at_the_start(launch, root, tmp_path) -> None:
    launch(in_files(root))
    (tmp_path / "file").write_text("")
    wrong = {"store": "filesystem"}
    for artifacts, said in (
        ({**wrong, "root": str(root)}, "another server"),
        ({**wrong, "root": str(tmp_path / "file")}, "cannot be used"),
        (wrong, "/artifacts/root"),
    ):
        with pytest.raises(TargetError, match=said):
            ReferenceTarget(tmp_path / "logs").launch(
                {**KEYS, "pools": [MOCK], "artifacts": artifacts}, "refused"
            )


def test_room_is_a_tenants_own_and_bounded(launch, root) -> None:
    running = launch(in_files(root, max_bytes=4096))
    client = running.client("default")
    body = {"kind": "plan", "content": {"n": 0, "x": "y" * 1500}}
    statuses = []
    for number in range(4):
        answer = client.post(ARTIFACTS, json={**body, "content": {**body["content"], "n": number}})
        statuses.append(answer.status)
    assert statuses == [201, 201, 429, 429]
    told = answer.json()
    assert (told["code"], told["policy_label"]) == ("QUOTA_EXCEEDED", "quota")
    assert answer.header("retry-after") == "60"
    assert client.post(ARTIFACTS, json=body).status == 201
    assert running.client("other").post(ARTIFACTS, json=body).status == 201


def test_a_large_artifact_holds_nobody_up(launch) -> None:
    config = {**KEYS, "pools": [MOCK], "server": {"limits": {"body_bytes": 8_000_000}}}
    running = launch(config)
    content = {"numbers": [number / 7 for number in range(300_000)]}
    answers: list[Any] = []
    storing = Thread(
        target=lambda: answers.append(
            running.client("default").post(ARTIFACTS, json={"kind": "other", "content": content})
        )
    )
    storing.start()
    longest = 0.0
    with running.client("default") as client:
        while storing.is_alive():
            begun = time.monotonic()
            assert client.get("/metrics").status == 200
            longest = max(longest, time.monotonic() - begun)
    storing.join()
    assert answers[0].status == 201, answers[0].text
    assert answers[0].json()["id"] == id_of(content)
    print(f"longest answer meanwhile: {longest * 1000:.0f} ms")
    assert longest < 1.0
