"""The finished parts of a run, in a folder beside its output: what an interruption leaves whole.

Layout, version 2, of ``labels.jsonl.parts/``:

    run.json                   the inputs, the model and how it reads; all that must stay the same
    head.jsonl                 what the output has before its first row
    part-000000-000000.jsonl   the passages of one shard, in the output's format, for Parquet as an
                               Arrow stream: the first of the first stretch
    part-000000-000000.done    JSON: hash of the shard and of the run, size and hash of the part,
                               its statuses and a short hash of each id; written last
    end-1-of-4.json            JSON: this run has ended; the number of stretches, and of the shards
                               of each that it has read
    lock-1-of-4                held while that run is under way
    mark-1-of-4                the mark of that run, by which its workers know the folder
"""

from __future__ import annotations

import base64
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from stancekit.errors import DataError
from stancekit.inputs import PARTS_SUFFIX
from stancekit.labelling import Labelled
from stancekit.part_files import (
    RunFolder,
    form_of_parts,
    part_path,
    sync_folder,
    write_part,
    write_whole,
)
from stancekit.stretches import Number, Turn

__all__ = ["End", "Part", "Parts", "parts_of"]

LAYOUT = 2
_RUN = "run.json"
# What is said of a fact of the run that is another one now.
_SPOKEN = {
    "stancekit": "another version of stancekit",
    "model": "another model",
    "inputs": "other inputs",
    "reading": "other options for reading",
    "format": "another format",
    "rows_per_part": "another --rows-per-part",
    "kept": "other kinds of columns to keep",
}


@dataclass(frozen=True)
class End:
    """What a run had read when it ended.

    Attributes
    ----------
    n_stretches : int; of all inputs
    n_shards : dict of int to int; the number of shards of each stretch that it has read
    """

    n_stretches: int
    n_shards: dict[int, int]

    @property
    def numbers(self) -> list[Number]:
        """The numbers of these shards, in order."""
        counts = sorted(self.n_shards.items())
        return [Number(place, piece) for place, count in counts for piece in range(count)]


@dataclass(frozen=True)
class Part:
    """What is known of a finished part.

    Attributes
    ----------
    key : str; hash of the shard and the run
    size : int; bytes
    sha256 : str
    statuses, lost, ids : as of `Labelled`
    """

    key: str
    size: int
    sha256: str
    statuses: Mapping[str, int]
    lost: Mapping[str, int]
    ids: bytes

    @property
    def n_passages(self) -> int:
        return sum(self.statuses.values())


def parts_of(output: Path) -> Path:
    """The folder where the parts of an output are kept."""
    target = output.resolve()  # a link stays a link; its parts lie beside what it points to
    return target.with_name(target.name + PARTS_SUFFIX)


