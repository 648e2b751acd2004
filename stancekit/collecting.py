"""Making many objects at once without looks for cycles among them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["without_collection"]


@contextmanager
def without_collection() -> Iterator[None]:
    """Put off Python's search for cycles until the end.

    Rows and what is said of them are thousands of objects without a cycle, which the search goes
    through again and again: a twelfth of the time that a table takes.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
