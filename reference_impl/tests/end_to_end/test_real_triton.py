"""Tasks over NVIDIA's own Triton, with models that take and give things in each of its backends' ways."""

import json
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, EventStream, RunningServer, SseEvent
from orchqueue.kit.triton import RealTriton, TritonModel, TritonRequest, TritonScript

KEY = "key-for-triton"
MODELS = (
    TritonModel("plain", slots=2),
    TritonModel("so-far", slots=1, cumulative=True),
    TritonModel("typed", slots=1, takes="inputs"),
    TritonModel("packed", slots=1, takes="sampling_parameters"),
)
PROFILE = {"version": "own", "temperature": 0.5, "top_p": 0.25, "top_k": 7, "min_p": 0.125, "stop": []}
Submit = Callable[..., str]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealTriton]:
    environment = Path(__file__).parents[3] / ".venv-triton"
    with RealTriton(tmp_path_factory.mktemp("triton"), MODELS, environment=environment) as triton:
        yield triton


@pytest.fixture
def triton(running: RealTriton) -> Iterator[RealTriton]:
    running.script(TritonScript(ms_per_token=0))
    yield running
    assert running.wait_for(lambda: running.slots_busy == 0)


@pytest.fixture(scope="module")
def behind(running: RealTriton, launch_shared: Callable[..., RunningServer]) -> RunningServer:
    pools = [
        {
            "id": model.name,
            "engine": "triton",
            "model": model.name,
            "workers": [
                {"id": model.name, "url": running.url, "metrics_url": f"{running.metrics_url}/metrics"}
            ],
            "slots": model.slots,
            "ctx": 4096,
            "timeouts": {"retries": 1},
            "sampler_profile_version": "own",
        }
        for model in MODELS
    ]
    key = {"id": "k", "sha256": sha256(KEY.encode()).hexdigest(), "scopes": ["data", "control"]}
    return launch_shared({"keys": [key], "pools": pools, "sampler_profiles": [PROFILE]})


@pytest.fixture
def client(behind: RunningServer) -> Iterator[Client]:
    with behind.client(KEY) as one:
        yield one


@pytest.fixture
def run(client: Client, task: Callable[..., dict[str, Any]]) -> Callable[..., EventStream]:
    """Submit a task and open its stream."""

    def submit(model: str = "plain", **changes: Any) -> EventStream:
        one = task(engine="triton", model_ref=model, **changes)
        accepted = client.post("/v1/tasks", json=one)
        assert accepted.status == 202, accepted.text
        return client.stream(f"/v1/tasks/{one['task_id']}/stream")

    return submit


def texts(stream: EventStream) -> list[str]:
    return [event.json()["t"] for event in stream.read_all() if event.event == "token"]


def last(stream: EventStream) -> tuple[str, Any]:
    event: SseEvent = stream.read_all()[-1]
    return event.event, event.json()


def told_directly(triton: RealTriton, request: TritonRequest) -> str:
    """What the engine says to the same request when nobody stands between."""
    asked: dict[str, Any] = request.parameters
    if request.model == "packed":
        asked = {"sampling_parameters": json.dumps(asked)}
    path = f"/v2/models/{request.model}/generate_stream"
    body = {"text_input": request.prompt, "parameters": asked}
    stream = Client(triton.url).stream(path, method="POST", json=body, first_id=None)
    outputs = [event.json()["text_output"] for event in stream.read_all()]
    return outputs[-1] if request.model == "so-far" else "".join(outputs)


@pytest.mark.parametrize("model", [model.name for model in MODELS])
def test_a_task_gets_the_text_of_the_engine(
    triton: RealTriton, run: Callable[..., EventStream], model: str
) -> None:
    for seed in (0, 4_294_967_294):
        stream = run(model, prompt='two\nlines, "quoted"', max_tokens=60, seed=seed)
        kind, end = last(stream)
        assert (kind, end["finish_reason"], end["tokens_out"]) == ("end", "length", 60)
        assert not stream.findings
        request = triton.requests[-1]
        assert (request.model, request.prompt) == (model, 'two\nlines, "quoted"')
        assert "".join(texts(stream)) == told_directly(triton, request)


