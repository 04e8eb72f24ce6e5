"""Clients: they submit, read, leave and come back, cancel, and remember what they were told."""

from collections import Counter
from random import Random
from threading import Event, Lock
from typing import Any
from uuid import UUID

from orchqueue.kit import RunningServer, TransportError

KEY = "key-of-chaos"
PATIENCE_S = 60.0
# Each prompt with its weight; what follows the driver's prompts ends a whole engine.
PROMPTS = {"well": 50, "stall": 12, "cut": 12, "malformed": 12, "error": 12, "reset": 1, "ecc": 1}


class Crowd:
    """What all clients of a server know together: every accepted task, and how often which refusal came."""

    def __init__(self, server: RunningServer, models: list[str]) -> None:
        self.server = server
        self.models = models
        self.over = Event()
        self.accepted: list[str] = []
        self.refused: Counter[str] = Counter()
        self.cancelled = 0
        self._lock = Lock()

    def live(self, random: Random) -> None:
        """One client, until all is over."""
        with self.server.client(KEY, timeout_s=PATIENCE_S) as client:
            while not self.over.is_set():
                task_id = self._submit(client, random)
                if task_id is None:
                    self.over.wait(random.uniform(0.01, 0.1))
                    continue
                self._stay(client, task_id, random)

    def _submit(self, client: Any, random: Random) -> str | None:
        model = random.choice(self.models)
        body = {
            "task_id": str(UUID(int=random.getrandbits(128), version=4)),
            "session_id": str(UUID(int=random.getrandbits(128), version=4)),
            "workload": "completion",
            "model_ref": model,
            "engine": "llamacpp",
            "ctx": 0,
            "priority": random.choice(["interactive", "batch"]),
            "deadline_ms": random.choice([300, 3_000, 20_000]),
            "prompt": random.choices(list(PROMPTS), list(PROMPTS.values()))[0],
            "max_tokens": random.choice([1, 5, 40, 200]),
        }
        answer = client.post("/v1/tasks", json=body)
        with self._lock:
            if answer.status == 202:
                self.accepted.append(body["task_id"])
                return str(body["task_id"])
            self.refused[answer.json()["code"]] += 1
        return None

    def _stay(self, client: Any, task_id: str, random: Random) -> None:
        """Read to the end, leave after a few events, cancel, or go at once."""
        mood = random.random()
        if mood < 0.2:
            return
        with client.stream(f"/v1/tasks/{task_id}/stream", background=False) as stream:
            for count, event in enumerate(stream):
                if event.event in ("end", "error") or (mood < 0.5 and count > mood * 30):
                    break
        if mood < 0.35:
            client.post(f"/v1/tasks/{task_id}/cancel")
            with self._lock:
                self.cancelled += 1


def courses(crowd: Crowd) -> dict[str, list[Any]]:
    """The whole stream of every accepted task, read once more from its beginning. Raises TransportError."""
    found = {}
    with crowd.server.client(KEY, timeout_s=PATIENCE_S) as client:
        for task_id in crowd.accepted:
            with client.stream(f"/v1/tasks/{task_id}/stream", background=False) as stream:
                found[task_id] = stream.read_all(PATIENCE_S)
                if stream.findings or stream.ended != "complete":
                    raise TransportError(f"the stream of {task_id} ends {stream.ended}: {stream.findings}")
    return found
