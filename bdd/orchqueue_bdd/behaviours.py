"""How scripted engines behave, in the words of the features, and what they saw of a scenario's tasks."""

from dataclasses import replace
from typing import Any

from orchqueue.kit import EngineRequest, EngineScript, Gate, NotTestable, ScriptedEngine
from orchqueue.kit.engine.script import Piece, Special
from orchqueue_bdd.tasks import Task
from orchqueue_bdd.world import World

BEHAVIOURS = {
    "resets the connection before the first token": EngineScript(cut_after=0, cut_reset=True),
    "closes the connection before the first token": EngineScript(cut_after=0),
    "resets the connection after a token": EngineScript(cut_after=1, cut_reset=True),
    "closes the connection after a token": EngineScript(cut_after=1),
    "falls silent before the first token": EngineScript(stall_after=0),
    "falls silent after a token": EngineScript(stall_after=1),
    "goes on for longer than anybody waits": EngineScript(ms_per_token=20.0),
    "turns the request away as busy": EngineScript(busy=True),
    "turns the request away with 429": EngineScript(error_status=429, error_type="unavailable_error"),
    "refuses the request with 400": EngineScript(error_status=400, error_type="invalid_request_error"),
    "refuses the request with 413": EngineScript(error_status=413, error_type="invalid_request_error"),
    "refuses the request with 422": EngineScript(error_status=422, error_type="invalid_request_error"),
    "fails with 424": EngineScript(error_status=424),
    "fails with 500": EngineScript(error_status=500),
    "fails before the first token": EngineScript(error_after=0),
    "fails inside its stream": EngineScript(error_after=1),
    "refuses the request with 422 inside a stream": EngineScript(error_status=422, refuse_in_stream=True),
    "turns the request away as busy inside a stream": EngineScript(busy=True, refuse_in_stream=True),
    "sends what is not JSON": EngineScript(malformed_after=1),
    "sends JSON that is no chunk": EngineScript(malformed_after=1, malformed="[1, 2]"),
    "fails in the breath of the third": EngineScript(error_after=3, at_once=True),
    "sends what is not JSON in the breath of the third": EngineScript(malformed_after=3, at_once=True),
    "writes its stream byte by byte": EngineScript(write_size=1),
    "ends its lines with CR and LF": EngineScript(line_end="\r\n"),
    "sends a comment before every event": EngineScript(ping_every=1),
    "ends its stream with a done marker": EngineScript(done_marker=True),
    "writes without a pause": EngineScript(ms_per_token=0.0),
    "ends its stream with a done marker and no reason": EngineScript(
        done_marker=True, omit=("choices.0.finish_reason",)
    ),
    "ends its stream early and cleanly": EngineScript(end_after=2),
    "sends the whole text so far with every item": EngineScript(cumulative=True),
    "takes 60 ms for the prompt": EngineScript(prompt_ms=60.0),
    "takes 1100 ms for the prompt": EngineScript(prompt_ms=1100.0),
}


def script(behaviour: str, **more: Any) -> EngineScript:
    """Give the script of a behaviour, with what `more` changes. Raises AssertionError for unknown words."""
    assert behaviour in BEHAVIOURS, f"no engine behaves like this: {behaviour}"
    return replace(BEHAVIOURS[behaviour], **more)


def pieces(words: str) -> tuple[Piece, ...]:
    """Read tokens from a line: divided by `|`, after `0x` in hexadecimal digits where they are bytes, and
    after `special:` where they are no part of the text.
    """
    return tuple(map(_piece, words.split("|")))


def _piece(word: str) -> Piece:
    if word.startswith("0x"):
        return bytes.fromhex(word[2:])
    if word.startswith("special:"):
        return Special(word.removeprefix("special:"))
    return word


def hold(world: World, engine: ScriptedEngine, after: int, **more: Any) -> None:
    """Let the engine hold every request after so many tokens, until `go_on` or the end of the scenario."""
    gate = Gate()
    engine.script_default(EngineScript(hold=gate, hold_after=after, **more))
    world.memory.setdefault("gates", []).append(gate)
    world.at_end(gate.release)


def hold_no_more(engine: ScriptedEngine) -> None:
    """Let the engine hold nothing that comes from now on; what it holds it holds on."""
    engine.script_default(EngineScript())


def go_on(world: World) -> None:
    """Let the engines of the scenario go on with what they hold."""
    for gate in world.memory.pop("gates", []):
        gate.release()


def stop(world: World, engine: ScriptedEngine) -> None:
    """Take an engine away, as if its process had been killed; it comes back at the end of the scenario."""
    engine.stop()
    world.at_end(engine.start)


def asked(engine: ScriptedEngine, task: Task) -> list[EngineRequest]:
    """Give the requests for completions that reached an engine for a task, known by its prompt."""
    return [seen for seen in engine.completions if task.prompt in seen.prompt]


def only_request(engine: ScriptedEngine, task: Task) -> EngineRequest:
    """Give the last request of a task at an engine. Raises NotTestable when none has reached it."""
    seen = asked(engine, task)
    if not seen:
        raise NotTestable(f'the task "{task.name}" never reached the engine')
    return seen[-1]
