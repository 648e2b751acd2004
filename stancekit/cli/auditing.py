"""`stancekit audit`: labelled passages in, those to look at again out."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING, Any

import click

from stancekit.cli.findings import note_left_out
from stancekit.cli.measuring import output_format
from stancekit.cli.options import encoding_option, form_option
from stancekit.cli.progress import note, stages

if TYPE_CHECKING:
    from stancekit.audit import Audit, DoubtfulLabel, DuplicatePair
    from stancekit.cli.labelled import LabelledPassages

__all__ = ["audit"]

_MOST = 20
_STAGE = "judging labels"
_EXCERPT = 150
_COLUMNS: dict[str, type] = {
    **{"finding": str, "row": int, "id": str, "group": str, "label": str, "text": str},
    **{"probability": float, "suggested": str, "suggested_probability": float},
    **{"similarity": float, "other_row": int, "other_id": str, "other_group": str},
    **{"other_label": str, "other_text": str},
}


@click.command()
@click.argument("data", nargs=-1, required=True)
@click.option("--text", default="text", show_default=True, metavar="COL", help="The passage.")
@click.option("--label", default="label", show_default=True, metavar="COL", help="Its label.")
@click.option("--group", metavar="COL", help="Its article; articles are kept whole.")
@click.option("--id", "id_column", metavar="COL", help="What names a row.")
@click.option(
    "--folds", default=5, show_default=True, type=click.IntRange(2, 20), help="Parts of the data."
)
@click.option(
    "--jobs", default=1, show_default=True, help="Folds fitted at once; -1 for all cores."
)
@form_option
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Write to this file.")
@click.option("--force", is_flag=True, help="Replace the output file if it is there.")
@click.option("--seed", default=0, show_default=True, help="Of the folds.")
@encoding_option
def audit(
    data: tuple[str, ...],
    text: str,
    label: str,
    group: str | None,
    id_column: str | None,
    folds: int,
    jobs: int,
    form: str | None,
    output: Path | None,
    force: bool,
    seed: int,
    encoding: str,
) -> None:
    """List labelled passages to look at again.

    DATA is what `stancekit train` takes; it needs `pip install 'stancekit[audit]'` (cleanlab).

    \b
    stancekit audit letters.csv --label side --group article
    stancekit audit letters.csv --group article --id url -o again.csv

    \b
    label      a label that is likely wrong: a model that has not seen the article
               finds another one much likelier, by how often labels are mixed up.
               Often it is a hard passage: look, do not relabel by it.
    duplicate  two passages that tell nearly the same: with two labels, or in two
               articles (--group), where one gives the other away when scores are
               made on held-out articles.

    A line is a finding, with row (its place in DATA, from 0), label, probability and the suggested
    label, or the other passage and the similarity (of words, to 1).
    """
    from stancekit.audit import audit_labels, check_cleanlab
    from stancekit.cli.labelled import LabelColumns, read_labelled
    from stancekit.writers import check_output

    form = output_format(form, output)
    if output is not None:
        check_output(output, force=force)
    check_cleanlab()
    others = (id_column,) if id_column else ()
    rows = read_labelled(data, LabelColumns(text, label, group, None, others), encoding=encoding)
    if group is None:
        note("no --group: duplicates are told only where their labels differ")
    with stages() as tell:
        tell(_STAGE, 0, folds)
        found = audit_labels(
            rows.texts,
            rows.labels,
            groups=rows.groups,
            n_folds=folds,
            random_state=seed,
            n_jobs=jobs,
            progress=partial(tell, _STAGE),
        )
    note_left_out(rows)
    note(
        f"the models that judge are right about {found.accuracy:.0%} of the passages, so that some "
        "of the labels below are right and hard"
    )
    _write(_Findings(found, rows, id_column), form, output, force)


@dataclass(frozen=True)
class _Findings:
    """What was found, and the passages it was found in."""

    found: Audit
    rows: LabelledPassages
    id_column: str | None

    def lines(self) -> Iterator[dict[str, Any]]:
        """A row of a table each."""
        for one in self.found.doubtful:
            facts = {key: value for key, value in vars(one).items() if key not in ("row", "label")}
            yield {"finding": "label", **self._passage(one.row), **facts}
        for pair in self.found.duplicates:
            other = self._passage(pair.second)
            yield {
                "finding": "duplicate",
                **self._passage(pair.first),
                "similarity": pair.similarity,
                **{f"other_{key}": value for key, value in other.items()},
            }

    def show(self) -> None:
        """Print them for reading."""
        from rich.padding import Padding
        from rich.text import Text

        from stancekit.cli.palette import printable
        from stancekit.cli.terminal import make_console

        console = make_console()

        def tell(title: str, found: Sequence[tuple[str, Sequence[int]]]) -> None:
            console.print(Text(title, style="bold"))
            for head, rows in found[:_MOST]:
                console.print(Text(printable(head)))
                for row in rows:
                    excerpt = Text(printable(self._excerpt(row)), style="dim")
                    console.print(Padding(excerpt, (0, 0, 0, 2)))
            if len(found) > _MOST:
                console.print(Text(f"and {len(found) - _MOST} more: write all with -o FILE.csv"))

        audit = self.found
        tell(
            f"Labels that are likely wrong: {len(audit.doubtful)} of {audit.n_passages} passages",
            [(self._doubt(one), [one.row]) for one in audit.doubtful],
        )
        console.print()
        tell(
            f"Passages told twice: {len(audit.duplicates)} pairs",
            [(self._pair(one), [one.first, one.second]) for one in audit.duplicates],
        )

    def _doubt(self, one: DoubtfulLabel) -> str:
        return (
            f"row {self.rows.rows[one.row]}: {one.label} {one.probability:.2f}, likelier "
            f"{one.suggested} {one.suggested_probability:.2f}"
        )

    def _pair(self, one: DuplicatePair) -> str:
        first, second = (self.rows.rows[row] for row in (one.first, one.second))
        labels = " / ".join(str(self.rows.labels[row]) for row in (one.first, one.second))
        said = f"labels {labels}" if one.has_two_labels else self.rows.labels[one.first]
        where = ", in two articles" if one.crosses_groups else ""
        return f"rows {first} and {second}: alike {one.similarity:.2f}, {said}{where}"

    def _excerpt(self, row: int) -> str:
        return shorten(self.rows.texts[row], _EXCERPT, placeholder=" …")

    def _passage(self, row: int) -> dict[str, Any]:
        groups, rows = self.rows.groups, self.rows
        known = {"row": rows.rows[row], "label": rows.labels[row], "text": rows.texts[row]}
        if self.id_column is not None:
            known["id"] = rows.others[self.id_column][row]
        return known if groups is None else {**known, "group": groups[row]}


def _write(findings: _Findings, form: str, output: Path | None, force: bool) -> None:
    from stancekit.writers import open_output, write_rows

    if form == "table":
        findings.show()
    elif output is None:
        write_rows(findings.lines(), sys.stdout.buffer, form, _COLUMNS)
    else:
        with open_output(output, force=force) as file:
            write_rows(findings.lines(), file, form, _COLUMNS)
        note(f"wrote {output}")
