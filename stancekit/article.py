"""Articles: read from files, and parted into the passages that a classifier reads."""

from __future__ import annotations

import codecs
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from stancekit.blocks import plain_blocks
from stancekit.errors import DataError, InputError
from stancekit.kinds import kinds_of
from stancekit.markup import (
    front_matter,
    html_to_markdown,
    markdown_blocks,
    page_facts,
    with_tilde_fences,
    without_marks,
)
from stancekit.sentences import cut_paragraph
from stancekit.typography import even_text

__all__ = [
    "Article",
    "EncodingError",
    "NotTextError",
    "Passage",
    "decode",
    "read_article",
    "says_facts",
    "split_passages",
]

_MARKUP_OF = {".md": "markdown", ".markdown": "markdown"} | dict.fromkeys(
    (".html", ".htm", ".xhtml"), "html"
)
# UTF-32 first: its mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SIGNATURES = {
    b"%PDF-": "a PDF",
    b"PK\x03\x04": "a zip archive or an office document (.docx, .odt, .epub)",
    b"PK\x05\x06": "an empty zip archive",
    b"\xd0\xcf\x11\xe0": "an old office document (.doc)",
    b"{\\rtf": "a rich text document",
    b"\x1f\x8b": "a gzip file",
    b"BZh": "a bzip2 file",
    b"\xfd7zXZ": "an xz file",
    b"7z\xbc\xaf": "a 7z archive",
    b"(\xb5/\xfd": "a Zstandard file",
    b"Rar!\x1a": "a rar archive",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"PAR1": "a Parquet table",
    b"SQLite format 3": "an SQLite database",
    b"\x7fELF": "a program",
}
_CONTROLS = bytes({*range(0x20), 0x7F} - {*b"\t\n\v\f\r\x1b"})
# Text has next to none; bytes at random have 11 %.
_MOST_CONTROLS = 0.02
_WIDE = re.compile(r"utf.?(?:16|32)", re.I)
_CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"']?\s*([\w-]+)", re.I)


class EncodingError(DataError):
    """Bytes that are no text in the encoding asked for."""

    status = "bad_encoding"


class NotTextError(DataError):
    """A file that holds something other than text."""

    status = "not_text"


