"""Parts of documents that scripts write: tables between two markers, so that they cannot drift."""

from __future__ import annotations

import re
from pathlib import Path

from stancekit.errors import DataError

__all__ = ["read_block", "replace_block"]


def read_block(path: Path, name: str) -> str:
    """What stands between ``<!-- name -->`` and ``<!-- /name -->``, without space around it.

    Raises
    ------
    DataError
        When the file does not have the two markers.
    """
    return _find(path, name).group(1).strip()


def replace_block(path: Path, name: str, body: str) -> None:
    """Put ``body`` between the markers; the rest of the file stays as it is.

    Raises
    ------
    DataError
        When the file does not have the two markers.
    """
    found = _find(path, name)
    text = found.string[: found.start(1)] + f"\n\n{body.strip()}\n\n" + found.string[found.end(1) :]
    path.write_text(text, encoding="utf-8")


def _find(path: Path, name: str) -> re.Match[str]:
    found = re.search(
        f"<!-- {name} -->(.*?)<!-- /{name} -->", path.read_text(encoding="utf-8"), re.DOTALL
    )
    if found is None:
        raise DataError(f"{path} has no '<!-- {name} -->' ... '<!-- /{name} -->'; put them in")
    return found
