"""A big table, Parquet to Parquet: `python -m training.benchmarks.scale`.

The passages of the corpus written for this project are repeated, each with its number after it, and
among them are rows of known kinds that cannot be labelled, so that the counts by status are known
before. The whole command is measured: runs of all rows with several workers and in one process,
which must give the same bytes; then, on fewer rows, each way of working beside the plain loop that
a pipe gets, in turns, among them a run on Dask of which one worker is killed midway. With
`--big-rows`, instead, a table of gigabytes, for the memory that it takes; the other results stay.
Linux only, for the memory of all processes.

The plain loop is `stancekit predict TABLE --format csv` into a file: the same rows, model and
columns, without shards, hashes, parts and their files.
"""

from __future__ import annotations

import hashlib
import os
import re
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import click

from stancekit.parts import parts_of
from training.corpus.jsonl import read_rows
from training.scoring import RESULTS, read_result, write_result

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


def measure_run(
    arguments: list[str], output: Path, n_rows: int, kill_after: int | None = None
) -> dict[str, Any]:
    """Run `stancekit predict` and say what it took; fail unless every row came out as expected.

    One of its workers is killed when ``kill_after`` parts are finished.
    """
    command = [sys.executable, "-c", _COMMAND, "predict", *arguments]
    before, begin = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    piped = output.open("wb") if "-o" not in arguments else None
    process = subprocess.Popen(
        command, stdout=piped, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    most, largest, killed = 0, 0, 0
    for sizes in _watch_memory(process):
        most, largest = max(most, sum(sizes)), max(largest, *sizes, 0)
        if kill_after is not None and not killed and _n_parts(output) >= kill_after:
            killed = _kill_worker(process.pid)
    _, said = process.communicate()
    if piped is not None:
        piped.close()
    wall, after = time.monotonic() - begin, resource.getrusage(resource.RUSAGE_CHILDREN)
    if process.returncode != 3:
        raise click.ClickException(said)
    if kill_after is not None and not killed:
        raise click.ClickException("the run was over before one of its workers could be killed")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "peak_megabytes": round(most / 2**20),
        "peak_megabytes_of_one_process": round(largest / 2**20),
        "rows_per_second": round(n_rows / wall),
        "rows_per_cpu_second": round(n_rows / cpu),
        "counts": _counts(output) if output.suffix == ".parquet" else None,
        "sha256": _hash(output),
    }


