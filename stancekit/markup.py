"""The blocks of a Markdown text, and the main text of a web page as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stancekit.blocks import Block
from stancekit.errors import DataError, MissingExtraError

__all__ = ["html_to_markdown", "markdown_blocks", "without_marks"]

_FRONT_MATTER = re.compile(
    r"---[ \t]*\n.*?^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_QUOTE_MARKS = re.compile(r"\n[ \t]*>[> \t]*")
_LOOSE_STARS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
# The time of inline parsing may grow with the square of the length; beyond this, marks stay.
_LONGEST_INLINE = 20_000

_FURNITURE_TOKENS = {"fence", "code_block", "html_block", "hr"}


def markdown_blocks(text: str) -> list[Block]:
    """The blocks of an even text in Markdown (CommonMark with tables and front matter).

    A block's span leaves out the marks before its first word (``#``, ``>``, ``-``) and keeps those
    within. Code, HTML, dividers and front matter are furniture; a row of a table is a block.
    """
    front = _FRONT_MATTER.match(text)
    begin = front.end() if front else 0
    blocks = [_block(text, 0, begin, "furniture")] if front else []
    starts = [begin, *(begin + m.end() for m in re.finditer("\n", text[begin:])), len(text) + 1]
    for role, (first, last), content in _parts(_parser().parse(text[begin:])):
        start, end = starts[first], min(starts[last], len(text) + 1) - 1
        blocks.append(_block(text, *_locate(text, start, end, content), role))
    return [block for block in blocks if block.start < block.end]


def without_marks(text: str) -> str:
    """The words of a stretch of Markdown: no emphasis marks, link targets or images."""
    joined = _CELL_EDGE.sub(" ", text) if text.startswith("|") else _QUOTE_MARKS.sub("\n", text)
    if len(joined) <= _LONGEST_INLINE:
        tokens = MarkdownIt("commonmark").parseInline(joined)
        joined = "".join(_words(child) for token in tokens for child in token.children or [])
    return _LOOSE_STARS.sub("", joined).strip()


def html_to_markdown(html: str) -> str:
    """The main text of a web page, its headings and lists marked as in Markdown.

    Raises
    ------
    MissingExtraError
        Where trafilatura, which finds the main text, is not installed.
    DataError
        Where the page has no main text.
    """
    try:
        from trafilatura import extract
    except ImportError:
        raise MissingExtraError(
            "reading HTML needs trafilatura: pip install 'stancekit[html]'"
        ) from None
    text = extract(html, output_format="markdown", include_comments=False)
    if not text:
        raise DataError(
            "found no article text in the HTML; save the text of the page as .txt and give that"
        )
    return str(text)


def _parser() -> MarkdownIt:
    # Blocks only: links and emphasis are read passage by passage, where they are short.
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable("inline")
    return parser


def _parts(tokens: list[Token]) -> Iterator[tuple[str, tuple[int, int], str]]:
    """Role, lines and content of each block, from the stream of tokens."""
    role, in_table = "text", False
    for token in tokens:
        if token.type == "tr_open" and token.map:
            yield "table", (token.map[0], token.map[1]), ""
        elif token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        elif token.type in _FURNITURE_TOKENS and token.map:
            yield "furniture", (token.map[0], token.map[1]), ""
        elif token.type == "heading_open":
            role = "heading"
        elif token.type == "list_item_open":
            role = "item"
        elif token.type == "inline" and token.map and not in_table:
            yield role, (token.map[0], token.map[1]), token.content
            role = "text"


def _locate(text: str, start: int, end: int, content: str) -> tuple[int, int]:
    """Where in its lines the content lies, without the marks of its block."""
    lines = content.split("\n")
    begin = text.find(lines[0], start, end) if content else start
    for _ in lines[1:]:
        start = text.find("\n", start, end) + 1
    finish = text.rfind(lines[-1], start, end) if content else -1
    return max(begin, 0) if begin >= 0 else start, finish + len(lines[-1]) if finish >= 0 else end


def _block(text: str, start: int, end: int, role: str) -> Block:
    piece = text[start:end]
    start += len(piece) - len(piece.lstrip())
    end = start + len(piece.strip())
    if role == "furniture":
        return Block(start, end, " ".join(piece.split()), role)
    words = " ".join(without_marks(text[start:end]).split())
    return Block(start, end, words, role if words else "furniture")


def _words(token: Token) -> str:
    if token.type in ("softbreak", "hardbreak"):
        return "\n"
    return token.content if token.type in ("text", "code_inline", "text_special") else ""
