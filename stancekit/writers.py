"""Analyses and speakers to JSON lines, CSV and Parquet; a file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from stancekit.analysis import Analysis
from stancekit.arrow_cells import array_of
from stancekit.errors import ColumnError, DataError
from stancekit.passage_table import cells_of_passages, passage_columns
from stancekit.speakers import Speaker

if TYPE_CHECKING:
    import pyarrow as pa

    from stancekit.prevalence import Share

__all__ = [
    "FORMATS",
    "check_folder",
    "check_kept",
    "check_output",
    "open_folder",
    "open_output",
    "passage_columns",
    "write_analyses",
    "write_rows",
    "write_shares",
    "write_speakers",
]

T = TypeVar("T")
# The columns of some rows.
Cells = dict[str, list[Any]]

FORMATS = ("jsonl", "csv", "parquet")
_NOTHING: Mapping[str, Any] = MappingProxyType({})

# Passages held before they are written to a Parquet file: a group an article would be many.
_ROW_GROUP = 5000

_STATEMENT = {
    "article": str,
    "passage": int,
    "start": int,
    "end": int,
    "text": str,
    "stance": str,
    "probability": float,
}


def check_output(path: Path, *, force: bool = False) -> None:
    """Raise DataError when `open_output` would refuse: worth asking before long work."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file to write to")
    if path.exists() and not path.is_file():
        raise DataError(f"{path} is no regular file; leave it out to write to standard output")
    if path.exists() and not force:
        raise DataError(f"{path} exists; add --force to replace it, or choose another name")
    _check_parent(path)


def check_folder(path: Path, *, force: bool = False) -> None:
    """Raise DataError when `open_folder` would refuse: worth asking before long work."""
    if path.exists() and not path.is_dir():
        raise DataError(f"{path} is a file; name a folder, or a file that ends in .html")
    if path.resolve() == Path.cwd():
        raise DataError(f"{path} is the folder you are in; name one within it")
    found = sorted(one.name for one in path.iterdir()) if path.exists() else []
    if found and not force:
        raise DataError(f"{path} is not empty; add --force to replace it, or choose another name")
    # `--force` with the wrong folder must not cost anybody their files.
    if other := next((name for name in found if not name.endswith(".html")), None):
        raise DataError(f"{path} holds {other}, which is no page; choose another folder")
    _check_parent(path.resolve())


