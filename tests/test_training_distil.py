"""Soft labels: what a model says of passages that nobody has labelled, as rows to learn from."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.distil import Distillation
from training.passages import LEAST_SHARE, SOFT, STANCES, Passages, has_data, load_passages
from training.stacking import Rows
from training.standoff import DEV, SPLITS, read_standoff
from training.standoff.making import FIELDS
from training.tokens import Tokens
from training.train import RECIPES, TAUGHT, fit_model


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
    return Distillation(Rows.of(passages), nothing, nothing, texts, scores, scores)


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


def test_soft_labels_are_shares_of_passages_that_no_split_has() -> None:
    rows = read_standoff(SOFT)
    labelled = {row["id"] for split in SPLITS for row in read_standoff(split)}
    dev = {row["article"] for split in DEV for row in read_standoff(split)}

    assert not labelled & {row["id"] for row in rows}
    assert not dev & {row["article"] for row in rows}
    assert all(set(row) <= {*FIELDS, "proba"} - {"stance", "frames"} for row in rows)
    shares = np.array([row["proba"] for row in rows])
    assert shares.shape == (len(rows), len(STANCES))
    np.testing.assert_allclose(shares.sum(axis=1), 1, atol=2e-3)


@pytest.mark.skipif(not has_data(), reason="the real passages are not there")
def test_passage_with_soft_labels_weighs_what_it_is_given_and_is_of_no_domain() -> None:
    passages = load_passages({SOFT: 2.0})

    weights: dict[str, float] = {}
    for text, weight in zip(passages.texts, passages.weights, strict=True):
        weights[text] = weights.get(text, 0.0) + weight
    assert all(2 - 4 * LEAST_SHARE - 0.01 <= weight <= 2.01 for weight in weights.values())
    assert set(passages.domains) == {None}


def test_no_recipe_that_is_cross_validated_has_soft_labels() -> None:
    assert all(SOFT not in recipe for recipe in RECIPES.values())
    assert set(TAUGHT) <= set(RECIPES)


def test_only_the_stance_learns_from_soft_labels() -> None:
    part = load_passages({"authored": 1.0}).take(range(0, 1800, 12))
    soft = Passages(
        texts=["zyzzyva zyzzyva troops", "zyzzyva soldiers troops"] * 10,
        stances=["neutral", "pro-presence"] * 10,
        frames=[[]] * 20,
        groups=[f"soft {row}" for row in range(20)],
        domains=[None] * 20,
        weights=[0.5] * 20,
        splits=[SOFT] * 20,
    )
    columns = {name: [*values, *getattr(soft, name)] for name, values in vars(part).items()}
    off_topic = load_passages(["authored_off_topic"])

    model = fit_model("troops-en-open", Passages(**columns), off_topic)

    line = next(line for line in model.about["data"] if line.startswith(SOFT))
    assert "2 passages that nobody has labelled" in line
    assert "50.0% neutral, 50.0% pro-presence" in line
    alone = fit_model("troops-en-open", part, off_topic)
    assert model.frames is not None
    assert alone.frames is not None
    text = "The war costs billions that we need at home."
    np.testing.assert_allclose(
        model.frames.predict_proba([text]), alone.frames.predict_proba([text]), atol=1e-6
    )
