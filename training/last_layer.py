"""A layer of a sentence encoder that is tuned on the stances, over layers that stay as they are.

In PyTorch while it learns; then a graph with weights in 4 bits, which onnxruntime runs. Needs
PyTorch, transformers and onnx, which who uses the result does not.
"""

from __future__ import annotations

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import MissingExtraError
from training.export_encoder import in_4_bits, trace

__all__ = ["HIDDEN", "N_FROZEN", "STATES", "as_graph", "open_graph", "read_layer"]

# The layers of the shipped encoder that stay as they are; the next one is tuned.
N_FROZEN = 5
# Input and output of the graph: states of the tokens of one text before and after the layer.
HIDDEN, STATES = "hidden", "states"
# What a token gets that is none, before the softmax over those that are.
_NONE = -1e4


def read_layer(source: Path, number: int = N_FROZEN) -> Any:
    """A layer of an encoder of PyTorch, with what it needs to know of the places of tokens.

    Parameters
    ----------
    source : Path; a sentence-transformers directory with an MPNet
    number : int; 0 is the first layer

    Returns
    -------
    torch.nn.Module
        From states of shape (n_texts, n_tokens, n_axes), and a mask of shape (n_texts, n_tokens)
        of what is a token or None where all are, to states of the same shape.

    Raises
    ------
    MissingExtraError
        Without PyTorch and transformers.
    """
    try:
        import torch
        from transformers import AutoModel
    except ImportError:
        raise MissingExtraError(
            "tuning a layer needs more: pip install torch transformers onnx onnxruntime"
        ) from None

    class Layer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            model = AutoModel.from_pretrained(source, attn_implementation="eager")
            self.layer = model.encoder.layer[number]
            self.places = model.encoder
            self.places.layer = torch.nn.ModuleList()
            self.places.requires_grad_(False)

        def forward(self, states: torch.Tensor, is_token: Any = None) -> torch.Tensor:
            mask = None
            if is_token is not None:
                mask = (~is_token)[:, None, None, :].to(states.dtype) * _NONE
            bias = self.places.compute_position_bias(states)
            return self.layer(states, attention_mask=mask, position_bias=bias)[0]

    return Layer().eval()


def as_graph(layer: Any, n_axes: int) -> Any:
    """The layer as an ONNX model, weights of matrices in 4 bits."""
    import onnx
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layer.onnx"
        example = torch.randn(1, 20, n_axes)
        trace(deepcopy(layer).eval().requires_grad_(False), example, path, HIDDEN, STATES)
        return in_4_bits(onnx.load(path))


def open_graph(graph: Any) -> Any:
    """A function from states of one text, of shape (n_tokens, n_axes), to those after the layer."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )

    def run(states: np.ndarray) -> np.ndarray:
        found = session.run([STATES], {HIDDEN: states[None].astype(np.float32)})[0]
        return np.asarray(found[0])

    return run
