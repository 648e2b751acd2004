"""Sentence encoders small enough to read: no weights, the same vectors on every machine."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from stancekit.onnx_encoder import write_encoder_facts

WORDS = ("[UNK]", "bring", "them", "home", "keep", "there", "now")
VECTORS = np.linspace(-1, 1, len(WORDS) * 3, dtype=np.float32).reshape(-1, 3)


def write_word_encoder(place: Path) -> None:
    """Write an encoder whose vector is the mean of the vectors of the words; needs onnx."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper
    from tokenizers import Tokenizer, models, pre_tokenizers

    nodes = [
        helper.make_node("Gather", ["table", "tokens"], ["hidden"], axis=0),
        helper.make_node("ReduceMean", ["hidden"], ["vector"], axes=[1], keepdims=0),
    ]
    graph = helper.make_graph(
        nodes,
        "words",
        [helper.make_tensor_value_info("tokens", TensorProto.INT64, [1, "n_tokens"])],
        [helper.make_tensor_value_info("vector", TensorProto.FLOAT, [1, 3])],
        [numpy_helper.from_array(VECTORS, "table")],
    )
    place.mkdir()
    opset = [helper.make_opsetid("", 17)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=9), place / "encoder.onnx")
    numbers = {word: number for number, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(place / "tokenizer.json"))
    write_encoder_facts(place, max_tokens=4, about={"name": "words"})


class Letters:
    """Counts pairs of letters, which are axes by their place in the alphabet; notes what it read.

    Vectors are neither of length one nor the same for other cases of a letter.
    """

    def __init__(self, n_axes: int = 16) -> None:
        self.n_axes = n_axes
        self.read: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.read += texts
        vectors = np.zeros((len(texts), self.n_axes))
        for row, text in enumerate(texts):
            for one, other in pairwise(text):
                vectors[row, (31 * ord(one) + ord(other)) % self.n_axes] += 1
        return vectors
