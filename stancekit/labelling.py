"""What a worker does: read a shard with a model, and keep the bytes of its part."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from stancekit.analysis import Analysis
from stancekit.collecting import without_collection
from stancekit.errors import ModelError
from stancekit.inputs import Reading
from stancekit.model import Model
from stancekit.part_files import RunFolder, form_of_parts
from stancekit.saving import load_model
from stancekit.shards import Shard
from stancekit.storage import model_digest
from stancekit.stretches import Number
from stancekit.writers import write_analyses

__all__ = ["ID_BYTES", "Labelled", "Task", "open_model"]

ID_BYTES = 8
# Sentences about rows that cannot be read, of a shard: the first are like the others.
_MOST_NOTES = 5


@dataclass(frozen=True)
class Labelled:
    """A shard's part.

    Attributes
    ----------
    number : Number; the shard's
    digest : str; the shard's
    size, sha256 : of the passages in the output's format
    content : bytes; these passages, or None where the worker has written them
    statuses : dict of status to number of passages
    lost : dict of status to number of passages; of those that should have a label and have none
    ids : bytes; `ID_BYTES` of a hash for each id, where a column names the rows
    notes : tuple of str; what is to be said of rows and articles that cannot be read
    """

    number: Number
    digest: str
    size: int
    sha256: str
    content: bytes | None
    statuses: Mapping[str, int]
    lost: Mapping[str, int]
    ids: bytes
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Task:
    """How shards are labelled; called with one, in this process or another.

    Attributes
    ----------
    directory : str; the model
    digest : str; its hash, so that another model in its place is noticed
    form : {"jsonl", "csv", "parquet"}
    kept : mapping of str to an Arrow type or None; as `write_analyses` takes it
    hedge : mapping of str to float; what `Model.hedged` is given, if anything
    folder : RunFolder or None; where parts are written
    """

    directory: str
    digest: str
    form: str
    kept: Mapping[str, Any]
    hedge: Mapping[str, float] = field(default_factory=dict)
    folder: RunFolder | None = None

    @without_collection()
    def __call__(self, shard: Shard) -> Labelled:
        model, notes, seen = self._open(), list[str](), _Seen(shard.reading)
        content = self._written(model, seen.watch(shard.analyze(model, notes.append)))
        is_kept = self.folder is not None and self.folder.is_here
        if self.folder is not None and is_kept:
            self.folder.write_part(shard.number, content)
        return Labelled(
            shard.number,
            shard.digest(),
            len(content),
            hashlib.sha256(content).hexdigest(),
            None if is_kept else content,
            dict(seen.statuses),
            dict(seen.lost),
            bytes(seen.ids),
            tuple(notes[:_MOST_NOTES]),
        )

    def head(self) -> bytes:
        """What the output has before its first row: a CSV header, or a table without rows."""
        return self._written(self._open(), [], header=True)

    def _open(self) -> Model:
        model = open_model(self.directory, self.digest)
        return model.hedged(**self.hedge) if self.hedge else model

    def _written(
        self, model: Model, analyses: Iterable[Analysis], *, header: bool = False
    ) -> bytes:
        file = io.BytesIO()
        write_analyses(
            analyses,
            file,
            form_of_parts(self.form),
            labels=model.labels,
            frames=model.frame_names,
            kept=self.kept,
            header=header,
        )
        return file.getvalue()


class _Seen:
    """Statuses and ids of the passages that go by."""

    def __init__(self, reading: Reading) -> None:
        self.statuses: Counter[str] = Counter()
        self.lost: Counter[str] = Counter()
        self.ids = bytearray()
        self._reading = reading

    def watch(self, analyses: Iterator[Analysis]) -> Iterator[Analysis]:
        for analysis in analyses:
            self.statuses.update(passage.status for passage in analysis.passages)
            self.lost.update(passage.status for passage in analysis.passages if passage.is_lost)
            if self._reading.id is not None:
                self._add_ids(passage.id for passage in analysis.passages)
            yield analysis

    def _add_ids(self, names: Iterable[str | None]) -> None:
        # The passages of an article have one id, which is not there twice for that.
        for name in dict.fromkeys(names) if self._reading.is_article else names:
            if name is not None:
                data = name.encode("utf-8", "surrogatepass")
                self.ids += hashlib.blake2b(data, digest_size=ID_BYTES).digest()


@lru_cache(maxsize=1)
def open_model(directory: str, digest: str) -> Model:
    """The model, which a process opens once; ModelError when it is another one by now."""
    if model_digest(Path(directory)) != digest:
        raise ModelError(f"the model {directory} was changed after the run began; begin it anew")
    return load_model(directory)
