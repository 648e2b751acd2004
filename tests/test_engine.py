"""Shards are labelled whatever becomes of the workers; what cannot be is named."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stancekit import ModelError
from stancekit.engine import Lost, label_shards
from stancekit.inputs import Reading
from stancekit.labelling import Labelled
from stancekit.shards import ArticleShard, Shard
from stancekit.stretches import Number


def shards(n: int) -> Iterator[Shard]:
    for number in range(n):
        yield ArticleShard(Number(0, number), number, ((f"article {number}", b""),), Reading())


class Fault:
    """Labels shards, and fails at one of them, the first so many times."""

    def __init__(self, folder: Path, number: int, times: int, fail: Callable[[], object]) -> None:
        self.folder, self.number, self.times, self.fail = folder, number, times, fail

    def __call__(self, shard: Shard) -> Labelled:
        tried = len(list(self.folder.iterdir()))
        if shard.number.piece == self.number and tried < self.times:
            (self.folder / str(tried)).touch()
            self.fail()
        return Labelled(shard.number, "", 0, "", str(os.getpid()).encode(), {"ok": 1}, {}, b"", ())


def kill_oneself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def run_out_of_memory() -> None:
    raise MemoryError


def refuse() -> None:
    raise ModelError("the model was changed")


@pytest.mark.parametrize("jobs", [1, 2])
def test_every_shard_is_labelled_once(tmp_path: Path, jobs: int) -> None:
    label = Fault(tmp_path, 0, 0, refuse)
    results = list(label_shards(shards(30), label, jobs=jobs))
    assert sorted(result.number.piece for result in results) == list(range(30))
    assert not any(isinstance(result, Lost) for result in results)


@pytest.mark.parametrize(("jobs", "fail"), [(2, kill_oneself), (2, run_out_of_memory)])
@pytest.mark.parametrize("times", [1, 2])
def test_shard_that_fails_is_tried_again_alone_and_then_lost_by_name(
    tmp_path: Path, jobs: int, fail: Callable[[], object], times: int
) -> None:
    results = list(label_shards(shards(12), Fault(tmp_path, 5, times, fail), jobs=jobs))
    assert sorted(result.number.piece for result in results) == list(range(12))
    lost = [result for result in results if isinstance(result, Lost)]
    if times == 1:
        assert not lost
        return
    (one,) = lost
    assert (one.number, one.name) == ((0, 5), "article 5")
    assert ("process died" if fail is kill_oneself else "memory ran out") in one.reason


def test_memory_that_runs_out_in_this_process_loses_the_shard_alone(tmp_path: Path) -> None:
    results = list(label_shards(shards(4), Fault(tmp_path, 1, 2, run_out_of_memory)))
    assert [isinstance(result, Lost) for result in results] == [False, True, False, False]


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_every_shard_would_meet_ends_the_run(tmp_path: Path, jobs: int) -> None:
    with pytest.raises(ModelError, match="was changed"):
        list(label_shards(shards(6), Fault(tmp_path, 1, 1, refuse), jobs=jobs))


def test_fault_of_the_reader_is_raised_here(tmp_path: Path) -> None:
    def broken() -> Iterator[Shard]:
        yield from shards(5)
        raise ModelError("cannot read on")

    results = []
    with pytest.raises(ModelError, match="cannot read on"):
        results.extend(label_shards(broken(), Fault(tmp_path, 0, 0, refuse), jobs=2))