def _hash(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(2**20):
            found.update(block)
    return found.hexdigest()


def _n_parts(output: Path) -> int:
    return len(list(parts_of(output).glob("part-*.done")))


def _kill_worker(session: int) -> int:
    """Kill the largest of the processes that a run has started; its id, or 0 without one."""
    workers = [facts for facts in _processes(session) if facts[0] != session]
    if not workers:
        return 0
    process, _ = max(workers, key=lambda facts: facts[1])
    os.kill(process, signal.SIGKILL)
    return process


def _watch_memory(process: subprocess.Popen[str]) -> Iterator[list[int]]:
    """Bytes that the process and each of its workers hold, until it ends."""
    page = os.sysconf("SC_PAGE_SIZE")
    while process.poll() is None:
        yield [pages * page for _, pages in _processes(process.pid)]
        time.sleep(_INTERVAL)


def _processes(session: int) -> Iterator[tuple[int, int]]:
    """The id of each process of a session, and the pages that it holds."""
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            facts = path.read_text().rpartition(")")[2].split()
        except OSError:  # it has ended meanwhile
            continue
        if int(facts[3]) == session:
            yield int(path.parent.name), int(facts[21])


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


def label_all(source: Path, output: Path, n_rows: int, jobs: int) -> dict[str, Any]:
    """A run of the whole table, which must have the counts that are expected."""
    arguments = [*_inputs(source), "-o", str(output), "--jobs", str(jobs)]
    found = measure_run(arguments, output, n_rows)
    if found["counts"] != count_expected(n_rows):
        raise click.ClickException(
            f"got {found['counts']} rows by status; expected {count_expected(n_rows)}"
        )
    return found


def label_twice(folder: Path, n_rows: int, jobs: int) -> dict[str, dict[str, Any]]:
    """A table with several workers and in one process; fails unless both give the same bytes."""
    source, output = folder / "all.parquet", folder / "out.parquet"
    write_table(source, n_rows)
    facts = {}
    for name, workers in (("run", jobs), ("alone", 1)):
        facts[name] = label_all(source, output, n_rows, workers)
        facts[name]["bytes"] = output.stat().st_size
        output.unlink()
    if facts["alone"]["sha256"] != facts["run"]["sha256"]:
        raise click.ClickException("several workers have given other bytes than one process")
    return facts


def label_big(folder: Path, n_rows: int, jobs: int) -> dict[str, Any]:
    """`label_twice` of a table of gigabytes, for the memory that it takes."""
    facts = label_twice(folder, n_rows, jobs)
    return {
        **{"n_rows": n_rows, "jobs": jobs, "machine": _machine()},
        "bytes": (folder / "all.parquet").stat().st_size,
        "bytes_of_output": facts["run"]["bytes"],
        **facts,
    }


def compare_ways(folder: Path, n_rows: int, jobs: int, turns: int) -> dict[str, dict[str, Any]]:
    """Each way of working on the same rows, in turns, since machines are quick and slow in turns.

    The plain loop comes first. Times are medians; ``cpu_seconds_of_turns`` has each.
    """
    source = folder / "sample.parquet"
    write_table(source, n_rows)
    ways = {"plain loop": [], "one process": [], f"{jobs} jobs": ["--jobs", str(jobs)]}
    if find_spec("distributed"):
        ways[f"Dask, {jobs} workers"] = ["--jobs", str(jobs), "--scheduler", "local"]
    runs: dict[str, list[dict[str, Any]]] = {way: [] for way in ways}
    for _ in range(turns):
        for number, (way, more) in enumerate(ways.items()):
            output = folder / f"way-{number}.csv"
            target = ["--format", "csv"] if number == 0 else ["--force", "-o", str(output), *more]
            runs[way].append(measure_run([*_inputs(source), *target], output, n_rows))
    if find_spec("distributed"):
        output, more = folder / "killed.csv", ways[f"Dask, {jobs} workers"]
        arguments = [*_inputs(source), "-o", str(output), *more]
        n_parts = n_rows // 5000 // 3
        runs["Dask, one worker killed"] = [measure_run(arguments, output, n_rows, n_parts)]
    if len({one.pop("sha256") for found in runs.values() for one in found}) > 1:
        raise click.ClickException("the ways of working have given different bytes")
    return {way: _median_run(found) for way, found in runs.items()}


def _median_run(runs: list[dict[str, Any]]) -> dict[str, Any]:
    """What runs of one way took: medians, and the most memory."""
    times = ("wall_seconds", "cpu_seconds", "rows_per_second", "rows_per_cpu_second")
    peaks = ("peak_megabytes", "peak_megabytes_of_one_process")
    return {
        **{name: median(one[name] for one in runs) for name in times},
        **{name: max(one[name] for one in runs) for name in peaks},
        "cpu_seconds_of_turns": [one["cpu_seconds"] for one in runs],
    }


def _inputs(source: Path) -> list[str]:
    return [str(source), "--text", "text", "--id", "id", "--keep", "outlet"]


def _machine() -> str:
    cpu = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return f"{cpu[1] if cpu else 'unknown CPU'}, {os.cpu_count()} cores"


@click.command()
@click.option("--rows", default=1_000_000, show_default=True, help="0: leave what was measured.")
@click.option(
    "--sample", default=400_000, show_default=True, help="Rows to compare the ways on; 0: leave."
)
@click.option("--turns", default=5, show_default=True, help="Turns of each way.")
@click.option("--jobs", default=2, show_default=True)
@click.option("--big-rows", type=click.IntRange(1), help="Only the memory of a table of so many.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where to work: up to three times the table."
)
@click.option("--results", type=click.Path(path_type=Path), default=RESULTS)
def main(
    rows: int,
    sample: int,
    turns: int,
    jobs: int,
    big_rows: int | None,
    folder: Path | None,
    results: Path,
) -> None:
    """Label a big table and say what it took; write `results/scale.json`."""
    facts = read_result("scale", results) if (results / "scale.json").exists() else {"ways": {}}
    settings = facts.setdefault("settings", {})
    with TemporaryDirectory(dir=folder) as name:
        if big_rows is not None:
            facts["big"] = label_big(Path(name), big_rows, jobs)
        if rows and big_rows is None:
            settings["n_rows"] = rows
            facts |= label_twice(Path(name), rows, jobs)
        if sample and big_rows is None:
            settings |= {"n_sample": sample, "turns": turns}
            facts["ways"] = compare_ways(Path(name), sample, jobs, turns)
    load = round(os.getloadavg()[1], 1)
    settings |= {"jobs": jobs, "model": "troops-en", "machine": _machine(), "load": load}
    write_result("scale", facts, results)


if __name__ == "__main__":
    main()
