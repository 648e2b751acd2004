"""From finished parts to one output; nothing may be missing."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from stancekit.errors import DataError
from stancekit.labelling import ID_BYTES
from stancekit.parts import Part, Parts
from stancekit.tables.arrow_rows import cut_pieces
from stancekit.tables.batches import Most
from stancekit.writers import open_output

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Totals", "join_parts", "n_shards_of"]

# Rows and bytes of a row group: whatever the parts were, the file is the same.
_ROW_GROUP = Most(5000, 2**25)
# Ids that are compared: 128 MB of hashes. Those of later passages are not.
_MOST_IDS = 2**24


@dataclass(frozen=True)
class Totals:
    """What a whole run has come to.

    Attributes
    ----------
    statuses : dict of status to number of passages, commonest first
    lost : dict of status to number of passages; those that should have a label and have none
    n_repeated : int; ids that had been there before
    """

    statuses: dict[str, int]
    lost: dict[str, int]
    n_repeated: int

    @property
    def n_passages(self) -> int:
        return sum(self.statuses.values())


def n_shards_of(parts: Parts) -> int:
    """How many shards there are, when every run of an array has ended.

    Raises
    ------
    DataError
        When one has not, or they have not read the same.
    """
    ends = parts.ends()
    lacking: list[str] = []
    for of in sorted({turn.of for turn in ends}):
        found = {turn.index for turn in ends if turn.of == of}
        lacking = [f"{index + 1}/{of}" for index in range(of) if index not in found]
        if not lacking:
            counts = {n_shards for turn, n_shards in ends.items() if turn.of == of}
            if len(counts) > 1:
                raise DataError(
                    f"the runs in {parts.folder} have not read the same inputs (shards counted: "
                    f"{', '.join(map(str, sorted(counts)))}); begin anew with --force"
                )
            return counts.pop()
    if lacking:
        shown = ", ".join(lacking[:10]) + (", ..." if len(lacking) > 10 else "")
        raise DataError(f"these have not ended: --shard {shown}; run them with --resume first")
    raise DataError(
        f"the run in {parts.folder} has not read its inputs to the end; run it with --resume first"
    )


def join_parts(parts: Parts, n_shards: int, output: Path) -> Totals:
    """Write one file from all parts, and check each part's hash on the way.

    Raises
    ------
    DataError
        For a part that is missing or damaged, or when there is no room.
    """
    found = [parts.read(number) for number in range(n_shards)]
    lacking = [number for number, part in enumerate(found) if part is None]
    if lacking:
        raise DataError(
            f"{len(lacking)} of {n_shards} parts are missing from {parts.folder}, the first "
            f"{parts.path(lacking[0]).name}; run with --resume to make them"
        )
    whole = [part for part in found if part is not None]
    join = _join_parquet if parts.facts["format"] == "parquet" else _join_bytes
    try:
        with open_output(output, force=True) as file:
            join(parts, whole, file)
    except OSError as error:
        raise DataError(
            f"cannot write {output} ({error.strerror}); make room and go on with --resume"
        ) from None
    return _totals(whole)


def _totals(found: list[Part]) -> Totals:
    statuses: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for part in found:
        statuses.update(part.statuses)
        lost.update(part.lost)
    ids = np.frombuffer(b"".join(_first_ids(found)), dtype=np.uint64)
    return Totals(
        dict(statuses.most_common()), dict(lost.most_common()), len(ids) - len(np.unique(ids))
    )


def _first_ids(found: list[Part]) -> Iterator[bytes]:
    room = _MOST_IDS * ID_BYTES
    for part in found:
        yield part.ids[:room]
        room -= min(room, len(part.ids))


def _join_bytes(parts: Parts, found: list[Part], file: BinaryIO) -> None:
    for number, part in enumerate(found):
        with parts.path(number).open("rb") as content:
            _check(parts, number, part, content)
            shutil.copyfileobj(content, file, 2**20)


def _join_parquet(parts: Parts, found: list[Part], file: BinaryIO) -> None:
    from pyarrow.parquet import ParquetWriter, read_schema

    with ParquetWriter(file, read_schema(parts.path(0))) as writer:
        for table in cut_pieces(_tables(parts, found), _ROW_GROUP):
            writer.write_table(table)


def _tables(parts: Parts, found: list[Part]) -> Iterator[pa.Table]:
    from pyarrow.parquet import ParquetFile

    for number, part in enumerate(found):
        with parts.path(number).open("rb") as content:
            _check(parts, number, part, content)
            yield ParquetFile(content).read()


def _check(parts: Parts, number: int, part: Part, content: BinaryIO) -> None:
    """Hash a part before it is used, and go back to its beginning."""
    found = hashlib.sha256()
    while block := content.read(2**20):
        found.update(block)
    content.seek(0)
    if found.hexdigest() != part.sha256:
        path = parts.path(number)
        path.with_suffix(".done").unlink()  # so that a resumed run makes it anew
        raise DataError(f"{path} is damaged; run with --resume to make it anew")
