"""Sets of labels hold the right one as often as asked: by hand, by simulation, label by label."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stancekit import InputError
from stancekit.conformal import label_sets, least_probabilities, level_of

Array = np.ndarray


def column(proba: list[float]) -> Array:
    """Two classes, with these probabilities of the first, which is always right."""
    first = np.array(proba)
    return np.column_stack([first, 1 - first])


def test_nine_passages_of_a_label_leave_out_none_of_them_at_90_per_cent() -> None:
    proba = column([0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1])
    least = least_probabilities(proba, np.zeros(9, dtype=int), np.ones(9))

    # ceil((9 + 1) 0.9) = 9, the ninth smallest score; of the tenth, for 91 %, there is none.
    assert least.shape == (2, 99)
    assert least[0, level_of(0.9)] == pytest.approx(0.1)
    assert least[0, level_of(0.91)] == 0
    assert least[0, level_of(0.5)] == pytest.approx(0.5)
    assert (least[1] == 0).all(), "a label without a calibration passage cannot be left out"


def test_weights_count_as_so_many_passages() -> None:
    proba, y = column([0.9, 0.7, 0.4]), np.zeros(3, dtype=int)
    weighted = least_probabilities(proba, y, np.array([2.0, 3.0, 4.0]))
    rows = np.repeat(np.arange(3), [2, 3, 4])

    assert np.array_equal(weighted, least_probabilities(proba[rows], y[rows], np.ones(9)))


def test_sets_hold_what_is_likely_enough() -> None:
    least = np.tile(np.array([[0.5], [0.2], [0.0]]), 99)
    sets = label_sets(np.array([[0.6, 0.3, 0.1], [0.4, 0.1, 0.5]]), least, 0.9)

    assert sets.tolist() == [[True, True, True], [False, False, True]]


def test_likeliest_label_stands_in_a_set_that_would_be_empty() -> None:
    least = np.full((3, 99), 0.9)
    sets = label_sets(np.array([[0.6, 0.3, 0.1], [0.02, 0.95, 0.03]]), least, 0.9)

    assert sets.tolist() == [[True, False, False], [False, True, False]]


@pytest.mark.parametrize(
    ("coverage", "percent"), [(0.9, 90), (0.901, 91), (0.29, 29), (0.07, 7), (0.01, 1), (0.99, 99)]
)
def test_part_of_a_per_cent_counts_as_a_whole(coverage: float, percent: int) -> None:
    assert level_of(coverage) == percent - 1


@pytest.mark.parametrize("coverage", [0, 1, 0.995, 90, float("nan")])
def test_coverage_out_of_range_is_refused(coverage: float) -> None:
    with pytest.raises(InputError, match=r"expected a number from 0\.01 to 0\.99"):
        level_of(coverage)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
def test_higher_coverage_never_loses_a_label(seed: int, n_passages: int) -> None:
    rng = np.random.default_rng(seed)
    proba = rng.dirichlet([1, 1, 1], n_passages).round(2)
    least = least_probabilities(proba, rng.integers(0, 3, n_passages), rng.random(n_passages) + 0.1)

    assert (np.diff(least) <= 0).all()


def test_sets_cover_each_label_even_when_labels_become_more_common() -> None:
    rng, covered = np.random.default_rng(0), np.zeros((400, 2))
    for run in covered:
        y, proba = made_up(rng, 150, share=0.2)
        least = least_probabilities(proba, y, np.ones(150))
        y, proba = made_up(rng, 400, share=0.7)
        is_held = label_sets(proba, least, 0.8)[np.arange(400), y]
        run[:] = is_held[y == 0].mean(), is_held[y == 1].mean()

    assert covered.mean(axis=0) == pytest.approx([0.8, 0.8], abs=0.03)
    assert (covered.mean(axis=0) > 0.79).all()


def made_up(rng: np.random.Generator, n: int, share: float) -> tuple[Array, Array]:
    """Labels and probabilities of a classifier that is often wrong."""
    y = (rng.random(n) < share).astype(int)
    score = 1 / (1 + np.exp(-rng.normal(2 * y - 1, 1.5)))
    return y, np.column_stack([1 - score, score])
