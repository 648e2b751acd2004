"""Encoders that need no PyTorch: read from a directory, hashed, one text at a time."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from encoders_of import VECTORS, Letters, write_word_encoder

from stancekit import (
    InputError,
    ModelError,
    StanceClassifier,
    load_model,
    save_model,
    verify_model,
)
from stancekit.encoders import Encoder
from stancekit.onnx_encoder import OnnxEncoder, write_encoder_facts
from stancekit.storage import read_manifest

onnx = pytest.importorskip("onnx", reason="writing a graph needs onnx: pip install -e '.[test]'")
pytest.importorskip("onnxruntime", reason="it is not installed: pip install -e '.[accurate]'")


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """An encoder whose vector is the mean of the vectors of the words."""
    write_word_encoder(tmp_path / "encoder")
    return tmp_path / "encoder"


def change(directory: Path, **facts: Any) -> None:
    path = directory / "encoder.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **facts}))


def test_vector_is_what_the_graph_gives_for_each_text(directory: Path) -> None:
    found = OnnxEncoder(directory).encode(["bring them home", "keep them there now", "troops"])

    expected = [VECTORS[[1, 2, 3]].mean(0), VECTORS[[4, 2, 5, 6]].mean(0), VECTORS[0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


def test_long_text_is_cut(directory: Path) -> None:
    encoder = OnnxEncoder(directory)

    one, other = encoder.encode(["keep them there now", "keep them there now bring home"])

    np.testing.assert_array_equal(one, other)


def test_vector_does_not_depend_on_the_texts_beside_it(directory: Path) -> None:
    encoder = OnnxEncoder(directory)
    texts = ["bring them home", "keep", "them them now"]

    together = encoder.encode(texts)

    for text, vector in zip(texts, together, strict=True):
        np.testing.assert_array_equal(encoder.encode([text])[0], vector)


def test_directory_serves_wherever_an_encoder_is_asked_for(directory: Path, tmp_path: Path) -> None:
    texts = ["bring them home now", "keep them there"] * 6
    labels = ["leave", "stay"] * 6

    stance = StanceClassifier(encoder=directory, Cs=(1,), n_folds=2).fit(texts, labels)
    save_model(stance, tmp_path / "model", golden=texts[:2])
    loaded = load_model(tmp_path / "model")

    np.testing.assert_array_equal(loaded.predict_proba(texts), stance.predict_proba(texts))
    assert Encoder.open(directory).encode(["now"]).shape == (1, 3)


@pytest.fixture
def whole(directory: Path, tmp_path: Path) -> Path:
    """A model that holds its encoder, where nothing else does."""
    texts = ["bring them home now", "keep them there"] * 6
    stance = StanceClassifier(encoder=directory, Cs=(1,), n_folds=2)
    stance.fit(texts, ["leave", "stay"] * 6)
    save_model(stance, tmp_path / "model", golden=texts[:2], with_encoder=True)
    shutil.rmtree(directory)
    return (tmp_path / "model").rename(tmp_path / "moved")


def test_model_may_hold_its_encoder(whole: Path) -> None:
    assert load_model(whole).predict(["bring them home now"]).tolist() == ["leave"]
    assert verify_model(whole)[1] == 2
    assert "/" not in read_manifest(whole)["parts"]["stance"]["encoder"]["name"]


def test_model_whose_encoder_was_changed_is_refused(whole: Path) -> None:
    change(whole / "encoder", max_tokens=2)
    with pytest.raises(ModelError, match="the encoder in it is another one"):
        load_model(whole)

    shutil.rmtree(whole / "encoder")
    with pytest.raises(ModelError, match=r"holds no encoder\.json"):
        load_model(whole)


def test_encoder_that_is_no_graph_cannot_be_part_of_a_model(tmp_path: Path) -> None:
    texts, labels = ["bring them home now", "keep them there"] * 6, ["leave", "stay"] * 6
    plain = StanceClassifier(Cs=(1,), n_folds=2).fit(texts, labels)
    encoded = StanceClassifier(encoder=Letters(), Cs=(1,), n_folds=2).fit(texts, labels)

    with pytest.raises(InputError, match="and no encoder; expected a directory"):
        save_model(plain, tmp_path / "model", with_encoder=True)
    with pytest.raises(InputError, match="the encoder 'Letters'; expected a directory"):
        save_model(encoded, tmp_path / "model", with_encoder=True)
    assert not (tmp_path / "model").exists()


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json"])
def test_damaged_or_missing_file_is_named(directory: Path, name: str) -> None:
    data = (directory / name).read_bytes()
    (directory / name).write_bytes(data[:-1] + b"#")
    with pytest.raises(ModelError, match=rf"{name} is damaged .*; copy the encoder again"):
        OnnxEncoder(directory)

    (directory / name).unlink()
    with pytest.raises(ModelError, match=rf"{name} is missing"):
        OnnxEncoder(directory)


def test_facts_that_are_no_encoder_are_refused(directory: Path) -> None:
    change(directory, files={"../encoder.onnx": "0", "encoder.onnx": "0", "tokenizer.json": "0"})
    with pytest.raises(ModelError, match="does not list the files"):
        OnnxEncoder(directory)

    change(directory, format_version=2)
    with pytest.raises(ModelError, match=r"encoder format 2 .* upgrade"):
        OnnxEncoder(directory)

    (directory / "encoder.json").write_text("{")
    with pytest.raises(ModelError, match="does not describe an encoder"):
        OnnxEncoder(directory)


def test_graph_that_is_none_is_refused_in_one_sentence(directory: Path) -> None:
    (directory / "encoder.onnx").write_bytes(b"no graph")
    write_encoder_facts(directory, max_tokens=4, about={})

    with pytest.raises(ModelError, match="holds no encoder that can be read") as caught:
        OnnxEncoder(directory)
    assert "\n" not in str(caught.value)
