"""Calibration against known answers, and thresholds against trying all."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, softmax
from sklearn.metrics import f1_score

from stancekit import score
from stancekit.calibration import best_threshold, fit_platt, fit_temperature
from stancekit.domains import Calibration, domain_codes, fit_calibration

TRUE_SCALE, TRUE_BIAS = 0.4, np.array([0.9, -0.6, -0.3])


def simulate(n_passages: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores that are too sure of themselves, and classes drawn with the right probabilities."""
    rng = np.random.default_rng(seed)
    scores = rng.normal(0, 4, (n_passages, 3))
    proba = softmax(TRUE_SCALE * scores + TRUE_BIAS, axis=1)
    return scores, (proba.cumsum(axis=1) > rng.random((n_passages, 1))).argmax(axis=1)


def test_known_temperature_and_biases_are_found_again() -> None:
    scores, y = simulate(20_000, seed=1)

    scale, bias, _ = fit_temperature(scores, y, np.ones(len(y)))

    assert scale == pytest.approx(TRUE_SCALE, abs=0.02)
    assert bias == pytest.approx(TRUE_BIAS, abs=0.05)


def test_calibration_error_of_passages_held_out_falls() -> None:
    scores, y = simulate(2_000, seed=2)
    others, y_others = simulate(2_000, seed=3)
    calibration, _ = fit_calibration(scores, y, np.ones((len(y), 1), bool), np.ones(len(y)))

    def error(proba: np.ndarray) -> float:
        found = score(y_others, proba.argmax(axis=1), proba=proba, labels=[0, 1, 2], n_bootstrap=0)
        assert found.ece is not None
        return found.ece.value

    before = error(softmax(others, axis=1))
    after = error(calibration.proba(others, np.ones((len(others), 1))))
    assert before > 0.1
    assert after < 0.03


def test_known_slope_and_offset_of_one_score_are_found_again() -> None:
    rng = np.random.default_rng(4)
    scores = rng.normal(0, 3, 20_000)
    y = (rng.random(20_000) < expit(0.5 * scores - 1.2)).astype(int)

    scale, bias, _ = fit_platt(scores, y, np.ones(len(y)))

    assert (scale, bias) == (pytest.approx(0.5, abs=0.02), pytest.approx(-1.2, abs=0.06))


def test_weight_2_is_as_good_as_a_passage_twice() -> None:
    scores, y = simulate(300, seed=5)
    weight = np.where(np.arange(300) < 100, 2.0, 1.0)

    weighted = fit_temperature(scores, y, weight)

    twice = np.concatenate([np.arange(300), np.arange(100)])
    repeated = fit_temperature(scores[twice], y[twice], np.ones(400))
    assert weighted[0] == pytest.approx(repeated[0], abs=1e-4)
    assert weighted[1] == pytest.approx(repeated[1], abs=1e-4)
    assert weighted[2] == pytest.approx(repeated[2], abs=1e-6)


def test_a_handful_of_passages_makes_no_certainties() -> None:
    scores = np.array([[9.0, -9.0], [-9.0, 9.0], [8.0, -8.0], [-8.0, 8.0]])

    scale, bias, loss = fit_temperature(scores, np.array([0, 1, 0, 1]), np.ones(4))

    assert np.isfinite([scale, loss]).all()
    assert scale < 1.5
    assert bias == pytest.approx(0, abs=1e-4)


def test_domains_have_calibrations_of_their_own_and_none_is_passed_over() -> None:
    rng = np.random.default_rng(6)
    scores = rng.normal(0, 1, (900, 2))
    codes = np.repeat([0, 1, -1], 300)
    share_of_1 = np.array([0.1, 0.8, 0.5])[np.repeat([0, 1, 2], 300)]
    y = (rng.random(900) < share_of_1).astype(int)

    is_of = codes[:, None] == np.arange(2)
    calibration, loss = fit_calibration(scores, y, is_of, np.ones(900))

    assert calibration.shares[:, 1] == pytest.approx([0.1, 0.8], abs=0.06)
    assert calibration.bias[0, 0] > 0 > calibration.bias[1, 0]
    assert 0 < loss < np.log(2)


def test_probabilities_mix_the_domains_that_a_passage_may_be_of() -> None:
    calibration = Calibration(
        scale=np.array([1.0, 2.0]),
        bias=np.array([[0.0, 0.0], [1.0, -1.0]]),
        shares=np.array([[0.5, 0.5], [0.8, 0.2]]),
    )
    scores = np.array([[0.3, -0.2]])

    mixed = calibration.proba(scores, np.array([[0.25, 0.75]]))

    one, two = softmax([0.3, -0.2]), softmax([1.6, -1.4])
    np.testing.assert_allclose(mixed[0], 0.25 * one + 0.75 * two)


def test_full_lean_makes_up_for_the_shares() -> None:
    calibration = Calibration(np.ones(1), np.log([[0.9, 0.1]]), np.array([[0.9, 0.1]]))

    leaning = calibration.proba(np.zeros((1, 2)), np.ones((1, 1)), lean=1.0)

    np.testing.assert_allclose(leaning, [[0.5, 0.5]])


def test_domains_are_sorted_and_none_has_no_place() -> None:
    names, codes = domain_codes(["speech", None, "news", ""], 4)

    assert (names, codes.tolist()) == (["news", "speech"], [1, -1, 0, -1])
    assert domain_codes(None, 2)[0] == domain_codes([None, ""], 2)[0] == [""]


@settings(derandomize=True, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(5, 95).map(lambda percent: percent / 100), st.booleans()),
        min_size=1,
        max_size=12,
    )
)
def test_no_threshold_has_a_higher_f1(rows: list[tuple[float, bool]]) -> None:
    proba, y = np.array([p for p, _ in rows]), np.array([int(yes) for _, yes in rows])

    threshold = best_threshold(proba, y)

    if not y.any():
        assert threshold == 0.5
        return
    reached = f1_score(y, proba >= threshold)
    assert reached == pytest.approx(max(f1_score(y, proba >= one) for one in proba))
    assert 0.05 <= threshold <= 0.95
