"""The recipes run as they stand, where their engines are installed."""

from __future__ import annotations

import os
import re
import sys
from importlib.util import find_spec
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow.parquet import read_table, write_table

from stancekit import predict_batch

RECIPES = Path(__file__).parent.parent / "docs" / "recipes.md"
# The engine of each code block, in order, and what it needs.
ENGINES = ("datasets", "pyspark", "ray")
CODE = re.findall(r"^```python\n(.*?)^```", RECIPES.read_text("utf-8"), re.DOTALL | re.MULTILINE)

STAY = "The soldiers must stay in Iraq, because the militants will return."


def test_every_block_has_its_engine() -> None:
    assert len(CODE) == len(ENGINES)
    assert all(engine in code for engine, code in zip(ENGINES, CODE, strict=True))


@pytest.mark.filterwarnings("ignore")  # of the engines
@pytest.mark.parametrize(("engine", "code"), list(zip(ENGINES, CODE, strict=True)), ids=ENGINES)
def test_recipe_runs_and_gives_the_labels_of_the_library(
    engine: str, code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not find_spec(engine):
        pytest.skip(f"{engine} is not installed")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    posts = pa.table({"body": [STAY, None, "", f"{STAY} {STAY}"], "n": [1, 2, 3, 4]})
    write_table(posts, "posts.parquet")
    exec(compile(code, str(RECIPES), "exec"), {"__name__": "recipe"})
    found = read_table("labels.parquet").sort_by("n")
    expected = predict_batch(posts, text="body")
    assert found.column_names == expected.column_names
    assert found.to_pylist() == expected.to_pylist()
