"""A run may be killed, run out of disk or be done by many: its output is the same bytes."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from filelock import FileLock
from pyarrow.parquet import ParquetFile, write_table
from unprivileged import as_nobody

from stancekit import StanceClassifier, save_model
from stancekit.cli import main
from stancekit.inputs import Reading
from stancekit.labelling import Task
from stancekit.part_files import RunFolder
from stancekit.shards import ArticleShard
from stancekit.storage import model_digest
from stancekit.stretches import Number

STAY = "The soldiers must stay in the capital, because the militants will return."
LEAVE = "Bring our soldiers home from the capital now: this war costs too much money."
N_ROWS = 400

Check = Callable[..., None]
Invoke = Callable[..., Result]

pytestmark = pytest.mark.usefixtures("in_empty_folder")


@pytest.fixture
def rows() -> str:
    """A table with good and broken rows."""
    lines = [
        json.dumps({"text": f"{(STAY, LEAVE)[n % 2]} {n}", "id": f"r{n}", "outlet": n % 3})
        for n in range(N_ROWS)
    ]
    lines[7], lines[311] = "{oops", json.dumps({"text": None, "id": "r311"})
    Path("rows.jsonl").write_text("\n".join(lines) + "\n")
    return "rows.jsonl"


@pytest.fixture
def options(model_directory: Path) -> list[str]:
    named = ["--text", "text", "--id", "id", "--keep", "outlet", "-m", str(model_directory)]
    return [*named, "--rows-per-part", "10"]


@pytest.fixture
def predict(runner: CliRunner, check: Check, rows: str, options: list[str]) -> Invoke:
    """A function that predicts the table."""

    def invoke(*arguments: str, exit_code: int = 3, error: str = "") -> Result:
        result = runner.invoke(main, ["predict", rows, *options, *arguments])
        check(result, exit_code, error)
        return result

    return invoke


def start(*arguments: str, **more: Any) -> subprocess.Popen[str]:
    # A shell that runs the tests in the background has its children ignore SIGINT.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler)"
    code = f"{heeds}; from stancekit.cli import main; main()"
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **more)


def wait_for_parts(folder: Path, n: int, process: subprocess.Popen[str]) -> None:
    """Wait until so many parts are finished, or the process has ended."""
    while len(list(folder.glob("*.done"))) < n and process.poll() is None:
        time.sleep(0.002)


def bytes_of(name: str) -> bytes:
    content = Path(name).read_bytes()
    assert content
    return content


def names() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


# The same bytes


@pytest.mark.parametrize("form", ["jsonl", "csv", "parquet"])
def test_jobs_and_parts_of_any_size_give_the_same_bytes(predict: Invoke, form: str) -> None:
    predict("-o", f"a.{form}", error="400 passages (398 ok, 1 bad_json, 1 null)")
    for number, more in enumerate((["--rows-per-part", "5000"], ["--rows-per-part", "7"])):
        predict("-o", f"b{number}.{form}", *more)
        assert bytes_of(f"b{number}.{form}") == bytes_of(f"a.{form}")
    predict("-o", f"c.{form}", "--jobs", "2", "--rows-per-part", "50")
    assert bytes_of(f"c.{form}") == bytes_of(f"a.{form}")
    assert not [name for name in names() if name.endswith(".parts")]


def test_run_gives_the_lines_that_a_pipe_gets(
    predict: Invoke, runner: CliRunner, rows: str, options: list[str]
) -> None:
    predict("-o", "a.jsonl")
    piped = runner.invoke(main, ["predict", rows, *options[:-2]])
    assert piped.stdout_bytes == bytes_of("a.jsonl")


def test_shares_of_several_jobs_are_merged_to_the_same_bytes(
    predict: Invoke, runner: CliRunner, check: Check
) -> None:
    for form in ("csv", "parquet"):
        predict("-o", f"a.{form}")
        for share in ("2/3", "3/3", "1/3"):
            predict(
                "-o",
                f"b.{form}",
                "--shard",
                share,
                exit_code=0,
                error="parts; when all 3 jobs have",
            )
        result = runner.invoke(main, ["merge", f"b.{form}"])
        check(result, 3, "400 passages (398 ok, 1 bad_json, 1 null)")
        assert bytes_of(f"b.{form}") == bytes_of(f"a.{form}")
    assert not [name for name in names() if name.endswith(".parts")]


def test_articles_are_labelled_in_parts_too(
    runner: CliRunner, check: Check, model_directory: Path
) -> None:
    Path("in").mkdir()
    for n in range(45):
        Path("in", f"{n:02}.txt").write_text(f"{STAY} {n}\n\n“{LEAVE[:-1]},” said Dan Ames.\n")
    Path("in", "50.txt").write_bytes(b"\xff\xfe\xff")
    command = ["predict", "in", "-m", str(model_directory)]
    piped = runner.invoke(main, command)
    for jobs in ("1", "2"):
        result = runner.invoke(main, [*command, "-o", f"o{jobs}.jsonl", "--jobs", jobs])
        check(result, 3, "50.txt: byte 0xff")
        assert bytes_of(f"o{jobs}.jsonl") == piped.stdout_bytes


def test_ids_that_are_not_compared_are_told_of(
    predict: Invoke, rows: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = Path(rows).read_text().splitlines()
    Path(rows).write_text("\n".join([lines[0], *lines]))
    predict("-o", "a.csv", error="1 row has an id that an earlier row has too; all were kept")
    monkeypatch.setattr("stancekit.joining._MOST_IDS", 100)
    error = "whether the ids of the last 300 rows are new was not looked at"
    predict("-o", "b.csv", error=error)
    assert bytes_of("a.csv") == bytes_of("b.csv")


# Who writes the parts


def test_workers_that_do_not_see_the_folder_give_back_what_they_made(
    predict: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict("-o", "a.csv")
    monkeypatch.setattr(RunFolder, "is_here", False)
    predict("-o", "b.csv")
    assert bytes_of("b.csv") == bytes_of("a.csv")


def test_worker_of_a_run_that_is_over_leaves_the_parts_of_the_next_one(
    model_directory: Path,
) -> None:
    folder = Path("o.csv.parts")
    folder.mkdir()
    before = RunFolder.marked(folder, "mark-1-of-1", "csv")
    now = RunFolder.marked(folder, "mark-1-of-1", "csv")
    shard = ArticleShard(Number(0, 0), 0, (("a.txt", STAY.encode()),), Reading())
    task = Task(str(model_directory), model_digest(model_directory), "csv", {})
    late = replace(task, folder=before)(shard)
    assert [path.name for path in folder.iterdir()] == ["mark-1-of-1"]
    assert replace(task, folder=now)(shard).content is None
    assert Path(folder, "part-000000-000000.csv").read_bytes() == late.content


def test_parts_of_workers_are_known_again_by_this_process(
    runner: CliRunner, check: Check, model_directory: Path
) -> None:
    rows = [{"text": f"{(STAY, LEAVE)[n % 2]} {n}" if n % 9 else None} for n in range(N_ROWS)]
    write_table(pa.Table.from_pylist(rows), "rows.parquet", row_group_size=90)
    command = ["predict", "rows.parquet", "--text", "text", "-m", str(model_directory)]
    command += ["--rows-per-part", "40", "-o", "o.csv", "--shard", "1/1"]
    check(runner.invoke(main, [*command, "--jobs", "2"]), 0, "finished 11 parts")
    before = {path: path.stat().st_mtime_ns for path in Path("o.csv.parts").glob("part-*")}
    check(runner.invoke(main, command), 0, "finished 11 parts")
    assert {path: path.stat().st_mtime_ns for path in Path("o.csv.parts").glob("part-*")} == before


# A place that cannot be written to


@pytest.mark.parametrize("more", [[], ["--jobs", "2"]])
def test_folder_that_may_not_be_written_to_is_found_before_the_work(
    predict: Invoke, more: list[str]
) -> None:
    Path("locked").mkdir(mode=0o555)
    predict("-o", "a.csv")  # imports what a user without rights may be unable to
    with as_nobody():
        error = "the folder locked cannot be written to; choose another one"
        predict("-o", "locked/o.csv", *more, exit_code=1, error=error)
    assert not list(Path("locked").iterdir())


# What merge refuses


def test_merge_says_which_jobs_have_not_ended_and_which_parts_are_missing(
    predict: Invoke, runner: CliRunner, check: Check
) -> None:
    check(runner.invoke(main, ["merge", "o.csv"]), 1, "o.csv.parts is not the folder of a run")
    predict("-o", "o.csv", "--shard", "2/3", exit_code=0)
    check(runner.invoke(main, ["merge", "o.csv"]), 1, "have not ended: --shard 1/3, 3/3; run them")
    for share in ("1/3", "3/3"):
        predict("-o", "o.csv", "--shard", share, exit_code=0)
    next(Path("o.csv.parts").glob("part-000000-000007.csv")).unlink()
    error = "o.csv.parts, the first part-000000-000007.csv; run with --resume to make them"
    check(runner.invoke(main, ["merge", "o.csv"]), 1, error)
    assert "o.csv" not in names()
    predict("-o", "o.csv", "--shard", "3/3", exit_code=0)
    part = Path("o.csv.parts", "part-000000-000011.csv")
    part.write_bytes(part.read_bytes().replace(b"soldiers", b"Soldiers"))
    check(runner.invoke(main, ["merge", "o.csv"]), 1, "part-000000-000011.csv is damaged")
    predict("-o", "o.csv", "--shard", "3/3", exit_code=0)
    Path("o.csv").touch()
    check(runner.invoke(main, ["merge", "o.csv"]), 1, "o.csv exists; add --force to replace it")
    check(runner.invoke(main, ["merge", "o.csv", "--force"]), 3)
    predict("-o", "a.csv")
    assert bytes_of("o.csv") == bytes_of("a.csv")


# Interruptions


def test_run_that_is_killed_again_and_again_comes_to_the_same_bytes(
    predict: Invoke, rows: str, options: list[str]
) -> None:
    Path(rows).write_text(Path(rows).read_text() * 10)  # more than is read before a signal comes
    predict("-o", "a.jsonl")
    command = ["predict", rows, *options, "-o", "b.jsonl", "--resume"]
    parts, random_state = Path("b.jsonl.parts"), random.Random(0)
    n_before = 0
    for _ in range(3):
        process = start(*command)
        wait_for_parts(parts, n_before + random_state.randint(1, 9), process)
        time.sleep(random_state.uniform(0, 0.01))
        process.kill()
        process.communicate()
        n_before = len(list(parts.glob("*.done")))
        assert 0 < n_before < 400
        assert "b.jsonl" not in names()
    (parts / ".part-000000-000399.jsonl.1.half").write_text("what a killed run left")
    predict("-o", "b.jsonl", "--resume")
    assert bytes_of("b.jsonl") == bytes_of("a.jsonl")
    assert "b.jsonl.parts" not in names()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupted_run_says_how_to_go_on(
    predict: Invoke, rows: str, options: list[str], number: int
) -> None:
    Path(rows).write_text(Path(rows).read_text() * 10)  # more than is read before the signal comes
    process = start("predict", rows, *options, "-o", "b.csv")
    wait_for_parts(Path("b.csv.parts"), 2, process)
    process.send_signal(number)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "finished parts are in" in said
    assert "go on with: stancekit predict rows.jsonl --text text" in said
    assert said.splitlines()[-1] == "Error: interrupted"
    assert "Traceback" not in said
    error = "of a run that was interrupted; add --resume to go on with it, or --force to begin anew"
    predict("-o", "b.csv", exit_code=1, error=error)
    predict("-o", "b.csv", "--resume")
    predict("-o", "a.csv")
    assert bytes_of("b.csv") == bytes_of("a.csv")


def test_run_whose_worker_is_killed_comes_to_the_same_bytes(
    predict: Invoke, rows: str, options: list[str]
) -> None:
    Path(rows).write_text(Path(rows).read_text() * 3)
    predict("-o", "a.csv", "--rows-per-part", "50")
    process = start("predict", rows, *options, "-o", "b.csv", "--jobs", "2")
    wait_for_parts(Path("b.csv.parts"), 10, process)
    found = subprocess.run(
        ["ps", "-ww", "-o", "pid=,args=", "--ppid", str(process.pid)], capture_output=True
    )
    workers = [one.split()[0] for one in found.stdout.splitlines() if b"LokyProcess" in one]
    os.kill(int(workers[0]), signal.SIGKILL)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 3, said
    assert "Traceback" not in said
    assert bytes_of("b.csv") == bytes_of("a.csv")


@pytest.mark.parametrize("n_parts", [1, 3])
def test_workers_end_when_the_run_is_killed(rows: str, options: list[str], n_parts: int) -> None:
    Path(rows).write_text(Path(rows).read_text() * 5)
    process = start("predict", rows, *options, "-o", "b.csv", "--jobs", "2")
    # After the first part the other worker may not have begun one.
    wait_for_parts(Path("b.csv.parts"), n_parts, process)
    process.kill()
    # It ends when nobody holds the other end any more: all workers have gone.
    process.communicate(timeout=30)


def test_full_disk_leaves_finished_parts_and_says_how_to_go_on(
    predict: Invoke, rows: str, options: list[str]
) -> None:
    content = Path(rows).read_text()
    Path(rows).write_text(content + json.dumps({"text": STAY * 2000, "id": "long"}))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    process = start("predict", rows, *options, "-o", "b.csv", preexec_fn=limit)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1, said
    assert "(File too large); make room, or mend what keeps it" in " ".join(said.split())
    assert "40 finished parts are in" in said
    assert not list(Path("b.csv.parts").glob(".*.half"))
    predict("-o", "b.csv", "--resume")
    predict("-o", "a.csv")
    assert bytes_of("b.csv") == bytes_of("a.csv")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not limit memory so")
def test_worker_without_memory_loses_its_shard_by_name_and_the_rest_is_finished(
    predict: Invoke, rows: str, options: list[str]
) -> None:
    lines = Path(rows).read_text().splitlines()
    lines[205] = json.dumps({"text": STAY * 150_000, "id": "huge"})
    Path(rows).write_text("\n".join(lines))

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (360_000_000, 360_000_000))

    more = {"env": {**os.environ, "OMP_NUM_THREADS": "1", "MALLOC_ARENA_MAX": "1"}}
    process = start("predict", rows, *options, "-o", "b.csv", preexec_fn=limit, **more)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 1, said
    assert (
        "a shard could not be labelled, twice: rows 200 to 205 of rows.jsonl (memory ran out)"
        in said
    )
    assert "40 finished parts are in" in said


# What is refused


def test_second_run_on_one_output_is_refused(predict: Invoke) -> None:
    predict("-o", "o.csv", "--shard", "1/2", exit_code=0)
    with FileLock("o.csv.parts/lock-1-of-2"):
        error = "another run is writing to"
        predict("-o", "o.csv", "--shard", "1/2", exit_code=1, error=error)
        predict("-o", "o.csv", "--force", exit_code=1, error=error)
    assert len(list(Path("o.csv.parts").glob("*.done"))) == 20


def test_run_with_something_else_is_not_resumed(
    predict: Invoke, model_directory: Path, fitted_stance: StanceClassifier, tmp_path: Path
) -> None:
    predict("-o", "o.csv", "--shard", "1/2", exit_code=0)
    save_model(fitted_stance, tmp_path / "valley")
    cases = {
        "another model": ["-m", "valley"],
        "another --rows-per-part": ["--rows-per-part", "20"],
        "other options for reading": ["--split"],
        "other inputs": ["rows.jsonl"],
    }
    for words, arguments in cases.items():
        error = f"was begun with {words}"
        predict("-o", "o.csv", "--resume", *arguments, exit_code=1, error=error)
    run = Path("o.csv.parts/run.json")
    run.write_text(run.read_text().replace('"layout": 2', '"layout": 3'))
    predict("-o", "o.csv", "--resume", exit_code=1, error="has the layout 3 of parts and this")
    assert len(list(Path("o.csv.parts").glob("*.done"))) == 20
    predict("-o", "o.csv", "--force")
    assert names() == ["o.csv", "rows.jsonl", "valley"]


def test_rows_that_changed_are_labelled_anew(predict: Invoke, rows: str) -> None:
    predict("-o", "o.jsonl", "--shard", "1/1", exit_code=0)
    lines = Path(rows).read_text().splitlines()
    lines[15] = json.dumps({"text": "Stay, and stay in the capital.", "id": "new"})
    Path(rows).write_text("\n".join([*lines, lines[0]]))
    predict("-o", "o.jsonl", "--resume")
    found = [json.loads(line) for line in Path("o.jsonl").read_text().splitlines()]
    assert (len(found), found[15]["id"]) == (N_ROWS + 1, "new")


def test_output_that_is_there_is_replaced_only_when_forced(predict: Invoke) -> None:
    Path("o.csv").write_text("kept")
    for more in ([], ["--resume"]):
        predict("-o", "o.csv", *more, exit_code=1, error="o.csv exists; add --force to replace it")
    assert bytes_of("o.csv") == b"kept"
    predict("-o", "o.csv", "--force")
    assert names() == ["o.csv", "rows.jsonl"]


def test_folder_that_is_no_run_is_never_removed(predict: Invoke) -> None:
    Path("o.csv.parts").mkdir()
    Path("o.csv.parts/mine.txt").touch()
    error = "o.csv.parts is not the folder of a run"
    predict("-o", "o.csv", "--force", exit_code=1, error=error)
    assert Path("o.csv.parts/mine.txt").exists()


def test_link_stays_a_link_and_its_parts_lie_beside_the_file(predict: Invoke) -> None:
    Path("far").mkdir()
    Path("o.csv").symlink_to("far/real.csv")
    predict("-o", "o.csv", "--shard", "1/1", exit_code=0)
    assert Path("far/real.csv.parts").is_dir()
    predict("-o", "o.csv", "--resume")
    assert Path("o.csv").is_symlink()
    predict("-o", "a.csv")
    assert bytes_of("far/real.csv") == bytes_of("a.csv")


def test_folder_without_room_for_parts_is_found_before_the_work(
    predict: Invoke, monkeypatch: pytest.MonkeyPatch
) -> None:
    predict("-o", "nowhere/o.csv", exit_code=1, error="there is no folder nowhere; make it first")
    Path("o.csv.parts").write_text("a file")
    predict("-o", "o.csv", exit_code=1, error="o.csv.parts")
    shutil.rmtree("o.csv.parts", ignore_errors=True)


def test_row_groups_depend_on_the_rows_alone(predict: Invoke, rows: str) -> None:
    lines = Path(rows).read_text().splitlines() * 15
    Path(rows).write_text("\n".join(lines))
    predict("-o", "o.parquet", "--rows-per-part", "700")
    metadata = ParquetFile("o.parquet").metadata
    sizes = [metadata.row_group(n).num_rows for n in range(metadata.num_row_groups)]
    assert sizes == [5000, 1000]
