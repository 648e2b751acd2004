"""Heads that attend to the tokens of an encoder; layers below them learn with them.

The mean over all tokens dilutes the phrase that carries the stance. A head has a few learnt
queries; each gives every token of a passage a weight, and the weighted mean of the tokens joins the
plain one. Needs PyTorch; what comes out is plain arrays, and onnxruntime runs them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from training.passages import KINDS, STANCES, Passages
from training.tokens import Tokens

__all__ = ["HeadSettings", "Heads", "Lessons", "fit_heads", "read_heads", "write_heads"]

_BATCH = 32
# Batches of passages of about one length, out of so many that were drawn together.
_POOL = 20
_WARM_UP = 50
# Of the layers: their decay, as in AdamW, and the longest gradient of them.
_LAYERS_DECAY = 0.01
_LARGEST = 1.0
_TINY = 1e-9
# Of the loss of the frames, of which there are many, to that of the stances.
_FRAMES = 0.9
# Standard deviation of a query's numbers to begin with: all but even weights.
_EVEN = 0.02
N_OUTPUTS = len(KINDS) * len(STANCES)


@dataclass(frozen=True)
class HeadSettings:
    """How heads are trained.

    Attributes
    ----------
    n_queries : int
    n_epochs : int
    rate : float; of learning, at its highest
    dropout : float; share of the pooled numbers that are left out at each step
    token_dropout : float; share of the tokens that no query sees at each step
    decay : float; of the weights, as in AdamW
    speech_share : float; what speeches count for the outputs for news and for the frames
    n_seeds : int; heads that are trained at once and whose scores are averaged
    n_layers : int; below the heads, above those that stay as they are
    layer_rate : float; of learning of these layers, at its highest; 0 leaves them be
    least : float; passages that count less are left out of some epochs, and count more in others
    """

    n_queries: int = 4
    n_epochs: int = 3
    rate: float = 2e-3
    dropout: float = 0.6
    token_dropout: float = 0.15
    decay: float = 10.0
    speech_share: float = 0.25
    n_seeds: int = 3
    n_layers: int = 2
    layer_rate: float = 1e-4
    least: float = 0.75


@dataclass(frozen=True)
class Lessons:
    """What heads learn from, a row a passage.

    Attributes
    ----------
    tokens : Tokens
    y : ndarray of shape (n_passages,), int; columns of `STANCES`
    frames : ndarray of shape (n_passages, n_frames), 0 or 1
    weight : ndarray of shape (n_passages,)
    kind : ndarray of shape (n_passages,), int; splits of one kind share their biases
    is_speech : ndarray of shape (n_passages,), bool
    """

    tokens: Tokens
    y: np.ndarray
    frames: np.ndarray
    weight: np.ndarray
    kind: np.ndarray
    is_speech: np.ndarray

    @classmethod
    def of(cls, passages: Passages, tokens: Tokens) -> Lessons:
        names = sorted({frame for marks in passages.frames for frame in marks})
        kinds = [
            domain or split for domain, split in zip(passages.domains, passages.splits, strict=True)
        ]
        # News comes first: as such are passages read whose kind is not known.
        order = sorted(set(kinds), key=lambda kind: (kind != KINDS[0], kind))
        return cls(
            tokens,
            np.array([STANCES.index(stance) for stance in passages.stances]),
            np.array([[frame in marks for frame in names] for marks in passages.frames]),
            np.array(passages.weights),
            np.array([order.index(kind) for kind in kinds]),
            np.array([kind == KINDS[1] for kind in kinds]),
        )


@dataclass(frozen=True)
class Heads:
    """Trained heads.

    Attributes
    ----------
    mean, scale : ndarray of shape (n_axes,); tokens are shifted and scaled by these first
    queries : ndarray of shape (n_heads, n_queries, n_axes)
    weights : ndarray of shape (n_heads, (n_queries + 1) * n_axes, n_outputs)
        Of the plain mean of the tokens, then of the weighted one of each query.
    bias : ndarray of shape (n_heads, n_outputs)
        Outputs are the classes for news, then those for speeches.
    """

    mean: np.ndarray
    scale: np.ndarray
    queries: np.ndarray
    weights: np.ndarray
    bias: np.ndarray

    def scores(self, states: np.ndarray) -> np.ndarray:
        """Scores of one passage, the mean of the heads: (n_outputs,).

        Parameters
        ----------
        states : ndarray of shape (n_tokens, n_axes)
        """
        tokens = (states.astype(np.float32) - self.mean) / self.scale
        attention = np.exp(self.queries @ tokens.T)
        attention /= attention.sum(axis=2, keepdims=True)
        n_heads, _, n_axes = self.queries.shape
        plain = np.broadcast_to(tokens.mean(axis=0), (n_heads, 1, n_axes))
        pooled = np.concatenate([plain, attention @ tokens], axis=1).reshape(n_heads, -1)
        return np.asarray((np.einsum("hf,hfo->ho", pooled, self.weights) + self.bias).mean(axis=0))


def write_heads(path: Path, heads: Heads) -> None:
    """Write heads as one file of arrays."""
    np.savez(path, **vars(heads))


def read_heads(path: Path) -> Heads:
    """Read what `write_heads` wrote."""
    with np.load(path, allow_pickle=False) as found:
        return Heads(**{field.name: found[field.name] for field in fields(Heads)})


def fit_heads(
    lessons: Lessons,
    rows: np.ndarray,
    settings: HeadSettings,
    random_state: int = 0,
    layers: Any = None,
) -> Heads:
    """Train heads on some of the passages, by Adam, on the stances and on the frames beside them.

    The outputs for news learn from all passages, those for speeches from speeches alone.

    Parameters
    ----------
    lessons : Lessons
    rows : ndarray of int; the passages to learn from
    settings : HeadSettings
    random_state : int
    layers : torch.nn.Module or None
        As `training.top_layers.read_layers` gives them. The heads attend to what they make of the
        states, and they learn with them, in place.
    """
    import torch
    from torch.nn import functional

    torch.manual_seed(random_state)
    draw = np.random.default_rng(random_state)
    n_heads, n_queries = settings.n_seeds, settings.n_queries
    learns = layers is not None and settings.layer_rate > 0
    mean, scale = _spread(lessons.tokens, rows, draw, layers)
    n_axes, n_frames = len(mean), lessons.frames.shape[1]
    n_outputs = N_OUTPUTS + n_frames
    queries = torch.nn.Parameter(_EVEN * torch.randn(n_heads * n_queries, n_axes))
    weights = torch.nn.Parameter(torch.zeros(n_heads, (n_queries + 1) * n_axes, n_outputs))
    bias = torch.nn.Parameter(torch.zeros(n_heads, n_outputs))
    of_kind = torch.nn.Parameter(torch.zeros(int(lessons.kind.max()) + 1, n_heads, len(STANCES)))
    rates = [(settings.rate, [queries, weights, bias, of_kind], 0.0)]
    if learns:
        own = [number for number in layers.parameters() if number.requires_grad]
        rates.append((settings.layer_rate, own, _LAYERS_DECAY))
    optimizer = torch.optim.AdamW(
        [{"params": params, "weight_decay": decay} for _, params, decay in rates],
        betas=(0.9, 0.98),
    )

    news_share = np.where(lessons.is_speech, settings.speech_share, 1)
    often = np.clip(lessons.weight * news_share / max(settings.least, _TINY), 0, 1)
    batches = list(_batches(lessons.tokens, rows, often, settings.n_epochs, draw))
    for step, batch in enumerate(batches):
        padded, is_token = _padded(lessons.tokens, batch)
        states, there = torch.from_numpy(padded), torch.from_numpy(is_token)
        if layers is not None:
            layers.train(learns)
            with torch.set_grad_enabled(learns):
                states = layers(states, there)
        tokens = (states - torch.from_numpy(mean)) / torch.from_numpy(scale)
        tokens = tokens * there[:, :, None]
        plain = tokens.sum(1) / there.sum(1, keepdim=True)
        seen = there & (torch.rand(there.shape) > settings.token_dropout)
        seen[:, 0] = True
        attention = (tokens @ queries.T).masked_fill(~seen[:, :, None], -1e4).softmax(1)
        pooled = torch.einsum("btq,bta->bqa", attention, tokens).view(len(batch), n_heads, -1)
        joined = torch.cat([plain[:, None].expand(-1, n_heads, -1), pooled], 2)
        joined = functional.dropout(joined, settings.dropout)
        found = torch.einsum("bhf,hfo->bho", joined, weights) + bias
        news, speech, frames = found.split([len(STANCES), len(STANCES), n_frames], 2)

        weight = lessons.weight[batch] / often[batch]
        counts = torch.from_numpy(news_share[batch] * weight).float()
        of_speech = torch.from_numpy(lessons.is_speech[batch] * weight).float()
        right = torch.from_numpy(lessons.y[batch])[:, None].expand(-1, n_heads)
        marks = torch.from_numpy(lessons.frames[batch]).float()[:, None].expand_as(frames)
        losses = [
            functional.cross_entropy(scores.transpose(1, 2), right, reduction="none")
            for scores in (news + of_kind[lessons.kind[batch]], speech)
        ]
        of_frames = functional.binary_cross_entropy_with_logits(frames, marks, reduction="none")
        by_head = counts[:, None] * (losses[0] + _FRAMES * of_frames.mean(2))
        # Each head has its own numbers, so that their sum trains each as if it were alone.
        loss = (by_head + of_speech[:, None] * losses[1]).sum() / _BATCH

        share = min(1.0, step / _WARM_UP) * (1 - step / len(batches))
        for group, (rate, _, _) in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * share
        optimizer.zero_grad()
        loss.backward()
        if learns:
            torch.nn.utils.clip_grad_norm_(own, _LARGEST)
        optimizer.step()
        with torch.no_grad():
            weights.mul_(1 - settings.rate * share * settings.decay)
    if layers is not None:
        layers.eval()
    return Heads(
        mean,
        scale,
        queries.detach().numpy().reshape(n_heads, n_queries, n_axes),
        weights.detach().numpy()[:, :, :N_OUTPUTS].copy(),
        bias.detach().numpy()[:, :N_OUTPUTS].copy(),
    )


def _spread(
    tokens: Tokens, rows: np.ndarray, draw: np.random.Generator, layers: Any
) -> tuple[np.ndarray, np.ndarray]:
    """Mean and standard deviation of each axis over the tokens of a few hundred passages."""
    import torch

    some = draw.choice(rows, min(len(rows), 500), replace=False)
    states = [np.asarray(tokens.of(int(row)), dtype=np.float32) for row in some]
    if layers is not None:
        layers.eval()
        with torch.no_grad():
            states = [layers(torch.from_numpy(one)[None])[0].numpy() for one in states if len(one)]
    together = np.concatenate(states)
    return together.mean(axis=0), together.std(axis=0) + 1e-3


def _batches(
    tokens: Tokens, rows: np.ndarray, often: np.ndarray, n_epochs: int, draw: np.random.Generator
) -> Iterator[np.ndarray]:
    """Passages in new batches for each epoch, those of a batch of about one length.

    ``often`` is the share of the epochs that a passage of all is in.
    """
    lengths = np.diff(tokens.starts)
    for _ in range(n_epochs):
        kept = rows[draw.random(len(rows)) < often[rows]]
        order, batches = draw.permutation(kept), []
        for start in range(0, len(order), _BATCH * _POOL):
            pool = order[start : start + _BATCH * _POOL]
            pool = pool[np.argsort(lengths[pool], kind="stable")]
            batches += [pool[at : at + _BATCH] for at in range(0, len(pool), _BATCH)]
        yield from (batches[place] for place in draw.permutation(len(batches)))


def _padded(tokens: Tokens, batch: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """States of shape (n_passages, n_tokens, n_axes), and which of them are tokens."""
    parts = [tokens.of(int(row)) for row in batch]
    shape = (len(parts), max(map(len, parts)))
    states = np.zeros((*shape, parts[0].shape[1]), dtype=np.float32)
    is_token = np.zeros(shape, dtype=bool)
    for row, part in enumerate(parts):
        states[row, : len(part)], is_token[row, : len(part)] = part, True
    return states, is_token
