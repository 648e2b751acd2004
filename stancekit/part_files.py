"""Files of a run's folder: each whole or not there, written by whoever sees the folder."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stancekit.errors import DataError

if TYPE_CHECKING:
    from stancekit.stretches import Number

__all__ = ["RunFolder", "form_of_parts", "part_path", "sync_folder", "write_part", "write_whole"]


@dataclass(frozen=True)
class RunFolder:
    """The folder of a run, as its workers are told of it.

    They may be on other machines, or outlive their run by a moment. So they write there only when
    they find the mark that the run has left: then the folder is the same and the run still its
    owner. Others give back what they have made.

    Attributes
    ----------
    path : str
    mark_name : str; the file that holds the mark
    mark : str
    form : str; the suffix of parts
    """

    path: str
    mark_name: str
    mark: str
    form: str

    @classmethod
    def marked(cls, path: Path, mark_name: str, form: str) -> RunFolder:
        """Leave a new mark; DataError as of `write_part`."""
        folder = cls(str(path), mark_name, secrets.token_hex(8), form)
        write_part(path / mark_name, folder.mark.encode())
        return folder

    @property
    def is_here(self) -> bool:
        """Whether it can be seen from here, and still belongs to the run."""
        try:
            return Path(self.path, self.mark_name).read_bytes() == self.mark.encode()
        except OSError:
            return False

    def write_part(self, number: Number, content: bytes) -> None:
        """Write the bytes of a part; see `write_part`."""
        write_part(part_path(Path(self.path), number, self.form), content)


def form_of_parts(form: str) -> str:
    """The format of the parts of an output.

    Parquet is coded anew when parts are joined, in row groups that do not depend on them; to read
    an Arrow stream and write it takes less than half the time of doing so with Parquet.
    """
    return "arrow" if form == "parquet" else form


def part_path(folder: Path, number: Number, form: str) -> Path:
    """Where the bytes of a part are."""
    return folder / f"part-{number.stretch:06d}-{number.piece:06d}.{form}"


def write_part(path: Path, content: bytes) -> None:
    """Write a file of a part, or one that goes with the parts.

    Raises
    ------
    DataError
        When there is no room, or the folder cannot be written to.
    """
    try:
        write_whole(path, content)
    except OSError as error:
        raise DataError(
            f"cannot write to {path.parent} ({error.strerror}); make room, or mend what keeps it "
            "from being written, and go on with --resume"
        ) from None


def write_whole(path: Path, content: bytes) -> None:
    """Write a file that takes its name when it is on the disk."""
    half = path.with_name(f".{path.name}.{secrets.token_hex(4)}.half")
    try:
        with half.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def sync_folder(folder: Path) -> None:
    """Make renames last through a power cut, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
