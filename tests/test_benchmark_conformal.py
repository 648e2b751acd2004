"""The benchmarks of sets, thresholds and calibration: known truths, and what was recorded."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import PRESENCE, WITHDRAWAL

from stancekit import Model, StanceClassifier, load_model
from training.benchmarks.calibration import calibrate_made_up, uncalibrated
from training.benchmarks.conformal import (
    COVERAGES,
    TARGET_ERRORS,
    cover_halves,
    cover_made_up,
    cover_stored,
)
from training.benchmarks.pictures import PICTURES
from training.benchmarks.pictures import main as draw
from training.passages import load_passages
from training.scoring import RESULTS, read_result


def test_made_up_sets_cover_each_label_also_under_other_shares() -> None:
    for level, found in cover_made_up(20).items():
        for by_label in found.values():
            assert by_label == pytest.approx([float(level)] * 3, abs=0.04)


def test_halves_cover_what_is_asked() -> None:
    rng = np.random.default_rng(0)
    y = rng.integers(0, 2, 400)
    right = 1 / (1 + np.exp(-rng.normal(1, 1.5, 400)))
    proba = np.column_stack(
        [np.where(y == 0, right, 1 - right), np.where(y == 1, right, 1 - right)]
    )
    found = cover_halves(proba, y, np.arange(400) // 4, n_runs=40)

    for level, facts in found.items():
        assert facts["coverage"] == pytest.approx(float(level), abs=0.03)
        assert 1 <= facts["n_labels"] <= 2


def test_stored_sets_and_thresholds_are_counted(model_directory: Path) -> None:
    model = load_model(model_directory)
    texts = [
        WITHDRAWAL[0].format("the valley"),
        PRESENCE[0].format("the valley"),
        "Zxqvwk brmpf",
    ]
    dev = load_passages(["authored"]).take(range(3))
    dev.texts[:] = texts
    dev.stances[:] = ["pro-withdrawal", "neutral", "neutral"]
    dev.groups[:] = ["a", "b", "c"]
    found = cover_stored(model, dev)

    assert list(found["sets"]) == [str(level) for level in COVERAGES]
    assert found["sets"]["0.9"]["coverage"]["value"] == 0.5
    assert found["sets"]["0.9"]["by_label"]["neutral"]["value"] == 0
    assert found["thresholds"]["0.2"]["labelled"]["value"] == 1
    assert found["thresholds"]["0.2"]["error"]["value"] == 0.5


def test_calibration_brings_probabilities_near_the_known_ones() -> None:
    found = calibrate_made_up(3)

    assert found["after"] < 0.05 < found["before"]


def test_uncalibrated_model_has_the_softmax_of_its_scores(fitted_stance: StanceClassifier) -> None:
    model = Model(fitted_stance)
    text = ["The soldiers must stay in the valley."]
    scores = fitted_stance.head_.scores(fitted_stance.features_.transform(text))

    found = uncalibrated(model).predict_proba(text)
    assert np.log(found) - scores == pytest.approx(np.full((1, 3), (np.log(found) - scores).mean()))
    assert not np.allclose(found, model.predict_proba(text))


def test_pictures_are_drawn_from_the_results(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib: pip install 'stancekit[plot]'")
    for name in PICTURES:
        (tmp_path / f"{name}.json").write_bytes((RESULTS / f"{name}.json").read_bytes())
    result = CliRunner().invoke(draw, ["--results", str(tmp_path)])

    assert result.exit_code == 0, result.output
    for name in PICTURES:
        assert "<svg" in (tmp_path / f"{name}.svg").read_text(encoding="utf-8")
        assert (RESULTS / f"{name}.svg").is_file()


def test_recorded_sets_cover_within_a_point_what_was_asked() -> None:
    found = read_result("conformal")

    assert found["settings"]["n_runs"] == 1000
    for level, parts in found["made_up"].items():
        for by_label in parts.values():
            assert by_label == pytest.approx([float(level)] * 3, abs=0.01)
    for split in found["dev"].values():
        assert list(split["stored"]["thresholds"]) == [str(error) for error in TARGET_ERRORS]
