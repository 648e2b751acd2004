"""Text as a page may show it: no character of it can break the page or turn what follows."""

from __future__ import annotations

from typing import Any

__all__ = ["harmless"]

# Characters that HTML does not have, or that turn the direction of the text after them, are shown
# one for one, so that offsets hold.
_CONTROLS = (*range(0x20), *range(0x7F, 0xA0), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF)
_TURNING = (*range(0x202A, 0x202F), *range(0x2066, 0x206A))
_SHOWN = {
    **dict.fromkeys((*_CONTROLS, *_TURNING), "\N{REPLACEMENT CHARACTER}"),
    **{ord(space): space for space in "\t\n\r\f"},
    **dict.fromkeys((0x0B, 0x85), " "),
}


def harmless(value: Any) -> Any:
    """The value as a page may have it; what has passed here and is markup already stays."""
    is_text = isinstance(value, str) and not hasattr(value, "__html__")
    return value.translate(_SHOWN) if is_text else value
