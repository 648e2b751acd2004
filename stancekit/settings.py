"""Constructor arguments of `StanceClassifier` alone: refused where no fit can work with them."""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from stancekit.errors import InputError
from stancekit.labels import unknown_name

__all__ = ["check_stance_settings", "class_weight_by_column"]


def check_stance_settings(classifier: Any) -> None:
    """Refuse what `stancekit.linear.check_settings` does not know.

    Raises
    ------
    InputError
    """
    lean, weight, least = classifier.lean, classifier.encoder_weight, classifier.min_per_target
    if lean is not None and not 0 <= lean <= 1:
        raise InputError(f"got lean={lean!r}; expected None or a number from 0 to 1")
    if not isinstance(weight, Real) or not 0 < float(weight) < np.inf:
        raise InputError(f"got encoder_weight={weight!r}; expected a number above 0")
    if classifier.ignore_names and classifier.char_ngram_range is not None:
        raise InputError(
            "got ignore_names with char_ngram_range; expected one of them, as characters cannot be "
            "told from those of names"
        )
    if least is not None and (not isinstance(least, Integral) or least < 1):
        raise InputError(f"got min_per_target={least!r}; expected None or a whole number from 1 on")


def class_weight_by_column(
    class_weight: dict[str, float] | str | None, classes: Sequence[str]
) -> dict[int, float] | str | None:
    """``class_weight`` with columns in place of names.

    Raises
    ------
    InputError
        For a name that is none of ``classes``.
    """
    if not isinstance(class_weight, dict):
        return class_weight
    for name in class_weight:
        if name not in classes:
            raise InputError(unknown_name("label", str(name), list(classes)))
    return {column: class_weight.get(name, 1.0) for column, name in enumerate(classes)}
