"""Print the count tables of the datasheet, or write them into it."""

from __future__ import annotations

from pathlib import Path

import click

from training.corpus import read_corpus
from training.corpus.contrast import contrast_agreement, read_contrast
from training.corpus.counts import contrast_counts, corpus_counts
from training.documents import replace_block

DATASHEET = Path(__file__).with_name("DATASHEET.md")


@click.command()
@click.option("--write", is_flag=True, help="Put the tables into DATASHEET.md.")
def main(write: bool) -> None:
    """Count the passages of the corpus by stance, genre, theatre, writer, voice and frame."""
    blocks = {
        "counts": corpus_counts(read_corpus()),
        "contrast": contrast_counts(read_contrast(), contrast_agreement().alpha.value),
    }
    for name, counts in blocks.items():
        if write:
            replace_block(DATASHEET, name, counts)
        else:
            click.echo(f"{counts}\n")


if __name__ == "__main__":
    main()
