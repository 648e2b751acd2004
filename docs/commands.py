"""The command reference, from the help of the commands themselves: `python -m docs.commands`."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from pathlib import Path

import click

from stancekit.cli import main

__all__ = ["PAGE", "reference"]

PAGE = Path(__file__).with_name("commands.md")
_HEAD = """# Commands

Written by `python -m docs.commands` from what `--help` says; a test compares them.
"""


def reference() -> str:
    """The whole page as Markdown: a section a command, with its help and its options."""
    parts = [_HEAD, _prose(main)]
    for names, command in _commands(main, ("stancekit",)):
        depth = "#" * len(names)
        parts += [f"{depth} {' '.join(names)}", _usage(names, command), _prose(command)]
        parts.append(_table(command))
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def _commands(
    group: click.Group, names: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    for name, command in group.commands.items():
        yield (*names, name), command
        if isinstance(command, click.Group):
            yield from _commands(command, (*names, name))


def _usage(names: tuple[str, ...], command: click.Command) -> str:
    context = _context(command, " ".join(names))
    return f"```\n{' '.join([*names, *command.collect_usage_pieces(context)])}\n```"


def _context(command: click.Command, name: str | None = None) -> click.Context:
    """As when it is run below `main`: Click keeps the first help option that it makes."""
    parent = click.Context(main, **main.context_settings)
    return click.Context(command, parent=parent, info_name=name)


def _prose(command: click.Command) -> str:
    """The help text; what stands as it is there, after a line with `\\b`, is a block here."""
    found = []
    for paragraph in inspect.cleandoc(command.help or "").split("\n\n"):
        if paragraph.startswith("\b\n"):
            found.append(f"```\n{paragraph[2:]}\n```")
        else:
            found.append(_escaped(" ".join(paragraph.split())))
    return "\n\n".join(found)


def _table(command: click.Command) -> str:
    context = _context(command)
    options = [one for one in command.params if isinstance(one, click.Option)]
    rows = [record for one in options if (record := one.get_help_record(context))]
    if not rows:
        return ""
    # In a table a bar parts cells, in code as well.
    lines = [
        f"| `{option.replace('|', chr(92) + '|')}` | {_escaped(meaning)} |"
        for option, meaning in rows
    ]
    return "\n".join(["| option | |", "|---|---|", *lines])


def _escaped(text: str) -> str:
    """Text that Markdown leaves alone."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("<", "\\<")


if __name__ == "__main__":
    PAGE.write_text(reference(), encoding="utf-8")
