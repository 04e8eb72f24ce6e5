"""Features: which scenario carries which requirement, and which revision of it. Read with behave's own
parser.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from behave import i18n
from behave.model import ScenarioOutline
from behave.parser import Parser, ParserError

from orchqueue.spec import Finding, Place
from orchqueue.spec.ids import ID, is_id
from orchqueue.trace.citation import Citation

FOLDER = "bdd/orchqueue_bdd/features"

_STEP_KINDS = ("given", "when", "then", "and", "but")
_PIN = re.compile(rf"({ID.pattern})\.rev=(.*)")


class _TagParser(Parser):  # type: ignore[misc]  # behave ships no types
    """behave's parser without steps, whose making takes most of its time: tags and places are what counts."""

    def parse_step(self, line: str) -> SimpleNamespace | None:
        """A bare holder for what follows a step (a table, a text), where the line begins like a step."""
        words = _step_words(self.language or "en")
        return SimpleNamespace() if line.lower().startswith(words) else None


@lru_cache
def _step_words(language: str) -> tuple[str, ...]:
    keywords = i18n.languages[language]
    return tuple(word.lower() for kind in _STEP_KINDS for word in keywords[kind])


def read_features(root: Path) -> tuple[list[Citation], list[Finding]]:
    """What the features under `root` cite, and what is wrong with them by themselves."""
    citations: list[Citation] = []
    findings: list[Finding] = []
    for path in sorted((root / FOLDER).rglob("*.feature")):
        name = path.relative_to(root).as_posix()
        found, faults = read_feature(name, path.read_text(encoding="utf-8", errors="replace"))
        citations += found
        findings += faults
    return citations, findings


def read_feature(file: str, text: str) -> tuple[list[Citation], list[Finding]]:
    """The same for one feature."""
    try:
        feature = _TagParser().parse(text, filename=file)
    except ParserError as error:
        return [], [Finding(file, error.line or 1, _one_line(error), "feature")]
    except KeyError as error:
        return [], [Finding(file, 1, f"behave has no language {error}", "feature")]
    if feature is None:
        return [], [Finding(file, 1, "there is no feature in this file", "feature")]
    citations: list[Citation] = []
    findings: list[Finding] = []
    scenarios = list(_scenarios(feature))
    for scenario, inherited in scenarios:
        found, faults = _tags(file, scenario, [*inherited, *_own_tags(scenario)])
        citations += found
        findings += faults
        if not found:
            message = f"the scenario {scenario.name!r} carries no requirement ID"
            findings.append(Finding(file, scenario.line, message, "scenario"))
    if not scenarios:
        findings.append(
            Finding(file, feature.line, f"the feature {feature.name!r} has no scenario", "scenario")
        )
    return citations, findings


def _scenarios(feature: Any) -> Iterator[tuple[Any, list[Any]]]:
    """Each scenario or outline with the tags of what it stands in."""
    for item in feature.run_items:
        if hasattr(item, "steps"):
            yield item, list(feature.tags)
        else:
            yield from ((scenario, [*feature.tags, *item.tags]) for scenario in item.scenarios)


def _own_tags(scenario: Any) -> Iterable[Any]:
    yield from scenario.tags
    if isinstance(scenario, ScenarioOutline):
        for examples in scenario.examples:
            yield from examples.tags


def _tags(file: str, scenario: Any, tags: Iterable[Any]) -> tuple[list[Citation], list[Finding]]:
    """The IDs among the tags, each once; a pin names its ID too."""
    pins: dict[str, str] = {}
    findings = []
    for tag in tags:
        pinned = _PIN.fullmatch(tag)
        if pinned is not None:
            pins[pinned[1]] = pinned[2]
        elif is_id(tag):
            pins.setdefault(str(tag), "")
        elif tag.startswith(("ORCH-", "OC-")):
            message = f"the tag @{tag} is neither an ID nor ID.rev=revision"
            findings.append(Finding(file, scenario.line, message, "orphan"))
    place = Place(file, scenario.line)
    return [
        Citation(key, place, "scenario", scenario.name, "behave", pin) for key, pin in pins.items()
    ], findings


def _one_line(error: ParserError) -> str:
    return " ".join(str(error.args[0]).split())
