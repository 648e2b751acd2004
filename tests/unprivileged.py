"""For a while, a user who may not read or write everything, also where root runs the tests."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

NOBODY = 65534


@contextmanager
def as_nobody() -> Iterator[None]:
    """Give up the rights of root, in the folder at hand, and take them back afterwards."""
    if not hasattr(os, "setresuid"):
        pytest.skip("needs a system where a process can change its user for a while")
    if os.geteuid() != 0:
        yield
        return
    Path().chmod(0o755)
    os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)
