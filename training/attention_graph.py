"""Heads that attend, inside the graph of an encoder: its vectors then end with their scores."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import MissingExtraError
from stancekit.onnx_encoder import (
    ENCODER,
    GRAPH,
    OnnxEncoder,
    encoder_about,
    write_encoder_facts,
)
from training.attention import N_OUTPUTS, Heads
from training.passages import STANCES
from training.tokens import states_of
from training.top_layers import HIDDEN, STATES

__all__ = [
    "LONGER",
    "MOST",
    "N_ADDED",
    "MeanAlone",
    "add_heads",
    "has_heads",
    "of_length_one",
    "with_scores",
]

# Scores further from none than this are cut, so that they can be part of a vector of fixed length.
MOST = 10.0
# Vectors that end with scores are of this length before a classifier gives them length one.
LONGER = 2**0.5
# Axes that follow those of the mean: the scores, and what they lack in length.
N_ADDED = N_OUTPUTS + 1
_LEAST = 1e-9
_PREFIX = "heads."
_LAYERS = f"{_PREFIX}layers."
_VECTOR = f"{_PREFIX}vector"
# Takes off each passage's mean score of the classes, for news and for speeches: no softmax sees it.
_CENTRED = np.kron(np.eye(N_OUTPUTS // len(STANCES)), np.eye(len(STANCES)) - 1 / len(STANCES))


def of_length_one(vectors: np.ndarray) -> np.ndarray:
    """The rows with length one; one of all zeros stays so."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), _LEAST))


