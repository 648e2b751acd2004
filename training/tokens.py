"""States of the tokens of texts, from inside a shipped encoder, kept in files.

They are taken from the graph that onnxruntime runs, so that what learns from them sees what it will
see in use, rounded weights included.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np

from stancekit import DataError
from stancekit.encoders import as_shown
from stancekit.errors import MissingExtraError
from stancekit.onnx_encoder import ENCODER, GRAPH, TOKENIZER

__all__ = ["Tokens", "read_tokens", "states_of", "write_tokens"]

_TEXTS, _STARTS, _STATES, _VECTORS = "texts.json", "starts.npy", "states.npy", "vectors.npy"


@dataclass(frozen=True)
class Tokens:
    """States of the tokens of some texts, one text after the other.

    Attributes
    ----------
    starts : ndarray of shape (n_texts + 1,); where each text begins, and where the last one ends
    states : ndarray of shape (n_tokens, n_axes), float16
    vectors : ndarray of shape (n_texts, n_axes); what the encoder makes of them, the mean
    """

    starts: np.ndarray
    states: np.ndarray
    vectors: np.ndarray

    def __len__(self) -> int:
        return len(self.starts) - 1

    def of(self, text: int) -> np.ndarray:
        """The states of a text: (n_tokens, n_axes)."""
        return self.states[self.starts[text] : self.starts[text + 1]]

    @classmethod
    def of_texts(cls, states: Sequence[np.ndarray], vectors: Iterable[np.ndarray]) -> Tokens:
        """From the states and the vector of each text."""
        starts = np.concatenate([[0], np.cumsum([len(one) for one in states])])
        return cls(starts, np.concatenate(states), np.array(list(vectors)))

    def take(self, texts: Iterable[int]) -> Tokens:
        """Those of some texts, in memory."""
        rows = list(texts)
        return Tokens.of_texts([np.asarray(self.of(row)) for row in rows], self.vectors[rows])


def states_of(graph: Any) -> str:
    """The name of the states that the graph of `training.export_encoder` takes the mean of."""
    return str(next(node for node in graph.node if node.op_type == "ReduceMean").input[0])


def read_tokens(folder: Path, texts: Sequence[str], *, is_partial: bool = False) -> Tokens:
    """What `write_tokens` wrote, of these texts and in their order.

    Parameters
    ----------
    folder : Path
        Or one with several of them in it, for what several processes wrote.
    texts : sequence of str
    is_partial : bool
        Whether a text that is missing has no tokens and a vector of zeros.

    Raises
    ------
    DataError
        When a file is missing, or a text.
    """
    inside = [path.parent for path in sorted(folder.glob(f"*/{_TEXTS}"))]
    parts = [_read_part(part) for part in inside or [folder]]
    place = {text: (tokens, row) for kept, tokens in parts for row, text in enumerate(kept)}
    found = [place.get(as_shown(text)) for text in texts]
    n_missing = found.count(None)
    if n_missing and not is_partial:
        raise DataError(
            f"{folder} lacks {n_missing} of {len(found)} passages; write it anew with "
            "`python -m training.heads tokens`, or add --partial"
        )
    first = parts[0][1]
    none = first.states[:0], np.zeros_like(first.vectors[0])
    rows = [none if one is None else (one[0].of(one[1]), one[0].vectors[one[1]]) for one in found]
    return Tokens.of_texts([np.asarray(states) for states, _ in rows], [own for _, own in rows])


def _read_part(folder: Path) -> tuple[list[str], Tokens]:
    try:
        kept = json.loads((folder / _TEXTS).read_text(encoding="utf-8"))
        starts = np.load(folder / _STARTS)
        states = np.load(folder / _STATES, mmap_mode="r")
        vectors = np.load(folder / _VECTORS)
    except OSError as error:
        raise DataError(
            f"there are no states of tokens in {folder} ({error.strerror}); write them with "
            "`python -m training.heads tokens`"
        ) from None
    return kept, Tokens(starts, states, vectors)


def write_tokens(folder: Path, encoder: Path, texts: Sequence[str]) -> None:
    """Run each text through the encoder in a directory: half an hour for the training passages.

    Raises
    ------
    MissingExtraError
        Without onnx, onnxruntime and tokenizers.
    """
    session, tokenizer = _open(encoder)
    shown = list(dict.fromkeys(map(as_shown, texts)))
    ids = [encoding.ids for encoding in tokenizer.encode_batch(shown)]
    starts = np.concatenate([[0], np.cumsum([len(one) for one in ids])])
    folder.mkdir(parents=True, exist_ok=True)
    states, vectors = None, []
    with click.progressbar(ids, label="encoding") as shown_ids:
        for row, one in enumerate(shown_ids):
            vector, found = session.run(None, {"tokens": np.array([one], dtype=np.int64)})
            n_axes = found.shape[2]
            if states is None:
                shape = (int(starts[-1]), n_axes)
                states = np.lib.format.open_memmap(folder / _STATES, "w+", np.float16, shape)
            states[starts[row] : starts[row + 1]] = found[0]
            vectors.append(vector[0, :n_axes])  # what heads of an earlier training said is left out
    np.save(folder / _VECTORS, np.array(vectors))
    np.save(folder / _STARTS, starts)
    (folder / _TEXTS).write_text(json.dumps(shown), encoding="utf-8")


def _open(encoder: Path) -> tuple[Any, Any]:
    """A session whose last output is the states, and the tokenizer."""
    try:
        import onnx
        import onnxruntime
        from tokenizers import Tokenizer
    except ImportError:
        raise MissingExtraError(
            "states of tokens need more: pip install onnx onnxruntime tokenizers"
        ) from None
    model = onnx.load(encoder / GRAPH, load_external_data=False)
    name = states_of(model.graph)
    model.graph.output.append(onnx.helper.make_tensor_value_info(name, 1, None))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    # Where weights beside the graph are looked for, as the graph itself comes from memory.
    options.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", str(encoder)
    )
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )
    facts = json.loads((encoder / ENCODER).read_text(encoding="utf-8"))
    tokenizer = Tokenizer.from_file(str(encoder / TOKENIZER))
    tokenizer.no_padding()
    tokenizer.enable_truncation(int(facts["max_tokens"]))
    return session, tokenizer
