"""Heads that attend: what a graph gives is what the arrays give, and no score has seen its fold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from encoders_of import VECTORS, write_word_encoder

from stancekit import DataError, StanceClassifier, load_model, save_model
from stancekit.onnx_encoder import OnnxEncoder
from training.attention import Heads, HeadSettings, Lessons, fit_heads, read_heads, write_heads
from training.attention_graph import LONGER, MeanAlone, add_heads, with_scores
from training.heads import out_of_fold_scores, read_fold
from training.joined import JoinedClassifier
from training.passages import STANCES, Passages, has_data
from training.stacking import Labelled, Rows, fit_weights, gains, judge
from training.tokens import Tokens, read_tokens, write_tokens
from training.top_layers import HIDDEN, STATES
from training.train import main as train


@pytest.fixture
def heads() -> Heads:
    draw = np.random.default_rng(0)
    shapes = {"mean": (3,), "queries": (2, 4, 3), "weights": (2, 15, 6), "bias": (2, 6)}
    arrays = {name: draw.normal(size=shape) for name, shape in shapes.items()}
    return Heads(**arrays, scale=np.array([0.5, 1.0, 2.0]))


class Told:
    """An encoder that is told the vectors of some texts; the others have that of the first."""

    def __init__(self, texts: list[str], vectors: np.ndarray) -> None:
        self.vectors = dict(zip(texts, vectors, strict=True))
        self.first = vectors[0]

    def encode(self, texts: list[str]) -> np.ndarray:
        return np.array([self.vectors.get(text, self.first) for text in texts])


def made_up(n_passages: int) -> Rows:
    """Passages of news and speeches, three to an article."""
    stances = [STANCES[row % 3] for row in range(n_passages)]
    passages = Passages(
        texts=[f"passage {row}" for row in range(n_passages)],
        stances=stances,
        frames=[["costs"] if row % 2 else [] for row in range(n_passages)],
        groups=[str(row // 3) for row in range(n_passages)],
        domains=["news" if row // 3 % 2 else "speech" for row in range(n_passages)],
        weights=[1.0] * n_passages,
        splits=["news_train" if row // 3 % 2 else "speeches_train" for row in range(n_passages)],
    )
    return Rows.of(passages)


def telling_tokens(rows: Rows) -> Tokens:
    """Nine tokens of noise a passage, and one that tells the stance by its axis."""
    states = np.random.default_rng(0).normal(size=(len(rows.y), 10, 6)).astype(np.float16)
    states[np.arange(len(rows.y)), np.arange(len(rows.y)) % 10, rows.y] += 6
    starts = np.arange(len(rows.y) + 1) * 10
    return Tokens(starts, states.reshape(-1, 6), states.mean(axis=1))


def multiplying(onnx: Any, matrix: np.ndarray) -> Any:
    """A layer that multiplies each token by a matrix."""
    helper = onnx.helper
    edges = [
        helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [1, None, 3])
        for name in (HIDDEN, STATES)
    ]
    weights = onnx.numpy_helper.from_array(matrix, "weights")
    node = helper.make_node("MatMul", [HIDDEN, "weights"], [STATES])
    return helper.make_model(helper.make_graph([node], "layer", edges[:1], edges[1:], [weights]))


def test_query_of_zeros_pools_the_plain_mean(heads: Heads) -> None:
    states = np.random.default_rng(1).normal(size=(7, 3))
    even = replace(heads, queries=np.zeros_like(heads.queries))

    plain = np.tile((states.mean(axis=0) - heads.mean) / heads.scale, 5)
    expected = (np.einsum("f,hfo->ho", plain, heads.weights) + heads.bias).mean(axis=0)

    np.testing.assert_allclose(even.scores(states), expected, atol=1e-6)


def test_graph_gives_the_scores_of_the_arrays(tmp_path: Path, heads: Heads) -> None:
    pytest.importorskip("onnx", reason="writing a graph needs onnx: pip install -e '.[test]'")
    pytest.importorskip("onnxruntime", reason="it is not installed: pip install -e '.[accurate]'")
    write_word_encoder(tmp_path / "encoder")

    add_heads(tmp_path / "encoder", tmp_path / "longer", heads)

    found = OnnxEncoder(tmp_path / "longer").encode(["bring them home", "keep them there now"])
    states = [VECTORS[[1, 2, 3]], VECTORS[[4, 2, 5, 6]]]
    means = np.array([one.mean(axis=0) for one in states])
    scores = np.array([heads.scores(one) for one in states])
    np.testing.assert_allclose(found, with_scores(means, scores), atol=1e-5)
    alone = MeanAlone(tmp_path / "longer").encode(["bring them home", "keep them there now"])
    np.testing.assert_allclose(alone, means / np.linalg.norm(means, axis=1)[:, None], atol=1e-5)
    assert MeanAlone(tmp_path / "encoder").encode(["bring them home"]).shape == (1, 3)
    # Heads that are there already are replaced.
    other = replace(heads, bias=heads.bias[::-1] + 1)
    add_heads(tmp_path / "longer", tmp_path / "other", other)
    scores = np.array([other.scores(one) for one in states])
    found = OnnxEncoder(tmp_path / "other").encode(["bring them home", "keep them there now"])
    np.testing.assert_allclose(found, with_scores(means, scores), atol=1e-5)


def test_heads_attend_to_what_their_own_layers_make_of_the_states(
    tmp_path: Path, heads: Heads
) -> None:
    onnx = pytest.importorskip("onnx", reason="a graph needs onnx: pip install -e '.[test]'")
    pytest.importorskip("onnxruntime", reason="it is not installed: pip install -e '.[accurate]'")
    turn = np.array([[0.0, 1, 0], [0, 0, 2], [1, 0, 0]], np.float32)
    write_word_encoder(tmp_path / "encoder")

    add_heads(tmp_path / "encoder", tmp_path / "longer", heads, multiplying(onnx, turn))

    found = OnnxEncoder(tmp_path / "longer").encode(["bring them home"])
    states = VECTORS[[1, 2, 3]]
    expected = with_scores(states.mean(axis=0)[None], heads.scores(states @ turn)[None])
    np.testing.assert_allclose(found, expected, atol=1e-5)
    # The layer goes when other heads come.
    add_heads(tmp_path / "longer", tmp_path / "other", heads)
    found = OnnxEncoder(tmp_path / "other").encode(["bring them home"])
    expected = with_scores(states.mean(axis=0)[None], heads.scores(states)[None])
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_tokens_of_an_encoder_have_its_vectors_as_their_mean(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="writing a graph needs onnx: pip install -e '.[test]'")
    pytest.importorskip("onnxruntime", reason="it is not installed: pip install -e '.[accurate]'")
    write_word_encoder(tmp_path / "encoder")
    texts = ["bring them home", "keep them there now"]

    write_tokens(tmp_path / "tokens", tmp_path / "encoder", texts)

    tokens = read_tokens(tmp_path / "tokens", texts[::-1])
    means = [tokens.of(row).mean(axis=0) for row in range(2)]
    expected = OnnxEncoder(tmp_path / "encoder").encode(texts[::-1])
    np.testing.assert_allclose(means, expected, atol=2e-3)
    np.testing.assert_array_equal(tokens.vectors, expected)
    write_tokens(tmp_path / "parts" / "0", tmp_path / "encoder", texts[:1])
    write_tokens(tmp_path / "parts" / "1", tmp_path / "encoder", texts[1:])
    in_parts = read_tokens(tmp_path / "parts", texts[::-1])
    np.testing.assert_array_equal(in_parts.states, tokens.states)
    with pytest.raises(DataError, match="lacks 1 of 2 passages"):
        read_tokens(tmp_path / "tokens", [texts[0], "another"])
    left = read_tokens(tmp_path / "tokens", [texts[0], "another"], is_partial=True)
    assert [len(left.of(row)) for row in range(2)] == [3, 0]


def test_vectors_with_scores_are_of_one_length_and_keep_differences_of_scores() -> None:
    vectors = np.random.default_rng(0).normal(size=(3, 5))
    scores = np.array([[1.0, 2, 3, 0, 0, 0], [5, 0, 0, 0, 0, 2], [900, 0, 0, 0, 0, 0]])

    found = with_scores(vectors, scores)

    np.testing.assert_allclose(np.linalg.norm(found, axis=1), np.sqrt(2))
    np.testing.assert_allclose(10 * np.diff(found[:2, 5:8]), np.diff(scores[:2, :3]))


def test_heads_are_read_as_they_were_written(tmp_path: Path, heads: Heads) -> None:
    write_heads(tmp_path / "heads.npz", heads)

    found = read_heads(tmp_path / "heads.npz")

    for name, array in vars(heads).items():
        np.testing.assert_array_equal(getattr(found, name), array)


def test_heads_find_the_token_that_tells_in_articles_that_they_have_not_seen() -> None:
    pytest.importorskip("torch", reason="training heads needs PyTorch")
    rows = made_up(240)
    lessons = Lessons.of(rows.passages, telling_tokens(rows))
    settings = HeadSettings(n_epochs=30, dropout=0.1, rate=0.02, decay=0.1)

    said = out_of_fold_scores(lessons, rows, settings).reshape(-1, 2, 3)

    assert (judge(rows, [said]).label == rows.y).mean() > 0.9


def test_folds_that_were_kept_are_read_and_what_is_in_no_fold_is_learnt_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("torch", reason="training heads needs PyTorch")
    rows = made_up(120)
    more = made_up(150)
    lessons = Lessons.of(more.passages, telling_tokens(more))
    settings = HeadSettings(n_epochs=1)
    learnt = []

    def fit(lessons: Lessons, own: np.ndarray, *rest: Any, **how: Any) -> Heads:
        learnt.append(own)
        return fit_heads(lessons, own, *rest, **how)

    monkeypatch.setattr("training.heads.fit_heads", fit)
    one = out_of_fold_scores(lessons, rows, settings, kept=tmp_path)
    again = out_of_fold_scores(lessons, rows, settings, kept=tmp_path)

    np.testing.assert_array_equal(one, again)
    assert len(learnt) == len(rows.folds)
    for (others, _), own in zip(rows.folds, learnt, strict=True):
        np.testing.assert_array_equal(own, [*others, *range(120, 150)])
    assert read_fold(tmp_path, 99) is None


def test_layer_learns_with_the_heads_on_it() -> None:
    torch = pytest.importorskip("torch", reason="training heads needs PyTorch")
    rows = made_up(60)
    lessons = Lessons.of(rows.passages, telling_tokens(rows))

    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.linear = torch.nn.Linear(6, 6)

        def forward(self, states: Any, is_token: Any = None) -> Any:
            return self.linear(states)

    torch.manual_seed(0)
    layer = Layer()
    before = layer.linear.weight.detach().clone()
    settings = HeadSettings(n_epochs=2)

    fit_heads(lessons, np.arange(60), replace(settings, layer_rate=0.0), layers=layer)
    assert torch.equal(layer.linear.weight, before)
    fit_heads(lessons, np.arange(60), settings, layers=layer)
    assert not torch.equal(layer.linear.weight, before)
    assert not layer.training


def test_training_heads_twice_gives_the_same() -> None:
    pytest.importorskip("torch", reason="training heads needs PyTorch")
    rows = made_up(60)
    lessons = Lessons.of(rows.passages, telling_tokens(rows))

    one, other = (fit_heads(lessons, np.arange(60), HeadSettings(n_epochs=1)) for _ in range(2))

    for name, array in vars(one).items():
        np.testing.assert_array_equal(getattr(other, name), array)


def test_weights_of_a_mixture_leave_out_the_part_that_is_noise() -> None:
    draw = np.random.default_rng(0)
    y = np.arange(600) % 3
    telling = 2 * np.eye(3)[y] + draw.normal(size=(600, 3))
    noise = draw.normal(size=(600, 3))

    scales, _ = fit_weights(np.stack([telling, noise], axis=1), y, np.ones(600))

    assert scales[0] > 1 > 0.2 > scales[1]


def test_what_joins_a_fold_has_not_seen_it() -> None:
    rows = made_up(120)
    scores = np.random.default_rng(0).normal(size=(120, 2, 3))
    _, held_out = rows.folds[0]
    other = rows.y.copy()
    other[held_out] = (other[held_out] + 1) % 3

    one, turned = (judge(replace(rows, y=y), [scores]) for y in (rows.y, other))

    np.testing.assert_array_equal(one.proba[held_out], turned.proba[held_out])
    assert not np.array_equal(one.proba, turned.proba)


def test_gain_is_zero_against_itself_and_counts_only_what_weighs() -> None:
    rows = made_up(120)
    weight = rows.weight.copy()
    weight[:3] = 0
    right = Labelled(np.eye(3)[rows.y] * 0.7 + 0.1, rows.y)
    wrong = Labelled(np.full((120, 3), 1 / 3), np.zeros(120, dtype=int))

    found = gains(replace(rows, weight=weight), {"right": right, "wrong": wrong}, "wrong")

    assert found["wrong"]["news"]["gain"] == {"value": 0.0, "low": 0.0, "high": 0.0}
    assert found["right"]["news"]["macro_f1"]["value"] == 1.0
    assert found["right"]["speeches"]["n_passages"] == 57
    assert found["right"]["news"]["log_loss_gain"]["high"] < 0


def test_joined_scores_are_no_part_of_what_weights_are_learnt_from(tmp_path: Path) -> None:
    rows = made_up(120)
    draw = np.random.default_rng(0)
    means, scores = draw.normal(size=(120, 4)), draw.normal(size=(120, 6))
    scores[:, :3] += 3 * np.eye(3)[rows.y]
    scores[:, 3:] += 3 * np.eye(3)[rows.y]
    how = {"groups": rows.passages.groups, "domains": rows.passages.domains}
    texts, y = rows.passages.texts, rows.passages.stances
    settings = {"sharing": {"news": 1.0, "speech": 0.0}, "Cs": (1.0,)}
    mean = StanceClassifier(encoder=Told(texts, means), encoder_weight=0.5, **settings)
    longer = Told(texts, with_scores(means, scores))
    joined = JoinedClassifier(encoder=longer, encoder_weight=0.5 * LONGER, **settings)

    mean.fit(texts, y, **how)
    joined.fit(texts, y, **how)

    np.testing.assert_allclose(joined.head_.coef[:, :-7], mean.head_.coef, atol=1e-4)
    assert joined.score(texts, y) > 0.8 > mean.score(texts, y)
    save_model(joined.plain(), tmp_path / "model")
    again = load_model(tmp_path / "model", encoder=longer)
    np.testing.assert_allclose(again.stance.predict_proba(texts), joined.predict_proba(texts))


@pytest.mark.skipif(not has_data(), reason="the real passages are not there")
def test_model_is_not_trained_on_what_heads_say_of_their_own_passages(
    tmp_path: Path, heads: Heads
) -> None:
    pytest.importorskip("onnx", reason="writing a graph needs onnx: pip install -e '.[test]'")
    write_word_encoder(tmp_path / "encoder")
    add_heads(tmp_path / "encoder", tmp_path / "longer", heads)

    result = CliRunner().invoke(
        train, ["troops-en-accurate", "--encoder", str(tmp_path / "longer"), "-o", str(tmp_path)]
    )

    assert result.exit_code == 1
    assert "must not be learnt from; name the --cache" in " ".join(result.stderr.split())
