"""Pictures of scores and shares, by matplotlib (extra `plot`)."""

from stancekit.plots.canvas import check_plot
from stancekit.plots.scores import plot_evaluation
from stancekit.plots.shares import plot_shares

__all__ = ["check_plot", "plot_evaluation", "plot_shares"]
