"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

__all__ = [
    "FORMATS",
    "INCOMPLETE",
    "Command",
    "encoding_option",
    "form_option",
    "label_options",
    "model_option",
    "plot_option",
]

Command = Callable[..., None]

# Of tables that are written; as in `stancekit.writers`, which a command opens only to write.
FORMATS = ("jsonl", "csv", "parquet")

# The exit code of a run that finished and could not score every row.
INCOMPLETE = 3


def _check_encoding(ctx: click.Context, option: click.Parameter, name: str) -> str:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise click.BadParameter(f"{name!r}; expected one like utf-8 or windows-1252") from None
    return name


model_option = click.option(
    "-m",
    "--model",
    default="troops-en",
    show_default=True,
    metavar="MODEL",
    help="Name or directory.",
)
encoding_option = click.option(
    "--encoding",
    default="utf-8",
    show_default=True,
    metavar="NAME",
    callback=_check_encoding,
    help="Of text, CSV and JSON lines.",
)

form_option = click.option(
    "--format",
    "form",
    type=click.Choice(["table", *FORMATS]),
    help="Default: by the suffix of -o, else 'table' on a terminal and 'jsonl' in a pipe.",
)

plot_option = click.option(
    "--plot",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Draw to this .png, .svg or .pdf too; needs `pip install 'stancekit[plot]'`.",
)


def label_options(command: Command) -> Command:
    """The options of commands that read labelled passages."""
    options = [
        click.option(
            "--text", default="text", show_default=True, metavar="COL", help="The passage."
        ),
        click.option(
            "--label", default="label", show_default=True, metavar="COL", help="Its label."
        ),
        click.option("--group", metavar="COL", help="Its article; articles are kept whole."),
        click.option(
            "--target", metavar="COL", help="What it takes a stance on, where there are several."
        ),
        click.option("--frames", metavar="COL", help="Its frames: lists, or names with ; between."),
        click.option(
            "--format",
            "form",
            type=click.Choice(["table", "json", "markdown"]),
            help="Of the scores. Default: 'table' on a terminal, 'json' in a pipe.",
        ),
        click.option("--seed", default=0, show_default=True, help="Of folds and bootstrap."),
        encoding_option,
    ]
    for option in reversed(options):
        command = option(command)
    return command
