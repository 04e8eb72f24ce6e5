"""Which lines of a worker may be shown: engines write down what clients send them, and that is nobody else's.

A line is judged by the texts that the worker was given; what is not shown is counted by the caller.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

RUN = 12
KEPT_MS = 10_000.0
MOST_CHARACTERS = 262_144
MOST_WORK = 8_000_000  # characters of a line times those of the texts: about 2 ms
LEAST_SECRET = 4

_STEP = RUN // 2
_NO_WORD = re.compile(r"[\W_]+")
_ESCAPE = re.compile(
    r"\\(?:u(?P<code>[0-9a-fA-F]{4})|u\{(?P<braced>[0-9a-fA-F]{1,6})\}|U(?P<long>[0-9a-fA-F]{8}))"
    r"|\\[nrtbfav0]"
    r"|(?P<bytes>(?:\\x[0-9a-fA-F]{2})+)"
)
# Prompts are also written as the numbers of their tokens.
_NUMBERS = re.compile(r"\d+(?:[,\s]+\d+){7}")


def plain(text: str) -> str:
    """Letters and digits alone, in one case, whatever quotes and spaces a text is written with."""
    return _NO_WORD.sub("", text.casefold())


def _forms(line: str) -> set[str]:
    """What a line says, as it stands and without the escapes of JSON, Python, Rust and C; bytes that are
    escaped one by one may be those of UTF-8, or characters.
    """
    return {plain(line), plain(_unescaped(line, "utf-8")), plain(_unescaped(line, "latin-1"))}


def _unescaped(line: str, encoding: str) -> str:
    text = _ESCAPE.sub(lambda escape: _meant(escape, encoding), line)
    # JSON writes a character beyond the first 65,536 as two halves.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _meant(escape: re.Match[str], encoding: str) -> str:
    if escape["bytes"]:
        return bytes.fromhex(escape["bytes"].replace("\\x", "")).decode(encoding, "replace")
    code = escape["code"] or escape["braced"] or escape["long"]
    number = int(code, 16) if code else 0
    return chr(number) if 0 < number < 0x110000 else " "


@dataclass(slots=True)
class _Given:
    """The texts of one request. `until_ms` is None as long as it is at the worker."""

    texts: tuple[str, ...]
    size: int
    until_ms: float | None = None
    plain: list[str] = field(default_factory=list)


class Redaction:
    """What one worker was given, and for how long it may still write of it: while it has the request, and
    10 s longer. `secrets` are those of the configuration that it knows. Times are milliseconds.

    Where that is more than can be looked through, nothing is shown.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= LEAST_SECRET)
        self._given: dict[int, _Given] = {}
        self._size = 0
        self._blind_until_ms = float("-inf")

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not self._secrets and not self._given

    def give(self, number: int, texts: Iterable[str], now_ms: float) -> None:
        """A request with these texts goes to the worker; the number is its own."""
        self._forget(now_ms)
        kept = tuple(texts)
        size = sum(map(len, kept))
        self._given[number] = _Given(kept, size)
        self._size += size

    def over(self, number: int, now_ms: float) -> None:
        """The worker has the request no more."""
        given = self._given[number]
        given.until_ms = now_ms + KEPT_MS
        if self._size > MOST_CHARACTERS:
            # What was too long to be looked through is not worth its memory either.
            self._blind_until_ms = given.until_ms
            self._drop(number)

    def shows(self, line: str, now_ms: float) -> bool:
        """Whether nothing of the texts and secrets is in a line."""
        # OC-CTRL-2041, OC-ADAPT-5084
        if any(secret in line for secret in self._secrets):
            return False
        self._forget(now_ms)
        if now_ms < self._blind_until_ms or self._size > MOST_CHARACTERS:
            return False
        if not self._given:
            return True
        if len(line) * self._size > MOST_WORK or _NUMBERS.search(line):
            return False
        texts = [text for given in self._given.values() for text in _plain_texts(given)]
        return not any(_share(form, text) for form in _forms(line) for text in texts)

    def _forget(self, now_ms: float) -> None:
        """Drop what ended long enough ago; the first that ended are not always the first that were given."""
        for number in [
            n for n, one in self._given.items() if one.until_ms is not None and one.until_ms <= now_ms
        ]:
            self._drop(number)

    def _drop(self, number: int) -> None:
        self._size -= self._given.pop(number).size


def _plain_texts(given: _Given) -> list[str]:
    if given.texts:
        given.plain = [text for text in map(plain, given.texts) if text]
        given.texts = ()
    return given.plain


def _share(line: str, text: str) -> bool:
    """Whether RUN characters of a line stand in a text together, or all of the shorter one in the other."""
    if len(text) <= RUN:
        return text in line or (bool(line) and line in text)
    if len(line) <= RUN:
        return bool(line) and line in text
    # A run of that length covers one of these whole pieces of half its length, wherever it begins.
    for start in range(0, len(line) - _STEP + 1, _STEP):
        if line[start : start + _STEP] in text:
            first, last = max(0, start - _STEP), min(start, len(line) - RUN)
            if any(line[at : at + RUN] in text for at in range(first, last + 1)):
                return True
    return False
