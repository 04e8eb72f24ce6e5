"""A server that runs an engine of its own with a model file, which the catalog knows, or does not."""

from pathlib import Path
from typing import Any

from orchqueue.kit import ManagedEngine
from orchqueue_bdd import catalogs, processes, publishing
from orchqueue_bdd.catalogs import Model
from orchqueue_bdd.served import POOL_MODEL
from orchqueue_bdd.setups import managed_pool
from orchqueue_bdd.waiting import eventually
from orchqueue_bdd.world import World

# A server that gave up trying soon would not be seen to load what was registered later.
SOON = {"initial_ms": 20, "max_ms": 100, "breaker_restarts": 10_000}


def start(world: World) -> None:
    """Start a strict server whose one worker is to load a file that is in no catalog yet."""
    own = processes.prepare(world)
    folder = world.new_folder()
    world.memory["own folder"] = folder
    engine = ManagedEngine(folder, "engine", {})
    own.config["catalog"] = publishing.section(str(folder), mode="strict")
    own.config["pools"] = [
        managed_pool(
            "own",
            {"own-0": str(engine.path)},
            model_path=str(engine.path),
            model=POOL_MODEL,
            restart=SOON,
            heartbeat={"interval_ms": 50, "stale_after_ms": 2_000},
        )
    ]
    world.memory["model file"] = engine.path
    processes.start(world)
    processes.running_of(own)


def register(world: World, *, good: bool) -> None:
    """Have the model of that pool in the catalog, of the file that is there, or of another."""
    path: Path = world.memory["model file"]
    content = path.read_bytes() if good else b"another file"
    registration = publishing.publish(world.memory["own folder"], POOL_MODEL, content)
    models: dict[str, Model] = world.memory.setdefault("models", {})
    models[POOL_MODEL] = Model(registration, processes.client_of(world))
    catalogs.require(world, POOL_MODEL, "Active")


def is_kept_back(world: World, words: str) -> None:
    """Demand that the pool comes to say these words of why it is not ready."""
    seen = _once(world, lambda told: words in str(told.get("last_error", "")))
    assert words in str(seen.get("last_error", "")), f"its health is {seen}"
    assert not seen.get("ready"), f"it is ready: {seen}"


def is_ready(world: World) -> None:
    """Demand that the pool gets ready."""
    seen = _once(world, lambda told: bool(told.get("ready")))
    assert seen.get("ready"), f"its health is {seen}"


def _once(world: World, holds: Any) -> dict[str, Any]:
    client = processes.client_of(world)

    def health() -> dict[str, Any]:
        told: dict[str, Any] = client.get("/v1/pools/own/health").json()
        return told

    return eventually(health, holds)
