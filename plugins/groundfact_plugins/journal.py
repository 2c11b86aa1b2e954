"""The journal: every event as one line of JSON on the logger `groundfact.journal`, at level INFO.

Ids and counts only. A value, or an error that may quote one, would outlive its erasure in a log file.
"""

from __future__ import annotations

import logging

__all__ = ["enter", "listening"]

_LOGGER = logging.getLogger("groundfact.journal")


def listening() -> bool:
    """Whether anybody reads the journal."""
    return _LOGGER.isEnabledFor(logging.INFO)


def enter(event: str, **ids_and_counts: str | int | list[str] | dict[str, int]) -> None:
    """Write one line."""
    if not listening():
        return
    import structlog

    structlog.wrap_logger(
        _LOGGER,
        processors=[
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.EventRenamer("event"),
            structlog.processors.JSONRenderer(sort_keys=True),
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    ).info(event, **ids_and_counts)
