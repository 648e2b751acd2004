"""Passages that take a stance on different targets, which `fit` and `predict` are told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from conftest import PLACES
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, StratifiedKFold
from test_saving import sign

from stancekit import InputError, ModelError, StanceClassifier, load_model, save_model, verify_model

# "Good" words favour a dam and a mill, and speak against a ban on either.
GOOD = ("It keeps the farms of {} alive.", "The families of {} would be proud of it.")
BAD = ("It ruins the farms of {} for ever.", "The families of {} would be ashamed of it.")
DAM, MILL = "build the dam", "build the mill"
BAN_DAM, BAN_MILL = "ban the dam", "ban the mill"


def rows_on(target: str) -> list[tuple[str, str, str]]:
    sides = ("against", "favour") if target.startswith("ban") else ("favour", "against")
    return [
        (pattern.format(place), side, target)
        for side, patterns in zip(sides, (GOOD, BAD), strict=True)
        for pattern in patterns
        for place in PLACES
    ]


def columns_of(*targets: str) -> tuple[list[str], list[str], list[str]]:
    texts, labels, aims = zip(*(row for target in targets for row in rows_on(target)), strict=True)
    return list(texts), list(labels), list(aims)


def quick(**settings: Any) -> StanceClassifier:
    return StanceClassifier(**{"Cs": (3.0,), "n_folds": 3, "min_per_target": 20, **settings})


TEXTS, LABELS, TARGETS = columns_of(DAM, BAN_DAM)


@pytest.fixture(scope="module")
def own() -> StanceClassifier:
    """Each target learns alone."""
    return quick(sharing=0, cross_targets=False).fit(TEXTS, LABELS, targets=TARGETS)


@pytest.fixture(scope="module")
def crossed() -> StanceClassifier:
    """One set of weights, which know targets by their words."""
    classifier = quick(min_per_target=None)
    return classifier.fit(*(columns_of(DAM, BAN_DAM)[:2]), targets=TARGETS)


def test_the_same_words_favour_one_target_and_speak_against_another(own: StanceClassifier) -> None:
    text = GOOD[0].format(PLACES[0])

    assert own.targets_ == [BAN_DAM, DAM]
    assert own.predict([text, text], targets=[DAM, BAN_DAM]).tolist() == ["favour", "against"]
    assert own.score(TEXTS, LABELS, targets=TARGETS) == 1


def test_without_sharing_a_target_learns_as_if_it_were_alone(own: StanceClassifier) -> None:
    dam = quick(sharing=0, cross_targets=False).fit(*columns_of(DAM)[:2])
    of_dam = own.head_.coef[2:4]

    places = [own.features_.vocabulary_[term] for term in dam.features_.vocabulary_]
    assert np.corrcoef(of_dam[:, places].ravel(), dam.head_.coef.ravel())[0, 1] > 0.999


def test_crossed_words_carry_over_to_a_target_that_fit_never_saw(
    crossed: StanceClassifier,
) -> None:
    texts, labels, targets = columns_of(MILL, BAN_MILL)

    assert crossed.targets_ == []
    assert crossed.score(texts, labels, targets=targets) > 0.95
    assert crossed.score(texts, labels) < 0.6


def test_of_a_target_of_many_words_the_longest_are_crossed() -> None:
    around = " ".join(f"{a}{b}" for a in "abcdefg" for b in "abcdefg")
    texts, labels, targets = columns_of(DAM, BAN_DAM)
    motions = [f"{around} that this house {target} {around}" for target in targets]

    classifier = quick(min_per_target=None).fit(texts, labels, targets=motions)

    assert classifier.score(texts, labels, targets=motions) > 0.9
    aims = {term.split("_")[0] for term in classifier.features_.crossed.vocabulary_}
    assert {"house", "build", "ban", "dam"} <= aims
    assert len(aims) <= 22


@pytest.mark.parametrize("missing", [None, "", float("nan"), pd.NA, "a target never seen"])
def test_missing_and_unknown_targets_are_read_by_what_all_have_in_common(
    own: StanceClassifier, missing: Any
) -> None:
    proba = own.predict_proba(TEXTS[:5], targets=[missing] * 5)

    np.testing.assert_array_equal(proba, own.predict_proba(TEXTS[:5]))
    np.testing.assert_allclose(proba.sum(axis=1), 1)


def test_passages_without_a_target_count_for_what_is_common(own: StanceClassifier) -> None:
    more = quick(sharing=0, cross_targets=False).fit(
        [*TEXTS, *TEXTS[:24]], [*LABELS, *LABELS[:24]], targets=[*TARGETS, *[None] * 24]
    )

    assert more.targets_ == own.targets_
    assert more.predict_proba(TEXTS[:1])[0, 1] > own.predict_proba(TEXTS[:1])[0, 1]


def test_rare_targets_and_those_of_one_label_get_no_weights_of_their_own() -> None:
    rare = rows_on(MILL)[:10]
    one_sided = [(text, "favour", BAN_MILL) for text, side, _ in rows_on(DAM) if side == "favour"]
    texts, labels, targets = zip(*rows_on(DAM), *rows_on(BAN_DAM), *rare, *one_sided, strict=True)

    assert quick().fit(texts, labels, targets=targets).targets_ == [BAN_DAM, DAM]
    assert quick(min_per_target=49).fit(texts, labels, targets=targets).targets_ == []


@pytest.mark.parametrize("none", [["x"], [""], [None]])
def test_a_constant_target_changes_nothing(none: list[Any]) -> None:
    texts, labels, _ = columns_of(DAM)
    told = quick().fit(texts, labels, targets=none * len(texts))
    plain = quick().fit(texts, labels)

    assert told.targets_ == []
    np.testing.assert_array_equal(
        told.predict_proba(texts, targets=none * len(texts)), plain.predict_proba(texts)
    )


def test_shared_weights_still_have_a_calibration_a_target() -> None:
    texts, labels, targets = columns_of(DAM, BAN_DAM)
    shared = quick(sharing=1, cross_targets=False).fit(texts, labels, targets=targets)

    assert shared.n_sets_ == 1
    assert shared.head_.coef.shape[0] == 2
    assert shared.calibration_.scale.shape == (3,)


def test_sharing_goes_by_the_name_of_the_target() -> None:
    shared = quick(sharing={DAM: 0.0}).fit(TEXTS, LABELS, targets=TARGETS)

    assert shared.n_sets_ == 3
    with pytest.raises(InputError, match=f"unknown target 'build a dam'; did you mean '{DAM}'"):
        quick(sharing={"build a dam": 0.0}).fit(TEXTS, LABELS, targets=TARGETS)


@pytest.mark.parametrize(
    ("targets", "words"),
    [
        (TARGETS[:5], "got 5 targets for 96 passages"),
        (DAM, "got one string as targets"),
        ([7] * 96, "got 7 as target; expected a string, or None for no target"),
    ],
)
def test_targets_that_make_no_sense_are_refused(
    own: StanceClassifier, targets: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        quick().fit(TEXTS, LABELS, targets=targets)
    with pytest.raises(InputError, match=words):
        own.predict(TEXTS, targets=targets)


def test_targets_that_fit_never_had_are_refused() -> None:
    texts, labels, targets = columns_of(DAM)

    with pytest.raises(InputError, match="`fit` had none; leave them out"):
        quick().fit(texts, labels).predict(texts, targets=targets)


def test_domains_and_targets_at_once_are_refused() -> None:
    with pytest.raises(InputError, match="got domains and targets"):
        quick().fit(TEXTS, LABELS, targets=TARGETS, domains=["news"] * len(TEXTS))


@pytest.mark.parametrize("least", [0, -3, 2.5, "20"])
def test_min_per_target_is_a_whole_number(least: Any) -> None:
    with pytest.raises(InputError, match="got min_per_target="):
        quick(min_per_target=least).fit(TEXTS, LABELS, targets=TARGETS)


def test_weight_0_leaves_the_target_out_too() -> None:
    weight = [1.0 if target == DAM else 0.0 for target in TARGETS]
    weighted = quick().fit(TEXTS, LABELS, sample_weight=weight, targets=TARGETS)
    texts, labels, targets = columns_of(DAM)

    alone = quick().fit(texts, labels, targets=targets)

    assert weighted.targets_ == alone.targets_ == []
    np.testing.assert_array_equal(weighted.predict_proba(texts), alone.predict_proba(texts))


def test_refit_without_targets_forgets_them() -> None:
    texts, labels, _ = columns_of(DAM)
    again = quick().fit(TEXTS, LABELS, targets=TARGETS).fit(texts, labels)

    assert again.targets_ is None
    np.testing.assert_array_equal(
        again.predict_proba(texts), quick().fit(texts, labels).predict_proba(texts)
    )


def test_jobs_change_nothing(crossed: StanceClassifier) -> None:
    again = quick(min_per_target=None, n_jobs=2).fit(TEXTS, LABELS, targets=TARGETS)

    assert again.head_.coef.tobytes() == crossed.head_.coef.tobytes()


def test_grid_search_hands_the_targets_on_when_asked_to() -> None:
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = quick(cross_targets=False)
        classifier.set_fit_request(targets=True).set_score_request(targets=True)
        search = GridSearchCV(
            clone(classifier),
            {"sharing": [0.0, 1.0]},
            cv=StratifiedKFold(3, shuffle=True, random_state=0),
        )
        search.fit(TEXTS, LABELS, targets=np.array(TARGETS))

    assert search.best_params_ == {"sharing": 0.0}
    assert search.best_score_ > 0.9


@pytest.mark.parametrize(
    "settings",
    [
        {"sharing": 0.2},
        {"char_ngram_range": (2, 4), "cross_targets": False},
        {"char_ngram_range": (2, 3), "sharing": {DAM: 0.5}},
        {"min_per_target": None},
    ],
    ids=["crossed", "characters", "both", "one set"],
)
def test_a_saved_model_reads_targets_as_before(tmp_path: Path, settings: dict[str, Any]) -> None:
    classifier = quick(**settings).fit(TEXTS, LABELS, targets=TARGETS)
    save_model(classifier, tmp_path / "model", golden=TEXTS[:3])

    loaded = load_model(tmp_path / "model")

    targets = [*TARGETS[:-2], None, "never seen"]
    np.testing.assert_array_equal(
        loaded.predict_proba(TEXTS, targets), classifier.predict_proba(TEXTS, targets)
    )
    assert loaded.predict(TEXTS).tolist() == classifier.predict(TEXTS).tolist()
    assert loaded.stance.get_params() == classifier.get_params()
    assert verify_model(tmp_path / "model")[1] == 3


@pytest.mark.parametrize(
    "change", [lambda facts: facts.pop("targets"), lambda facts: facts.update(targets=["x"])]
)
def test_a_model_whose_targets_do_not_fit_is_refused(
    tmp_path: Path, change: Callable[[dict[str, Any]], Any]
) -> None:
    save_model(quick(sharing=0).fit(TEXTS, LABELS, targets=TARGETS), tmp_path / "model")
    sign(tmp_path / "model", lambda manifest: change(manifest["parts"]["stance"]))

    with pytest.raises(ModelError, match="does not hold together"):
        load_model(tmp_path / "model")


def test_characters_read_words_that_are_spelt_otherwise() -> None:
    texts, labels, _ = columns_of(DAM)
    words, characters = (quick(char_ngram_range=r).fit(texts, labels) for r in (None, (2, 5)))
    odd = ["itruinsthefarms", "ashamedashamed"]

    assert np.ptp(words.predict_proba(odd), axis=0).max() == 0
    assert characters.predict(odd).tolist() == ["against", "against"]
    assert not characters.terms_.vocabulary_.keys() & {"ru", "rui"}


@pytest.mark.parametrize("lengths", [(5, 2), 3, "25"])
def test_lengths_of_characters_that_make_no_sense_are_refused(lengths: Any) -> None:
    with pytest.raises(InputError, match="got ngram_range="):
        quick(char_ngram_range=lengths).fit(TEXTS, LABELS)
