"""The public door is complete, and opening it is cheap."""

from __future__ import annotations

import subprocess
import sys

import pytest

import stancekit

HEAVY = {
    *("sklearn", "scipy", "numpy", "pandas", "pyarrow", "datasets", "rich", "trafilatura"),
    *("safetensors", "jinja2", "matplotlib", "cleanlab"),
}


def modules_after(statement: str) -> set[str]:
    """The top-level modules of a fresh interpreter that ran ``statement``."""
    code = f"{statement}; import sys; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_public_names_are_sorted_and_each_has_a_home() -> None:
    assert stancekit.__all__ == sorted(stancekit.__all__, key=lambda n: (n.upper() != n, n))
    assert set(stancekit.__all__) == set(stancekit._MODULE_OF)
    for name in stancekit.__all__:
        assert getattr(stancekit, name) is not None


def test_dir_shows_the_public_names() -> None:
    assert set(stancekit.__all__) < set(dir(stancekit))


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'load_modell'"):
        _ = stancekit.load_modell


def test_importing_the_library_imports_nothing_heavy() -> None:
    assert not HEAVY & modules_after("import stancekit")


def test_help_imports_nothing_heavy() -> None:
    assert not HEAVY & modules_after(
        "from stancekit.cli import main; main(['--help'], standalone_mode=False)"
    )
