"""A big table, Parquet to Parquet: `python -m training.benchmarks.scale`.

The passages of the corpus written for this project are repeated, each with its number after it, and
among them are rows of known kinds that cannot be labelled, so that the counts by status are known
before. The whole command is measured: a run of all rows with several workers, then, on fewer rows,
each way of working beside the plain loop that a pipe gets, which must give the same bytes. Linux
only, for the memory of all processes.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from training.corpus.jsonl import read_rows
from training.scoring import RESULTS, write_result

__all__ = ["count_expected", "main", "write_table"]

CORPUS = Path(__file__).parent.parent / "corpus" / "passages.jsonl"
# One row in a hundred is one of these instead, in turn.
EVERY = 100
BROKEN: dict[str, str | None] = {
    "null": None,
    "empty": " \n",
    "no_features": "zzyx qqrt vvwx ppqr",
    "not_text": "Bring them\0 home.",
}
_ROW_GROUP = 20_000
_COMMAND = "from stancekit.cli import main; main()"
# Seconds between two looks at the memory in use.
_INTERVAL = 0.25


def write_table(path: Path, n_rows: int) -> None:
    """A Parquet table with the columns ``id``, ``text`` and ``outlet``."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetWriter

    texts = [str(row["text"]) for row in read_rows(CORPUS)]
    schema = pa.schema([("id", pa.int64()), ("text", pa.string()), ("outlet", pa.string())])
    with ParquetWriter(path, schema) as writer:
        for start in range(0, n_rows, _ROW_GROUP):
            ids = range(start, min(start + _ROW_GROUP, n_rows))
            cells = {
                "id": ids,
                "text": [_text(row, texts) for row in ids],
                "outlet": [f"outlet {row % 7}" for row in ids],
            }
            writer.write_table(pa.table(cells, schema=schema))


def _text(row: int, texts: list[str]) -> str | None:
    if row % EVERY == 0:
        return list(BROKEN.values())[row // EVERY % len(BROKEN)]
    return f"{texts[row % len(texts)]} {row}"


def count_expected(n_rows: int) -> dict[str, int]:
    """How many rows have each status."""
    n_broken = len(range(0, n_rows, EVERY))
    counts = {
        status: len(range(place, n_broken, len(BROKEN))) for place, status in enumerate(BROKEN)
    }
    return {"ok": n_rows - n_broken, **counts}


def measure_run(arguments: list[str], output: Path, n_rows: int) -> dict[str, Any]:
    """Run `stancekit predict` and say what it took; fail unless every row came out as expected."""
    command = [sys.executable, "-c", _COMMAND, "predict", *arguments]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    piped = output.open("wb") if "-o" not in arguments else None
    process = subprocess.Popen(
        command, stdout=piped, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    most = max(_watch_memory(process), default=0)
    _, said = process.communicate()
    if piped is not None:
        piped.close()
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 3:
        raise click.ClickException(said)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_megabytes": round(most / 2**20),
        "rows_per_second": round(n_rows / wall),
        "rows_per_cpu_second": round(n_rows / cpu),
        "counts": _counts(output) if output.suffix == ".parquet" else None,
        "sha256": hashlib.sha256(output.read_bytes()).hexdigest(),
    }


def _watch_memory(process: subprocess.Popen[str]) -> Iterator[int]:
    """Bytes that the process and its workers hold together, until it ends."""
    page = os.sysconf("SC_PAGE_SIZE")
    while process.poll() is None:
        yield sum(_resident_pages(process.pid)) * page
        time.sleep(_INTERVAL)


def _resident_pages(session: int) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(facts[3]) == session:
            yield int(facts[21])


def _counts(output: Path) -> dict[str, int]:
    """Rows with each status, after a look that all ids are there once, in order."""
    from pyarrow.parquet import ParquetFile

    found: dict[str, int] = {}
    n_rows = 0
    for batch in ParquetFile(output).iter_batches(columns=["id", "status"]):
        expected = [str(row) for row in range(n_rows, n_rows + batch.num_rows)]
        if batch["id"].to_pylist() != expected:
            raise click.ClickException(f"rows are out of order after row {n_rows}")
        n_rows += batch.num_rows
        for one in batch["status"].value_counts().to_pylist():
            found[one["values"]] = found.get(one["values"], 0) + one["counts"]
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def compare_ways(source: Path, folder: Path, n_rows: int, jobs: int) -> dict[str, dict[str, Any]]:
    """Each way of working on the same rows; the plain loop comes first."""
    ways = {"plain loop": [], "one process": [], f"{jobs} jobs": ["--jobs", str(jobs)]}
    if find_spec("distributed"):
        ways[f"Dask, {jobs} workers"] = ["--jobs", str(jobs), "--scheduler", "local"]
    found: dict[str, dict[str, Any]] = {}
    for number, (way, more) in enumerate(ways.items()):
        output = folder / f"way-{number}.csv"
        target = ["--format", "csv"] if number == 0 else ["-o", str(output), *more]
        found[way] = measure_run([*_inputs(source), *target], output, n_rows)
    if len({facts.pop("sha256") for facts in found.values()}) > 1:
        raise click.ClickException("the ways of working have given different bytes")
    return found


def _inputs(source: Path) -> list[str]:
    return [str(source), "--text", "text", "--id", "id", "--keep", "outlet"]


def _machine() -> str:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{cpu[1] if cpu else 'unknown CPU'}, {os.cpu_count()} cores"


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
@click.option(
    "--sample", default=100_000, show_default=True, help="Rows to compare the ways on; 0: not."
)
@click.option("--jobs", default=2, show_default=True)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(rows: int, sample: int, jobs: int, results: Path) -> None:
    """Label a big table and say what it took; write `results/scale.json`."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_table(folder / "all.parquet", rows)
        write_table(folder / "sample.parquet", sample)
        target = ["-o", str(folder / "out.parquet"), "--jobs", str(jobs)]
        arguments = [*_inputs(folder / "all.parquet"), *target]
        whole = measure_run(arguments, folder / "out.parquet", rows)
        if whole["counts"] != count_expected(rows):
            raise click.ClickException(
                f"got {whole['counts']} rows by status; expected {count_expected(rows)}"
            )
        ways = compare_ways(folder / "sample.parquet", folder, sample, jobs) if sample else {}
    settings = {"n_rows": rows, "n_sample": sample, "jobs": jobs, "model": "troops-en"}
    load = round(os.getloadavg()[1], 1)
    facts = {"settings": {**settings, "machine": _machine(), "load": load}, "run": whole}
    write_result("scale", {**facts, "ways": ways}, results)


if __name__ == "__main__":
    main()
