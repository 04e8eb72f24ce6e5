"""Strict reading of the Prometheus text format 0.0.4 and of OpenMetrics 1.0. Pure.

Keeps: the grammar; what breaks it raises. Order, grouping and meaning (what is announced when, what a
histogram has to hold) are recorded in the scrape and judged by `lint`.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from orchqueue.kit.errors import ExpositionError
from orchqueue.kit.metrics.scrape import SUFFIXES, Family, Sample, Scrape

Labels = tuple[tuple[str, str], ...]

_NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
_SERIES = re.compile(rf"({_NAME.pattern})(?:\{{((?:{_LABEL.pattern}(?:,(?=[^}}])|(?=\}})))*)\}})?")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\Z")
_SPECIAL = {"NaN": float("nan"), "+Inf": float("inf"), "-Inf": float("-inf"), "Inf": float("inf")}
_TYPES_TEXT = {"counter", "gauge", "histogram", "summary", "untyped"}
_TYPES_OPEN = {"counter", "gauge", "histogram", "summary", "unknown", "info", "stateset", "gaugehistogram"}
_SUFFIXES = sorted({suffix for suffixes in SUFFIXES.values() for suffix in suffixes if suffix})
_ESCAPES = {r"\\": "\\", r"\"": '"', r"\n": "\n"}


def parse_exposition(text: str | bytes, content_type: str = "text/plain; version=0.0.4") -> Scrape:
    """Read an exposition in the format that its content type names; raises ExpositionError with the line."""
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            line = error.object.count(b"\n", 0, error.start) + 1
            raise ExpositionError(line, f"byte {error.object[error.start]:#04x} is not UTF-8") from error
    media = content_type.partition(";")[0].strip().lower()
    if media not in {"text/plain", "application/openmetrics-text"}:
        raise ExpositionError(1, f"the content type {content_type!r} is no metrics exposition")
    return _Parser(text, content_type, open_metrics=media != "text/plain").parse()


@dataclass
class _Parser:
    """The state of one reading: the families so far and which of them the last line was about."""

    text: str
    content_type: str
    open_metrics: bool
    families: dict[str, Family] = field(default_factory=dict)
    current: str | None = None
    number: int = 0

    def parse(self) -> Scrape:
        lines = self.text.split("\n")
        if lines.pop():
            self.number = len(lines) + 1
            raise self._bad("the last line has no line feed at its end")
        if self.open_metrics:
            self.number = len(lines)
            if not lines or lines.pop() != "# EOF":
                raise self._bad("the last line is not `# EOF`")
        for self.number, line in enumerate(lines, start=1):
            self._line(line)
        self._adopt()
        return Scrape(self._named(), self.text, self.content_type)

    def _bad(self, reason: str) -> ExpositionError:
        return ExpositionError(max(self.number, 1), reason)

    def _line(self, line: str) -> None:
        if "\r" in line:
            raise self._bad("a carriage return; lines end in a line feed alone")
        if line.startswith("#"):
            self._comment(line)
        elif line.strip(" \t"):
            self._sample(line)
        elif self.open_metrics or line:
            raise self._bad("an empty line" if self.open_metrics else "a line of blanks alone")

    def _comment(self, line: str) -> None:
        words = line.split(" ", 3)
        if len(words) < 2 or words[0] != "#" or words[1] not in {"HELP", "TYPE", "UNIT"}:
            if self.open_metrics:
                raise self._bad(f"a comment that is none of HELP, TYPE, UNIT: {line!r}")
            return
        if len(words) < 3 or not _NAME.fullmatch(words[2]):
            raise self._bad(f"{words[1]} of no metric name: {line!r}")
        self._announce(words[1], words[2], words[3] if len(words) > 3 else "")

    def _announce(self, what: str, name: str, rest: str) -> None:
        family = self._enter(name)
        if what == "HELP":
            if family.help is not None:
                raise self._bad(f"a second HELP of {name}")
            family.help, family.help_line = _unescape(rest), self.number
        elif what == "TYPE":
            if family.type is not None:
                raise self._bad(f"a second TYPE of {name}")
            if rest not in (_TYPES_OPEN if self.open_metrics else _TYPES_TEXT):
                raise self._bad(f"{rest!r} is no type")
            family.type, family.type_line = rest, self.number
        elif self.open_metrics:
            family.unit = rest

    def _enter(self, name: str) -> Family:
        """Return the family, noting when other families came between its lines."""
        family = self.families.get(name)
        if family is None:
            family = self.families[name] = Family(name)
        elif self.current != name and family.scattered_line is None:
            family.scattered_line = self.number
        self.current = name
        return family

    def _sample(self, line: str) -> None:
        series, _, value = line.rpartition(" ")
        known = _plain_series(series)
        if known is None or not _NUMBER.match(value):
            self._unusual_sample(line)
        else:
            self._add(*known, float(value))

    def _add(self, name: str, labels: Labels, value: float) -> None:
        self._enter(self._family_of(name)).samples.append(Sample(name, labels, value, self.number))

    def _unusual_sample(self, line: str) -> None:
        """Read a line that is wrong, or written as few servers write theirs."""
        name = _NAME.match(line)
        if name is None:
            raise self._bad(f"no metric name at the beginning of {line!r}")
        at = name.end()
        labels: Labels = ()
        if line[at : at + 1] == "{":
            labels, at = self._labels(line, at + 1)
        rest = line[at:]
        if not rest.startswith((" ", "\t")) or (self.open_metrics and not re.match(r" \S", rest)):
            raise self._bad(f"one blank is due before the value in {line!r}")
        self._add(name[0], labels, self._value(rest))

    def _labels(self, line: str, at: int) -> tuple[Labels, int]:
        labels: list[tuple[str, str]] = []
        while line[at : at + 1] != "}":
            found = _LABEL.match(line, at)
            if found is None:
                raise self._bad(f"no label where one is due: {line[at:]!r}")
            if any(found[1] == name for name, _ in labels):
                raise self._bad(f"the label {found[1]} twice in one series")
            labels.append((found[1], _unescape(found[2])))
            at = found.end()
            if line[at : at + 1] == ",":
                at += 1
                if self.open_metrics and line[at : at + 1] == "}":
                    raise self._bad("a comma after the last label")
            elif line[at : at + 1] != "}":
                raise self._bad(f"neither a comma nor a closing brace after a label: {line[at:]!r}")
        return tuple(labels), at + 1

    def _value(self, rest: str) -> float:
        if self.open_metrics:
            rest = rest.partition(" # ")[0]  # an exemplar
        words = rest.split()
        if not 1 <= len(words) <= 2:
            raise self._bad(f"a value and perhaps a timestamp are due, not {rest!r}")
        if len(words) == 2:
            self._number(words[1], "timestamp")
            if not self.open_metrics and not re.fullmatch(r"-?[0-9]+", words[1]):
                raise self._bad(f"the timestamp {words[1]!r} is no whole number of milliseconds")
        return self._number(words[0], "value")

    def _number(self, word: str, what: str) -> float:
        if word in _SPECIAL:
            return _SPECIAL[word]
        if not _NUMBER.match(word):
            raise self._bad(f"the {what} {word!r} is no number")
        return float(word)

    def _family_of(self, sample: str) -> str:
        """Return the announced family that a sample belongs to, else its own name."""
        return sample if sample in self.families else self._owner(sample) or sample

    def _owner(self, sample: str) -> str | None:
        for suffix in _SUFFIXES:
            family = self.families.get(sample.removesuffix(suffix)) if sample.endswith(suffix) else None
            if family is not None and suffix in SUFFIXES.get(family.type or "", ()):
                return family.name
        return None

    def _adopt(self) -> None:
        """Give samples that came before their family's TYPE to it, so that the lateness is what shows."""
        for name in [name for name, family in self.families.items() if family.type is None]:
            owner = self._owner(name)
            if owner is not None and self.families[name].help is None:
                samples = self.families.pop(name).samples + self.families[owner].samples
                self.families[owner].samples = sorted(samples, key=lambda sample: sample.line)

    def _named(self) -> dict[str, Family]:
        """Return the families by the contract's names: OpenMetrics announces counters without `_total`."""
        named = {}
        for family in self.families.values():
            if self.open_metrics and family.type == "counter":
                family.name += "_total"
            named[family.name] = family
        return named


@lru_cache(maxsize=65536)  # most series are in every scrape
def _plain_series(text: str) -> tuple[str, Labels] | None:
    """Give name and labels of a series without anything unusual in it, None for every other text."""
    found = _SERIES.fullmatch(text)
    if found is None:
        return None
    labels = tuple((name, _unescape(value)) for name, value in _LABEL.findall(found[2] or ""))
    return (found[1], labels) if len(dict(labels)) == len(labels) else None


def _unescape(text: str) -> str:
    return text if "\\" not in text else re.sub(r'\\[\\"n]', lambda found: _ESCAPES[found[0]], text)
