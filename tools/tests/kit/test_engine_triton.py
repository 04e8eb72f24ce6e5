"""One suite over the scripted engine in Triton's format and Triton itself, which it plays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchqueue.kit import Client, EngineScript, ScriptedEngine, parse_exposition
from orchqueue.kit.triton import RealTriton, TritonModel, TritonScript

TYPED = ("max_tokens", "random_seed", "temperature", "top_k", "top_p", "stop_words", "stream")
PACKED = ("sampling_parameters", "stream")


class Pair:
    """The played and the real one, brought into the same state and asked the same."""

    def __init__(self, played: ScriptedEngine, real: RealTriton) -> None:
        self.played, self.real = played, real

    def script(self, played: EngineScript, real: TritonScript) -> None:
        self.played.script(played)
        self.real.script(real)

    def ask(self, method: str, path: str, body: bytes | None = None) -> tuple[Any, Any]:
        one, two = (
            Client(engine.url).request(method, path, body=body) for engine in (self.played, self.real)
        )
        return one, two


@pytest.fixture(scope="module")
def real(tmp_path_factory: pytest.TempPathFactory, triton_environment: Path) -> Iterator[RealTriton]:
    models = (
        TritonModel("tiny", slots=1),
        TritonModel("typed", slots=1, takes="inputs"),
        TritonModel("packed", slots=1, takes="sampling_parameters"),
    )
    with RealTriton(tmp_path_factory.mktemp("triton"), models, environment=triton_environment) as running:
        yield running


@pytest.fixture
def pair(real: RealTriton) -> Iterator[Pair]:
    real.script(TritonScript(ms_per_token=0))
    with ScriptedEngine(format="triton", slots=1, ms_per_token=0.0) as played:
        yield Pair(played, real)


def same_head(one: Any, two: Any) -> bool:
    return bool(
        (one.status, one.header("content-type")) == (two.status, two.header("content-type"))
        and one.header("server") == two.header("server")
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/health/live"),
        ("GET", "/v2/health/ready"),
        ("GET", "/v2/models/tiny"),
        ("GET", "/v2/models/tiny/versions/1"),
        ("GET", "/v2/models/tiny/ready"),
        ("GET", "/v2/models/nope/ready"),
        ("GET", "/v2/models/nope"),
        ("GET", "/v2/models/nope/config"),
        ("GET", "/nope"),
        ("GET", "/metrics"),
        ("GET", "/v2/models/tiny/generate_stream"),
    ],
)
def test_what_is_looked_at(pair: Pair, method: str, path: str) -> None:
    one, two = pair.ask(method, path)
    assert same_head(one, two)
    assert one.body == two.body


def test_what_it_says_of_itself(pair: Pair) -> None:
    one, two = (answer.json() for answer in pair.ask("GET", "/v2"))
    assert (list(one), one["name"], one["version"]) == (list(two), two["name"], two["version"])
    assert set(one["extensions"]) <= set(two["extensions"])
    one, two = (answer.json() for answer in pair.ask("GET", "/v2/models/tiny/config"))
    assert set(one) <= set(two)
    assert [set(entry) <= set(two["input"][0]) for entry in one["input"]] == [True]


@pytest.mark.parametrize(("model", "takes"), [("typed", TYPED), ("packed", PACKED)])
def test_models_that_declare_inputs(real: RealTriton, model: str, takes: tuple[str, ...]) -> None:
    with ScriptedEngine(format="triton", model=model, takes=takes) as played:
        one, two = (Client(engine.url).get(f"/v2/models/{model}").json() for engine in (played, real))
        assert one == two
        one, two = (Client(engine.url).get(f"/v2/models/{model}/config").json() for engine in (played, real))
        kinds = [
            [
                (entry["name"], entry["data_type"], [int(size) for size in entry["dims"]])
                for entry in config["input"]
            ]
            for config in (one, two)
        ]
        assert kinds[0] == kinds[1]


def test_streams(pair: Pair) -> None:
    body = b'{"text_input":"hello","parameters":{"max_tokens":3,"seed":1}}'
    one, two = pair.ask("POST", "/v2/models/tiny/generate_stream", body)
    assert same_head(one, two)
    assert one.header("transfer-encoding") == two.header("transfer-encoding") == "chunked"
    for answer in (one, two):
        *events, rest = answer.body.split(b"\n\n")
        start = b'data: {"model_name":"tiny","model_version":"1","text_output":"'
        assert ([event[: len(start)] for event in events], rest) == ([start] * 3, b"")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"{}",
        b'{"text_input":3}',
        b'{"text_input":"a","parameters":3}',
        b'{"text_input":"a","parameters":{"stop":["b"]}}',
        b'{"text_input":"a","stop_words":["b"]}',
    ],
)
def test_refusals(pair: Pair, body: bytes) -> None:
    one, two = pair.ask("POST", "/v2/models/tiny/generate_stream", body)
    assert same_head(one, two)
    assert list(one.json()) == list(two.json()) == ["error"]


@pytest.mark.parametrize(
    ("route", "after"), [("generate", 0), ("generate_stream", 0), ("generate_stream", 1)]
)
def test_failures(pair: Pair, route: str, after: int) -> None:
    pair.script(
        EngineScript(tokens=["a", "b"], error_after=after, error_message="the script says to fail"),
        TritonScript(ms_per_token=0, fail_after=after),
    )
    one, two = pair.ask("POST", f"/v2/models/tiny/{route}", b'{"text_input":"hello"}')
    assert same_head(one, two)
    assert one.body.splitlines()[-2:] == two.body.splitlines()[-2:]


@pytest.mark.parametrize("count", [1, 2])
def test_one_response_for_generate(pair: Pair, count: int) -> None:
    body = b'{"text_input":"hello","max_tokens":%d}' % count
    one, two = pair.ask("POST", "/v2/models/tiny/generate", body)
    assert same_head(one, two)
    assert list(one.json()) == list(two.json())


def test_metrics(pair: Pair) -> None:
    body = b'{"text_input":"hello"}'
    pair.ask("POST", "/v2/models/tiny/generate_stream", body)
    answers = [Client(engine.metrics_url).get("/metrics") for engine in (pair.played, pair.real)]
    assert answers[0].header("content-type") == answers[1].header("content-type")
    names = [{line for line in answer.text.splitlines() if line.startswith("# TYPE")} for answer in answers]
    assert names[0] <= names[1]
    parse_exposition(answers[0].body)
