"""The options that say how articles and tables are read."""

from __future__ import annotations

from functools import wraps
from typing import Any

import click

from stancekit.cli.options import Command, encoding_option

__all__ = ["reading_options"]


def reading_options(command: Command) -> Command:
    """Give a command its inputs' options, as one argument ``reading``."""
    options = [
        click.option("--text", metavar="COL", help="Tables: the column that holds the text."),
        click.option(
            "--id",
            metavar="COL",
            help="Tables: the column that names the row; of --data: the file.",
        ),
        click.option(
            "--target",
            metavar="COL",
            help="Tables: the column that says what the row takes a stance on; for models that "
            "were trained with --target.",
        ),
        click.option(
            "--keep",
            multiple=True,
            metavar="COL",
            help="Carry this column of a table, or what an article says, to its passages; may "
            "be given again.",
        ),
        click.option("--split", is_flag=True, help="Tables: a row is an article, not one passage."),
        click.option(
            "--stdin",
            type=click.Choice(["article", "csv", "tsv", "jsonl"]),
            default="article",
            show_default=True,
            help="What standard input holds.",
        ),
        click.option(
            "--voices/--no-voices",
            default=None,
            help="Find who says it. Default: in articles yes, in rows that are one passage no.",
        ),
        click.option(
            "--explain",
            is_flag=True,
            help="Tell which words moved each label; not in CSV or Parquet.",
        ),
        encoding_option,
    ]

    @wraps(command)
    def with_reading(
        *,
        text: str | None,
        id: str | None,
        target: str | None,
        keep: tuple[str, ...],
        split: bool,
        stdin: str,
        encoding: str,
        voices: bool | None,
        explain: bool,
        **others: Any,
    ) -> None:
        from stancekit.inputs import Reading

        how = Reading(text, id, keep, split, stdin, encoding, voices, explain, target)
        command(reading=how, **others)

    decorated: Command = with_reading
    for option in reversed(options):
        decorated = option(decorated)
    return decorated
