"""Commands that need an extra say which one, where it is not installed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from groundfact.errors import UsageError

__all__ = ["needs"]


@contextmanager
def needs(extra: str) -> Iterator[None]:
    """Imports inside belong to an extra of the package."""
    try:
        yield
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "groundfact"):
            raise
        raise UsageError(f"this needs {missing}", hint=f"pip install 'groundfact[{extra}]'") from None