def with_scores(vectors: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Vectors as the graph of `add_heads` gives them: all of the same length.

    A classifier gives every vector of an encoder length one, which would take the scores' sizes
    away; so a last number fills up what they lack.

    Parameters
    ----------
    vectors : ndarray of shape (n_texts, n_axes)
    scores : ndarray of shape (n_texts, n_outputs), as `Heads.scores` gives them

    Returns
    -------
    ndarray of shape (n_texts, n_axes + n_outputs + 1)
    """
    small = scores @ _CENTRED / MOST
    small = small / np.maximum(1, np.linalg.norm(small, axis=1, keepdims=True))
    left = np.sqrt(np.maximum(0, 1 - np.square(small).sum(axis=1, keepdims=True)))
    return np.hstack([of_length_one(vectors), small, left])


def has_heads(encoder: Path) -> bool:
    """Whether the vectors of an encoder end with scores of heads."""
    return "heads" in encoder_about(encoder)


class MeanAlone:
    """The encoder in a directory without the scores of its heads, for what they did not learn.

    Parameters
    ----------
    directory : Path
    """

    def __init__(self, directory: Path) -> None:
        self._encoder = OnnxEncoder(directory)
        self._n_added = N_ADDED if has_heads(directory) else 0

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Vectors of shape (n_texts, n_axes)."""
        found = self._encoder.encode(texts)
        return found[:, : found.shape[1] - self._n_added]


def add_heads(encoder: Path, output: Path, heads: Heads, layers: Any = None) -> None:
    """Write an encoder of `training.export_encoder` anew, with heads, in place of any that it has.

    Parameters
    ----------
    encoder, output : Path
    heads : Heads
    layers : ONNX model or None
        As `training.top_layers.as_graph` gives them; the heads attend to what they make of the
        states.

    Raises
    ------
    MissingExtraError
        Without onnx.
    """
    try:
        import onnx
    except ImportError:
        raise MissingExtraError("adding heads needs one more: pip install onnx") from None
    facts = json.loads((encoder / ENCODER).read_text(encoding="utf-8"))
    if output.exists():
        shutil.rmtree(output)
    shutil.copytree(encoder, output)
    (output / ENCODER).unlink()
    model = onnx.load(output / GRAPH, load_external_data=False)
    _remove(model.graph)
    states = states_of(model.graph)
    if layers is not None:
        states = _add_layers(model.graph, layers, states)
    _extend(model.graph, heads, states)
    (output / GRAPH).write_bytes(model.SerializeToString())
    below = "" if layers is None else ", on layers that learnt with them"
    about = {**facts["about"], "heads": f"attend to tokens, trained on stances{below}"}
    write_encoder_facts(output, max_tokens=facts["max_tokens"], about=about)


def _remove(graph: Any) -> None:
    """Undo `_extend`."""
    vector = next((node for node in graph.node if _VECTOR in node.output), None)
    if vector is None:
        return
    output = graph.output[0].name
    for node in [node for node in graph.node if node is not vector]:
        if output in node.output or node.output[0].startswith(_PREFIX):
            graph.node.remove(node)
    for tensor in [one for one in graph.initializer if one.name.startswith(_PREFIX)]:
        graph.initializer.remove(tensor)
    vector.output[list(vector.output).index(_VECTOR)] = output


def _add_layers(graph: Any, layers: Any, states: str) -> str:
    """Run the states through layers too; the name of what comes out."""
    from onnx import compose

    named = compose.add_prefix(layers, _LAYERS).graph
    for node in named.node:
        for place, name in enumerate(node.input):
            if name == f"{_LAYERS}{HIDDEN}":
                node.input[place] = states
    graph.node.extend(named.node)
    graph.initializer.extend(named.initializer)
    return f"{_LAYERS}{STATES}"


def _extend(graph: Any, heads: Heads, states: str) -> None:
    """`Heads.scores` and `with_scores`, in nodes."""
    from onnx import helper, numpy_helper

    n_heads, n_queries, n_axes = heads.queries.shape
    constants = {
        "mean": heads.mean,
        "scale": heads.scale,
        "queries": heads.queries.reshape(-1, n_axes).T,
        "weights": heads.weights,
        "bias": heads.bias[:, None],
        "centred": _CENTRED / MOST,
        "one": np.ones(1),
        "zero": np.zeros(1),
    }
    shapes = {"pooled": [n_heads, 1, n_queries * n_axes], "plain": [n_heads, 1, n_axes]}
    output = graph.output[0].name
    last = next(node for node in graph.node if output in node.output)
    last.output[list(last.output).index(output)] = _VECTOR
    for name, array in constants.items():
        graph.initializer.append(
            numpy_helper.from_array(np.ascontiguousarray(array, np.float32), f"{_PREFIX}{name}")
        )
    for name, shape in shapes.items():
        graph.initializer.append(
            numpy_helper.from_array(np.array(shape, np.int64), f"{_PREFIX}{name}_shape")
        )

    def node(kind: str, inputs: str, to: str, **facts: Any) -> None:
        names = [f"{_PREFIX}{name}" if name != states else name for name in inputs.split(",")]
        target = to if to == output else f"{_PREFIX}{to}"
        graph.node.append(helper.make_node(kind, names, [target], **facts))

    node("Sub", f"{states},mean", "shifted")
    node("Div", "shifted,scale", "tokens")
    node("MatMul", "tokens,queries", "fit")
    node("Softmax", "fit", "attention", axis=1)
    node("Transpose", "attention", "by_query", perm=[0, 2, 1])
    node("MatMul", "by_query,tokens", "weighted")
    node("Reshape", "weighted,pooled_shape", "pooled")
    node("ReduceMean", "tokens", "plain_mean", axes=[1], keepdims=1)
    node("Expand", "plain_mean,plain_shape", "plain")
    node("Concat", "plain,pooled", "joined", axis=2)
    node("MatMul", "joined,weights", "unbiased")
    node("Add", "unbiased,bias", "by_head")
    node("ReduceMean", "by_head", "scores", axes=[0], keepdims=0)
    node("MatMul", "scores,centred", "long")
    node("ReduceL2", "long", "length", axes=[1], keepdims=1)
    node("Max", "length,one", "divisor")
    node("Div", "long,divisor", "small")
    node("ReduceSumSquare", "small", "filled", axes=[1], keepdims=1)
    node("Sub", "one,filled", "lack")
    node("Max", "lack,zero", "positive")
    node("Sqrt", "positive", "left")
    node("ReduceL2", "vector", "size", axes=[1], keepdims=1)
    node("Div", "vector,size", "unit")
    node("Concat", "unit,small,left", output, axis=1)
    graph.output[0].type.tensor_type.shape.dim[1].dim_value = n_axes + N_OUTPUTS + 1
