"""One core alone, for speed that does not hang on how many a machine has."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["one_core"]


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process, and what it starts, on one core where the system knows how."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
