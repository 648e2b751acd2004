"""The public door is complete, and opening it is cheap."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import stancekit
from stancekit import load_model

HEAVY = {
    *("sklearn", "scipy", "numpy", "pandas", "pyarrow", "datasets", "rich", "trafilatura"),
    *("safetensors", "jinja2", "matplotlib", "cleanlab"),
}


def modules_after(statement: str, depth: int = 1) -> set[str]:
    """The modules of a fresh interpreter that ran ``statement``, by up to ``depth`` names."""
    code = f"{statement}; import sys; print(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    names = (name.split(".") for name in done.stdout.splitlines()[-1].split())
    return {".".join(name[:n]) for name in names for n in range(1, depth + 1)}


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


def test_a_linear_model_reads_without_scikit_learn(tmp_path: Path) -> None:
    article = tmp_path / "article.txt"
    article.write_text("The Pentagon said that the troops must come home from Iraq this year.\n")

    found = modules_after(
        "from stancekit.cli import main; "
        f"main(['predict', {str(article)!r}, '--min-confidence', '0.4'], standalone_mode=False)",
        depth=2,
    )

    needed = {"numpy", "scipy", "safetensors"}
    assert needed < found
    assert not {*HEAVY, "joblib", "psutil", "dask", "onnxruntime"} - needed & found
    assert not {"scipy.stats", "scipy.optimize", "scipy.linalg"} & found


def test_whoever_asks_a_loaded_model_gets_estimators() -> None:
    from sklearn.base import BaseEstimator, clone, is_classifier

    model = load_model("troops-en")
    before = model.predict_proba(["Bring the troops home."])

    assert isinstance(model.stance, BaseEstimator)
    assert isinstance(model.frames, BaseEstimator)
    assert is_classifier(model.stance)
    assert clone(model.stance).get_params() == model.stance.get_params()
    assert model.stance is model.stance
    assert model.stance.features_ is model.frames.features_
    assert (model.stance.predict_proba(["Bring the troops home."]) == before).all()
