"""The changing line of `orchqueue task`, and how it gives way to what stays."""

import io

import pytest

from orchqueue.task.view import View


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.requirement("OC-CLIENT-8510")
def test_the_changing_line_gives_way() -> None:
    text, notes = io.BytesIO(), Terminal()
    view = View(text, notes, encoding="utf-8")
    view.wait("waiting", "for its start")
    assert notes.getvalue() == ""
    view.tick()
    assert notes.getvalue() == "\r\x1b[Kwaiting  for its start, 0 s"
    view.token("a\x07")
    assert text.getvalue() == "a\ufffd".encode()
    view.tick()
    assert notes.getvalue().endswith(", 0 s\r\x1b[K")
    view.note("end", "\x1b]0;x")
    assert text.getvalue().endswith(b"\n")
    assert "end      \\x1b]0;x" in notes.getvalue()


def test_no_line_changes_in_a_file() -> None:
    notes = io.StringIO()
    view = View(None, notes)
    view.wait("waiting", "for its start")
    view.tick()
    view.token("a")
    view.rest()
    assert notes.getvalue() == ""
