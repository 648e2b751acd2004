"""What the index of an HTML report draws: the stance by columns and by month."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.options import Command
from stancekit.cli.progress import counted, note

if TYPE_CHECKING:
    from stancekit.analysis import Analysis
    from stancekit.inputs import Reading
    from stancekit.model import Model

__all__ = ["Drawn", "by_options"]

_SPEAKER = "speaker"
_Carry = Callable[[Iterable["Analysis"]], Iterable["Analysis"]]


@dataclass(frozen=True)
class Drawn:
    """What rows are made of instead of passages, or what a report draws.

    Attributes
    ----------
    by : tuple of str; "speaker", or in a report columns
    date : str or None; a column of dates
    data : str or None; a table with these columns of the articles
    """

    by: tuple[str, ...] = ()
    date: str | None = None
    data: str | None = None

    def speaker_of(self, form: str) -> bool:
        """Whether rows are speakers; refuses what only a report can draw."""
        if form == "html":
            if self.data and not self.columns:
                raise click.UsageError("--data has columns to draw by; name them with --by")
            return False
        if self.by not in ((), (_SPEAKER,)) or self.date or self.data:
            raise click.UsageError(
                "--by COL, --by-month and --data are for --format html, and --by speaker alone for "
                "the others; carry columns through with --keep, and `stancekit measure` gives the "
                "shares by them"
            )
        return bool(self.by)

    @property
    def columns(self) -> list[str]:
        """The columns that are drawn, each once."""
        return list(dict.fromkeys([*self.by, *([self.date] if self.date else [])]))

    def look_up(
        self, sources: Sequence[str], reading: Reading, id: str | None
    ) -> tuple[Reading, _Carry]:
        """How to read the sources, and a function that gives analyses the columns of ``data``.

        That is read at once; its column ``id`` has the names of the files.
        """
        from stancekit.inputs import holds_rows

        tables = [one for one in sources if holds_rows(one, reading)]
        if self.data is None:
            if _SPEAKER in self.by and not tables:
                raise click.UsageError(
                    "an HTML report has the speakers of each article; leave out --by speaker"
                )
            keep = tuple(dict.fromkeys([*reading.keep, *self.columns]))
            return replace(reading, keep=keep), lambda analyses: analyses
        if tables:
            raise click.UsageError(
                f"--data is for articles and {tables[0]} is a table, whose own columns --by and "
                "--by-month name"
            )
        from stancekit.article_facts import facts_of

        facts = facts_of(sources, self.data, self.columns, id=id or "id", encoding=reading.encoding)
        if lacking := sum(one not in facts for one in sources):
            note(f"{self.data} has no row for {lacking} of {len(sources)} articles")
        nothing = dict.fromkeys(self.columns)
        return reading, lambda analyses: (
            one.carrying(facts.get(one.article, nothing)) for one in analyses
        )

    def write(
        self, analyses: Iterable[Analysis], output: Path, model: Model, *, force: bool
    ) -> None:
        """Write the report, and say which columns no passage had anything in."""
        from stancekit.labels import is_missing
        from stancekit.report import write_report

        lacking = set(self.columns)

        def watched() -> Iterator[Analysis]:
            for analysis in analyses:
                for passage in analysis.passages if lacking else ():
                    lacking.difference_update(
                        name for name in [*lacking] if not is_missing(passage.kept.get(name))
                    )
                yield analysis

        found = counted(watched())
        write_report(found, output, model, by=self.by, date=self.date, force=force)
        note(f"wrote {output}")
        for name in self.columns:
            if name in lacking:
                note(
                    f"nothing is known of any {name!r}: articles say it in the front matter of "
                    "Markdown or in a web page (date, outlet, author, title), or in a table --data"
                )


def by_options(command: Command) -> Command:
    """Give a command what to count or draw by, as one argument ``drawn``."""
    options = [
        click.option(
            "--by",
            multiple=True,
            metavar="COL",
            help="'speaker': one row a speaker and article instead of one a passage. In HTML: the "
            "stance by this column, as outlets; may be given again.",
        ),
        click.option(
            "--by-month", "date", metavar="COL", help="In HTML: the stance by month of these dates."
        ),
        click.option(
            "--data",
            metavar="TABLE",
            help="In HTML: these columns of the articles, whose files --id names.",
        ),
    ]

    @wraps(command)
    def with_drawn(
        *, by: tuple[str, ...], date: str | None, data: str | None, **others: Any
    ) -> None:
        command(drawn=Drawn(by, date, data), **others)

    decorated: Command = with_drawn
    for option in reversed(options):
        decorated = option(decorated)
    return decorated
