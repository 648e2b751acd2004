"""The `stancekit` command: its parts, its help and what its errors become."""

from __future__ import annotations

import sys
from typing import Any

import click

from stancekit import __version__
from stancekit.cli.auditing import audit
from stancekit.cli.evaluating import evaluate
from stancekit.cli.measuring import measure
from stancekit.cli.merging import merge
from stancekit.cli.predicting import predict
from stancekit.cli.progress import note
from stancekit.cli.sampling import sample
from stancekit.cli.training import train
from stancekit.errors import ColumnError, StancekitError

__all__ = ["main"]


class _Commands(click.Group):
    """Turns what the library raises into one line on stderr and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.commands)  # in the order in which they are used

    def make_context(
        self, info_name: str | None, args: list[str], *parts: Any, **more: Any
    ) -> click.Context:
        given = list(args)  # which parsing uses up
        ctx = super().make_context(info_name, args, *parts, **more)
        ctx.meta["stancekit.arguments"] = given
        return ctx

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ColumnError as error:
            raise click.UsageError(str(error)) from None
        except StancekitError as error:
            raise click.ClickException(str(error)) from None
        except BrokenPipeError:
            raise  # click ends quietly when the reader of a pipe has gone
        except OSError as error:
            place = f"{error.filename}: " if error.filename else ""
            raise click.ClickException(f"{place}{error.strerror or error}") from None


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="stancekit")
def main() -> None:
    """Say, passage by passage, which side of a debate a text argues for.

    \b
    stancekit predict article.txt          read an article
    stancekit merge labels.parquet         join what several jobs predicted
    stancekit audit data.csv               labels and passages to look at again
    stancekit train data.csv -o my-model   train on your own labels
    stancekit evaluate held-out.csv        score a model, with intervals
    stancekit sample labels.jsonl          passages to label by hand
    stancekit measure labels.jsonl         share of each stance in a corpus
    stancekit models                       what is installed

    The shipped model reads the debate over keeping or withdrawing foreign troops (Iraq and Syria
    first): pro-withdrawal, pro-presence or neutral, with 13 frames of argument.

    Results go to standard output, notes and progress to standard error. Exit codes: 0 all well,
    1 a fault, 2 wrong usage, 3 finished but some passages could not be labelled.
    """


@click.group(invoke_without_command=True)
@click.pass_context
def models(ctx: click.Context) -> None:
    """List the installed models; show and verify any model.

    \b
    stancekit models
    stancekit models show troops-en
    stancekit models verify my-model/

    Without a command, each installed model is a line: its name, a tab, what it is. MODEL is such a
    name, or a directory that `stancekit train` wrote.
    """
    if ctx.invoked_subcommand is not None:
        return
    from stancekit.storage import read_manifest, shipped_models

    shipped = shipped_models()
    for name, directory in shipped.items():
        summary = read_manifest(directory)["about"].get("summary", "")
        click.echo(f"{name}\t{summary}")
    if not shipped:
        note("no model is installed; `stancekit train` makes one")


@models.command()
@click.argument("model")
def show(model: str) -> None:
    """Print a model's card: its use, data and scores.

    \b
    stancekit models show troops-en
    """
    from stancekit.storage import CARD, find_model, read_manifest

    directory = find_model(model)
    read_manifest(directory)
    card = (directory / CARD).read_text(encoding="utf-8")
    if not sys.stdout.isatty():
        click.echo(card, nl=False)
        return
    from rich.markdown import Markdown

    from stancekit.cli.terminal import make_console

    make_console().print(Markdown(card))


@models.command()
@click.argument("model")
def verify(model: str) -> None:
    """Check a model's files and its golden predictions.

    Every file is hashed, and the golden passages must get the probabilities stored with them.

    \b
    stancekit models verify my-model/
    """
    from stancekit.saving import verify_model

    n_files, n_golden = verify_model(model)
    click.echo(f"{model}: {n_files} files and {n_golden} golden passages are as they should be")


for _command in (predict, merge, audit, train, evaluate, sample, measure, models):
    main.add_command(_command)
