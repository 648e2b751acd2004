"""The blocks of a Markdown text, and the main text of a web page as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from stancekit.blocks import Block
from stancekit.errors import DataError, MissingExtraError

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

__all__ = [
    "front_matter",
    "html_to_markdown",
    "markdown_blocks",
    "page_facts",
    "with_tilde_fences",
    "without_marks",
]

# Metadata lines such as "title: ..." between dashes; an article may begin with a mere divider.
_FRONT_MATTER = re.compile(
    r"---[ \t]*\n(?=[\w-]+:|#).*?^(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE
)
_FACT = re.compile(r"([\w-]+):[ \t]+(\S.*)")
_FENCE = re.compile("```+")
_MARK = re.compile(r"[\\`*_\[\]!<&]")
_QUOTE_MARKS = re.compile(r"\n[ \t]*>[> \t]*")
_LOOSE_STARS = re.compile(r"(?<!\w)[*_]{1,3}(?=\S)|(?<=\S)[*_]{1,3}(?!\w)")
_CELL_EDGE = re.compile(r"(?<!\\)\|")
# What definitions elsewhere in the text give a meaning: "[words][2]", "words[^2]".
_REFERENCE = re.compile(r"\[([^\[\]^][^\[\]]*)\]\[[^\[\]]*\]|\[\^[^\[\]\s]+\]")
_DEFINITION = re.compile(r"[ >]*\[[^\[\]]+\]:")
_HIDDEN_HTML = re.compile(r"\s*<(?:script|style|pre|textarea|!|\?)", re.IGNORECASE)
# What a web page says for machines.
_DECLARED = "//title | //meta | //link[@rel='canonical'] | //script[@type='application/ld+json']"
# The time of inline parsing may grow with the square of the length; beyond this, marks stay.
_LONGEST_INLINE = 8_000

_FURNITURE_TOKENS = {"fence", "code_block", "hr"}

_Part = tuple[str, tuple[int, int], str]


def markdown_blocks(text: str) -> list[Block]:
    """The blocks of an even text in Markdown (CommonMark with tables and front matter).

    A block's span leaves out the marks before its first word (``#``, ``>``, ``-``) and keeps those
    within. Code, dividers, scripts, link definitions and front matter are furniture; a row of a
    table is a block.
    """
    text = text.replace("\0", "\ufffd")  # as the parser does; it would not be found again
    front = _FRONT_MATTER.match(text)
    begin = front.end() if front else 0
    blocks = [_block(text, 0, begin, "furniture")] if front else []
    body = text[begin:]
    starts = [begin, *(begin + m.end() for m in re.finditer("\n", body)), len(text) + 1]
    parts = _parts(_block_parser().parse(body))
    for role, (first, last), content in _with_lines_between(parts, body.split("\n")):
        start, end = starts[first], min(starts[last], len(text) + 1) - 1
        blocks.append(_block(text, *_locate(text, start, end, content), role))
    return [block for block in blocks if block.start < block.end]


def front_matter(text: str) -> dict[str, str]:
    """The lines of front matter that say one thing, as in ``date: 2019-01-16``; else nothing."""
    found = _FRONT_MATTER.match(text)
    lines = found[0].splitlines() if found else []
    facts = (match.groups() for line in lines if (match := _FACT.fullmatch(line.rstrip())))
    return {name: value.strip("\"'") for name, value in facts}


def with_tilde_fences(text: str) -> str:
    """The text with ``~~~`` for each code fence of backticks, which an even text has as quotes."""
    return _FENCE.sub(lambda found: "~" * len(found[0]), text)


def without_marks(text: str) -> str:
    """The words of a stretch of Markdown: no emphasis marks, link targets, images or tags."""
    joined = _CELL_EDGE.sub(" ", text) if text.startswith("|") else _QUOTE_MARKS.sub("\n", text)
    if not _MARK.search(joined):
        return joined.strip()
    joined = _REFERENCE.sub(r"\1", joined)
    if len(joined) <= _LONGEST_INLINE:
        tokens = _inline_parser().parseInline(joined)
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


def page_facts(html: str) -> dict[str, str]:
    """What a web page says of itself: date, outlet, author and title, where it does.

    Taken from what the page declares for machines; dates in the text are of other things.
    """
    from lxml.html import document_fromstring, tostring
    from trafilatura import extract_metadata

    page = document_fromstring(html.encode("utf-8", "replace"), parser=_page_parser())
    declared = "".join(tostring(one, encoding="unicode") for one in page.xpath(_DECLARED))
    found = extract_metadata(f"<html><head>{declared}</head><body></body></html>", extensive=False)
    facts = {
        "date": found.date,
        "outlet": found.sitename or found.hostname,
        "author": found.author,
        "title": found.title,
    }
    return {name: value for name, value in facts.items() if value}


# Kept between calls: to make a parser takes longer than to read a passage with it.
@cache
def _inline_parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark")


@cache
def _page_parser() -> Any:
    from lxml.html import HTMLParser

    return HTMLParser(encoding="utf-8")


@cache
def _block_parser() -> MarkdownIt:
    # Blocks only: links and emphasis are read passage by passage, where they are short.
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.disable("inline")
    return parser


def _parts(tokens: list[Token]) -> Iterator[_Part]:
    """Role, lines and content of each block, from the stream of tokens."""
    role, in_table = "text", False
    for token in tokens:
        if token.type == "tr_open" and token.map:
            yield "table", (token.map[0], token.map[1]), ""
        elif token.type in ("table_open", "table_close"):
            in_table = token.type == "table_open"
        elif token.type in _FURNITURE_TOKENS and token.map:
            yield "furniture", (token.map[0], token.map[1]), ""
        elif token.type == "html_block" and token.map:
            is_hidden = _HIDDEN_HTML.match(token.content)
            yield "furniture" if is_hidden else "text", (token.map[0], token.map[1]), ""
        elif token.type == "heading_open":
            role = "heading"
        elif token.type == "list_item_open":
            role = "item"
        elif token.type == "inline" and token.map and not in_table:
            # Rows without a line of dashes below the first are no table to the parser.
            is_row = token.content.startswith("|")
            yield "table" if is_row else role, (token.map[0], token.map[1]), token.content
            role = "text"


def _with_lines_between(parts: Iterator[_Part], lines: list[str]) -> Iterator[_Part]:
    """The parts, and the lines that the parser passes over: definitions, quotes nested too deep."""
    at = 0
    for part in [*parts, ("", (len(lines), len(lines)), "")]:
        first, last = part[1]
        for place in range(at, first):
            if re.search(r"\w", lines[place]):
                role = "furniture" if _DEFINITION.match(lines[place]) else "text"
                yield role, (place, place + 1), lines[place].lstrip("-*+> \t")
        if part[0]:
            yield part
        at = max(at, last)


def _locate(text: str, start: int, end: int, content: str) -> tuple[int, int]:
    """Where in its lines the content lies, without the marks of its block."""
    first, *others = content.split("\n")
    last_start = start
    for _ in others:
        last_start = text.find("\n", last_start, end) + 1
    last = others[-1] if others else first
    begin = text.find(first, start, end)
    finish = text.rfind(last, last_start, end)
    return begin if begin >= 0 else start, finish + len(last) if finish >= 0 else end


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