class Parts:
    """A folder of finished parts.

    Parameters
    ----------
    folder : Path
    facts : mapping of plain JSON values; what the run is, and must be again to be resumed
    """

    def __init__(self, folder: Path, facts: Mapping[str, Any]) -> None:
        self.folder = folder
        self.facts = facts
        self._run_key = hashlib.sha256(_json(facts)).hexdigest()

    @classmethod
    def begin(cls, folder: Path, facts: Mapping[str, Any], *, resume: bool) -> Parts:
        """Make the folder, or with ``resume`` go on in the one that is there.

        Raises
        ------
        DataError
            When it is there and ``resume`` is not given, when it is that of a run with other
            facts, or cannot be written to.
        """
        parts = cls(folder, facts)
        try:
            if folder.exists() and not resume:
                raise DataError(
                    f"{folder} holds {parts.n_finished} finished parts of a run that was "
                    "interrupted; add --resume to go on with it, or --force to begin anew"
                )
            folder.mkdir(exist_ok=True)  # another job of an array may have been first
            if not (folder / _RUN).exists():
                write_whole(folder / _RUN, _json({"layout": LAYOUT, **facts}))
        except OSError as error:
            raise DataError(f"cannot write to {folder} ({error.strerror}); check it") from None
        _check_same(folder, cls.open(folder).facts, facts)
        return parts

    @classmethod
    def open(cls, folder: Path) -> Parts:
        """The parts that are there.

        Raises
        ------
        DataError
            For a folder that is not that of a run, or that a newer version wrote.
        """
        path = folder / _RUN
        try:
            facts = json.loads(path.read_bytes())
            layout = facts.pop("layout")
        except (OSError, ValueError, AttributeError, KeyError):
            raise DataError(
                f"{folder} is not the folder of a run (no {_RUN} that can be read); remove it, or "
                "choose another output"
            ) from None
        if layout != LAYOUT:
            raise DataError(
                f"{folder} has the layout {layout!r} of parts and this stancekit reads {LAYOUT}; "
                "go on with the version that began it, or begin anew with --force"
            )
        return cls(folder, facts)

    @classmethod
    def open_any(cls, folder: Path) -> Parts:
        """The folder of a run of whatever layout, to be removed; DataError for another folder."""
        if not (folder / _RUN).is_file() and (not folder.is_dir() or any(folder.iterdir())):
            raise DataError(
                f"{folder} is not the folder of a run (it has no {_RUN}); remove it, or choose "
                "another output"
            )
        return cls(folder, {})

    @contextmanager
    def locked(self, turn: Turn) -> Iterator[None]:
        """Hold the folder for one run, so that no second one writes to it."""
        with self._held(self.folder / f"lock-{turn}"):
            yield

    @contextmanager
    def _held(self, path: Path) -> Iterator[None]:
        from filelock import FileLock, Timeout

        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            raise DataError(
                f"another run is writing to {self.folder} at this moment; wait for it to end, or "
                "choose another output"
            ) from None
        try:
            yield
        finally:
            lock.release()

    @property
    def n_finished(self) -> int:
        """The number of finished parts."""
        return len(list(self.folder.glob("part-*.done")))

    def path(self, number: Number) -> Path:
        """Where the bytes of a part are."""
        return part_path(self.folder, number, self.form)

    def key_of(self, shard_digest: str) -> str:
        """What the part of a shard must carry to be the one that this run would write."""
        return hashlib.sha256(f"{shard_digest}{self._run_key}".encode()).hexdigest()

    def read(self, number: Number) -> Part | None:
        """What is known of a part; None where it is not finished."""
        try:
            facts = json.loads(self._done(number).read_bytes())
            part = Part(**{**facts, "ids": base64.b64decode(facts["ids"])})
            is_whole = self.path(number).stat().st_size == part.size
        except (OSError, ValueError, TypeError, KeyError):
            return None
        return part if is_whole else None

    def mark(self, turn: Turn) -> RunFolder:
        """The folder as the workers of a run, which must hold its lock, are told of it."""
        return RunFolder.marked(self.folder, f"mark-{turn}", self.form)

    def write(self, labelled: Labelled) -> Part:
        """Write a part: its bytes first, unless its worker has, then what is known of it.

        Raises
        ------
        DataError
            When there is no room, or the folder cannot be written to.
        """
        part = Part(
            self.key_of(labelled.digest),
            labelled.size,
            labelled.sha256,
            labelled.statuses,
            labelled.lost,
            labelled.ids,
        )
        facts = {**vars(part), "ids": base64.b64encode(part.ids).decode()}
        if labelled.content is not None:
            write_part(self.path(labelled.number), labelled.content)
        write_part(self._done(labelled.number), _json(facts))
        sync_folder(self.folder)
        return part

    @property
    def form(self) -> str:
        """The format of parts."""
        return form_of_parts(self.facts["format"])

    @property
    def head(self) -> Path:
        """Where the head of the output is."""
        return self.folder / f"head.{self.form}"

    def write_head(self, content: bytes) -> None:
        """Write the head, the same for all runs; DataError as of `write`."""
        write_part(self.head, content)

    def end(self, turn: Turn, end: End) -> None:
        """Note that a run has read its stretches and labelled its shards; DataError as `write`."""
        facts = {"n_stretches": end.n_stretches, "n_shards": list(end.n_shards.items())}
        write_part(self.folder / f"end-{turn}.json", _json(facts))

    def ends(self) -> dict[Turn, End]:
        """The runs that have ended."""
        found = {}
        for path in self.folder.glob("end-*-of-*.json"):
            _, index, _, of = path.stem.split("-")
            facts = json.loads(path.read_bytes())
            end = End(int(facts["n_stretches"]), dict(facts["n_shards"]))
            found[Turn(int(index) - 1, int(of))] = end
        return found

    def sweep(self, is_mine: Callable[[Number], bool]) -> None:
        """Remove what a killed run of the same turn left half written."""
        for path in self.folder.glob(".part-*.half"):
            stretch, piece = path.name.removeprefix(".part-").partition(".")[0].split("-")
            if is_mine(Number(int(stretch), int(piece))):
                path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove the folder; DataError while a run is writing to it."""
        with ExitStack() as stack:
            for path in self.folder.glob("lock-*"):
                stack.enter_context(self._held(path))
            shutil.rmtree(self.folder, ignore_errors=True)

    def _done(self, number: Number) -> Path:
        return part_path(self.folder, number, "done")


def _check_same(folder: Path, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    changed = [name for name in now if before.get(name) != now[name]]
    if changed:
        spoken = ", ".join(_SPOKEN[name] for name in changed)
        was = ", ".join(f"{name} {before.get(name)!r}" for name in changed)
        raise DataError(
            f"the run in {folder} was begun with {spoken} ({was}); go on with the same, or begin "
            "anew with --force"
        )


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=True, sort_keys=True, indent=1) + "\n").encode()
