"""Jobs of an array part the inputs: each piece has one of them, who reads little of the others'."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from pyarrow.parquet import write_table

from stancekit import runs
from stancekit.cli import main
from stancekit.inputs import Reading
from stancekit.shards import Shard, read_stretch
from stancekit.stretches import Stretch, Turn, find_stretches
from stancekit.tables.batches import Most

TEXT = "The soldiers must stay in the capital, because the militants will return."
READING = Reading(text="text")


@given(sizes=st.lists(st.integers(1, 10**12), min_size=1, max_size=20), of=st.integers(1, 60))
def test_each_piece_has_one_job_which_reads_its_stretch(sizes: list[int], of: int) -> None:
    ends = [sum(sizes[: n + 1]) for n in range(len(sizes))]
    turns = [Turn(index, of) for index in range(of)]
    for size, end in zip(sizes, ends, strict=True):
        stretch = Stretch(("a.csv",), True, end - size, end)
        for piece in range(9):
            (taker,) = [turn for turn in turns if turn.takes(piece, stretch, ends[-1])]
            assert taker.reads(stretch, ends[-1])


@pytest.mark.parametrize("of", [2, 3, 7, 50])
def test_one_large_table_is_parted_evenly(of: int) -> None:
    stretch = Stretch(("a.csv",), True, 0, 10**10)
    takers = Counter(
        index
        for index in range(of)
        for piece in range(2000)
        if Turn(index, of).takes(piece, stretch, 10**10)
    )
    assert min(takers.values()) > 0.85 * 2000 / of
    assert max(takers.values()) < 1.15 * 2000 / of


def test_row_groups_are_stretches_of_several_parts(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = pa.table({"text": [f"{TEXT} {n}" for n in range(1000)]})
    write_table(rows, path, row_group_size=30)
    stretches = find_stretches([str(path)], READING, Most(20, 2**23), 20)
    assert [one.groups for one in stretches[:2]] == [range(3), range(3, 6)]
    shards = [
        shard
        for place, stretch in enumerate(stretches)
        for shard in read_stretch(place, stretch, READING, Most(20, 2**23))
    ]
    texts = [text for shard in shards for text in shard.batch.cells(["text"]).columns["text"]]
    assert texts == rows["text"].to_pylist()
    assert [shard.batch.first for shard in shards][:6] == [0, 20, 40, 60, 80, 90]
    positions = [shard.position for shard in shards]
    assert positions == sorted(positions)
    assert abs(positions[-1] - path.stat().st_size) < len(stretches)


def test_articles_are_stretches_of_several(tmp_path: Path) -> None:
    names = [str(tmp_path / f"{n}.txt") for n in range(5)]
    for name in names:
        Path(name).write_text(TEXT)
    stretches = find_stretches(names, Reading(), Most(20, 2**23), 2)
    assert [len(one.sources) for one in stretches] == [2, 2, 1]
    assert [one.end - one.start for one in stretches] == [2 * len(TEXT), 2 * len(TEXT), len(TEXT)]


@pytest.mark.usefixtures("in_empty_folder")
@pytest.mark.parametrize("form", ["parquet", "jsonl"])
def test_job_of_an_array_reads_its_files_and_row_groups_alone(
    runner: CliRunner,
    check: Callable[..., None],
    model_directory: Path,
    monkeypatch: pytest.MonkeyPatch,
    form: str,
) -> None:
    Path("in").mkdir()
    for file in range(3):
        rows = [{"text": f"{TEXT} {file} {n}"} for n in range(100)]
        path = Path("in", f"{file}.{form}")
        if form == "parquet":
            write_table(pa.Table.from_pylist(rows), path, row_group_size=10)
        else:
            path.write_text("\n".join(map(json.dumps, rows)))
    read: list[str] = []

    def watched(place: int, stretch: Stretch, *more: Any) -> Iterator[Shard]:
        read.append(f"{stretch.sources[0]} {stretch.groups}")
        yield from read_stretch(place, stretch, *more)

    monkeypatch.setattr(runs, "read_stretch", watched)
    command = ["predict", "in", "--text", "text", "-m", str(model_directory)]
    command += ["--rows-per-part", "5"]
    for share in range(1, 4):
        read.clear()
        check(runner.invoke(main, [*command, "-o", "b.csv", "--shard", f"{share}/3"]))
        # Rows are of unequal length, so that a file may go a few bytes into the next share.
        assert len({one for one in read if f"{share - 1}.{form}" in one}) >= len(read) - 2
        assert len(read) <= (8 if form == "parquet" else 3)
    check(runner.invoke(main, ["merge", "b.csv"]), 0, "300 passages (300 ok)")
    check(runner.invoke(main, [*command, "-o", "a.csv"]), 0)
    assert Path("b.csv").read_bytes() == Path("a.csv").read_bytes()
