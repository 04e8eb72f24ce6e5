"""Markdown as the blocks that a spec is made of, each with its line. What the blocks mean lives in
`document`.

Structure comes from markdown-it's tokens alone. Paragraphs are not parsed inline unless somebody asks for
their code spans, which most never do.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline, backtick
from markdown_it.token import Token


class Block(NamedTuple):
    """A heading, a paragraph or a fenced block.

    `line` is the block's first line, from 1; a fence's text begins on the line after. `level` is a heading's
    depth. `nested` says that the block stands in a list or a quotation. `closed` is false for a fence that
    runs to the end of its container.
    """

    kind: Literal["heading", "paragraph", "fence"]
    line: int
    text: str
    info: str = ""
    level: int = 0
    nested: bool = False
    closed: bool = True


class Span(NamedTuple):
    """A piece of a paragraph: code or text, with its offsets in the paragraph's source."""

    code: bool
    text: str
    start: int
    end: int


def blocks(source: str) -> Iterator[Block]:
    """The blocks of a document in order. HTML comments are not text; other HTML is read as a paragraph."""
    lines = source.split("\n") if "```" in source or "~~~" in source else []
    tokens = _BLOCKS.parse(source)
    for index, token in enumerate(tokens):
        if token.type == "inline":
            yield _inline(tokens[index - 1], token)
        elif token.type == "fence":
            yield _fence(token, lines)
        elif token.type == "html_block" and not token.content.lstrip().startswith("<!--"):
            yield Block("paragraph", _line(token), token.content, nested=True)


@lru_cache(maxsize=4096)
def spans(text: str) -> tuple[Span, ...]:
    """A paragraph cut into code and text. Attribute lines repeat, so the answer is kept."""
    cut: list[Span] = []
    at = 0
    for token in _INLINE.parseInline(text)[0].children or ():
        if token.type == "code_inline":
            start, end = token.meta["span"]
            if at < start:
                cut.append(Span(False, text[at:start], at, start))
            cut.append(Span(True, token.content, start, end))
            at = end
    if at < len(text):
        cut.append(Span(False, text[at:], at, len(text)))
    return tuple(cut)


def without_code(text: str) -> str:
    """The paragraph with blanks in place of code spans; offsets and line breaks stay where they are."""
    if "`" not in text:
        return text
    return "".join(
        "".join("\n" if mark == "\n" else " " for mark in text[span.start : span.end])
        if span.code
        else span.text
        for span in spans(text)
    )


def _inline(opened: Token, token: Token) -> Block:
    if opened.type == "heading_open":
        return Block("heading", _line(token), token.content, level=int(opened.tag[1]))
    return Block("paragraph", _line(token), token.content, nested=token.level > 1)


def _fence(token: Token, lines: list[str]) -> Block:
    first, end = token.map or [0, 0]
    last = lines[end - 1].strip(" \t>") if end - first > 1 else ""
    closed = last.startswith(token.markup) and not last.strip(token.markup[0])
    return Block("fence", first + 1, token.content, token.info.strip(), nested=token.level > 0, closed=closed)


def _line(token: Token) -> int:
    return (token.map or [0])[0] + 1


def _placed_backtick(state: StateInline, silent: bool) -> bool:
    """markdown-it's own rule for code spans, which forgets where a span stood: kept beside the token."""
    start, known = state.pos, len(state.tokens)
    matched = backtick(state, silent)
    for token in state.tokens[known:]:
        if token.type == "code_inline":
            token.meta = {"span": (start, state.pos)}
    return matched


def _block_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _inline_parser() -> MarkdownIt:
    parser = MarkdownIt("zero")
    parser.inline.ruler.enableOnly(["text", "newline", "escape", "backticks"])
    parser.inline.ruler.at("backticks", _placed_backtick)
    return parser


_BLOCKS = _block_parser()
_INLINE = _inline_parser()
