"""Print the count tables of the datasheet, or write them into it."""

from __future__ import annotations

from pathlib import Path

import click

from training.corpus import read_corpus
from training.corpus.counts import corpus_counts
from training.documents import replace_block

DATASHEET = Path(__file__).with_name("DATASHEET.md")


@click.command()
@click.option("--write", is_flag=True, help="Put the tables into DATASHEET.md.")
def main(write: bool) -> None:
    """Count the passages of the corpus by stance, genre, theatre, writer, voice and frame."""
    counts = corpus_counts(read_corpus())
    if write:
        replace_block(DATASHEET, "counts", counts)
    else:
        click.echo(counts)


if __name__ == "__main__":
    main()
