"""Taking out of texts what must not pass, by patterns and by what modules name. Pure."""

import re
from collections.abc import Iterable
from typing import Final

MARK: Final = "[redacted]"


def by_patterns(text: str, patterns: Iterable[re.Pattern[str]]) -> tuple[str, int]:
    """The text without what the patterns match, and how often that was."""
    # OC-POLICY-4031
    count = 0
    for pattern in patterns:
        text, found = pattern.subn(MARK, text)
        count += found
    return text, count


def by_names(text: str, names: Iterable[str]) -> tuple[str, int]:
    """The text without these texts, the longest first, and how often one stood there."""
    count = 0
    for name in sorted(set(names), key=lambda one: (-len(one), one)):
        count += text.count(name)
        text = text.replace(name, MARK)
    return text, count
