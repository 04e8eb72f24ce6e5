"""What a task says to suit a server whose configuration is not ours: what its capabilities list.

Where they list nothing that can be used, tasks stay as they are, and the server's refusal is judged.
"""

from collections.abc import Mapping
from typing import Any

from orchqueue.kit import Client, KitError

CAPABILITIES = "/v1/capabilities"
WORKLOAD = "completion"


def read(client: Client) -> dict[str, str]:
    """Read the capabilities of a server for the `engine` and `model_ref` that its tasks shall have."""
    try:
        return choose(client.get(CAPABILITIES).json())
    except (KitError, ValueError):
        return {}


def choose(capabilities: Any) -> dict[str, str]:
    """Give the engine of the first entry that completes text, and its first model; empty without one."""
    listed = capabilities.get("engines") if isinstance(capabilities, Mapping) else None
    for entry in _list(listed):
        if isinstance(entry, Mapping) and WORKLOAD in _list(entry.get("supported_workloads")):
            engine, models = entry.get("engine"), _list(entry.get("models"))
            if isinstance(engine, str) and models and isinstance(models[0], str):
                return {"engine": engine, "model_ref": models[0]}
    return {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
