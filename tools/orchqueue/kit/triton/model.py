"""The text model: runs inside Triton's Python backend, in Triton's own environment.

It answers with `max_tokens` tokens (16 where the request names no number) that are drawn from the prompt and
the request's other parameters; equal requests with a seed get equal texts. How it behaves otherwise is read
from the file that the model's configuration names, anew for each request, and what it did is written to
another. Imports nothing of the kit, which is not installed there.
"""

import json
import os
import random
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import triton_python_backend_utils as pb_utils

_SYLLABLES = [consonant + vowel for consonant in "bdfgklmnprstvz" for vowel in "aeiou"]
_PIECES = [*_SYLLABLES, *(" " + text for text in _SYLLABLES), "é", "你好", '"', "\\", "\n", "\u2028"]
_POLL_S = 0.001


class TritonPythonModel:
    """One instance; Triton gives it one request at a time and has the others wait."""

    def initialize(self, args: dict[str, str]) -> None:
        """Read where to look for the script, the gate and the place for records."""
        config = json.loads(args["model_config"])
        self._name = args["model_name"]
        settings = {name: entry["string_value"] for name, entry in config["parameters"].items()}
        self._cumulative = settings["cumulative"] == "true"
        self._script = Path(settings["script"])
        self._gates = Path(settings["gates"])
        self._work = os.open(settings["work"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        self._count = 0

    def execute(self, requests: list[Any]) -> None:
        """Answer each request, token by token, until it is through or cancelled."""
        for request in requests:
            self._answer(request)

    def finalize(self) -> None:
        """Give the file back."""
        os.close(self._work)

    def _answer(self, request: Any) -> None:
        prompt = pb_utils.get_input_tensor_by_name(request, "text_input").as_numpy().ravel()[0].decode()
        parameters = json.loads(request.parameters() or "{}")
        script = json.loads(self._script.read_text(encoding="utf-8"))
        self._count += 1
        key = f"{os.getpid()}-{self._count}"
        self._write(
            key=key, model=self._name, prompt=prompt, parameters=parameters, started_ms=time.monotonic() * 1e3
        )
        answer = _Answer(request, script, self._gates / script["gate"])
        tokens = _tokens(prompt, parameters)
        outcome = "failed"  # what stands when the code breaks
        try:
            outcome = answer.say(tokens, int(parameters.get("max_tokens", 16)), cumulative=self._cumulative)
        finally:
            self._write(key=key, outcome=outcome, sent=answer.sent, ended_ms=time.monotonic() * 1e3)
        # Only now, so that whoever has read the end of the stream finds the record.
        answer.end()

    def _write(self, **entry: Any) -> None:
        os.write(self._work, json.dumps(entry).encode() + b"\n")


class _Answer:
    """The answer to one request. `sent` counts its tokens."""

    def __init__(self, request: Any, script: dict[str, Any], gate: Path) -> None:
        self.sent = 0
        self._sender = request.get_response_sender()
        self._script = script
        self._gate = gate

    def say(self, tokens: Iterator[str], count: int, *, cumulative: bool) -> str:
        """Send the tokens; return how it ended."""
        text = ""
        while True:
            if not self._goes_on():
                return "cancelled"
            if self.sent == self._script["fail_after"]:
                error = pb_utils.TritonError("the script says to fail")
                self._sender.send(pb_utils.InferenceResponse(error=error))
                return "failed"
            if self.sent == self._script["raise_after"]:
                raise ValueError("the script says to break")
            if self.sent in (count, self._script["end_after"]):
                return "finished"
            token = next(tokens)
            text += token
            output = np.array([(text if cumulative else token).encode()], dtype=object)
            self._sender.send(pb_utils.InferenceResponse([pb_utils.Tensor("text_output", output)]))
            self.sent += 1

    def end(self) -> None:
        """Tell the engine that nothing more comes."""
        self._sender.send(flags=pb_utils.TRITONSERVER_RESPONSE_COMPLETE_FINAL)

    def _goes_on(self) -> bool:
        """Take the time of a token, or that until the gate opens; False once the engine says cancelled."""
        due = time.monotonic() + self._script["ms_per_token"] / 1e3
        held = self.sent == self._script["hold_after"]
        while not self._sender.is_cancelled():
            left_s = due - time.monotonic()
            if left_s <= 0 and not (held and not self._gate.exists()):
                return True
            time.sleep(_POLL_S if left_s <= 0 else min(left_s, _POLL_S))
        return False


def _tokens(prompt: str, parameters: dict[str, Any]) -> Iterator[str]:
    """Yield tokens without end; backends call the seed by either of these names."""
    seeded = "seed" in parameters or "random_seed" in parameters
    drawn_from = sorted(
        (name, value) for name, value in parameters.items() if name not in {"max_tokens", "id"}
    )
    source = random.Random(repr((prompt, drawn_from)) if seeded else None)  # noqa: S311 - text, not a secret
    while True:
        yield source.choice(_PIECES)
