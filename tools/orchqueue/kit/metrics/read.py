"""Reading `/metrics` over the wire. The text is judged elsewhere."""

from orchqueue.kit.client import Client
from orchqueue.kit.errors import TransportError
from orchqueue.kit.metrics.exposition import parse_exposition
from orchqueue.kit.metrics.scrape import Scrape

_OPEN_METRICS = "application/openmetrics-text; version=1.0.0"


def read_metrics(client: Client, *, open_metrics: bool = False, path: str = "/metrics") -> Scrape:
    """Read and parse what the server exports; raises TransportError unless it is 200, ExpositionError."""
    exchange = client.get(path, headers={"Accept": _OPEN_METRICS if open_metrics else "text/plain"})
    if exchange.status != 200:
        raise TransportError(f"GET {exchange.url} answered {exchange.status}, not 200")
    return parse_exposition(exchange.body, exchange.header("content-type") or "")
