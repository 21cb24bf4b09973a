"""An error as the log may show it: where it happened and what kind it was, in none of a customer's words."""

import traceback
from collections.abc import Iterator

_PLAIN = (OSError, TypeError, AttributeError, NameError, ImportError, RecursionError, MemoryError)
"""Their texts name files, types and attributes. A ValueError or a KeyError quotes what it stumbled over."""
_PLAIN_MODULES = ("sqlite3", "storage.database")
"""SQLite's texts name tables and columns, never values."""
_UNSEEN = "(its words are not written down)"


def safe_text(error: BaseException) -> str:
    """The error's text, where its kind never quotes what was read; "" where it might."""
    plain = isinstance(error, _PLAIN) or type(error).__module__ in _PLAIN_MODULES
    return str(error) if plain else ""


def trace(error: BaseException) -> str:
    """The usual trace, causes first, several lines."""
    return "\n".join(_told(error, set()))


def name_of(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _told(error: BaseException, seen: set[int]) -> Iterator[str]:
    seen.add(id(error))
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None and id(cause) not in seen:
        yield from _told(cause, seen)
        yield "\nwhich led to:\n"
    if error.__traceback__ is not None:
        yield "Traceback (most recent call last):"
        yield "".join(traceback.format_tb(error.__traceback__)).rstrip("\n")
    text = safe_text(error)
    yield f"{name_of(error)}: {text or _UNSEEN}" if text or error.args else name_of(error)
    if isinstance(error, BaseExceptionGroup):
        for one in error.exceptions:
            yield from _told(one, seen)
