"""The big table has the rows that are counted on, and each way of working is measured."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner
from pyarrow.parquet import read_table

from training.benchmarks.scale import count_expected, main, write_table
from training.scoring import read_result


def test_table_has_the_rows_that_are_counted_on(tmp_path: Path) -> None:
    write_table(tmp_path / "a.parquet", 2050)
    table = read_table(tmp_path / "a.parquet").to_pylist()
    assert [row["id"] for row in table] == list(range(2050))
    assert count_expected(2050) == {
        **{"ok": 2029, "null": 6, "empty": 5, "no_features": 5, "not_text": 5}
    }
    texts = Counter(row["text"] for row in table)
    assert (texts[None], texts["zzyx qqrt vvwx ppqr"]) == (6, 5)


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of processes from /proc")
def test_benchmark_measures_a_run(tmp_path: Path) -> None:
    arguments = ["--rows", "450", "--sample", "0", "--results", str(tmp_path)]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    found = read_result("scale", tmp_path)
    assert found["run"]["counts"] == count_expected(450)
    assert found["run"]["peak_megabytes"] > 100
    assert found["run"]["sha256"] == found["alone"]["sha256"]
    assert found["ways"] == {}
    arguments = ["--big-rows", "450", "--results", str(tmp_path)]
    assert CliRunner().invoke(main, arguments).exit_code == 0
    big = read_result("scale", tmp_path)
    assert big["big"]["run"]["counts"] == count_expected(450)
    assert big["run"] == found["run"]


def test_recorded_run_has_the_counts_that_were_expected() -> None:
    found = read_result("scale")
    assert found["run"]["counts"] == count_expected(found["settings"]["n_rows"])


def test_recorded_runs_hold_no_more_memory_than_they_may() -> None:
    found = read_result("scale")
    assert found["alone"]["peak_megabytes"] <= 600
    big = found["big"]
    assert big["bytes"] >= 2e9
    assert big["alone"]["counts"] == big["run"]["counts"] == count_expected(big["n_rows"])
    assert big["alone"]["sha256"] == big["run"]["sha256"]
    assert big["alone"]["peak_megabytes"] <= 600
    assert big["run"]["peak_megabytes_of_one_process"] <= 600
    assert "Dask, one worker killed" in found["ways"]  # with the bytes of all others
