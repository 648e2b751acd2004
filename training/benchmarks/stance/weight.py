"""What a tool costs before it has read a passage: megabytes installed, seconds to start."""

from __future__ import annotations

import resource
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement

__all__ = ["cold_start", "install_megabytes"]

_RUNS = 3


def install_megabytes(packages: tuple[str, ...]) -> float:
    """Size on disk of some packages and all that they require, as installed here."""
    needed: set[str] = set()
    asked = list(packages)
    while asked:
        name = asked.pop().lower().replace("_", "-")
        if name not in needed:
            needed.add(name)
            asked += _required(name)
    return round(sum(map(_bytes, needed)) / 1e6, 1)


def _required(name: str) -> list[str]:
    try:
        lines = distribution(name).requires or []
    except PackageNotFoundError:
        return []
    wanted = map(Requirement, lines)
    return [one.name for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]


def _bytes(name: str) -> int:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return 0
    paths = (Path(str(file.locate())) for file in files)
    return sum(path.stat().st_size for path in paths if path.is_file())


def cold_start(module: str) -> float:
    """CPU seconds of a fresh process that imports ``module``: the least of three."""
    return round(min(_import_seconds(module) for _ in range(_RUNS)), 2)


def _import_seconds(module: str) -> float:
    before = _children()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return _children() - before


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
