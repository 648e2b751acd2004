"""Arrays that are laid out here are those that Arrow itself would make."""

from __future__ import annotations

import subprocess
import sys

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stancekit.arrow_cells import array_of

WHOLE = st.integers(-(2**63), 2**63 - 1)


@pytest.mark.parametrize(
    ("kind", "cells"),
    [
        (pa.string(), st.text(st.characters(exclude_categories=["Cs"]))),
        (pa.float64(), st.floats()),
        (pa.int64(), WHOLE),
        (pa.bool_(), st.booleans()),
        (pa.list_(pa.int64()), st.lists(WHOLE)),
    ],
)
@given(data=st.data())
def test_array_is_that_of_arrow(
    kind: pa.DataType, cells: st.SearchStrategy[object], data: st.DataObject
) -> None:
    found = data.draw(st.lists(st.none() | cells))
    array = array_of(found, kind)
    array.validate(full=True)
    assert array.type == kind
    assert repr(array.to_pylist()) == repr(pa.array(found, kind).to_pylist())  # nan is not nan


@pytest.mark.parametrize("kind", [pa.string(), pa.large_string()])
def test_lone_surrogate_is_escaped(kind: pa.DataType) -> None:
    assert array_of(["a\ud800", None], kind).to_pylist() == ["a\\ud800", None]


def test_pandas_is_not_imported() -> None:
    code = (
        "import sys, pyarrow as pa; from stancekit.arrow_cells import array_of;"
        "array_of(['a', None], pa.string()), array_of([1.5, None], pa.float64());"
        "sys.exit('pandas' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
