"""Embeddings of a real llama.cpp, and one that was not started for them."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client
from orchqueue.kit.realengine import RealEngine

KEY = "key"


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    folder: Path = tmp_path_factory.mktemp("real")
    with RealEngine(folder, embeddings=True) as embedding, RealEngine(folder) as plain:
        yield {"embedding": embedding.url, "plain": plain.url}


@pytest.fixture(scope="module")
def vectors_client(launch_shared, engines) -> Client:
    config = {
        "keys": [
            {"id": "one", "sha256": sha256(KEY.encode()).hexdigest(), "scopes": ["data", "control"]},
        ],
        "pools": [
            {"id": name, "engine": "llamacpp", "model": name, "workers": [{"id": name, "url": url}]}
            for name, url in engines.items()
        ],
    }
    return launch_shared(config).client(KEY)


def ended(client: Client, body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    answer = client.post("/v1/tasks", json=body)
    assert answer.status == 202, answer.text
    with client.stream(f"/v1/tasks/{body['task_id']}/stream") as stream:
        last = list(stream)[-1]
    return last.event, json.loads(last.data)


def embedding(task, *inputs: str, model: str = "embedding") -> dict[str, Any]:
    body: dict[str, Any] = task(workload="embedding", model_ref=model, inputs=list(inputs))
    del body["prompt"], body["max_tokens"]
    return body


@pytest.mark.requirement("OC-CTRL-2073")
def test_real_vectors(vectors_client, engines, task) -> None:
    name, data = ended(vectors_client, embedding(task, "one text", "another, longer text", "one text"))
    assert name == "end"
    content = vectors_client.get(f"/v1/artifacts/{data['artifact']}").json()["content"]
    one, other, again = content["embeddings"]
    assert len(one) == len(other) > 8
    assert one == pytest.approx(again, abs=1e-4)
    assert one != other
    assert sum(value * value for value in one) == pytest.approx(1, abs=1e-3)
    told = Client(engines["embedding"]).post("/v1/embeddings", json={"input": ["one text"]}).json()
    assert one == pytest.approx(told["data"][0]["embedding"], abs=1e-4)
    lines = vectors_client.get("/metrics").text.splitlines()
    (counted,) = [line for line in lines if line.startswith("tokens_in_total{")]
    assert float(counted.rsplit(" ", 1)[1]) > 0


@pytest.mark.requirement("OC-CTRL-2074")
def test_an_engine_offers_what_it_was_started_for(vectors_client, task) -> None:
    entries = vectors_client.get("/v1/capabilities").json()["engines"]
    offered = {entry["models"][0]: entry["supported_workloads"] for entry in entries}
    assert offered["plain"] == ["completion"]
    assert "embedding" in offered["embedding"]
    refused = vectors_client.post("/v1/tasks", json=embedding(task, "x", model="plain"))
    assert refused.status == 400
    assert refused.json()["details"][0]["pointer"] == "/workload"


@pytest.mark.requirement("OC-CORE-1020")
def test_an_input_that_does_not_fit_is_refused(vectors_client, task) -> None:
    refused = vectors_client.post("/v1/tasks", json=embedding(task, "x", "long " * 20_000))
    assert refused.status == 400
    assert refused.json()["details"][0]["pointer"] == "/inputs/1"
