"""One label of several: what is learnt, and how news and speeches are told apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import NEUTRAL, PLACES, PRESENCE, WITHDRAWAL, Passages

from stancekit import InputError, StanceClassifier


def quick(**settings: Any) -> StanceClassifier:
    return StanceClassifier(**{"Cs": (3.0,), "n_folds": 3, **settings})


@pytest.fixture(scope="module")
def two_kinds(passages: Passages) -> tuple[list[str], list[str], list[str | None]]:
    """News, which is nearly all neutral, and speeches, which never are."""
    news = [(f"According to officials, {p}", "neutral", "news") for p in neutral_passages(12)]
    news += [
        (f"According to officials, {pattern.format(place)}", label, "news")
        for label, patterns in (("pro-withdrawal", WITHDRAWAL), ("pro-presence", PRESENCE))
        for pattern in patterns
        for place in PLACES[:3]
    ]
    speeches = [
        (f"Mr. Speaker, I say: {text}", label, "speech")
        for text, label in zip(passages.texts, passages.labels, strict=True)
        if label != "neutral"
    ]
    texts, labels, domains = map(list, zip(*news, *speeches, strict=True))
    return texts, labels, domains


def neutral_passages(n: int) -> list[str]:
    return [NEUTRAL[k % 2].format(place) for k, place in enumerate(PLACES[:n])]


@pytest.fixture(scope="module")
def by_domain(two_kinds: tuple[list[str], list[str], list[str | None]]) -> StanceClassifier:
    texts, labels, domains = two_kinds
    return quick().fit(texts, labels, domains=domains)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda labels: [np.str_(label) for label in labels],
        np.array,
        lambda labels: np.array(labels, dtype=object),
        lambda labels: pd.Series(labels, index=range(3, 3 + len(labels))),
        lambda labels: pd.Series(labels, dtype="category"),
    ],
    ids=["np.str_", "array", "objects", "series", "categorical"],
)
def test_labels_are_strings_of_any_make(passages: Passages, wrap: Any) -> None:
    classifier = quick().fit(passages.texts, wrap(passages.labels))

    assert classifier.classes_.tolist() == ["neutral", "pro-presence", "pro-withdrawal"]
    assert all(type(label) is str for label in classifier.predict(passages.texts))
    assert classifier.score(passages.texts, wrap(passages.labels)) > 0.9


@pytest.mark.parametrize("n_labels", [2, 3, 5])
def test_any_number_of_labels_will_do(n_labels: int) -> None:
    subjects = ["the harbour wall", "school meals", "night trains", "river tolls", "bus lanes"]
    rows = [
        (f"{start} {subject} in the district council.", subject.replace(" ", "-"))
        for subject in subjects[:n_labels]
        for start in ("We read of", "They spoke about", "Nobody knew of", "All wrote on")
    ]
    texts, labels = zip(*rows, strict=True)

    classifier = quick().fit(texts, labels)

    proba = classifier.predict_proba(texts)
    assert proba.shape == (4 * n_labels, n_labels)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert classifier.score(texts, labels) == 1


def test_rows_sum_to_1(fitted_stance: StanceClassifier, passages: Passages) -> None:
    proba = fitted_stance.predict_proba([*passages.texts, "", "soldiers"])

    np.testing.assert_allclose(proba.sum(axis=1), 1, rtol=1e-12)


def test_lean_0_is_the_likeliest_label(passages: Passages) -> None:
    classifier = quick(lean=0).fit(passages.texts, passages.labels)

    likeliest = classifier.classes_[classifier.predict_proba(passages.texts).argmax(axis=1)]
    assert classifier.predict(passages.texts).tolist() == likeliest.tolist()
    assert classifier.lean_ == 0


def test_lean_finds_rare_labels_and_leaves_the_probabilities() -> None:
    texts = [p.format(place) for place in PLACES for p in NEUTRAL]
    texts += [WITHDRAWAL[0].format(place) for place in PLACES[:4]]
    labels = ["neutral"] * 24 + ["leave"] * 4
    plain, leaning = (quick(lean=lean).fit(texts, labels) for lean in (0, 1))
    mixed = ["The minister will read that the war costs too much money."]

    np.testing.assert_array_equal(plain.predict_proba(mixed), leaning.predict_proba(mixed))
    assert (plain.predict(mixed), leaning.predict(mixed)) == ("neutral", "leave")


@pytest.mark.parametrize("lean", [-0.1, 1.5, float("nan")])
def test_lean_outside_0_and_1_is_refused(passages: Passages, lean: float) -> None:
    with pytest.raises(InputError, match="expected None or a number from 0 to 1"):
        quick(lean=lean).fit(passages.texts, passages.labels)


def test_lean_is_among_those_with_the_best_held_out_macro_f1(
    fitted_stance: StanceClassifier,
) -> None:
    found = fitted_stance.macro_f1_

    assert list(found) == [step / 10 for step in range(11)]
    assert found[fitted_stance.lean_] >= max(found.values()) - 0.01


def test_c_is_the_one_with_the_lowest_held_out_log_loss(fitted_stance: StanceClassifier) -> None:
    assert fitted_stance.log_loss_[fitted_stance.C_] == min(fitted_stance.log_loss_.values())


def test_more_weight_makes_a_label_likelier(passages: Passages) -> None:
    weight = [5.0 if label == "neutral" else 1.0 for label in passages.labels]
    plain = quick().fit(passages.texts, passages.labels)
    heavy = quick().fit(passages.texts, passages.labels, sample_weight=weight)

    assert heavy.predict_proba([""])[0, 0] > plain.predict_proba([""])[0, 0]


def test_class_weights_go_by_name(passages: Passages) -> None:
    weighted = quick(class_weight={"neutral": 3.0}).fit(passages.texts, passages.labels)
    plain = quick().fit(passages.texts, passages.labels)

    assert weighted.head_.intercept[0] > plain.head_.intercept[0]
    with pytest.raises(InputError, match="unknown label 'neutrl'; did you mean 'neutral'"):
        quick(class_weight={"neutrl": 3.0}).fit(passages.texts, passages.labels)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        (["a"] * 72, "only 'a' as label"),
        (["stay"] * 71 + [None], "1 of 72 rows have no label"),
        (["stay"] * 60 + ["Stay"] * 12, "look like one label typed in two ways"),
        (["stay"] * 71 + ["go"], "label 'go' has 1 row;"),
        ("stay go", "got one string as labels"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(
    passages: Passages, labels: Any, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        quick().fit(passages.texts, labels)


def test_texts_without_a_common_word_are_refused() -> None:
    with pytest.raises(InputError, match="found no word that stands in 2 of the 2 passages"):
        quick(n_folds=2).fit(["alpha", "beta", "gamma", "delta"], ["a", "b", "a", "b"])


def test_the_same_words_are_likelier_neutral_in_news(by_domain: StanceClassifier) -> None:
    words = "the committee will meet in the valley"

    news, speech = by_domain.predict_proba(
        [f"According to officials, {words}.", f"Mr. Speaker, I say: {words}."]
    )

    assert by_domain.domains_ == ["news", "speech"]
    assert news[0] > speech[0]


def test_detector_tells_the_domains_apart(
    by_domain: StanceClassifier, two_kinds: tuple[list[str], list[str], list[str | None]]
) -> None:
    texts, _, domains = two_kinds
    assert by_domain.detector_ is not None

    found = by_domain.detector_.proba(by_domain.features_.transform(texts)).argmax(axis=1)

    assert [by_domain.domains_[code] for code in found] == domains


@pytest.mark.parametrize("none", [None, "", float("nan"), pd.NA])
def test_passages_of_no_domain_count_for_the_weights_alone(
    by_domain: StanceClassifier,
    two_kinds: tuple[list[str], list[str], list[str | None]],
    passages: Passages,
    none: Any,
) -> None:
    texts, labels, domains = two_kinds
    n_more = 12
    more = quick().fit(
        texts + passages.texts[:n_more],
        labels + passages.labels[:n_more],
        domains=domains + [none] * n_more,
    )

    assert more.domains_ == by_domain.domains_
    np.testing.assert_array_equal(more.calibration_.shares, by_domain.calibration_.shares)
    assert more.head_.coef.shape != by_domain.head_.coef.shape


def test_one_domain_is_as_good_as_none(passages: Passages) -> None:
    plain = quick().fit(passages.texts, passages.labels)
    one = quick().fit(passages.texts, passages.labels, domains=["news"] * 72)

    np.testing.assert_array_equal(
        one.predict_proba(passages.texts), plain.predict_proba(passages.texts)
    )
    assert (one.domains_, plain.domains_) == (["news"], [""])
    assert one.detector_ is None


def test_domains_that_are_no_strings_are_refused(passages: Passages) -> None:
    with pytest.raises(InputError, match="got 3 as domain; expected a string, or None"):
        quick().fit(passages.texts, passages.labels, domains=[3] * 72)


def test_a_grid_search_may_look_among_word_runs_without_single_words(passages: Passages) -> None:
    pairs = quick(ngram_range=(2, 2)).fit(passages.texts, passages.labels)

    assert pairs.score(passages.texts, passages.labels) > 0.9
    assert all(" " in term for term in pairs.features_.vocabulary_)


def two_domains() -> tuple[list[str], list[str], list[str]]:
    """The same words argue for leaving in news and for staying in speeches."""
    rows = [
        (f"{words} in {place}, they said.", label, domain)
        for place in PLACES
        for words, label, domain in (
            ("The war is long and the road was paved", "leave", "news"),
            ("The harvest was good and shops were open", "stay", "news"),
            ("The war is long and I thank the chair", "stay", "speech"),
            ("The harvest was good and I yield the floor", "leave", "speech"),
        )
    ]
    texts, labels, domains = (list(column) for column in zip(*rows, strict=True))
    return texts, labels, domains


def test_domains_that_do_not_share_have_weights_of_their_own() -> None:
    texts, labels, domains = two_domains()
    shared, own = (
        quick(sharing=sharing, lean=0).fit(texts, labels, domains=domains) for sharing in (1, 0)
    )

    assert (shared.n_sets_, own.n_sets_) == (1, 2)
    assert own.head_.coef.shape[0] == 2 * shared.head_.coef.shape[0]
    war = own.features_.vocabulary_["war"]
    by_set = own.head_.coef[:, war].reshape(2, 2)  # news, speech; leave, stay
    assert by_set[0, 0] > by_set[0, 1]
    assert by_set[1, 0] < by_set[1, 1]
    assert own.predict(texts).tolist() == labels


def test_sharing_by_domain_is_that_of_the_domain() -> None:
    texts, labels, domains = two_domains()
    own = quick(sharing=0).fit(texts, labels, domains=domains)
    half = quick(sharing={"speech": 0}).fit(texts, labels, domains=domains)

    speech = slice(2, 4)
    np.testing.assert_array_equal(own.head_.coef[speech], half.head_.coef[speech])
    assert not np.allclose(own.head_.coef[:2], half.head_.coef[:2])


@pytest.mark.parametrize(
    ("sharing", "message"),
    [
        (1.5, "got sharing=1.5; expected numbers from 0 to 1"),
        ({"speech": -1}, "expected numbers from 0 to 1"),
        ({"speach": 0}, "unknown domain 'speach'; did you mean 'speech'"),
    ],
)
def test_sharing_that_makes_no_sense_is_refused(sharing: object, message: str) -> None:
    texts, labels, domains = two_domains()

    with pytest.raises(InputError, match=message):
        quick(sharing=sharing).fit(texts, labels, domains=domains)
