"""Plays what consumers rely on to a server, one interaction at a time, by Pact's own verifier.

The states that an interaction begins with are brought about by the caller: no route of the server does that.
The verifier comes with the extra `pacts`.
"""

import json
import os
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import as_file, files
from typing import Any

from orchqueue.kit import NotTestable

CLIENT, COMMAND = "orchqueue.client-orchestrator.json", "orchqueue.task-orchestrator.json"
PROVIDER = "orchestrator"
TIMEOUT_MS = 20_000
POLL_S = 0.02

Establish = Callable[[str], Mapping[str, str]]
"""Brings a state about and answers what the interaction is asked with; may raise NotTestable."""


def interactions(name: str = CLIENT) -> Mapping[str, str]:
    """Give the interactions of a pact by their descriptions, each with the state that it begins with."""
    text = (files("orchqueue_contract") / "data" / "pacts" / name).read_text(encoding="utf-8")
    return {
        each["description"]: each["providerStates"][0]["name"] for each in json.loads(text)["interactions"]
    }


def play(interaction: str, url: str, key: str, establish: Establish, name: str = CLIENT) -> list[str]:
    """Play an interaction to the server at this URL; return what of the answer is not as agreed.

    Raises NotTestable where the state could not be brought about, or Pact's verifier is not installed.
    """
    os.environ["PACT_DO_NOT_TRACK"] = "true"  # read when the library is loaded
    try:
        from pact import Verifier  # noqa: PLC0415
    except ImportError as error:
        raise NotTestable("Pact's verifier is missing: pip install 'orchqueue[pacts]'") from error
    with as_file(files("orchqueue_contract") / "data" / "pacts" / name) as path, _states(establish) as states:
        verifier = (
            Verifier(PROVIDER, host="127.0.0.1")
            .add_transport(url=url)
            .add_source(path)
            .state_handler(states.url, body=True)
            .add_custom_header("X-API-Key", key)
            .filter(description=f"^{re.escape(interaction)}$")
            .set_request_timeout(TIMEOUT_MS)
            .set_error_on_empty_pact()
        )
        with suppress(RuntimeError):  # it says no more than that something differs
            verifier.verify()
        if states.failure is not None:
            raise states.failure
        return _told(verifier.results, interaction)


def _told(results: Mapping[str, Any], interaction: str) -> list[str]:
    """Read the verifier's findings; that it has played the interaction is one of the things it has to say."""
    played = [each for each in results["interactionResults"] if each["description"] == interaction]
    if len(played) != 1:
        raise NotTestable(f'the interaction "{interaction}" was not played')
    if played[0]["result"] == "OK" and results["result"]:
        return []
    found = [_words(mismatch) for error in results["errors"] for mismatch in _mismatches(error)]
    return found or [json.dumps(results["errors"])]


def _mismatches(error: Mapping[str, Any]) -> list[Any]:
    return error.get("mismatch", {}).get("mismatches") or [error.get("mismatch", error)]


def _words(mismatch: Any) -> str:
    if not isinstance(mismatch, Mapping):
        return str(mismatch)
    where = mismatch.get("path") or mismatch.get("key") or mismatch.get("type") or ""
    return f"{where}: {mismatch['mismatch']}" if "mismatch" in mismatch else json.dumps(mismatch)


class _States(ThreadingHTTPServer):
    """Where the verifier asks for states, on loopback. `failure` is why one could not be brought about."""

    def __init__(self, establish: Establish) -> None:
        super().__init__(("127.0.0.1", 0), _StateHandler)
        self.establish = establish
        self.failure: Exception | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


class _StateHandler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, _States)
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        answer, status = b"{}", 200
        try:
            answer = json.dumps(dict(self.server.establish(asked["state"]))).encode()
        except Exception as error:  # noqa: BLE001 - raised again by whoever plays
            self.server.failure, status = error, 400  # not 5xx, which the verifier tries again
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        """Say nothing: the verifier's own account is what is shown."""


@contextmanager
def _states(establish: Establish) -> Iterator[_States]:
    with _States(establish) as server:
        thread = threading.Thread(
            target=server.serve_forever, args=(POLL_S,), name="states of pacts", daemon=True
        )
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
