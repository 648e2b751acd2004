"""A run: shards to parts to one output, begun or resumed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from stancekit import __version__
from stancekit.engine import Lost, label_shards
from stancekit.errors import StancekitError
from stancekit.inputs import Reading
from stancekit.labelling import Task
from stancekit.parts import End, Parts
from stancekit.shards import Shard, read_stretch
from stancekit.stretches import Number, Stretch, Turn, find_stretches, size_of
from stancekit.tables.batches import Most

__all__ = ["Done", "LostShardsError", "Plan", "Step", "label_to_parts"]

# Bytes of a shard's text, and articles of one.
_SHARD_BYTES = 2**23
_SHARD_ARTICLES = 20
# When so many shards are lost, the fault is not in the shards.
_MOST_LOST = 10


class LostShardsError(StancekitError):
    """Shards that could not be labelled; all others are finished."""


@dataclass(frozen=True)
class Plan:
    """What a run does; all of it must stay the same for parts to be used again.

    Attributes
    ----------
    sources : tuple of str; as `find_sources` gives them
    reading : Reading
    task : Task
    rows_per_part : int
    """

    sources: tuple[str, ...]
    reading: Reading
    task: Task
    rows_per_part: int

    def facts(self) -> dict[str, Any]:
        """The plan as plain JSON values, for `Parts`."""
        return {
            "stancekit": __version__,
            "model": {"directory": Path(self.task.directory).name, "sha256": self.task.digest},
            "inputs": list(self.sources),
            "reading": {**asdict(self.reading), "keep": list(self.reading.keep)},
            "format": self.task.form,
            "kept": {
                name: None if kind is None else str(kind) for name, kind in self.task.kept.items()
            },
            "hedge": dict(self.task.hedge),
            "rows_per_part": self.rows_per_part,
        }

    @property
    def most(self) -> Most:
        """Rows and bytes of a shard."""
        return Most(self.rows_per_part, _SHARD_BYTES)

    @cached_property
    def stretches(self) -> list[Stretch]:
        """The stretches of the inputs, the same each time."""
        return find_stretches(self.sources, self.reading, self.most, _SHARD_ARTICLES)

    @property
    def n_bytes(self) -> int:
        """The bytes of all inputs; one for each whose size is not known."""
        return self.stretches[-1].end if self.stretches else 0

    def n_bytes_of(self, turn: Turn) -> int:
        """The bytes that a run reads; 0 where that is not known."""
        if not any(map(size_of, self.sources)):
            return 0
        stretches = (one for one in self.stretches if turn.reads(one, self.n_bytes))
        return sum(one.end - one.start for one in stretches)


class Step(NamedTuple):
    """A part that was finished, or found finished.

    Attributes
    ----------
    position : int; bytes that the run had read with it
    n_passages : int
    is_new : bool; whether it was labelled in this run
    notes : tuple of str; what is to be said of its rows
    """

    position: int
    n_passages: int
    is_new: bool
    notes: tuple[str, ...] = ()


class Done(NamedTuple):
    """What was read, and how many shards this run labelled or found finished."""

    end: End
    n_mine: int


def label_to_parts(
    plan: Plan,
    parts: Parts,
    turn: Turn,
    tell: Callable[[Step], None],
    *,
    jobs: int = 1,
    backend: Any = "loky",
) -> Done:
    """Label the shards whose turn it is and that have no part that matches.

    Raises
    ------
    LostShardsError
        When shards could not be labelled; names them. The parts of all others are finished.
    """
    reader = _Reader(plan, parts, turn, tell)
    lost: list[Lost] = []
    parts.sweep(reader.is_mine)
    parts.write_head(plan.task.head())
    task = replace(plan.task, folder=parts.mark(turn))
    for result in label_shards(reader.shards(), task, jobs=jobs, backend=backend):
        position = reader.under_way.pop(result.number)
        if isinstance(result, Lost):
            lost.append(result)
            if len(lost) == _MOST_LOST:
                break
            continue
        part = parts.write(result)
        tell(Step(position, part.n_passages, True, result.notes))
        reader.tell_found()
    if lost:
        raise LostShardsError(_sentence(lost))
    reader.tell_found()
    end = End(len(plan.stretches), reader.n_shards)
    parts.end(turn, end)
    return Done(end, reader.n_mine)


class _Reader:
    """Reads shards and leaves out those that have their part already."""

    def __init__(self, plan: Plan, parts: Parts, turn: Turn, tell: Callable[[Step], None]) -> None:
        self._plan, self._parts, self._turn, self._tell = plan, parts, turn, tell
        self._found: deque[Step] = deque()
        self._n_read = 0
        self.under_way: dict[Number, int] = {}
        self.n_shards: dict[int, int] = {}
        self.n_mine = 0

    def shards(self) -> Iterator[Shard]:
        plan = self._plan
        for place, stretch in enumerate(plan.stretches):
            if not self._turn.reads(stretch, plan.n_bytes):
                continue
            n_shards = 0
            for shard in read_stretch(place, stretch, plan.reading, plan.most):
                n_shards += 1
                position = self._n_read + shard.position - stretch.start
                if self.is_mine(shard.number) and not self._is_there(shard, position):
                    self.under_way[shard.number] = position
                    yield shard
            self.n_shards[place] = n_shards
            self._n_read += stretch.end - stretch.start

    def is_mine(self, number: Number) -> bool:
        """Whether this run labels a shard."""
        stretches = self._plan.stretches
        return number.stretch < len(stretches) and self._turn.takes(
            number.piece, stretches[number.stretch], self._plan.n_bytes
        )

    def _is_there(self, shard: Shard, position: int) -> bool:
        """Count a shard, and see whether it has a part that matches."""
        self.n_mine += 1
        part = self._parts.read(shard.number)
        if part is None or part.key != self._parts.key_of(shard.digest()):
            return False
        self._found.append(Step(position, part.n_passages, False))
        return True

    def tell_found(self) -> None:
        """Tell of parts that were there, from the thread that tells of the others."""
        while self._found:
            self._tell(self._found.popleft())


def _sentence(lost: Sequence[Lost]) -> str:
    names = "; ".join(f"{one.name} ({one.reason})" for one in lost)
    kind = "a shard" if len(lost) == 1 else f"{len(lost)} shards"
    end = "the others are finished" if len(lost) < _MOST_LOST else "too many to go on"
    return (
        f"{kind} could not be labelled, twice: {names}; {end}. Mend or leave out these rows, or "
        "give more memory to each worker, and go on with --resume"
    )