@contextmanager
def open_output(path: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """A binary file that takes its name when everything has been written.

    Raises
    ------
    DataError
        When ``path`` exists and ``force`` is not given, or its folder is not there or cannot be
        written to.
    """
    check_output(path, force=force)
    target = path.resolve()  # a link stays a link, to the new file
    try:
        handle, staging = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    except OSError as error:
        raise DataError(f"cannot write to {target.parent} ({error.strerror}); check it") from None
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(staging).chmod(0o666 & ~_umask())
        Path(staging).replace(target)
    except BaseException:
        Path(staging).unlink(missing_ok=True)
        raise


@contextmanager
def open_folder(path: Path, *, force: bool = False) -> Iterator[Path]:
    """A new folder that takes the name ``path`` when everything has been written.

    Raises
    ------
    DataError
        When ``path`` holds anything and ``force`` is not given, or holds what is no page.
    """
    check_folder(path, force=force)
    target = path.resolve()
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as staging:
        written, old = Path(staging) / "new", Path(staging) / "old"
        written.mkdir()
        yield written
        check_folder(path, force=force)  # much may have happened since
        try:
            if target.exists():
                target.rename(old)
            written.rename(target)
        except OSError as error:
            if old.exists():
                old.rename(target)
            raise DataError(f"cannot replace {path} ({error.strerror}); name another one") from None


def write_analyses(
    analyses: Iterable[Analysis],
    file: BinaryIO,
    form: str,
    *,
    labels: Sequence[str],
    frames: Sequence[str],
    kept: Mapping[str, Any] = _NOTHING,
    header: bool = True,
) -> None:
    """Write passages as they come.

    Parameters
    ----------
    analyses : iterable of Analysis
    file : binary file
    form : {"jsonl", "csv", "parquet", "arrow"}
        JSON lines carry a passage as `PassageAnalysis.to_dict` gives it. The others have one
        column a label (``p_LABEL``) and a frame (``f_FRAME``), frames and speakers joined by ``;``,
        and the voices as JSON. An Arrow stream holds what Parquet does.
    labels, frames : sequence of str
        The model's, for the columns.
    kept : mapping of str to an Arrow type or None
        The columns that passages carry, but for CSV with their types; None for text.
    header : bool
        Whether CSV begins with the names of the columns.
    """
    if form == "jsonl":
        for analysis in analyses:
            _write_json_lines((passage.to_dict() for passage in analysis.passages), file)
        return
    types = {name: kind if form != "csv" and kind else str for name, kind in kept.items()}
    columns = {**passage_columns(labels, frames), **types}
    if form == "csv":
        groups = (analysis.passages for analysis in analyses)  # a pipe has each when it is there
        tables = (cells_of_passages(group, labels, frames, types) for group in groups)
        _write_csv(tables, file, columns, header)
        return
    passages = (passage for analysis in analyses for passage in analysis.passages)
    tables = (cells_of_passages(g, labels, frames, types) for g in _groups(passages))
    write = _write_parquet if form == "parquet" else _write_arrow
    write(tables, file, columns)


def check_kept(kept: Iterable[str], *, labels: Sequence[str], frames: Sequence[str]) -> None:
    """Raise ColumnError for a column to keep that has the name of one of the output's own."""
    own = {*passage_columns(labels, frames), "probabilities", "frame_probabilities"}
    for name in kept:
        if name in own:
            raise ColumnError(
                f"the output has a column {name!r} of its own; rename that of the table, or join "
                "it to the output by the id"
            )


def write_speakers(
    speakers: Iterable[Speaker], file: BinaryIO, form: str, *, labels: Sequence[str]
) -> None:
    """Write speakers as they come.

    Parameters
    ----------
    speakers : iterable of Speaker
    file : binary file
    form : {"jsonl", "csv", "parquet"}
        JSON lines carry a speaker as `Speaker.to_dict` gives it. The other two have one column a
        label (``n_LABEL``), articles joined by ``;``, and ``strongest_`` columns.
    labels : sequence of str
        The model's, for the columns.
    """
    if form == "jsonl":
        for speaker in speakers:
            _write_json_lines([speaker.to_dict()], file)
        return
    rows = (_flat_speaker(speaker) for speaker in speakers)
    write_rows(rows, file, form, _speaker_columns(labels))


def write_shares(shares: Iterable[Share], file: BinaryIO, form: str, *, by: Sequence[str]) -> None:
    """Write shares, a row each as `Share.to_dict` gives it.

    CSV and Parquet have a column ``frame`` only where a share is that of a frame.

    Parameters
    ----------
    shares : iterable of Share
    file : binary file
    form : {"jsonl", "csv", "parquet"}
    by : sequence of str; the columns by which the corpus is parted
    """
    rows = [share.to_dict() for share in shares]
    kinds = ("stance", *(["frame"] if any("frame" in row for row in rows) else []))
    columns = {
        **dict.fromkeys((*by, *kinds, "method"), str),
        **dict.fromkeys(("share", "low", "high"), float),
        **dict.fromkeys(("n_passages", "n_articles", "n_gold"), int),
    }
    write_rows(rows, file, form, columns)


def write_rows(
    rows: Iterable[dict[str, Any]],
    file: BinaryIO,
    form: str,
    columns: dict[str, Any],
    *,
    header: bool = True,
) -> None:
    """Write rows as they come.

    Parameters
    ----------
    rows : iterable of dict of str to value
    file : binary file
    form : {"jsonl", "csv", "parquet"}
    columns : dict of str to type, for Parquet also to an Arrow type
        The columns of CSV and Parquet, in order; what a row lacks is left empty.
    header : bool
        Whether CSV begins with the names of the columns.
    """
    if form == "jsonl":
        _write_json_lines(rows, file)
        return
    tables = _cells_of(rows, columns)
    if form == "csv":
        _write_csv(tables, file, columns, header)
    else:
        _write_parquet(tables, file, columns)


def _write_json_lines(rows: Iterable[dict[str, Any]], file: BinaryIO) -> None:
    """Write rows, and let whoever reads a pipe have them."""
    for row in rows:
        line = json.dumps(row, ensure_ascii=False, default=str)
        # A lone surrogate cannot be written as UTF-8, only as JSON's escape.
        file.write(_utf8(line) or json.dumps(row, default=str).encode())
        file.write(b"\n")
    file.flush()


def _write_csv(
    tables: Iterable[Cells], file: BinaryIO, columns: dict[str, Any], header: bool = True
) -> None:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    if header:
        writer.writerow(columns)
        _pass_on(text, file)
    for table in tables:
        writer.writerows(zip(*table.values(), strict=True))
        _pass_on(text, file)


def _pass_on(text: io.StringIO, file: BinaryIO) -> None:
    """Move what has been written so far; lone surrogates, which UTF-8 does not have, as escapes."""
    file.write(text.getvalue().encode("utf-8", "backslashreplace"))
    text.seek(0)
    text.truncate()


def _write_parquet(tables: Iterable[Cells], file: BinaryIO, columns: dict[str, Any]) -> None:
    from pyarrow.parquet import ParquetWriter

    with ParquetWriter(file, _schema(columns)) as writer:
        for table in _arrow_tables(tables, columns):
            writer.write_table(table)


def _write_arrow(tables: Iterable[Cells], file: BinaryIO, columns: dict[str, Any]) -> None:
    import pyarrow as pa

    packed = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
    with pa.ipc.new_stream(file, _schema(columns), options=packed) as writer:
        for table in _arrow_tables(tables, columns):
            writer.write_table(table)


def _arrow_tables(tables: Iterable[Cells], columns: dict[str, Any]) -> Iterator[pa.Table]:
    import pyarrow as pa

    schema = _schema(columns)
    for table in tables:
        arrays = [array_of(table[field.name], field.type) for field in schema]
        yield pa.Table.from_arrays(arrays, schema=schema)


def _schema(columns: dict[str, Any]) -> pa.Schema:
    import pyarrow as pa

    kinds = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
    return pa.schema([(name, kinds.get(kind, kind)) for name, kind in columns.items()])


def _groups(items: Iterable[T]) -> Iterator[list[T]]:
    items = iter(items)
    while group := list(islice(items, _ROW_GROUP)):
        yield group


def _cells_of(rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> Iterator[Cells]:
    """Rows in groups, as columns; what a row lacks is None."""
    for group in _groups(rows):
        yield {name: [row.get(name) for row in group] for name in columns}


def _speaker_columns(labels: Sequence[str]) -> dict[str, type]:
    return {
        **dict.fromkeys(("articles", "speaker", "role"), str),
        "is_author": bool,
        **dict.fromkeys(("statements", "unjudged"), int),
        **{f"n_{name}": int for name in labels},
        **{f"strongest_{name}": kind for name, kind in _STATEMENT.items()},
    }


def _flat_speaker(speaker: Speaker) -> dict[str, Any]:
    row = speaker.to_dict()
    strongest = row.pop("strongest") or dict.fromkeys(_STATEMENT)
    row["articles"] = ";".join(row["articles"])
    row |= {f"n_{name}": count for name, count in row.pop("counts").items()}
    return row | {f"strongest_{name}": value for name, value in strongest.items()}


def _utf8(line: str) -> bytes | None:
    try:
        return line.encode()
    except UnicodeEncodeError:
        return None


def _check_parent(path: Path) -> None:
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise DataError(f"the folder {path.parent} cannot be written to; choose another one")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
