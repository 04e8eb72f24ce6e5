"""The server on which the room for artifacts is looked at, and what is left of tasks whose result is no text.

What a scenario does with it is in `archives` and `results`.
"""

from typing import Any

from orchqueue_bdd.setups import EngineSetup, EngineUrls, Keys, key_entry, keys_section, pool

ROOM_BYTES = 60_000  # much more than the results of all scenarios take
TRACES_MS = 1_500  # long enough that what is read at once is still there
HOARDER = "hoarder"
ENGINES = {name: EngineSetup(model=name) for name in ("keeping", "narrow")}


def configuration(engines: EngineUrls, keys: Keys) -> dict[str, Any]:
    """Give the configuration of the server."""
    return {
        "keys": [*keys_section(keys), key_entry(HOARDER, keys[HOARDER], HOARDER)],
        "tenants": [{"id": "stranger"}, {"id": HOARDER}],
        "artifacts": {"max_bytes": ROOM_BYTES, "trace_retain_ms": TRACES_MS},
        "pools": [
            pool("keeping", engines["keeping"], model="keeping"),
            pool("narrow", engines["narrow"], model="narrow", workloads=["completion"]),
        ],
    }
