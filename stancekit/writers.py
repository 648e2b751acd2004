"""Analyses to JSON lines, CSV and Parquet; an output file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import json
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from stancekit.analysis import Analysis, PassageAnalysis
from stancekit.errors import DataError

__all__ = ["FORMATS", "check_output", "open_output", "write_analyses"]

FORMATS = ("jsonl", "csv", "parquet")

# Passages held before they are written to a Parquet file: a group an article would be many.
_ROW_GROUP = 5000


def check_output(path: Path, *, force: bool = False) -> None:
    """Raise DataError when `open_output` would refuse: worth asking before long work."""
    if path.is_dir():
        raise DataError(f"{path} is a folder; name a file to write to")
    if path.exists() and not path.is_file():
        raise DataError(f"{path} is no regular file; leave it out to write to standard output")
    if path.exists() and not force:
        raise DataError(f"{path} exists; add --force to replace it, or choose another name")
    if not path.parent.is_dir():
        raise DataError(f"there is no folder {path.parent}; make it first")
    if not os.access(path.parent, os.W_OK):
        raise DataError(f"the folder {path.parent} cannot be written to; choose another one")


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


def write_analyses(
    analyses: Iterable[Analysis],
    file: BinaryIO,
    form: str,
    *,
    labels: Sequence[str],
    frames: Sequence[str],
) -> None:
    """Write passages as they come.

    Parameters
    ----------
    analyses : iterable of Analysis
    file : binary file
    form : {"jsonl", "csv", "parquet"}
        JSON lines carry a passage as `PassageAnalysis.to_dict` gives it. The other two have one
        column a label (``p_LABEL``) and a frame (``f_FRAME``), and frames joined by ``;``.
    labels, frames : sequence of str
        The model's, for the columns.
    """
    writer = {"jsonl": _write_json_lines, "csv": _write_csv, "parquet": _write_parquet}[form]
    writer(analyses, file, labels, frames)


def _write_json_lines(
    analyses: Iterable[Analysis], file: BinaryIO, labels: Sequence[str], frames: Sequence[str]
) -> None:
    for analysis in analyses:
        for passage in analysis.passages:
            line = json.dumps(passage.to_dict(), ensure_ascii=False)
            # A lone surrogate cannot be written as UTF-8, only as JSON's escape.
            file.write(_utf8(line) or json.dumps(passage.to_dict()).encode())
            file.write(b"\n")
        file.flush()


def _write_csv(
    analyses: Iterable[Analysis], file: BinaryIO, labels: Sequence[str], frames: Sequence[str]
) -> None:
    text = io.TextIOWrapper(
        file, encoding="utf-8", errors="backslashreplace", newline="", write_through=True
    )
    try:
        rows = csv.DictWriter(text, _columns(labels, frames))
        rows.writeheader()
        for analysis in analyses:
            rows.writerows(_flat(passage, labels, frames) for passage in analysis.passages)
    finally:
        text.detach()  # else the wrapper would close the file, which is not its own


def _write_parquet(
    analyses: Iterable[Analysis], file: BinaryIO, labels: Sequence[str], frames: Sequence[str]
) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    numbers = {"passage": pa.int64(), "start": pa.int64(), "end": pa.int64()}
    schema = pa.schema(
        [
            (name, pa.float64() if name[:2] in ("p_", "f_") else numbers.get(name, pa.string()))
            for name in _columns(labels, frames)
        ]
    )
    with ParquetWriter(file, schema) as writer:
        passages = (passage for analysis in analyses for passage in analysis.passages)
        while batch := list(islice(passages, _ROW_GROUP)):
            rows = [_encodable(_flat(passage, labels, frames)) for passage in batch]
            writer.write_table(pa.Table.from_pylist(rows, schema=schema))


def _columns(labels: Sequence[str], frames: Sequence[str]) -> list[str]:
    fixed = ["id", "article", "passage", "start", "end", "text", "kind", "status", "stance"]
    return [*fixed, *(f"p_{name}" for name in labels), "frames", *(f"f_{name}" for name in frames)]


def _flat(passage: PassageAnalysis, labels: Sequence[str], frames: Sequence[str]) -> dict[str, Any]:
    row = passage.to_dict()
    probabilities = row.pop("probabilities")
    frame_probabilities = row.pop("frame_probabilities")
    row["frames"] = ";".join(row["frames"])
    row |= {f"p_{name}": probabilities.get(name) for name in labels}
    row |= {f"f_{name}": frame_probabilities.get(name) for name in frames}
    return {"id": None, **row}


def _encodable(row: dict[str, Any]) -> dict[str, Any]:
    """The row with lone surrogates, which UTF-8 does not have, written as escapes."""
    return {
        name: cell.encode("utf-8", "backslashreplace").decode() if isinstance(cell, str) else cell
        for name, cell in row.items()
    }


def _utf8(line: str) -> bytes | None:
    try:
        return line.encode()
    except UnicodeEncodeError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
