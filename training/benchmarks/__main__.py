"""`python -m training.benchmarks`: what the library reaches on what people annotated."""

import click

from training.benchmarks.stance.command import run
from training.benchmarks.stance.page import page

if __name__ == "__main__":
    click.Group("training.benchmarks", commands=[run, page], help=__doc__)()
