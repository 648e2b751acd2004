"""What a table beside articles says of them, as their dates and outlets."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from stancekit.corpus_table import row_keys
from stancekit.errors import DataError
from stancekit.rows import kept_cell
from stancekit.tables import read_table

__all__ = ["facts_of"]


def facts_of(
    articles: Sequence[str], source: str, names: Sequence[str], *, id: str, encoding: str
) -> dict[str, dict[str, Any]]:
    """Columns of a table, for each article that it has a row of.

    Parameters
    ----------
    articles : sequence of str; paths
    source : str; the table
    names : sequence of str; its columns
    id : str
        The column that names an article: by its path, its file's name, or that without the suffix.
    encoding : str

    Raises
    ------
    ColumnError, DataError
        For a column that is not there, a name that is missing or there twice, and when the table
        has no row of any article.
    """
    table = read_table([source], list(dict.fromkeys([id, *names])), encoding=encoding)
    row_of = {key: row for row, (key,) in enumerate(row_keys(table, [id], source))}
    found = {}
    for article in articles:
        path = Path(article)
        keys = (key for key in (article, path.as_posix(), path.name, path.stem) if key in row_of)
        if (key := next(keys, None)) is not None:
            found[article] = {name: kept_cell(table[name][row_of[key]]) for name in names}
    if not found:
        raise DataError(
            f"{source} has no row of any of {len(articles)} articles, the first {articles[0]!r}; "
            f"expected the names of their files in its column {id!r} (--id names another)"
        )
    return found
