"""What stancekit raises, in one sentence each: what was found, what was expected, what to do."""

__all__ = [
    "ColumnError",
    "DataError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "StancekitError",
]


class StancekitError(Exception):
    """Base of every error that stancekit raises on purpose."""


class InputError(StancekitError, ValueError):
    """Texts, labels or arguments that a function cannot work with."""


class DataError(StancekitError):
    """A file or table that cannot be read as asked."""


class ColumnError(DataError):
    """A table without the column that was asked for."""


class ModelError(StancekitError):
    """A model directory that is missing, damaged, newer than this library, or not a model."""


class MissingExtraError(StancekitError, ImportError):
    """An optional dependency is not installed; the message carries the install command."""
