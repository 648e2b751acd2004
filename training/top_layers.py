"""Layers of a sentence encoder that are tuned on the stances, over layers that stay as they are.

In PyTorch while they learn; then a graph with weights in few bits, which onnxruntime runs. Needs
PyTorch, transformers and onnx, which who uses the result does not.
"""

from __future__ import annotations

import tempfile
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np

from stancekit.errors import MissingExtraError
from training.export_encoder import in_few_bits, trace

__all__ = ["HIDDEN", "N_FROZEN", "STATES", "as_graph", "open_graph", "read_layers"]

# The layers of the shipped encoder that stay as they are; those that follow are tuned.
N_FROZEN = 5
# Input and output of the graph: states of the tokens of one text before and after the layers.
HIDDEN, STATES = "hidden", "states"
# What a token gets that is none, before the softmax over those that are.
_NONE = -1e4


def read_layers(source: Path, n_layers: int, first: int = N_FROZEN) -> Any:
    """Layers of an encoder of PyTorch, with what they need to know of the places of tokens.

    Parameters
    ----------
    source : Path; a sentence-transformers directory with an MPNet
    n_layers, first : int; how many, and which is the first; 0 is the lowest of the encoder

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
            "tuning layers needs more: pip install torch transformers onnx onnxruntime"
        ) from None

    class Layers(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            model = AutoModel.from_pretrained(source, attn_implementation="eager")
            self.layers = model.encoder.layer[first : first + n_layers]
            self.places = model.encoder
            self.places.layer = torch.nn.ModuleList()
            self.places.requires_grad_(False)

        def forward(self, states: torch.Tensor, is_token: Any = None) -> torch.Tensor:
            mask = None
            if is_token is not None:
                mask = (~is_token)[:, None, None, :].to(states.dtype) * _NONE
            bias = self.places.compute_position_bias(states)
            for layer in self.layers:
                states = layer(states, attention_mask=mask, position_bias=bias)[0]
            return states

    return Layers().eval()


def as_graph(layers: Any, n_axes: int, n_bits: int) -> Any:
    """The layers as an ONNX model, weights of matrices in so few bits: 4 or 8."""
    import onnx
    import torch

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "layers.onnx"
        example = torch.randn(1, 20, n_axes)
        trace(deepcopy(layers).eval().requires_grad_(False), example, path, HIDDEN, STATES)
        return in_few_bits(onnx.load(path), n_bits)


def open_graph(graph: Any) -> Any:
    """From states of one text before the layers to those after: of shape (n_tokens, n_axes)."""
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
