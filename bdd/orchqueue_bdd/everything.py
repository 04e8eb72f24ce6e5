"""The server with everything turned on that a configuration can turn on: what it claims is what is judged.

Its policies are modules of the kit's own, whose text stands beside them in `modules/`.
"""

from pathlib import Path
from typing import Any

from orchqueue_bdd import publishing
from orchqueue_bdd.scheduled import RATE
from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, key_entry, keys_section, pool

MODULES = Path(__file__).parent / "modules"
TURNS_ON = frozenset({"policy", "catalog"})
HURRIED = "hurried"  # a key that may send little
ENGINES = {"main": EngineSetup()}
# So long that what a module may take of it ends every call, on a machine however busy.
WAIT_MS = 20_000
ALLOWED_MS = 200


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    return {
        "keys": [
            *keys_section(keys),
            key_entry(HURRIED, keys[HURRIED], "stranger", ("data", "control"), **RATE),
        ],
        "tenants": [{"id": "stranger"}],
        "pools": [pool("default", engines["main"], queue={"capacity": 64})],
        "catalog": publishing.section(engines[publishing.FOLDER], certified=True),
        "policy": {
            "modules": [module("judge", "judging"), module("unsure", "unsure", on_failure="deny")],
            "limits": {"cpu_ms": ALLOWED_MS, "wait_ms": WAIT_MS},
        },
    }


def module(name: str, kind: str, **more: Any) -> dict[str, Any]:
    """Give one of the modules of a configuration, for the hook of admission; `more` adds to it."""
    return {"id": name, "path": str(MODULES / f"{kind}.wasm"), "hook": "admission", **more}
