"""Dask workers give the same bytes, and a shard that kills them ends as an error that names it."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from test_engine import Fault, shards
from test_runs import start, wait_for_parts

from stancekit import DataError
from stancekit.cli import main
from stancekit.cluster import open_cluster
from stancekit.engine import Lost, label_shards
from stancekit.labelling import Task
from stancekit.storage import model_digest

distributed = pytest.importorskip("distributed", reason="needs Dask: pip install 'stancekit[dask]'")

STAY = "The soldiers must stay in the capital, because the militants will return."

pytestmark = [
    pytest.mark.usefixtures("in_empty_folder"),
    # Dask warns of workers that die, and of what a busy machine delays.
    pytest.mark.filterwarnings("ignore"),
]


@contextmanager
def two_workers(allowed_failures: int) -> Iterator[str]:
    """A scheduler that gives up a task when so many workers and one more have died of it."""
    import dask

    with (
        dask.config.set({"distributed.scheduler.allowed-failures": allowed_failures}),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
        ) as cluster,
    ):
        yield cluster.scheduler_address


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A scheduler with two workers, which gives up a task whose worker has died once."""
    with two_workers(0) as found:
        yield found


@pytest.fixture
def task(model_directory: Path) -> Task:
    return Task(str(model_directory), model_digest(model_directory), "csv", {})


def kill_oneself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def test_cluster_gives_the_bytes_of_this_process(
    address: str, runner: CliRunner, check: Callable[..., None], model_directory: Path
) -> None:
    lines = (json.dumps({"text": f"{STAY} {n}", "id": n}) for n in range(200))
    Path("rows.jsonl").write_text("\n".join(lines))
    command = ["predict", "rows.jsonl", "--text", "text", "--id", "id", "-m", str(model_directory)]
    check(runner.invoke(main, [*command, "-o", "a.parquet"]))
    more = ["-o", "b.parquet", "--rows-per-part", "20", "--scheduler", address]
    check(runner.invoke(main, [*command, *more]), 0, "200 passages (200 ok)")
    assert Path("a.parquet").read_bytes() == Path("b.parquet").read_bytes()


@pytest.mark.parametrize("allowed_failures", [0, 3])  # 3 is what Dask has by default
def test_run_with_a_worker_killed_midway_gives_the_same_bytes(
    runner: CliRunner, check: Callable[..., None], model_directory: Path, allowed_failures: int
) -> None:
    lines = (json.dumps({"text": f"{STAY} {n}", "id": n}) for n in range(1500))
    Path("rows.jsonl").write_text("\n".join(lines))
    command = ["predict", "rows.jsonl", "--text", "text", "--id", "id", "-m", str(model_directory)]
    check(runner.invoke(main, [*command, "-o", "a.parquet"]))

    with two_workers(allowed_failures) as address, distributed.Client(address) as client:
        more = ["-o", "b.parquet", "--rows-per-part", "20", "--scheduler", address]
        process = start(*command, *more)
        wait_for_parts(Path("b.parquet.parts"), 8, process)
        before = client.run(os.getpid)
        os.kill(min(before.values()), signal.SIGKILL)
        n_finished = len(list(Path("b.parquet.parts").glob("*.done")))
        _, said = process.communicate(timeout=60)
        after = client.run(os.getpid)

    assert n_finished < 75, "the run was over before a worker was killed"
    assert min(before.values()) not in after.values()
    assert process.returncode == 0, said
    assert "1,500 passages (1,500 ok)" in said
    assert Path("a.parquet").read_bytes() == Path("b.parquet").read_bytes()


@pytest.mark.parametrize("times", [1, 2])
def test_shard_that_kills_its_worker_is_tried_again_and_then_lost_by_name(
    address: str, task: Task, tmp_path: Path, times: int
) -> None:
    label = Fault(tmp_path, 5, times, kill_oneself)
    with open_cluster(address, 2, task) as backend:
        results = list(label_shards(shards(12), label, jobs=2, backend=backend))
    assert sorted(result.number.piece for result in results) == list(range(12))
    lost = [result.name for result in results if isinstance(result, Lost)]
    assert lost == (["article 5"] if times == 2 else [])


def test_worker_with_another_model_is_refused(address: str, task: Task) -> None:
    other: Any = Task(task.directory, "0" * 64, "csv", {})
    with (
        pytest.raises(DataError, match="does not have this model in"),
        open_cluster(address, 2, other),
    ):
        pass
