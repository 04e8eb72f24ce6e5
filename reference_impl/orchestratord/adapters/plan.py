"""What an adapter is made from, as plain values. Nothing is opened here."""

from dataclasses import dataclass, field

from orchestratord.adapters.mock import MockBehaviour


@dataclass(frozen=True, slots=True)
class AdapterPlan:
    """One engine and what is known of it beforehand.

    `url` is empty for the mock; times are milliseconds. `model` is its name at the engine; `slots` and `ctx`
    (tokens) are what the configuration says of them, None where it leaves them to the engine. `metrics_url`
    None is `/metrics` under `url`; `api_key` None sends none. `priorities` says that the engine takes
    priorities.
    """

    url: str
    connect_ms: float
    probe_ms: float
    mock: MockBehaviour = field(default_factory=MockBehaviour)
    model: str | None = None
    slots: int | None = None
    ctx: int | None = None
    metrics_url: str | None = None
    api_key: str | None = field(default=None, repr=False)
    priorities: bool = False
