"""The plain pipeline counts what the model counts, and each way is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from click.testing import CliRunner
from scipy.special import softmax

from stancekit import load_model
from training.benchmarks.speed import PLAIN, WAYS, main, plain_pipeline
from training.scoring import read_result

TEXTS = ["Bring the troops home from Iraq.", "They must stay until Iraq's army is ready."]


def test_plain_pipeline_reads_the_features_of_the_model() -> None:
    stance = load_model("troops-en").stance
    scores = stance.head_.scores(stance.features_.transform(TEXTS))[:, : len(stance.classes_)]

    found = plain_pipeline(load_model("troops-en"))(TEXTS)

    np.testing.assert_allclose(found, softmax(scores, axis=1), atol=1e-9)


def test_benchmark_compares_the_ways_in_turn(tmp_path: Path) -> None:
    arguments = ["--passages", "40", "--turns", "3", "--results", str(tmp_path / "results")]
    result = CliRunner().invoke(main, [*arguments, "--data", str(tmp_path)])

    assert result.exit_code == 0, result.output
    (found,) = read_result("speed", tmp_path / "results")["collections"].values()
    assert found["n_passages"] == 40
    assert list(found["ways"]) == list(WAYS)
    for way, facts in found["ways"].items():
        assert facts["passages_per_second"] > 0
        assert ("ratio" in facts) == (way != PLAIN)


def test_recorded_model_reads_at_three_times_the_plain_speed() -> None:
    for found in read_result("speed")["collections"].values():
        assert found["ways"]["Model.predict_proba"]["ratio"]["low"] >= 3
