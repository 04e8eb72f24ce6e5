"""What commands share that write to a terminal."""

CLEAR = "\r\x1b[K"
"""Takes away the line that the cursor is in."""


def printable(text: str) -> str:
    """Show control characters as what they are: names and answers must not steer the terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)
