"""From finished parts to one output; nothing may be missing."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from stancekit.errors import DataError
from stancekit.labelling import ID_BYTES
from stancekit.parts import End, Part, Parts
from stancekit.stretches import Number
from stancekit.tables.arrow_rows import cut_pieces
from stancekit.tables.batches import Most
from stancekit.writers import open_output

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Totals", "join_parts", "numbers_of"]

# Rows and bytes of a row group: whatever the parts were, the file is the same.
_ROW_GROUP = Most(5000, 2**25)
# Ids that are compared: 64 MB of hashes. Those of later passages are not.
_MOST_IDS = 2**23


@dataclass(frozen=True)
class Totals:
    """What a whole run has come to.

    Attributes
    ----------
    statuses : dict of status to number of passages, commonest first
    lost : dict of status to number of passages; those that should have a label and have none
    n_repeated : int; ids that had been there before
    n_unchecked : int; ids of later rows, which were not compared with any
    """

    statuses: dict[str, int]
    lost: dict[str, int]
    n_repeated: int
    n_unchecked: int = 0

    @property
    def n_passages(self) -> int:
        return sum(self.statuses.values())


def numbers_of(parts: Parts) -> list[Number]:
    """The numbers of all shards, when every run of an array has ended.

    Raises
    ------
    DataError
        When one has not, or they have not read the same.
    """
    ends = parts.ends()
    lacking: list[str] = []
    for of in sorted({turn.of for turn in ends}):
        found = {turn.index: end for turn, end in ends.items() if turn.of == of}
        lacking = [f"{index + 1}/{of}" for index in range(of) if index not in found]
        if not lacking:
            return _all_read(parts, list(found.values())).numbers
    if lacking:
        shown = ", ".join(lacking[:10]) + (", ..." if len(lacking) > 10 else "")
        raise DataError(f"these have not ended: --shard {shown}; run them with --resume first")
    raise DataError(
        f"the run in {parts.folder} has not read its inputs to the end; run it with --resume first"
    )


def _all_read(parts: Parts, ends: Sequence[End]) -> End:
    """What all runs have read together; what several have must be the same for each."""
    counts = {item for end in ends for item in end.n_shards.items()}
    n_stretches = {end.n_stretches for end in ends}
    if len(n_stretches) > 1 or len(dict(counts)) < len(counts):
        shown = ", ".join(sorted({str(len(end.numbers)) for end in ends}))
        raise DataError(
            f"the runs in {parts.folder} have not read the same inputs (shards counted: {shown}); "
            "begin anew with --force"
        )
    return End(n_stretches.pop(), dict(counts))


def join_parts(parts: Parts, numbers: Sequence[Number], output: Path) -> Totals:
    """Write one file from all parts, and check each part's hash on the way.

    Raises
    ------
    DataError
        For a part that is missing or damaged, or when there is no room.
    """
    found, ids, n_ids = _read_parts(parts, numbers)
    join = _join_parquet if parts.facts["format"] == "parquet" else _join_bytes
    try:
        with open_output(output, force=True) as file:
            join(parts, found, file)
    except OSError as error:
        raise DataError(
            f"cannot write {output} ({error.strerror}); make room and go on with --resume"
        ) from None
    return _totals(list(found.values()), ids, n_ids)


def _read_parts(
    parts: Parts, numbers: Sequence[Number]
) -> tuple[dict[Number, Part], bytearray, int]:
    """What is known of all parts, the ids that are compared apart, and how many there are."""
    found, ids, lacking, n_ids = dict[Number, Part](), bytearray(), list[Number](), 0
    for number in numbers:
        part = parts.read(number)
        if part is None:
            lacking.append(number)
            continue
        ids += part.ids[: _MOST_IDS * ID_BYTES - len(ids)]
        n_ids += len(part.ids) // ID_BYTES
        found[number] = replace(part, ids=b"")
    if lacking:
        raise DataError(
            f"{len(lacking)} of {len(numbers)} parts are missing from {parts.folder}, the first "
            f"{parts.path(lacking[0]).name}; run with --resume to make them"
        )
    return found, ids, n_ids


def _totals(found: list[Part], ids: bytearray, n_ids: int) -> Totals:
    statuses: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    for part in found:
        statuses.update(part.statuses)
        lost.update(part.lost)
    hashes = np.frombuffer(ids, dtype=np.uint64)
    hashes.sort()  # in place; `np.unique` would take twenty times as long
    n_repeated = int(np.count_nonzero(hashes[1:] == hashes[:-1]))
    n_unchecked = n_ids - len(hashes)
    return Totals(dict(statuses.most_common()), dict(lost.most_common()), n_repeated, n_unchecked)


def _join_bytes(parts: Parts, found: dict[Number, Part], file: BinaryIO) -> None:
    file.write(parts.head.read_bytes())
    for number, part in found.items():
        with parts.path(number).open("rb") as content:
            _check(parts, number, part, _copied(content, file))


def _join_parquet(parts: Parts, found: dict[Number, Part], file: BinaryIO) -> None:
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    with pa.ipc.open_stream(parts.head.read_bytes()) as head:
        schema = head.schema
    with ParquetWriter(file, schema) as writer:
        for table in cut_pieces(_tables(parts, found), _ROW_GROUP):
            writer.write_table(table)


def _tables(parts: Parts, found: dict[Number, Part]) -> Iterator[pa.Table]:
    import pyarrow as pa

    for number, part in found.items():
        content = parts.path(number).read_bytes()
        _check(parts, number, part, iter([content]))
        with pa.ipc.open_stream(content) as stream:
            yield stream.read_all()


def _blocks(content: BinaryIO) -> Iterator[bytes]:
    while block := content.read(2**20):
        yield block


def _copied(content: BinaryIO, file: BinaryIO) -> Iterator[bytes]:
    """The blocks of a part, each when it is written."""
    for block in _blocks(content):
        file.write(block)
        yield block


def _check(parts: Parts, number: Number, part: Part, blocks: Iterator[bytes]) -> None:
    """Hash a part, and refuse one that is not what was written."""
    found = hashlib.sha256()
    for block in blocks:
        found.update(block)
    if found.hexdigest() != part.sha256:
        path = parts.path(number)
        path.with_suffix(".done").unlink()  # so that a resumed run makes it anew
        raise DataError(f"{path} is damaged; run with --resume to make it anew")
