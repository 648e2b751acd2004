"""Rebuild the texts of the labelled passages from local copies of the two collections."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from stancekit.errors import DataError, StancekitError
from stancekit.writers import open_output
from training.corpus.jsonl import dump_rows, read_rows
from training.standoff import STANDOFF, fingerprint

__all__ = ["Missing", "Rebuilt", "cut_article", "cut_speech", "main", "rebuild"]

# Some passages were not found.
EXIT_MISSING = 3

# How speeches were cut when their passages were labelled: the ids count these passages, so the
# numbers are as fixed as the labels.
_LONG_PARAGRAPH = 220  # words
_LONG_PASSAGE = 200  # words
_PARAGRAPH_ENDS = tuple(".!?:;\"')]")
_SENTENCE_BREAK = re.compile(r'(?<=[.!?]) (?=[A-Z"])')
# "# title", "## `md5`", "`speaker — date`", and the rule that follows them.
_SPEECH_HEADING = re.compile(
    r"\A.*?^## `[0-9a-f]{32}`[ \t]*\n`[^\n]*`[ \t]*\n(?:\s*^---[ \t]*\n)?", re.DOTALL | re.MULTILINE
)

_ID = re.compile(
    r"allsides:(?P<news>[\w-]+):(?P<paragraph>\d+)|crec-(?P<speech>[0-9a-f]{12})-(?P<passage>\d+)"
)

# A file may be cut in several ways; the first is the one that the ids count.
Cuts = list[list[str]]
Row = dict[str, Any]


@dataclass(frozen=True)
class Missing:
    """A passage that was not found, and why."""

    id: str
    split: str
    reason: str


@dataclass(frozen=True)
class Rebuilt:
    """What `rebuild` found: rows with ``text`` by split, and the passages that it did not find."""

    splits: dict[str, list[Row]]
    missing: list[Missing]

    @property
    def n_found(self) -> int:
        """Number of passages found."""
        return sum(len(rows) for rows in self.splits.values())


@dataclass(frozen=True)
class _Collection:
    """Files by the part of their name that an id carries, and the way to cut one."""

    files: Mapping[str, list[Path]]
    cut: Callable[[Path], Cuts]


def rebuild(
    standoff: Path = STANDOFF, *, allsides: Path | None = None, congress: Path | None = None
) -> Rebuilt:
    """Find the text of each passage that the stand-off files list.

    A text belongs to a passage when it has its fingerprint. Where the passage at the place in the
    id has another one, the rest of the file is searched.

    Parameters
    ----------
    standoff : Path, default=STANDOFF
        Directory of JSON lines files whose rows have ``id`` and ``sha1``.
    allsides, congress : Path, optional
        The repositories of the collections, or the folders in them that hold the files. The
        passages of a collection that is not given count as missing.

    Raises
    ------
    DataError
        When a folder holds none of the files expected, or a stand-off file cannot be read. A bad
        file of a collection is no error: its passages are missing.
    """
    collections = {
        "news": _collection(allsides, "data/jsons", "*.json", None, _article_cuts),
        "speech": _collection(congress, "docs", "*.md", 12, _speech_cuts),
    }
    files = sorted(standoff.glob("*.jsonl"))
    if not files:
        raise DataError(f"{standoff} has no .jsonl files; name the folder of stand-off labels")
    rebuilt = Rebuilt({file.stem: [] for file in files}, [])
    for file in files:
        rows = read_rows(file, required=("sha1",))
        found = dict(_find(rows, collections))
        for row in rows:
            text = found[row["id"]]
            if isinstance(text, _NotFound):
                rebuilt.missing.append(Missing(row["id"], file.stem, text.reason))
            else:
                rebuilt.splits[file.stem].append(_with_text(row, text))
    return rebuilt


def cut_article(text: str) -> list[str]:
    """Cut a news article into its paragraphs: lines that are not empty, whitespace collapsed."""
    return [" ".join(line.split()) for line in text.split("\n") if line.strip()]


def cut_speech(markdown: str) -> list[str]:
    """Cut a speech file into passages of about 200 words at most.

    The body is what follows the heading. Blocks between blank lines become paragraphs; one that
    does not end like a sentence takes in the next. A paragraph of more than 220 words is cut at its
    sentences. Then the pieces are packed in order, a passage taking in pieces up to 200 words.

    Raises
    ------
    DataError
        When the file does not begin with a title, the hash and the speaker.
    """
    heading = _SPEECH_HEADING.match(markdown)
    if not heading:
        raise DataError("no heading with hash and speaker; expected a file of congress-scope")
    pieces: list[str] = []
    for paragraph in _paragraphs(markdown[heading.end() :]):
        is_long = len(paragraph.split()) > _LONG_PARAGRAPH
        pieces += _SENTENCE_BREAK.split(paragraph) if is_long else [paragraph]
    return _pack(pieces)


def _paragraphs(body: str) -> list[str]:
    paragraphs: list[str] = []
    for block in re.split(r"\n\s*\n", body):
        piece = " ".join(block.split())
        if piece and paragraphs and not paragraphs[-1].endswith(_PARAGRAPH_ENDS):
            paragraphs[-1] += f" {piece}"
        elif piece:
            paragraphs.append(piece)
    return paragraphs


def _pack(pieces: Iterable[str]) -> list[str]:
    passages: list[str] = []
    n_words = 0
    for piece in pieces:
        n_words += len(piece.split())
        if passages and n_words <= _LONG_PASSAGE:
            passages[-1] += f" {piece}"
        else:
            passages.append(piece)
            n_words = len(piece.split())
    return passages


@dataclass(frozen=True)
class _NotFound:
    reason: str


def _find(
    rows: Iterable[Row], collections: Mapping[str, _Collection | None]
) -> Iterator[tuple[str, str | _NotFound]]:
    """The text of each row, or why there is none; each file is read once."""
    wanted: defaultdict[tuple[str, str], list[tuple[Row, int]]] = defaultdict(list)
    for row in rows:
        match = _ID.fullmatch(str(row["id"]))
        if match is None:
            yield row["id"], _NotFound("not an id of either collection")
        elif match["news"]:
            wanted["news", match["news"]].append((row, int(match["paragraph"])))
        else:
            wanted["speech", match["speech"]].append((row, int(match["passage"])))
    for (kind, name), passages in wanted.items():
        cuts = _cut_document(collections[kind], name)
        for row, place in passages:
            yield row["id"], cuts if isinstance(cuts, _NotFound) else _pick(cuts, place, row)


def _cut_document(collection: _Collection | None, name: str) -> Cuts | _NotFound:
    if collection is None:
        return _NotFound("the collection was not given")
    cuts: Cuts = []
    problem = "no such file"
    for path in collection.files.get(name, ()):
        try:
            cuts += collection.cut(path)
        except (OSError, ValueError, RecursionError, DataError) as error:
            problem = f"cannot be read: {error}"
    return cuts or _NotFound(problem)


def _pick(cuts: Cuts, place: int, row: Row) -> str | _NotFound:
    here = (cut[place] for cut in cuts if place < len(cut))
    elsewhere = (passage for cut in cuts for passage in cut)
    for passages in (here, elsewhere):
        for passage in passages:
            if fingerprint(passage) == row["sha1"]:
                return passage
    return _NotFound("no passage of the file has its hash")


def _with_text(row: Row, text: str) -> Row:
    """The row with its text after the hash, as in the labelled files."""
    names = ("id", "article", "paragraph", "sha1")
    head: Row = {name: row[name] for name in names if name in row}
    return {**head, "text": text, **row}


def _collection(
    root: Path | None,
    inside: str,
    pattern: str,
    prefix: int | None,
    cut: Callable[[Path], Cuts],
) -> _Collection | None:
    if root is None:
        return None
    folder = root / inside if (root / inside).is_dir() else root
    files: defaultdict[str, list[Path]] = defaultdict(list)
    for path in sorted(folder.glob(pattern)):
        files[path.stem[:prefix]].append(path)
    if not files:
        raise DataError(f"{root} holds no {pattern} files; name the repository or its {inside}")
    return _Collection(files, cut)


def _article_cuts(path: Path) -> Cuts:
    article = json.loads(path.read_text(encoding="utf-8-sig"))
    if not isinstance(article, dict):
        raise DataError("not a JSON object")
    texts = [article.get(name) for name in ("content_original", "content")]
    cuts = [cut_article(text) for text in texts if isinstance(text, str) and text.strip()]
    if not cuts:
        raise DataError("it has no content")
    return cuts


def _speech_cuts(path: Path) -> Cuts:
    return [cut_speech(path.read_text(encoding="utf-8-sig"))]


def _write(rebuilt: Rebuilt, output: Path, *, force: bool) -> None:
    splits = {output / f"{name}.jsonl": rows for name, rows in rebuilt.splits.items() if rows}
    if not force and (there := [path for path in splits if path.exists()]):
        raise DataError(f"{there[0]} exists; add --force to replace it, or choose another folder")
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DataError(f"cannot make {output} ({error.strerror}); choose another folder") from None
    for path, rows in splits.items():
        with open_output(path, force=force) as file:
            file.write(dump_rows(rows))


def _report(rebuilt: Rebuilt) -> None:
    for passage in rebuilt.missing:
        click.echo(f"missing {passage.id} ({passage.split}): {passage.reason}", err=True)
    for name, rows in rebuilt.splits.items():
        n_missing = sum(passage.split == name for passage in rebuilt.missing)
        click.echo(f"{name}: {len(rows)} of {len(rows) + n_missing} passages found", err=True)
    click.echo(f"found {rebuilt.n_found}, missing {len(rebuilt.missing)}", err=True)


_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--allsides", type=_FOLDER, help="Copy of ramybaly/Article-Bias-Prediction.")
@click.option("--congress", type=_FOLDER, help="Copy of milesmcc/congress-scope.")
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the splits with their texts, such as data/troops. Never commit it.",
)
@click.option("--standoff", type=_FOLDER, default=STANDOFF, help="Folder of the stand-off labels.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
@click.pass_context
def main(
    context: click.Context,
    allsides: Path | None,
    congress: Path | None,
    output: Path,
    standoff: Path,
    force: bool,
) -> None:
    """Rebuild the texts of the labelled passages; exit code 3 when some were not found."""
    if allsides is None and congress is None:
        raise click.UsageError("give --allsides, --congress or both")
    try:
        rebuilt = rebuild(standoff, allsides=allsides, congress=congress)
        _write(rebuilt, output, force=force)
    except StancekitError as error:
        raise click.ClickException(str(error)) from None
    _report(rebuilt)
    if rebuilt.missing:
        context.exit(EXIT_MISSING)


if __name__ == "__main__":
    main()
