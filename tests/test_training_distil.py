"""Soft labels: what a model says of passages that nobody has labelled, to learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.distil import Distillation
from training.passages import STANCES, Passages
from training.stacking import Rows
from training.tokens import Tokens


def trial() -> Distillation:
    """Labelled passages whose words tell nothing, and unlabelled ones whose words tell all."""
    words = ["alpha", "beta", "gamma"]
    passages = Passages(
        texts=[f"{words[row % 3]} x{row} y{row}" for row in range(60)],
        stances=["neutral"] * 30 + [STANCES[row % 3] for row in range(30, 60)],
        frames=[[]] * 60,
        groups=[str(row) for row in range(60)],
        domains=["news"] * 60,
        weights=[1.0] * 60,
        splits=["news_train"] * 60,
    )
    nothing = Tokens(np.zeros(1, dtype=int), np.zeros((0, 3)), np.zeros((0, 3)))
    texts = [f"{words[row % 3]} z{row}" for row in range(90)]
    scores = np.zeros((60, 2, 3))
    return Distillation(Rows.of(passages), nothing.vectors, nothing, texts, scores, scores)


def test_student_learns_what_the_soft_labels_say() -> None:
    one = trial()
    _, held_out = one.rows.folds[0]
    proba = np.full((90, 3), 0.01)
    proba[np.arange(90), np.arange(90) % 3] = 0.98

    taught = one.student(0, proba, 3.0)
    other = one.student(0, proba[:, [1, 2, 0]], 3.0)

    np.testing.assert_array_equal(taught.argmax(axis=1), held_out % 3)
    np.testing.assert_array_equal(other.argmax(axis=1), (held_out % 3 + 2) % 3)


def test_student_has_not_seen_the_labels_of_its_fold() -> None:
    one = trial()
    _, held_out = one.rows.folds[0]
    y = one.rows.y.copy()
    y[held_out] = (y[held_out] + 1) % 3
    proba = np.full((90, 3), 1 / 3)

    scores = one.student(0, proba, 1.0)
    turned = replace(one, rows=replace(one.rows, y=y)).student(0, proba, 1.0)

    np.testing.assert_array_equal(scores, turned)
