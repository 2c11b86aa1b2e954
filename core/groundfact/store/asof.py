"""The only place that writes time predicates in SQL."""

from __future__ import annotations

__all__ = [
    "believed",
    "ever_believed",
    "happened",
    "last_link",
    "not_hidden_since",
    "not_undone",
    "since",
    "still_counts",
    "written",
]


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


def still_counts(alias: str, known_at: int | None) -> str:
    """Runs of `alias` that nobody had undone at commit `known_at` (None: by now)."""
    later = "" if known_at is None else f" or {alias}.closed_seq > {int(known_at)}"
    return f"({alias}.closed_seq is null{later})"


def since(alias: str, after: str) -> str:
    """Rows of `alias` that came after the commit `after`."""
    return f"{alias}.seq > {after}"


def happened(alias: str, as_of: int | None) -> str:
    """Passages of `alias` that had happened at an instant in the world (None: all)."""
    return "true" if as_of is None else f"{alias}.at <= {int(as_of)}"


def last_link(alias: str) -> str:
    """Links of `alias` that were the last of their record at commit `:known`, also of one that was gone by then."""
    return f"""{written(alias)} and not exists (select 1 from link n where n.stream = {alias}.stream
and n.rec = {alias}.rec and n.seq > {alias}.seq and {written("n")})"""


def not_undone(alias: str, known: str = ":known") -> str:
    """Versions of `alias` that nobody had undone at commit `known`."""
    return f"not exists (select 1 from undone_version u where u.version = {alias}.id and {written('u', known)})"


def not_hidden_since(alias: str, known_at: int | None, labels: str = ":labels") -> str:
    """Versions of `alias` whose record may be seen today as well, where the past is looked at: who may no longer see
    a record does not get at it by asking for earlier."""
    if known_at is None:
        return "true"
    return f"""not exists (select 1 from version w where w.stream = {alias}.stream and w.rec = {alias}.rec
and w.closed_seq is null and w.labels not in (select value from json_each({labels})))"""


def ever_believed(alias: str) -> str:
    """Rows of `alias` that are or once were believed: late news is opened and closed by the same commit."""
    return f"({alias}.closed_seq is null or {alias}.closed_seq > {alias}.seq)"
