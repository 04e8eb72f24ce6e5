"""The commands `engine` and `metrics-lint` as a person runs them."""

import json
import signal
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from orchqueue.kit import Client, KitError, Process, ScriptedEngine, ScriptError, parse_exposition
from orchqueue.kit.engine.plan import engine_from_file
from orchqueue.kit.metrics.command import metrics_lint
from orchqueue_contract.metrics import BUCKETS_MS, SERIES

SCRIPT = """\
slots: 1
ms_per_token: 0
ctx: 128
model: other
version: b1-abc
default: {tokens: [d]}
requests:
  - {tokens: [a, {hex: "e4bda0"}]}
  - {busy: true, prompt: special}
"""


def good_scrape() -> str:
    """What a server exports that has just started: all families, no samples."""
    rows = [row for row in SERIES.values() if row.profile == "core"]
    return "".join(f"# HELP {row.name} {row.help}\n# TYPE {row.name} {row.type}\n" for row in rows)


def test_engine_runs_until_it_is_told_to_stop(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(SCRIPT)
    run = [sys.executable, "-c", "from orchqueue.cli import main; main()"]
    process = Process([*run, "engine", "--script", str(tmp_path / "script.yaml")], tmp_path / "stderr.txt")
    url = process.wait_for_line(lambda line: line.startswith("http://127.0.0.1:"), 60.0)
    assert url is not None, process.stderr_tail()
    client = Client(url)
    props = client.get("/props").json()
    assert (props["total_slots"], props["build_info"], props["model_path"]) == (1, "b1-abc", "other")
    assert client.post("/completion", json={"prompt": "x"}).json()["content"] == "a你"
    process.send_signal(signal.SIGTERM)
    assert process.wait(10.0) == 0


def test_engine_of_a_format_without_a_script(tmp_path: Path) -> None:
    run = [sys.executable, "-c", "from orchqueue.cli import main; main()"]
    process = Process([*run, "engine", "--format", "triton"], tmp_path / "stderr.txt")
    url = process.wait_for_line(lambda line: line.startswith("http://"), 60.0)
    metrics_url = process.wait_for_line(lambda line: line.startswith("http://") and line != url, 60.0)
    assert url is not None, process.stderr_tail()
    assert metrics_url is not None
    assert Client(url).get("/v2").json()["name"] == "triton"
    assert Client(metrics_url).get("/metrics").status == 200
    process.send_signal(signal.SIGTERM)
    assert process.wait(10.0) == 0


def test_the_format_that_is_asked_for_goes_before_that_of_the_file(tmp_path: Path) -> None:
    engine_fields = "format: tgi, by_priority: true, takes: [stream], tells: {model_sha: abc}"
    text = f"{{{engine_fields}, default: {{tokens: [a, {{special: </s>}}]}}}}"
    (tmp_path / "script.yaml").write_text(text)
    engine = engine_from_file(tmp_path / "script.yaml", wire_format="vllm")
    assert (engine.format, engine.by_priority, engine.takes) == ("vllm", True, ("stream",))
    with engine_from_file(tmp_path / "script.yaml") as engine:
        body = {"inputs": "x", "parameters": {"max_new_tokens": 2}}
        answer = Client(engine.url).post("/generate_stream", json=body).text
        assert (answer.count('"special":true'), '"generated_text":"a"' in answer) == (1, True)
        assert Client(engine.url).get("/info").json()["model_sha"] == "abc"


def test_engine_from_a_file_takes_requests_in_order(tmp_path: Path) -> None:
    (tmp_path / "script.yaml").write_text(SCRIPT)
    with engine_from_file(tmp_path / "script.yaml") as engine:
        client = Client(engine.url)
        said = [client.post("/completion", json={"prompt": "x"}).json()["content"] for _ in range(2)]
        assert said == ["a你", "d"]
        assert client.post("/completion", json={"prompt": "special"}).status == 503


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("slots: two", "slots is 'two'"),
        ("slotz: 2", "unknown field 'slotz'"),
        ("- 1", "a script is a mapping"),
        ("default: {tokns: 1}", "unknown field 'tokns'"),
        ("requests: [{cut_after: -1}]", "cut_after"),
        ("requests: 3", "requests is 3"),
        ("requests: [3]", "a request's script is 3"),
        ("format: tabby", "no engine speaks 'tabby'"),
        ("by_priority: 1", "by_priority is 1"),
        ("slots: true", "slots is True"),
        ("a: [", "cannot be read"),
    ],
)
def test_scripts_that_are_wrong(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "script.yaml").write_text(text)
    with pytest.raises(ScriptError, match=message):
        engine_from_file(tmp_path / "script.yaml")


def test_a_script_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ScriptError, match="cannot be read"):
        engine_from_file(tmp_path / "none.yaml")


def test_metrics_lint_of_good_files(tmp_path: Path) -> None:
    (tmp_path / "scrape.txt").write_text(good_scrape())
    result = CliRunner().invoke(metrics_lint, [str(tmp_path / "scrape.txt")])
    assert (result.exit_code, result.output) == (0, "0 findings\n")


def test_metrics_lint_of_successive_files(tmp_path: Path) -> None:
    announced = "# TYPE tasks_enqueued_total counter\n"
    series = 'tasks_enqueued_total{engine="llamacpp",engine_version="b1",pool_id="p",priority="batch"}'
    for name, count in (("one", 3), ("two", 2)):
        text = good_scrape().replace(announced, f"{announced}{series} {count}\n")
        (tmp_path / name).write_text(text)
    result = CliRunner().invoke(metrics_lint, ["--json", str(tmp_path / "one"), str(tmp_path / "two")])
    (finding,) = json.loads(result.output)
    assert (result.exit_code, finding["got"], finding["source"]) == (1, "2", str(tmp_path / "two"))


def test_metrics_lint_of_what_does_not_parse(tmp_path: Path) -> None:
    (tmp_path / "scrape.txt").write_text("a 1")
    result = CliRunner().invoke(metrics_lint, [str(tmp_path / "scrape.txt")])
    assert result.exit_code == 1
    assert "OC-METRICS-7104" in result.output


def test_metrics_lint_of_an_engine_finds_foreign_families(engine: ScriptedEngine) -> None:
    result = CliRunner().invoke(metrics_lint, [engine.url])
    assert result.exit_code == 1
    assert "llamacpp:requests_processing: expected no family beside the contract's" in result.output


def test_metrics_lint_of_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(KitError, match="cannot be read"):
        CliRunner().invoke(metrics_lint, [str(tmp_path / "none")], catch_exceptions=False)
    with pytest.raises(KitError, match="no connection"):
        CliRunner().invoke(metrics_lint, ["http://127.0.0.1:1/metrics"], catch_exceptions=False)


def test_the_contracts_tables_fit_the_lint() -> None:
    assert BUCKETS_MS[0] == 1.0
    names = [row.name for row in SERIES.values() if row.profile == "core"]
    assert list(parse_exposition(good_scrape()).families) == names
