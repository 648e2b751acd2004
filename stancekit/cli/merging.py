"""`stancekit merge`: the parts of several jobs become one output."""

from __future__ import annotations

from pathlib import Path

import click

from stancekit.cli.running import report_totals

__all__ = ["merge"]


@click.command()
@click.argument("output", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Replace OUTPUT if it is there.")
def merge(output: Path, force: bool) -> None:
    """Join what the jobs of `stancekit predict --shard` have finished.

    OUTPUT is what they were given as -o. Nothing is written unless every job has ended and every
    part is there and whole; which are not is said.

    \b
    stancekit predict posts.parquet --text body -o labels.parquet --shard 1/2
    stancekit predict posts.parquet --text body -o labels.parquet --shard 2/2
    stancekit merge labels.parquet

    The file is the same, byte for byte, as that of one job. Exit codes are those of predict.
    """
    from stancekit.joining import join_parts, numbers_of
    from stancekit.parts import Parts, parts_of
    from stancekit.writers import check_output

    check_output(output, force=force)
    parts = Parts.open(parts_of(output))
    totals = join_parts(parts, numbers_of(parts), output)
    parts.remove()
    report_totals(output, totals)