@dataclass(frozen=True)
class Article:
    """A document as read.

    Attributes
    ----------
    name : str; where it comes from
    text : str; what offsets of its passages refer to. Line ends are ``\\n`` and no byte order mark
        leads, as ``open(path, encoding="utf-8-sig").read()`` gives it. Of an HTML file it is the
        main text, with the headings and lists marked as in Markdown.
    markup : str; how ``text`` is laid out, "plain" or "markdown", as `split_passages` takes it
    facts : mapping of str to str; what the file says of it: lines of a Markdown file's front matter
        such as ``date: 2019-01-16``; of a web page date, outlet, author and title
    """

    name: str
    text: str
    markup: str = "plain"
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph of an article, or a part of a long one.

    Attributes
    ----------
    start, end : int; offsets of characters: ``article_text[start:end] == text``
    text : str
    kind : str; "paragraph", "heading" or "furniture" (bylines, captions, share lines and the like)
    plain : str or None; the words without markup, where they differ from ``text``
    """

    start: int
    end: int
    text: str
    kind: str = "paragraph"
    plain: str | None = None

    @property
    def reading(self) -> str:
        """What a classifier reads: the words without markup."""
        return self.text if self.plain is None else self.plain


def split_passages(text: str, *, markup: str = "plain", max_words: int = 170) -> list[Passage]:
    """Part an article into passages with exact offsets, in order and without overlap.

    Nothing that is visible in a plain text is left out, nor a letter of Markdown. Quotes, dashes,
    spaces, line ends, soft hyphens and byte order marks of whatever form give the same passages.
    Any string will do; the time is linear in its length.

    Parameters
    ----------
    text : str
    markup : {"plain", "markdown"}
        In plain text, blank lines part paragraphs, and line ends too unless the text is wrapped.
    max_words : int
        A longer paragraph is cut at sentence ends into passages of at most this many words. A
        word is a run without whitespace, whatever its length.

    Returns
    -------
    list of Passage
        Empty for a text without a visible character.

    Raises
    ------
    InputError
        For another ``markup``, or a ``max_words`` below 1.
    """
    if markup not in ("plain", "markdown"):
        raise InputError(
            f"got markup {markup!r}; expected 'plain' or 'markdown' (`read_article` gives the text "
            "of an HTML file as Markdown)"
        )
    if max_words < 1:
        raise InputError(f"got max_words={max_words}; expected at least 1")
    if markup == "markdown":
        even = even_text(with_tilde_fences(text))
        blocks = markdown_blocks(even.text)
    else:
        even = even_text(text)
        blocks = plain_blocks(even.text)
    found = []
    for block, kind in zip(blocks, kinds_of(blocks), strict=True):
        for first, last in cut_paragraph(even.text[block.start : block.end], max_words):
            start, end = even.source_span(block.start + first, block.start + last)
            words = text[start:end]
            plain = without_marks(words) if markup == "markdown" and kind != "furniture" else words
            found.append(Passage(start, end, words, kind, None if plain == words else plain))
    return found


def read_article(
    path: str | os.PathLike[str] | BinaryIO, *, name: str | None = None, encoding: str = "utf-8"
) -> Article:
    """Read an article; its markup follows from the suffix of its name.

    Parameters
    ----------
    path : path or binary file
        ``.md`` and ``.markdown`` are Markdown; ``.html``, ``.htm`` and ``.xhtml`` are web pages, of
        which the main text is taken; everything else is plain text.
    name : str or None
        What the article is called; by default the path.
    encoding : str
        A byte order mark in the file overrides it, and so does the charset that a web page
        declares when the page is not in this encoding.

    Raises
    ------
    EncodingError
        When the bytes are no text in the encoding.
    NotTextError
        For a binary file.
    DataError
        When the file cannot be opened, or a web page has no main text.
    MissingExtraError
        For a web page, when trafilatura is not installed.
    """
    label = name if name is not None else _name_of(path)
    source = label if hasattr(path, "read") else os.fspath(path)
    markup = _MARKUP_OF.get(Path(source).suffix.lower(), "plain")
    try:
        data = _bytes_of(path)
        if markup == "html":
            page = _decode_page(data, encoding)
            return Article(label, html_to_markdown(page), "markdown", page_facts(page))
        text = decode(data, encoding)
        return Article(label, text, markup, front_matter(text) if markup == "markdown" else {})
    except DataError as error:
        raise type(error)(f"{label}: {error}") from None


def says_facts(name: str) -> bool:
    """Whether a file of that name can say something of its article: Markdown and web pages."""
    return Path(name).suffix.lower() in _MARKUP_OF


def decode(data: bytes, encoding: str = "utf-8") -> str:
    """Turn the bytes of a text file into text with ``\\n`` line ends and no byte order mark.

    Parameters
    ----------
    data : bytes
    encoding : str
        Overridden by a byte order mark of UTF-8, UTF-16 or UTF-32.

    Raises
    ------
    EncodingError
        When the bytes are no text in the encoding, or Python knows none of that name.
    NotTextError
        For a binary file.
    """
    mark = next((codec for bom, codec in _MARKS.items() if data.startswith(bom)), None)
    _check_is_text(data, may_have_nuls=bool(_WIDE.match(mark or encoding)))
    text = _to_text(data, mark or encoding)
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def _to_text(data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise EncodingError(
            f"there is no text encoding {encoding!r}; name one such as utf-8 or windows-1252"
        ) from None
    except UnicodeError as error:
        # A few codecs say no more than that they failed.
        place = error.start if isinstance(error, UnicodeDecodeError) else 0
        raise EncodingError(
            f"byte 0x{data[place]:02x} at offset {place} is no {encoding} text; name the file's "
            "encoding with --encoding, for example windows-1252 or latin-1"
        ) from None


def _check_is_text(data: bytes, *, may_have_nuls: bool) -> None:
    kind = next((kind for start, kind in _SIGNATURES.items() if data.startswith(start)), None)
    if kind is not None:
        raise NotTextError(f"this is {kind}, not text; convert it to plain text first")
    if may_have_nuls:
        return
    if b"\0" in data:
        raise NotTextError(
            f"a NUL byte at offset {data.index(0)}: a binary file, or UTF-16 without its mark; "
            "convert it to plain text, or name the encoding with --encoding utf-16-le"
        )
    controls = len(data) - len(data.translate(None, _CONTROLS))
    if controls > _MOST_CONTROLS * len(data):
        raise NotTextError(
            f"{controls} of {len(data)} bytes are control characters: a binary file; convert it to "
            "plain text first"
        )


def _decode_page(data: bytes, encoding: str) -> str:
    """Text of an HTML file, in the encoding asked for or else in the one that it declares."""
    try:
        return decode(data, encoding)
    except EncodingError:
        declared = _CHARSET.search(data, 0, 4096)
        if declared is None:
            raise
        charset = declared.group(1).decode("ascii").lower()
        # Pages that say Latin-1 mean Windows-1252: https://encoding.spec.whatwg.org/#names-and-labels
        return decode(data, "windows-1252" if charset in ("iso-8859-1", "latin1") else charset)


def _name_of(path: str | os.PathLike[str] | BinaryIO) -> str:
    if isinstance(path, str | os.PathLike):
        return os.fspath(path)
    name = getattr(path, "name", None)
    return name if isinstance(name, str) else "stdin"


def _bytes_of(path: str | os.PathLike[str] | BinaryIO) -> bytes:
    try:
        data = Path(path).read_bytes() if isinstance(path, str | os.PathLike) else path.read()
    except OSError as error:
        raise DataError(f"cannot be read ({error.strerror}); check the path") from None
    if not isinstance(data, bytes):
        raise InputError("got a file opened as text; expected one opened with mode 'rb'")
    return data