@pytest.mark.parametrize("model", [model.name for model in MODELS])
def test_what_a_task_asks_for_reaches_the_model(
    triton: RealTriton, run: Callable[..., EventStream], model: str
) -> None:
    run(model, max_tokens=3, seed=11).read_all()
    asked = triton.requests[-1].parameters
    wanted = {"max_tokens": 3, "temperature": 0.5, "top_p": 0.25, "top_k": 7}
    wanted |= {"random_seed": 11} if model == "typed" else {"seed": 11, "min_p": 0.125}
    assert wanted.items() <= asked.items()


def test_a_token_is_relayed_before_the_next_is_made(
    triton: RealTriton, run: Callable[..., EventStream]
) -> None:
    run(max_tokens=8).read_all()  # from which it is known how this model writes
    triton.script(TritonScript(ms_per_token=0, hold_after=3))
    stream = run(max_tokens=5)
    for _ in range(3):
        stream.read_event("token")
    assert triton.slots_busy == 1
    triton.release()
    assert len(texts(stream)) == 5


def test_an_error_in_mid_stream_ends_the_task(triton: RealTriton, run: Callable[..., EventStream]) -> None:
    run(max_tokens=8).read_all()  # from which it is known how this model writes
    triton.script(TritonScript(ms_per_token=0, hold_after=2, fail_after=2))
    before = len(triton.requests)
    stream = run(max_tokens=9)
    for _ in range(2):
        stream.read_event("token")
    triton.release()
    kind, error = last(stream)
    assert (kind, error["code"], error["retriable"]) == ("error", "INTERNAL", False)
    assert len(texts(stream)) == 2
    assert len(triton.requests) == before + 1
    assert "reported an error" in error["message"]
    assert "script says" not in json.dumps(error)  # what an engine says of it may quote prompts


@pytest.mark.parametrize("script", [TritonScript(fail_after=0), TritonScript(raise_after=0)])
def test_an_error_before_the_first_token_is_tried_again(
    triton: RealTriton, run: Callable[..., EventStream], script: TritonScript
) -> None:
    triton.script(script)
    before = len(triton.requests)
    kind, error = last(run(max_tokens=9))
    assert (kind, error["code"]) == ("error", "INTERNAL")
    assert len(triton.requests) == before + 2


def test_a_cancel_is_seen_by_the_model(
    triton: RealTriton, client: Client, run: Callable[..., EventStream]
) -> None:
    triton.script(TritonScript(hold_after=4))
    stream = run(max_tokens=1000)
    # How this model writes may not be known yet, so that a token can be held back.
    stream.read_event("token")
    path = stream.exchange.path.removesuffix("stream")
    answer = client.post(f"{path}cancel")
    assert (answer.status, answer.header("x-cancel-outcome")) == (204, "canceled-running")
    assert triton.wait_for(lambda: triton.requests[-1].outcome == "cancelled")
    assert triton.requests[-1].sent in range(1, 5)
    kind, end = last(stream)
    assert (kind, end["finish_reason"]) == ("end", "canceled")


def test_a_model_that_ends_by_itself_has_stopped(triton: RealTriton, run: Callable[..., EventStream]) -> None:
    triton.script(TritonScript(ms_per_token=0, end_after=3))
    kind, end = last(run(max_tokens=50))
    assert (kind, end["finish_reason"], end["tokens_out"]) == ("end", "stop", 3)


def test_more_tasks_than_instances(triton: RealTriton, run: Callable[..., EventStream]) -> None:
    streams = [run(max_tokens=30, seed=seed) for seed in range(6)]
    assert [last(stream)[0] for stream in streams] == ["end"] * 6
    assert len({"".join(texts(stream)) for stream in streams}) == 6


def test_the_engine_is_named_by_its_own_version(triton: RealTriton, client: Client) -> None:
    version = Client(triton.url).get("/v2").json()["version"]
    engines = client.get("/v1/capabilities").json()["engines"]
    assert {(engine["engine"], engine["engine_version"]) for engine in engines} == {("triton", version)}
    assert sorted(engine["concurrency"] for engine in engines) == [1, 1, 1, 2]
