"""The bytes of a table: plain, .gz or .zst files and standard input, a line at a time."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from stancekit.errors import DataError

__all__ = [
    "COMPRESSED",
    "STDIN",
    "CutShortError",
    "Lines",
    "bad_encoding",
    "excerpt",
    "open_lines",
    "without_escapes",
]

STDIN = "-"
COMPRESSED = {".gz": "gzip", ".zst": "zstd"}
_BUFFER = 2**20
_EXCERPT = 200
_ESCAPED = re.compile("[\udc80-\udcff]")


class CutShortError(Exception):
    """A compressed file ends too early, or is damaged from here on."""


class Lines:
    """The lines of a table with their ends, and how far it has been read.

    Bytes that are no text come as surrogates, as PEP 383 has it. Of a line with more than
    ``longest`` characters comes None, and it is never held whole. Where a packed file breaks off,
    `CutShortError` is raised after all that stands before.
    """

    def __init__(self, source: str, raw: BinaryIO, text: TextIO, longest: int) -> None:
        self._source, self._raw, self._text, self._longest = source, raw, text, longest
        self._is_cut = False

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str | None:
        line = "" if self._is_cut else self._read(self._longest)
        if not line:
            raise StopIteration
        if len(line) < self._longest or line.endswith("\n"):
            return line
        while line and not line.endswith("\n"):
            line = self._read(_BUFFER)
        return None

    @property
    def position(self) -> int:
        """Bytes of the file that were read, those of the packed one where it is packed."""
        return 0 if self._source == STDIN else self._raw.tell()

    def _read(self, n_characters: int) -> str:
        try:
            return self._text.readline(n_characters)
        except UnicodeError as error:  # in an encoding of several bytes a character
            raise DataError(
                f"{self._source} is no text in the encoding given ({error}); check it"
            ) from None
        except OSError as error:
            self._is_cut = True
            raise CutShortError(str(error)) from None


@contextmanager
def open_lines(source: str, encoding: str, longest: int, newline: str = "\n") -> Iterator[Lines]:
    """Open a CSV or JSON lines file, plain or packed, or standard input.

    Raises
    ------
    DataError
        When there is no such file, it cannot be opened, or Python knows no such encoding.
    """
    is_utf8 = encoding.lower().replace("_", "-") in ("utf-8", "utf8")
    # utf-8-sig: spreadsheets put a byte order mark before the first column's name.
    codec = "utf-8-sig" if is_utf8 else encoding
    with _open_bytes(source) as raw:
        try:
            text = io.TextIOWrapper(
                _unpacked(source, raw), codec, errors="surrogateescape", newline=newline
            )
        except LookupError:
            raise DataError(
                f"unknown encoding {encoding!r}; expected one like utf-8 or windows-1252"
            ) from None
        try:
            yield Lines(source, raw, text, longest)
        finally:
            text.detach()  # else the wrapper would close what is not its own


@contextmanager
def _open_bytes(source: str) -> Iterator[BinaryIO]:
    if source == STDIN:
        yield sys.stdin.buffer
        return
    try:
        file = Path(source).open("rb", buffering=_BUFFER)  # noqa: SIM115, closed below
    except OSError as error:
        raise DataError(f"{source} cannot be read ({error.strerror}); check it") from None
    with file:
        yield file


def _unpacked(source: str, raw: BinaryIO) -> BinaryIO:
    suffix = Path(source).suffix.lower()
    if suffix not in COMPRESSED:
        return raw
    import pyarrow as pa

    stream = pa.CompressedInputStream(pa.PythonFile(raw, "r"), COMPRESSED[suffix])
    return io.BufferedReader(stream, _BUFFER)


def without_escapes(cell: str) -> str | bytes:
    """A cell of a line whose bytes are no text as those bytes; any other as it is."""
    if cell.isascii() or not _ESCAPED.search(cell):
        return cell
    return cell.encode("utf-8", "surrogateescape")


def excerpt(text: str) -> str:
    """The beginning of a broken row, so that a person finds it again."""
    data = text[:_EXCERPT].encode("utf-8", "surrogateescape")
    return data.decode("utf-8", "backslashreplace")


def bad_encoding(source: str, encoding: str, text: str) -> str:
    """What to say of ``text``, which holds a byte that is no text in the encoding."""
    escaped = _ESCAPED.search(text)
    byte = ord(escaped[0]) - 0xDC00 if escaped else 0
    likely = "utf-16" if text.startswith(("\udcff\udcfe", "\udcfe\udcff")) else "windows-1252"
    return (
        f"{source} is not {encoding} (it holds the byte 0x{byte:02x}); name its encoding, "
        f"e.g. --encoding {likely}"
    )
