"""A picture of the benchmarks: a row a set, a dot a method, a line its interval."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

__all__ = ["draw"]

# Colours that can be told apart by most eyes (Okabe and Ito), ours strong.
COLOURS = {
    "linear": "#0072b2",
    "text": "#6baed6",
    "accurate": "#a6611a",
    "hybrid-minilm": "#d55e00",
    "hybrid-mpnet": "#000000",
    "svm": "#009e73",
    "fasttext": "#cc79a7",
    "spacy": "#e69f00",
    "setfit": "#56b4e9",
    "majority": "#999999",
}
_LEFT, _WIDTH, _LINE, _PAD = 330, 560, 13, 12


def draw(sets: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """The picture as SVG; scores from 0 to 1 on the axis."""
    shown = [name for name in COLOURS if any(name in one["methods"] for one in sets.values())]
    parts, top = [_legend(shown, titles)], 24 + 18 * ((len(shown) + 2) // 3)
    start = top
    for one in sets.values():
        found = [name for name in shown if name in one["methods"]]
        height = _LINE * len(found) + _PAD
        parts.append(_row(one, found, top))
        top += height
    axis = "".join(_tick(k / 10, start, top) for k in range(1, 10))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_LEFT + _WIDTH + 20} {top + 30}" '
        'font-family="sans-serif" font-size="11" role="img" '
        'aria-label="Scores of each method on each set, with 95 % intervals">'
        f'<rect width="100%" height="100%" fill="#fff"/>{axis}{"".join(parts)}</svg>\n'
    )


def _x(score: float) -> float:
    return round(_LEFT + _WIDTH * score, 1)


def _row(one: Mapping[str, Any], names: list[str], top: int) -> str:
    label = f'<text x="{_LEFT - 8}" y="{top + 12}" text-anchor="end">{escape(one["title"])}</text>'
    dots = [
        _dot(one["methods"][name]["scores"][one["metric"]], COLOURS[name], top + 8 + _LINE * k)
        for k, name in enumerate(names)
    ]
    return label + "".join(dots)


def _dot(score: Mapping[str, float], colour: str, y: int) -> str:
    low, high, x = _x(score["low"]), _x(score["high"]), _x(score["value"])
    return (
        f'<line x1="{low}" x2="{high}" y1="{y}" y2="{y}" stroke="{colour}" stroke-width="2"/>'
        f'<circle cx="{x}" cy="{y}" r="4" fill="{colour}"/>'
    )


def _tick(score: float, top: int, bottom: int) -> str:
    x = _x(score)
    return (
        f'<line x1="{x}" x2="{x}" y1="{top}" y2="{bottom}" stroke="#ddd"/>'
        f'<text x="{x}" y="{bottom + 16}" text-anchor="middle">{score:.1f}</text>'
    )


def _legend(names: list[str], titles: Mapping[str, str]) -> str:
    cells = []
    for k, name in enumerate(names):
        x, y = 20 + 300 * (k % 3), 18 + 18 * (k // 3)
        title = escape(titles[name].replace("**", ""))
        cells.append(
            f'<circle cx="{x}" cy="{y - 4}" r="4" fill="{COLOURS[name]}"/>'
            f'<text x="{x + 10}" y="{y}">{title}</text>'
        )
    return "".join(cells)
