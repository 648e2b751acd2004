"""Dask workers, reached through joblib; checked before they are given work."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.errors import DataError, MissingExtraError, ModelError
from stancekit.storage import model_digest

if TYPE_CHECKING:
    from stancekit.labelling import Task

__all__ = ["LOCAL", "open_cluster"]

LOCAL = "local"
# What must be the same for workers to understand what they are sent, and to give the same numbers.
_PACKAGES = ("stancekit", "joblib", "numpy", "scipy", "scikit-learn", "pyarrow")
_PATIENCE_SECONDS = 15
# How workers are started here. Dask has them give memory back at once, so that each large array is
# zeroed anew by the system, a fifth of the time; and look a hundred times a second where they are.
_SETTINGS = {
    "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    "distributed.worker.profile.enabled": False,
}


@contextmanager
def open_cluster(scheduler: str, jobs: int, task: Task) -> Iterator[Any]:
    """A joblib backend that sends work to Dask.

    Parameters
    ----------
    scheduler : str
        The address of a scheduler, or "local" for a cluster of ``jobs`` workers on this machine
        that ends with the work.
    jobs : int
    task : Task; what the workers will do: they must have its model

    Raises
    ------
    MissingExtraError
        When Dask is not installed.
    DataError
        When there is no scheduler at that address, it has no workers, or they have other versions.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise MissingExtraError(
            '--scheduler needs Dask; install it with `pip install "stancekit[dask]"`'
        ) from None
    if scheduler == LOCAL:
        with (
            import_module("dask").config.set(_SETTINGS),
            distributed.LocalCluster(
                n_workers=None if jobs < 0 else jobs, threads_per_worker=1, dashboard_address=None
            ) as cluster,
            distributed.Client(cluster) as client,
        ):
            yield _checked(client, task)
        return
    try:
        client = distributed.Client(scheduler, timeout=_PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise DataError(
            f"no Dask scheduler answers at {scheduler} ({error}); check the address, as in "
            "tcp://10.0.0.1:8786"
        ) from None
    with client:
        yield _checked(client, task)


def _checked(client: Any, task: Task) -> Any:
    """The backend, when all workers are as they must be."""
    try:
        client.wait_for_workers(1, timeout=_PATIENCE_SECONDS)
    except TimeoutError:
        raise DataError(
            f"the Dask scheduler at {client.scheduler.address} has no workers; start some first"
        ) from None
    try:
        found = client.run(partial(_facts, task.directory))
    except Exception as error:  # whatever importing or reading raises there
        raise DataError(
            f"the Dask workers cannot run stancekit ({type(error).__name__}: {error}); install the "
            "same version of it where they are"
        ) from None
    expected = {**_facts(task.directory), "model": task.digest}
    for worker, facts in found.items():
        _check_worker(worker, facts, expected, task.directory)
    return _make_backend(client)


def _check_worker(
    worker: str, facts: dict[str, str], expected: dict[str, str], directory: str
) -> None:
    if facts["model"] != expected["model"]:
        raise DataError(
            f"the Dask worker {worker} does not have this model in {directory} ({facts['model']}); "
            "put it in a folder that all share"
        )
    for name, here in expected.items():
        if facts[name] != here:
            raise DataError(
                f"the Dask worker {worker} has {name} {facts[name]} and this machine {here}; "
                "install the same versions on both"
            )


def _facts(directory: str) -> dict[str, str]:
    """What a worker must have in common with this machine."""
    found = {name: _version(name) for name in _PACKAGES}
    try:
        found["model"] = model_digest(Path(directory))
    except ModelError as error:
        found["model"] = str(error)
    return {**found, "Python": ".".join(platform.python_version_tuple()[:2])}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _make_backend(client: Any) -> Any:
    from joblib._dask import DaskDistributedBackend

    class Backend(DaskDistributedBackend):
        """joblib's backend, which also tells joblib of work that killed its workers.

        joblib 1.6 is only told of what a worker could answer; of a death it would never hear.
        """

        def effective_n_jobs(self, n_jobs: int) -> int:
            # With one, joblib would do the work in this process, which must outlive its workers.
            return max(2, int(super().effective_n_jobs(n_jobs)))

        def submit(self, func: Any, callback: Any = None) -> Any:
            future = super().submit(func, callback)

            def tell(done: Future[Any]) -> None:
                if (error := done.exception()) is not None:
                    callback(_Death(error))

            future.add_done_callback(tell)
            return future

        def retrieve_result_callback(self, out: Any) -> Any:
            if isinstance(out, _Death):
                raise out.error
            return super().retrieve_result_callback(out)

    return Backend(client=client)


class _Death:
    """Why a worker gave no answer."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
