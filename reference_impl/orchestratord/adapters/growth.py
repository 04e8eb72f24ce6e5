"""Whether the items of a stream carry what is new or the whole text so far, found out from the items.

Some backends of an engine do the one and some the other, and none says which. An item that does not begin
with the one before settles it, and so do items that only grow. Until then an item that could be either waits
for the next; the first never has to.
"""

from typing import Literal

Manner = Literal["unknown", "new", "whole"]

_GROWN_ENOUGH = 2
_SAME_TOO_OFTEN = 4  # a character has four bytes at most, and so many tokens that complete none
_UNFINISHED = "\ufffd"


class Growth:
    """The items of one stream. `manner` is what is known of the engine: give it to the next stream."""

    def __init__(self, manner: Manner = "unknown") -> None:
        self.manner = manner
        self._shown = ""
        self._items: list[str] = []
        self._grown = 0
        self._same = 0

    def feed(self, text: str) -> list[str]:
        """Take an item's text; answers what is new, as texts in order."""
        if not text:
            return []
        if self.manner == "whole" and not text.startswith(self._shown):
            self.manner = "new"  # another model answers now
        if self.manner == "new":
            return [text]
        previous = self._items[-1] if self._items else ""
        if self.manner == "unknown" and not self._fits(previous, text):
            return self._all_new(text)
        self._items.append(text)
        if self.manner == "unknown" and previous and self._grown < _GROWN_ENOUGH:
            return []
        if previous:
            self.manner = "whole"
        return self._beyond(_whole(text))

    def end(self) -> list[str]:
        """The stream is over; answers what had to wait."""
        if self.manner == "new" or not self._items:
            return []
        if self.manner == "whole" or self._grown or len(self._items) == 1:
            return self._beyond(self._items[-1])
        return self._all_new()

    def _fits(self, previous: str, text: str) -> bool:
        """Whether the item may be the whole text, after the one before."""
        if not previous:
            return True
        if text == previous:
            self._same += 1
            return self._same < _SAME_TOO_OFTEN
        self._same = 0
        self._grown += 1
        return text.startswith(_whole(previous))

    def _all_new(self, *more: str) -> list[str]:
        """Each item was new text, those that waited too."""
        if more:
            self.manner = "new"
        waited = "".join(self._items)[len(self._shown) :]
        return [text for text in (waited, *more) if text]

    def _beyond(self, text: str) -> list[str]:
        """What a whole text has beyond what was shown."""
        new, self._shown = text[len(self._shown) :], text
        return [new] if new else []


def _whole(text: str) -> str:
    """The text without the marks of a character that is not finished."""
    return text.rstrip(_UNFINISHED)
