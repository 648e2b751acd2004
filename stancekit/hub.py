"""Data sets of the `datasets` library: directories that it saved, and names on its hub."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from stancekit.errors import DataError

__all__ = ["is_saved_dataset", "open_dataset"]

_SAVED_FILES = ("dataset_info.json", "dataset_dict.json", "state.json")
_NAME = re.compile(r"[\w-][\w.-]*(/[\w.-]+)?")
_ENDPOINT = "https://huggingface.co"
# `datasets` itself tries an unreachable hub six times, for half a minute in all.
_PATIENCE_SECONDS = 5


def is_saved_dataset(path: str | os.PathLike[str]) -> bool:
    """Whether a path is a directory that `datasets` saved with ``save_to_disk``."""
    return any((Path(path) / file).is_file() for file in _SAVED_FILES)


def open_dataset(source: str) -> Any:
    """A `datasets.Dataset`.

    Parameters
    ----------
    source : str
        A directory that ``save_to_disk`` wrote, a directory of data files, or a name on the hub;
        ``:split`` after it chooses a split, "train" by default.

    Raises
    ------
    DataError
        For a path or name that is not there, a hub that cannot be reached, and a split that is
        not there.
    """
    name, _, split = (source, "", "") if Path(source).exists() else source.partition(":")
    if not Path(name).is_dir():
        _check_name(name)
    import datasets

    try:
        found = (
            datasets.load_from_disk(name) if is_saved_dataset(name) else datasets.load_dataset(name)
        )
    except Exception as error:  # `datasets` raises what its many readers and the network raise
        raise _cannot_load(name, error) from None
    return _split_of(found, name, split or "train") if isinstance(found, dict) else found


def _split_of(found: dict[str, Any], name: str, split: str) -> Any:
    if split not in found:
        known = ", ".join(f"{name}:{one}" for one in found)
        raise DataError(f"{name} has no split {split!r}; name one that it has: {known}")
    return found[split]


def _check_name(name: str) -> None:
    """Refuse at once what cannot be a name on the hub, or a hub that cannot be reached."""
    is_in_folder = "/" in name and Path(name).parent.is_dir()
    if not _NAME.fullmatch(name) or is_in_folder:
        raise DataError(f"there is no file or folder {name}; check the path")
    if os.environ.get("HF_HUB_OFFLINE") or os.environ.get("HF_DATASETS_OFFLINE"):
        return
    from urllib.error import HTTPError
    from urllib.request import urlopen

    hub = os.environ.get("HF_ENDPOINT", _ENDPOINT)
    try:
        urlopen(hub, timeout=_PATIENCE_SECONDS).close()
    except HTTPError:
        return  # an answer, if not a welcome
    except OSError as error:
        raise DataError(
            f"there is no file or folder {name}, and {hub} cannot be reached to look for a data "
            f"set of that name ({getattr(error, 'reason', error)}); check the path or the network, "
            "or set HF_HUB_OFFLINE=1 to use a copy that was downloaded before"
        ) from None


def _cannot_load(name: str, error: Exception) -> DataError:
    reason = " ".join(str(error).split())[:200]
    if Path(name).is_dir():
        return DataError(
            f"the folder {name} holds no data that `datasets` can load ({reason}); name the table "
            "in it, or a folder that `save_to_disk` wrote"
        )
    return DataError(
        f"there is no file or folder {name}, and `datasets` cannot load a data set of that name "
        f"({reason}); check the path or the name"
    )
