"""What all pictures have in common: where they may be written, and how labels are told apart."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stancekit.errors import InputError, MissingExtraError
from stancekit.labels import takes_side
from stancekit.writers import check_output, open_output

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["GREY", "Style", "check_plot", "drawing", "plain", "styles_of"]

SUFFIXES = (".png", ".svg", ".pdf")
GREY = "#595959"
# Okabe and Ito (2008), Color universal design: told apart by the colour-blind, and each with a
# marker and a line of its own, told apart in black and white.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
_MARKERS = ("o", "s", "^", "D", "v", "P")
_LINES = ("-", "--", "-.", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
_DPI = 150


@dataclass(frozen=True)
class Style:
    """How a label is drawn."""

    colour: str
    marker: str
    line: str | tuple[int, tuple[int, ...]]


def styles_of(labels: Sequence[str]) -> dict[str, Style]:
    """A style for each label; those that take no side are grey."""
    styles, n_sides = {}, 0
    for label in labels:
        if takes_side(label):
            k = n_sides % len(_COLOURS)
            styles[label] = Style(_COLOURS[k], _MARKERS[k], _LINES[k])
            n_sides += 1
        else:
            styles[label] = Style(GREY, "X", ":")
    return styles


def check_plot(path: Path, *, force: bool = False) -> None:
    """Raise when `drawing` would refuse: worth asking before long work.

    Raises
    ------
    InputError
        For another suffix than .png, .svg or .pdf.
    MissingExtraError
        When matplotlib is not installed.
    DataError
        When the file is there and ``force`` is not given, or cannot be written.
    """
    if path.suffix.lower() not in SUFFIXES:
        raise InputError(f"cannot draw {path.name!r}; end it in .png, .svg or .pdf")
    try:
        import matplotlib.figure  # noqa: F401
    except ImportError:
        raise MissingExtraError(
            "pictures are drawn by matplotlib; install it with `pip install 'stancekit[plot]'`"
        ) from None
    check_output(path, force=force)


@contextmanager
def drawing(path: Path, width: float, height: float, *, force: bool = False) -> Iterator[Figure]:
    """A figure to draw on, in inches, which is written whole or not at all.

    The same drawing gives the same bytes. No window, no global state of matplotlib is touched.
    """
    check_plot(path, force=force)
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    form = path.suffix.lower()[1:]
    undated = {"svg": {"Date": None}, "pdf": {"CreationDate": None}, "png": {}}[form]
    # Text stays text in SVG: it can be searched, read aloud and edited.
    own: dict[Any, Any] = {"svg.hashsalt": "stancekit", "svg.fonttype": "none"}
    own |= {"font.size": 9, "axes.titlesize": 10}
    with rc_context(own):
        figure = Figure(figsize=(width, height), layout="constrained")
        yield figure
        with open_output(path, force=force) as file:
            figure.savefig(file, format=form, dpi=_DPI, metadata=undated)


def plain(axes: Axes) -> None:
    """Leave of the frame what carries a scale, over a faint grid."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(color="#E5E5E5", linewidth=0.6)
    axes.set_axisbelow(True)
