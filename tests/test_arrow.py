"""`predict_batch` gives each row of an Arrow table what every other door gives it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import datasets
import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow.parquet import read_table, write_table

from stancekit import InputError, Model, load_model, predict_batch
from stancekit.cli import main
from stancekit.errors import ColumnError

STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."
TEXTS = [STAY, None, LEAVE, "", "Zzyx qqrt vvwx.", f"{STAY} {LEAVE}"]


@pytest.fixture(scope="module")
def model(model_directory: Path) -> Model:
    return load_model(model_directory)


@pytest.fixture
def table() -> pa.Table:
    return pa.table({"text": TEXTS, "n": range(len(TEXTS))})


def test_rows_and_columns_stay_and_labels_come_after_them(model: Model, table: pa.Table) -> None:
    found = predict_batch(table, model=model)
    assert found.select(["text", "n"]).equals(table)
    p, f = [f"p_{one}" for one in model.labels], [f"f_{one}" for one in model.frame_names]
    assert found.column_names == ["text", "n", "status", "stance", *p, "frames", *f]
    assert found["status"].to_pylist() == ["ok", "null", "ok", "empty", "no_features", "ok"]
    first, second = found.to_pylist()[:2]
    assert (first["stance"], first["frames"]) == ("pro-presence", ["security"])
    assert {second[name] for name in (*p, *f, "stance")} == {None}


def test_numbers_are_those_of_the_model_and_of_the_command(
    model: Model, table: pa.Table, model_directory: Path, tmp_path: Path, runner: CliRunner
) -> None:
    found = predict_batch(table, model=str(model_directory)).to_pylist()
    analyzed = model.analyze_passages(TEXTS)
    write_table(table, tmp_path / "in.parquet")
    command = ["predict", str(tmp_path / "in.parquet"), "--text", "text"]
    runner.invoke(main, [*command, "-o", str(tmp_path / "out.parquet"), "-m", str(model_directory)])
    written = read_table(tmp_path / "out.parquet").to_pylist()
    for row, passage, line in zip(found, analyzed, written, strict=True):
        for label in model.labels:
            assert row[f"p_{label}"] == passage.probabilities.get(label) == line[f"p_{label}"]
        assert (row["status"], row["stance"]) == (line["status"], line["stance"])


def test_batches_of_any_size_and_kind_give_the_same_rows(model: Model, table: pa.Table) -> None:
    whole = predict_batch(table, model=model)
    batches = [predict_batch(one, model=model) for one in table.to_batches(max_chunksize=2)]
    assert pa.Table.from_batches(batches).equals(whole)
    empty = predict_batch(table.slice(0, 0), model=model)
    assert (empty.num_rows, empty.schema) == (0, whole.schema)
    none = predict_batch(table.to_batches()[0].slice(0, 0), model=model)
    assert (none.num_rows, none.schema) == (0, whole.schema)


def test_datasets_map_it_over_a_data_set_and_over_a_stream(
    model_directory: Path, model: Model, table: pa.Table
) -> None:
    data = datasets.Dataset.from_list(table.to_pylist()).with_format("arrow")
    settings: dict[str, Any] = {"batched": True, "batch_size": 2}
    kwargs = {"model": str(model_directory)}
    mapped = data.map(predict_batch, fn_kwargs=kwargs, **settings)
    expected = predict_batch(table, model=model).to_pylist()
    assert mapped.with_format(None).to_list() == expected
    stream = data.to_iterable_dataset().map(predict_batch, fn_kwargs=kwargs, **settings)
    assert [row for batch in stream.iter(3) for row in batch.to_pylist()] == expected


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"text": "txt"}, ColumnError, "no column 'txt'; did you mean 'text'"),
        ({"table": [STAY]}, InputError, "got list as `table`; expected a pyarrow Table"),
        ({"table": pa.table({"text": [STAY], "stance": [1]})}, ColumnError, "rename it before"),
    ],
)
def test_what_it_cannot_work_with_is_refused(
    model: Model, table: pa.Table, arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        predict_batch(**{"table": table, "model": model, **arguments})
