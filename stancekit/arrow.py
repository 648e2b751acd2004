"""Arrow in, Arrow out: the step that engines such as Spark, Ray and `datasets` call on a batch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar

from stancekit.errors import ColumnError, InputError
from stancekit.model import Model
from stancekit.rows import label_cells, name_of, read_cell
from stancekit.saving import load_model
from stancekit.tables.arrow_rows import cells_of
from stancekit.tables.batches import check_columns

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["predict_batch"]

ArrowRows = TypeVar("ArrowRows", "pa.Table", "pa.RecordBatch")


def predict_batch(
    table: ArrowRows,
    *,
    model: str | os.PathLike[str] | Model = "troops-en",
    text: str = "text",
    target: str | None = None,
) -> ArrowRows:
    """Label the rows of an Arrow table, each one passage.

    For engines that hand out batches of rows: it needs no state, and gives a row the same numbers
    as `Model.analyze_passages` and ``stancekit predict`` whatever the other rows are.

    Parameters
    ----------
    table : pyarrow.Table or pyarrow.RecordBatch
    model : Model, or the name or directory of one, which each process opens once
    text : str
        The column that holds the text; strings, or bytes of UTF-8.
    target : str or None
        The column that says what a row takes a stance on, for a model trained with targets.

    Returns
    -------
    pyarrow.Table or pyarrow.RecordBatch, as ``table``
        Its rows and columns, and after them ``status`` (one of `STATUSES`), ``stance``, ``p_LABEL``
        for each label, ``frames`` (a list) and ``f_FRAME`` for each frame; null where a row cannot
        be labelled. The schema depends on that of ``table`` and the model alone.

    Raises
    ------
    ColumnError
        When ``table`` lacks the column ``text`` or ``target``, or has one that is added.
    InputError
        When ``table`` is neither of these, or for a ``target`` where the model had none.
    """
    import pyarrow as pa

    if isinstance(table, pa.RecordBatch):
        labelled = predict_batch(
            pa.Table.from_batches([table]), model=model, text=text, target=target
        )
        batches = labelled.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], schema=labelled.schema)
    if not isinstance(table, pa.Table):
        raise InputError(
            f"got {type(table).__name__} as `table`; expected a pyarrow Table or RecordBatch"
        )
    check_columns("the table", [text, *([target] if target else [])], table.column_names)
    opened = model if isinstance(model, Model) else _open(os.fspath(model))
    aims = None if target is None else [name_of(cell) for cell in cells_of(table[target])]
    added = _labels_of(opened, cells_of(table[text]), aims)
    for name, column in zip(added.column_names, added.columns, strict=True):
        if name in table.column_names:
            raise ColumnError(
                f"the table has a column {name!r}, which predict_batch adds; rename it before"
            )
        table = table.append_column(name, column)
    return table


@lru_cache(maxsize=2)
def _open(model: str) -> Model:
    return load_model(model)


def _labels_of(
    model: Model, cells: Sequence[Any], targets: Sequence[str | None] | None
) -> pa.Table:
    """The columns that are added, a row for each cell."""
    import pyarrow as pa

    rows = label_cells(model, [read_cell(cell) for cell in cells], targets=targets)
    strings, scores, lists = pa.string(), pa.float64(), pa.list_(pa.string())

    def numbers(names: Iterable[str], prefix: str, found: list[Any]) -> dict[str, Any]:
        return {
            f"{prefix}{name}": pa.array([one.get(name) for one in found], scores) for name in names
        }

    return pa.table(
        {
            "status": pa.array([row.status for row in rows], strings),
            "stance": pa.array([row.stance for row in rows], strings),
            **numbers(model.labels, "p_", [row.probabilities for row in rows]),
            "frames": pa.array([row.frames if row.is_scored else None for row in rows], lists),
            **numbers(model.frame_names, "f_", [row.frame_probabilities for row in rows]),
        }
    )
