"""How many workers label shards: in this process, in several by joblib, on a cluster by Dask."""

from __future__ import annotations

import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from stancekit.errors import StancekitError

if TYPE_CHECKING:
    from stancekit.labelling import Labelled
    from stancekit.shards import Shard
    from stancekit.stretches import Number

__all__ = ["Lost", "label_shards"]

# Seconds between two looks of a worker whether its parent is still there.
_LOOK_SECONDS = 1.0

Label = Callable[["Shard"], "Labelled"]


@dataclass(frozen=True)
class Lost:
    """A shard that could not be labelled, twice.

    Attributes
    ----------
    number : Number; the shard's
    name : str; what the shard holds
    reason : str
    """

    number: Number
    name: str
    reason: str


def label_shards(
    shards: Iterable[Shard], label: Label, *, jobs: int = 1, backend: Any = "loky"
) -> Iterator[Labelled | Lost]:
    """Label shards, in any order.

    A shard whose worker is killed, or whose labelling raises an error, is tried once more, alone,
    so that it takes no other one with it; then it is lost, and the others go on.

    Parameters
    ----------
    shards : iterable of Shard; read a few at a time
    label : callable of a shard, which can be sent to another process
    jobs : int; worker processes, -1 for one a core; with 1 and loky all is done in this process
    backend : "loky" or a joblib backend

    Raises
    ------
    StancekitError
        What ``label`` raises on purpose ends the run, as every shard would meet it.
    """
    if jobs == 1 and backend == "loky":
        for shard in shards:
            result = _try_label(label, shard)
            yield _try_label(label, shard) if isinstance(result, Lost) else result
        return
    reader = _Reader(shards)
    while not reader.is_at_end:
        yield from _run(reader, label, jobs, backend)


class _Reader:
    """Hands shards out and knows which are under way.

    joblib asks for the next shard from a thread of its own, where an error would be lost: it is
    kept and raised later.
    """

    def __init__(self, shards: Iterable[Shard]) -> None:
        self._shards = iter(shards)
        self.under_way: dict[Number, Shard] = {}
        self.is_at_end = False
        self.error: BaseException | None = None

    def __iter__(self) -> Iterator[Shard]:
        while True:
            try:
                shard = next(self._shards, None)
            except BaseException as error:  # raised again by whoever called `label_shards`
                self.error, shard = error, None
            if shard is None:
                self.is_at_end = True
                return
            self.under_way[shard.number] = shard
            yield shard


def _run(reader: _Reader, label: Label, jobs: int, backend: Any) -> Iterator[Labelled | Lost]:
    """Label until the shards are at an end, or a worker has died."""
    again = []
    try:
        with _outputs(reader, label, jobs, backend) as outputs:
            for result in outputs:
                shard = reader.under_way.pop(result.number)
                if isinstance(result, Lost):
                    again.append(shard)
                else:
                    yield result
    except _death_of_workers():
        again += reader.under_way.values()
        reader.under_way = {}
    for shard in again:
        yield _label_alone(label, shard, jobs, backend)
    if reader.error is not None:
        raise reader.error


def _label_alone(label: Label, shard: Shard, jobs: int, backend: Any) -> Labelled | Lost:
    try:
        with _outputs([shard], label, jobs, backend) as outputs:
            return next(iter(outputs))
    except _death_of_workers():
        reason = "its worker process died, as it does when memory runs out"
        return Lost(shard.number, shard.name, reason)


@contextmanager
def _outputs(
    shards: Iterable[Shard], label: Label, jobs: int, backend: Any
) -> Iterator[Iterable[Labelled | Lost]]:
    """What workers give back, as it comes."""
    from joblib import Parallel, delayed, effective_n_jobs

    # With one, joblib would do the work in this process, which must outlive its workers.
    n_jobs = max(2, effective_n_jobs(jobs))
    # Workers of loky are children of this process; those of a cluster have parents of their own.
    begin = {"initializer": _end_with, "initargs": (os.getpid(),)} if backend == "loky" else {}
    parallel = Parallel(
        n_jobs,
        backend=backend,
        batch_size=1,
        return_as="generator_unordered",
        max_nbytes=None,
        **begin,
    )
    outputs = parallel(delayed(_try_label)(label, shard) for shard in shards)
    try:
        yield outputs
    finally:
        with warnings.catch_warnings():
            # joblib warns of work that is thrown away: here that is what was asked for.
            warnings.simplefilter("ignore")
            outputs.close()


def _end_with(parent: int) -> None:
    """End this worker when the process that it works for is killed: loky alone lets it wait on.

    Called as a worker begins: one that has no shard yet would wait on as well.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _try_label(label: Label, shard: Shard) -> Labelled | Lost:
    try:
        return label(shard)
    except StancekitError:
        raise
    except Exception as error:  # whatever it is, the other shards are to go on
        return Lost(shard.number, shard.name, _reason(error))


def _reason(error: BaseException) -> str:
    if isinstance(error, MemoryError):
        return "memory ran out"
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text[:200]}" if text else type(error).__name__


def _death_of_workers() -> tuple[type[BaseException], ...]:
    """What is raised when a worker process dies."""
    if "distributed" not in sys.modules:
        return (BrokenExecutor,)
    from distributed.scheduler import KilledWorker

    return (BrokenExecutor, KilledWorker)
