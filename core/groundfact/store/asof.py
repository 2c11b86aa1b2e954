"""The only place that writes time predicates in SQL."""

from __future__ import annotations

__all__ = ["believed", "ever_believed", "written"]


def written(alias: str, known: str = ":known") -> str:
    """Rows of `alias` that were there at commit `known`: those that are added to and never closed."""
    return f"{alias}.seq <= {known}"


def believed(alias: str, known_at: int | None) -> str:
    """Rows of `alias` believed at commit `known_at` (None: now). Belief is closed-open: [seq, closed_seq).

    The words `closed_seq is null` must stand as they are: SQLite uses the partial index only for its condition.
    """
    if known_at is None:
        return f"{alias}.closed_seq is null"
    at = int(known_at)
    return f"({written(alias, str(at))} and ({alias}.closed_seq is null or {alias}.closed_seq > {at}))"


def ever_believed(alias: str) -> str:
    """Rows of `alias` that are or once were believed: late news is opened and closed by the same commit."""
    return f"({alias}.closed_seq is null or {alias}.closed_seq > {alias}.seq)"
