"""Writing Prometheus text for the engines' own metrics."""

from collections.abc import Mapping, Sequence


class Exposition:
    """Collects families; every sample carries `labels`. Those of one family are added one after the other."""

    def __init__(self, prefix: str, labels: Mapping[str, str] | None = None) -> None:
        self._prefix = prefix
        self._labels = dict(labels or {})
        self._lines: list[str] = []

    def gauge(self, name: str, value: float, **labels: str) -> None:
        """Add a gauge."""
        self._family(name, "gauge")
        self._sample(name, value, labels)

    def counter(self, name: str, value: float, **labels: str) -> None:
        """Add a counter."""
        self._family(name, "counter")
        self._sample(name, value, labels)

    def histogram(self, name: str, values: Sequence[float], bounds: Sequence[float]) -> None:
        """Add a histogram of the values."""
        self._family(name, "histogram")
        for bound in bounds:
            below = sum(value <= bound for value in values)
            self._sample(f"{name}_bucket", below, {"le": f"{bound:g}"})
        self._sample(f"{name}_bucket", len(values), {"le": "+Inf"})
        self._sample(f"{name}_sum", sum(values), {})
        self._sample(f"{name}_count", len(values), {})

    def text(self) -> bytes:
        """Return the exposition."""
        return ("\n".join(self._lines) + "\n").encode()

    def _family(self, name: str, kind: str) -> None:
        full = self._prefix + name
        head = [f"# HELP {full} {name}", f"# TYPE {full} {kind}"]
        if head[1] not in self._lines:
            self._lines += head

    def _sample(self, name: str, value: float, labels: Mapping[str, str]) -> None:
        pairs = ",".join(f'{key}="{text}"' for key, text in {**self._labels, **labels}.items())
        self._lines.append(f"{self._prefix}{name}{f'{{{pairs}}}' if pairs else ''} {value!r}")
