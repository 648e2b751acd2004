"""Constructor arguments as scikit-learn reads and sets them, for what must not import it."""

from __future__ import annotations

from inspect import signature
from typing import Any

from stancekit.errors import InputError

__all__ = ["Parameters", "check_fitted"]


class Parameters:
    """What scikit-learn asks of a class before it clones it or puts it into a pipeline.

    A model that only reads never imports scikit-learn, which takes longer than all else that a
    short article needs.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The constructor's arguments, by name."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Any:
        """Set arguments of the constructor; returns self, or raises InputError for another name."""
        known = self.get_params()
        for name, value in params.items():
            if name not in known:
                raise InputError(f"got {name!r}; expected one of {', '.join(known)}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.base import BaseEstimator

        return BaseEstimator.__sklearn_tags__(self)


def check_fitted(estimator: object, attribute: str) -> None:
    """Raise scikit-learn's NotFittedError for an estimator that has not learnt ``attribute``."""
    if not hasattr(estimator, attribute):
        from sklearn.exceptions import NotFittedError

        raise NotFittedError(f"this {type(estimator).__name__} is not fitted yet; call `fit` first")
