"""Encoders that users bring: what is asked of them, how often, and what is refused."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import PRESENCE, Passages
from encoders_of import Letters
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, GroupKFold, cross_val_predict
from sklearn.pipeline import Pipeline

from stancekit import (
    CachedEncoder,
    FrameClassifier,
    InputError,
    MissingExtraError,
    Model,
    StanceClassifier,
    load_model,
    save_model,
    verify_model,
)

ODD = ["", " \n", "soldiers", "军队必须回家。", "\ud83d", "the soldiers must go home " * 400]


def quick(**settings: Any) -> StanceClassifier:
    return StanceClassifier(**{"Cs": (3.0, 10.0), "n_folds": 3, **settings})


@pytest.fixture(scope="module")
def encoded(passages: Passages) -> StanceClassifier:
    classifier = quick(encoder=Letters())
    return classifier.fit(passages.texts, passages.labels, groups=passages.articles)


class Gives:
    """An encoder that gives what it is told to, whatever the texts."""

    def __init__(self, make: Any) -> None:
        self.make = make

    def encode(self, texts: list[str]) -> Any:
        return self.make(texts)


def test_constructor_stores_and_opens_nothing() -> None:
    encoder = object()

    params = StanceClassifier(encoder=encoder, encoder_weight="much").get_params(deep=False)

    assert params["encoder"] is encoder
    assert params["encoder_weight"] == "much"


def test_clone_has_an_equal_encoder_and_is_not_fitted(encoded: StanceClassifier) -> None:
    twin = clone(encoded)

    assert isinstance(twin.encoder, Letters)
    with pytest.raises(NotFittedError):
        twin.predict(["a war"])


def test_axes_stand_after_the_terms(encoded: StanceClassifier, passages: Passages) -> None:
    X = encoded.features_.transform(passages.texts)
    n_terms = len(encoded.terms_.vocabulary_)

    assert X.shape == (72, n_terms + 16)
    assert encoded.head_.coef.shape == (3, n_terms + 16)
    assert np.abs(encoded.head_.coef[:, n_terms:]).min() > 0
    for part, length in ((X[:, :n_terms], 1), (X[:, n_terms:], encoded.encoder_weight)):
        np.testing.assert_allclose(part.power(2).sum(axis=1), length**2)


def test_weight_is_the_length_of_the_axes(passages: Passages) -> None:
    heavy = quick(encoder=Letters(), encoder_weight=2).fit(passages.texts, passages.labels)

    axes = heavy.features_.transform([PRESENCE[0]])[:, len(heavy.terms_.vocabulary_) :]

    assert axes.power(2).sum() == pytest.approx(4)


def test_encoder_tells_apart_what_words_cannot() -> None:
    # No word stands in two of these passages, other than those of both labels.
    ends = [chr(97 + k) * 3 for k in range(20)]
    texts = [f"they said in town {'zz' + end if k % 2 else end}" for k, end in enumerate(ends)]
    labels = ["odd" if k % 2 else "even" for k in range(20)]

    class Zs:
        def encode(self, texts: list[str]) -> list[list[float]]:
            return [[text.count("z"), 1.0] for text in texts]

    words, joined = (quick(encoder=encoder).fit(texts, labels) for encoder in (None, Zs()))

    new = ["they said in town zzyyy", "they said in town yyy"]
    assert joined.predict(new).tolist() == ["odd", "even"]
    assert len(set(words.predict(new))) == 1


def test_each_text_is_encoded_once_a_fit_whatever_the_folds_and_cs(passages: Passages) -> None:
    encoder = Letters()

    quick(encoder=encoder).fit(
        [*passages.texts, *passages.texts[:8]], [*passages.labels, *passages.labels[:8]]
    )

    assert sorted(encoder.read) == sorted(set(passages.texts))


def test_same_result_whatever_the_number_of_jobs(
    encoded: StanceClassifier, passages: Passages
) -> None:
    again = quick(encoder=Letters(), n_jobs=2)
    again.fit(passages.texts, passages.labels, groups=passages.articles)

    assert again.head_.coef.tobytes() == encoded.head_.coef.tobytes()
    assert again.log_loss_ == encoded.log_loss_


def test_refit_forgets_the_encoder(passages: Passages, encoded: StanceClassifier) -> None:
    again = quick(encoder=Letters(5)).fit(passages.texts, passages.labels)
    again.set_params(encoder=Letters()).fit(
        passages.texts, passages.labels, groups=passages.articles
    )

    np.testing.assert_array_equal(
        again.predict_proba(passages.texts), encoded.predict_proba(passages.texts)
    )
    again.set_params(encoder=None).fit(passages.texts, passages.labels)
    assert again.features_ is again.terms_


@pytest.mark.parametrize("text", ODD, ids=lambda text: ascii(text[:12]))
def test_odd_passages_are_predicted_alike_alone_and_among_others(
    encoded: StanceClassifier, passages: Passages, text: str
) -> None:
    alone = encoded.predict_proba([text])

    np.testing.assert_array_equal(alone[0], encoded.predict_proba([*passages.texts, text])[-1])
    np.testing.assert_allclose(alone.sum(), 1)


def test_empty_texts_are_not_shown_to_the_encoder(encoded: StanceClassifier) -> None:
    encoder = encoded.encoder
    encoder.read.clear()

    assert encoded.predict_proba(["", " \t", "\u200b"]).shape == (3, 3)
    assert encoded.predict_proba([]).shape == (0, 3)
    assert encoder.read == []


def test_typography_is_even_before_encoding_and_case_is_left(encoded: StanceClassifier) -> None:
    encoded.encoder.read.clear()

    one, other = encoded.predict_proba(
        ["The people's war - it must END", "The people’s  war – it\u00a0must\r\nEND"]
    )

    np.testing.assert_array_equal(one, other)
    assert encoded.encoder.read == ["The people's war - it must END"]


def test_domains_have_weights_and_detector_over_the_axes_too(passages: Passages) -> None:
    domains = [("news", "speech")[k % 2] for k in range(72)]
    classifier = quick(encoder=Letters(), sharing={"speech": 0})
    classifier.fit(passages.texts, passages.labels, domains=domains)

    n_columns = len(classifier.terms_.vocabulary_) + 16
    assert classifier.head_.coef.shape == (6, n_columns)
    assert classifier.detector_ is not None
    assert classifier.detector_.coef.shape == (2, n_columns)


def test_model_analyzes_articles_with_frames_from_words_alone(
    encoded: StanceClassifier, fitted_frames: FrameClassifier
) -> None:
    model = Model(encoded, fitted_frames)

    (passage,) = model.analyze(PRESENCE[0]).passages

    assert (passage.status, passage.stance) == ("ok", "pro-presence")
    assert passage.frames == ("security",)
    assert [p.status for p in model.analyze_passages(["", "zzz qqq", None])] == [
        "empty", "no_features", "null",
    ]  # fmt: skip


def test_works_in_a_pipeline_and_cross_val_predict(
    encoded: StanceClassifier, passages: Passages
) -> None:
    pipeline = Pipeline([("stance", quick(encoder=Letters()))])
    pipeline.fit(passages.texts, passages.labels, stance__groups=passages.articles)

    np.testing.assert_array_equal(
        pipeline.predict_proba(passages.texts), encoded.predict_proba(passages.texts)
    )
    found = cross_val_predict(
        pipeline, passages.texts, passages.labels, groups=passages.articles, cv=GroupKFold(2)
    )
    assert np.mean(found == np.array(passages.labels)) > 0.9


def test_grid_search_over_a_cached_encoder_encodes_each_text_once(passages: Passages) -> None:
    encoder = Letters()
    cached = CachedEncoder(encoder, passages.texts)
    grid = {"encoder_weight": [0.5, 1.0], "Cs": [(3.0,), (10.0,)]}

    search = GridSearchCV(quick(encoder=cached), grid, cv=GroupKFold(2))
    search.fit(passages.texts, passages.labels, groups=passages.articles)

    assert search.best_score_ > 0.9
    assert sorted(encoder.read) == sorted(set(passages.texts))


def test_cached_encoder_gives_what_the_encoder_gives(
    encoded: StanceClassifier, passages: Passages
) -> None:
    cached = CachedEncoder(Letters(), passages.texts[:40])
    classifier = quick(encoder=cached)
    classifier.fit(passages.texts, passages.labels, groups=passages.articles)

    texts = [*passages.texts, "a new text", "", "a new text"]
    np.testing.assert_array_equal(classifier.predict_proba(texts), encoded.predict_proba(texts))
    assert clone(classifier).encoder is cached


@pytest.mark.parametrize("weight", [0, -1.0, float("nan"), float("inf"), "1", None])
def test_weight_that_makes_no_sense_is_refused(passages: Passages, weight: Any) -> None:
    with pytest.raises(InputError, match=r"got encoder_weight=.*; expected a number above 0"):
        quick(encoder=Letters(), encoder_weight=weight).fit(passages.texts, passages.labels)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda texts: np.zeros(len(texts)), r"of shape \(72,\) for 72 texts; expected \(72, n_ax"),
        (lambda texts: np.zeros((len(texts) - 1, 4)), r"of shape \(71, 4\) for 72 texts"),
        (lambda texts: np.zeros((len(texts), 0)), r"of shape \(72, 0\) for 72 texts"),
        (lambda texts: np.zeros((len(texts), 4, 4)), r"of shape \(72, 4, 4\) for 72 texts"),
        (lambda texts: [[1.0], [1.0, 2.0]], "gave list that is no array of numbers"),
        (lambda texts: ["a"] * len(texts), "gave list that is no array of numbers"),
        (lambda texts: None, r"of shape \(\) for 72 texts"),
        (lambda texts: np.full((len(texts), 4), np.nan), "missing or infinite for text 0 of 72"),
        (lambda texts: np.full((len(texts), 4), np.inf), "missing or infinite for text 0 of 72"),
    ],
)
def test_vectors_of_another_make_are_refused(passages: Passages, make: Any, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        quick(encoder=Gives(make)).fit(passages.texts, passages.labels)
    assert "\n" not in str(caught.value)


def test_encoder_that_changes_its_number_of_axes_is_refused(passages: Passages) -> None:
    encoder = Letters()
    classifier = quick(encoder=encoder).fit(passages.texts, passages.labels)
    encoder.n_axes = 3

    with pytest.raises(InputError, match="gave 3 numbers a text after 16 before"):
        classifier.predict(["a war"])


@pytest.mark.parametrize("encoder", [7, object(), Letters, len, ["all-mpnet-base-v2"]])
def test_what_is_no_encoder_is_refused(passages: Passages, encoder: Any) -> None:
    with pytest.raises(InputError, match="as encoder; expected a directory of a sentence-trans"):
        quick(encoder=encoder).fit(passages.texts, passages.labels)


@pytest.mark.parametrize("place", ["./none", "none/such/place", "/no-such", "a b", ""])
def test_path_that_is_not_there_is_told(passages: Passages, place: str) -> None:
    with pytest.raises(InputError, match=r"there is no directory .* to load an encoder from"):
        quick(encoder=place).fit(passages.texts, passages.labels)


def test_path_object_is_never_a_name_on_the_hub(passages: Passages) -> None:
    with pytest.raises(InputError, match="there is no directory some-model to load"):
        quick(encoder=Path("some-model")).fit(passages.texts, passages.labels)


def test_directory_without_a_model_is_told(passages: Passages, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"holds no sentence-transformers model \(modules\.json"):
        quick(encoder=tmp_path).fit(passages.texts, passages.labels)


@pytest.mark.parametrize("is_there", [True, False])
def test_missing_package_is_told_with_the_line_that_installs_it(
    passages: Passages, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_there: bool
) -> None:
    monkeypatch.setitem(sys.modules, "sentence_transformers", None)
    (tmp_path / "modules.json").write_text("[]")
    encoder = str(tmp_path) if is_there else "some-org/some-model"

    with pytest.raises(MissingExtraError, match=r"pip install 'stancekit\[encoder\]'"):
        quick(encoder=encoder).fit(passages.texts, passages.labels)


def test_model_without_encoder_imports_no_encoder_package(model_directory: Path) -> None:
    from test_imports import modules_after

    code = f"from stancekit import load_model; load_model({str(model_directory)!r}).predict(['a'])"
    assert not {"torch", "transformers", "sentence_transformers"} & modules_after(code)


def test_encoder_object_goes_with_a_pickle(encoded: StanceClassifier, passages: Passages) -> None:
    again = pickle.loads(pickle.dumps(encoded))

    np.testing.assert_array_equal(
        again.predict_proba(passages.texts), encoded.predict_proba(passages.texts)
    )


# Its older and newer versions have the modules in other places; the older one serves for both.
@pytest.mark.filterwarnings("ignore:Importing from:DeprecationWarning")
def test_real_sentence_transformers_directory(passages: Passages, tmp_path: Path) -> None:
    pytest.importorskip(
        "sentence_transformers",
        reason="sentence-transformers is not installed: pip install 'stancekit[encoder]'",
    )
    directory = tmp_path / "encoder"
    save_small_model(directory, passages.texts)

    classifier = quick(encoder=directory).fit(passages.texts, passages.labels)
    save_model(classifier, tmp_path / "model", golden=[PRESENCE[0], ""])

    assert classifier.features_.n_columns == len(classifier.terms_.vocabulary_) + 8
    np.testing.assert_allclose(
        load_model(tmp_path / "model").predict_proba(passages.texts),
        classifier.predict_proba(passages.texts),
        atol=1e-6,
    )
    assert verify_model(tmp_path / "model") == (5, 2)


def save_small_model(directory: Path, texts: list[str]) -> None:
    """A real model of sentence-transformers: the mean of a random vector of each word."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.models import StaticEmbedding
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace

    words = sorted({word for text in texts for word in text.split()})
    vocabulary = {word: row for row, word in enumerate(["[UNK]", *words])}
    tokenizer = Tokenizer(WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    weights = np.random.default_rng(0).normal(size=(len(vocabulary), 8)).astype(np.float32)
    model = SentenceTransformer(
        modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu"
    )
    model.save(str(directory))
