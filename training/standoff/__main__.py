"""Write the stand-off files from labelled passages, and the counts of their README."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from stancekit import score_agreement
from stancekit.errors import StancekitError
from stancekit.writers import open_output
from training.corpus.counts import count_table
from training.corpus.jsonl import dump_rows, read_rows
from training.documents import replace_block
from training.standoff import OFF_TOPIC, OFF_TOPIC_TEXTS, SPLITS, STANDOFF, TRAIN, read_standoff
from training.standoff.making import LEFT_OUT, make_standoff
from training.standoff.off_topic import make_off_topic

README = STANDOFF / "README.md"


@click.command()
@click.option(
    "--from",
    "labelled",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Make the stand-off files anew from the labelled passages in this folder.",
)
@click.option("--write", is_flag=True, help="Put the counts into README.md.")
def main(labelled: Path | None, write: bool) -> None:
    """Count the stand-off labels by split, reason left out, sampling and frame."""
    try:
        if labelled:
            _make(labelled)
        counts = standoff_counts()
        if write:
            replace_block(README, "counts", counts)
        else:
            click.echo(counts)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None


def standoff_counts() -> str:
    """The tables of the stand-off README, in Markdown."""
    rows = [{**row, "split": name} for name in SPLITS for row in read_standoff(name)]
    articles = "".join(_articles(name, rows) for name in SPLITS)
    left_out = [_reason(row) for row in read_standoff(LEFT_OUT)]
    sampled = [{**row, "sampling": _sampling(row)} for row in rows if "sampling" in row]
    framed = [{**row, "frame": frame} for row in rows for frame in row["frames"] or ["(none)"]]
    tables = (
        f"{count_table(rows, 'split')}\nArticles: {articles[:-2]}.\n",
        f"Left out of the training splits:\n\n{count_table(left_out, 'reason')}",
        f"By sampling:\n\n{count_table(sampled, 'sampling', total=False)}",
        f"Passages that two labelled, blind to each other:\n\n{_agreement_table(rows)}",
        f"By frame, all splits:\n\n{count_table(framed, 'frame', total=False)}",
        f"Off topic: {', '.join(map(_off_topic, OFF_TOPIC))}.\n",
    )
    return "\n".join(tables)


def _articles(name: str, rows: list[dict[str, Any]]) -> str:
    return f"{name} {len({row['article'] for row in rows if row['split'] == name}):,}, "


def _off_topic(name: str) -> str:
    rows = read_standoff(name)
    return f"{name} {len(rows):,} passages in {len({row['article'] for row in rows}):,} articles"


def _sampling(row: dict[str, Any]) -> str:
    return f"{row['split']}: {row['sampling']}"


def _agreement_table(rows: list[dict[str, Any]]) -> str:
    lines = [
        "| split | passages | alike | Krippendorff's alpha | macro F1 of one against the other |",
        "|---|---:|---:|---|---|",
    ]
    for split in TRAIN:
        read_twice = [row for row in rows if row["split"] == split and "readings" in row]
        if not read_twice:
            continue
        first, second = zip(*(row["readings"] for row in read_twice), strict=True)
        found = score_agreement(
            {"first": first, "second": second}, groups=[row["article"] for row in read_twice]
        )
        alike = sum(one == other for one, other in zip(first, second, strict=True))
        lines.append(
            f"| {split} | {len(read_twice)} | {alike} | {_interval(found.alpha)} | "
            f"{_interval(found.macro_f1)} |"
        )
    return "\n".join(lines) + "\n"


def _interval(found: Any) -> str:
    return f"{found.value:.2f} [{found.low:.2f}, {found.high:.2f}]"


def _reason(row: dict[str, Any]) -> dict[str, Any]:
    kind = row["reason"].partition(" of ")[0]
    return {**row, "reason": f"{row['split']}: {kind}"}


def _make(labelled: Path) -> None:
    rows = {name: read_rows(labelled / f"{name}.jsonl") for name in SPLITS}
    made: dict[str, Any] = make_standoff(rows)
    off_topic = labelled / f"{OFF_TOPIC_TEXTS}.jsonl"
    if off_topic.is_file():
        others = [{**row, "split": name} for name in SPLITS for row in rows[name]]
        made |= make_off_topic(read_rows(off_topic), others)
    for name, kept in made.items():
        with open_output(STANDOFF / f"{name}.jsonl", force=True) as file:
            file.write(dump_rows(kept))


if __name__ == "__main__":
    main()
