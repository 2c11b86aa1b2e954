"""What the configuration was at a commit: the rules, and which fields each stream's attributes are read from."""

from __future__ import annotations

from typing import NamedTuple

from groundfact.store import registry
from groundfact.store.asof import written
from groundfact.store.engine import Tx
from groundfact.store.statements import insert
from groundfact.store.tables import ConfigVersion

__all__ = ["RULES", "Noted", "noted", "part_of_stream", "take_note"]

RULES = "rules"


class Noted(NamedTuple):
    """What held from a commit on."""

    digest: str
    document: str


def part_of_stream(stream: int) -> str:
    """What the reading of a stream is noted under."""
    return f"mapping:{stream}"


def noted(tx: Tx, workspace: int, part: str, known_at: int | None = None) -> Noted | None:
    """What held at a commit (None: now); None before anything was noted."""
    known = 2**62 if known_at is None else known_at
    sql = f"""select c.digest, c.document from config_version c
where c.workspace = :ws and c.part = :part and {written("c")} order by c.seq desc limit 1"""
    row = tx.one(sql, {"ws": workspace, "part": part, "known": known})
    return Noted(*row) if row else None


def take_note(tx: Tx, workspace: int, part: str, now: int, held: Noted) -> None:
    """Write down what holds from now on; nothing where that is known."""
    # The digest alone: the document is long, and asked for whenever somebody tells something.
    sql = "select digest from config_version where workspace = ? and part = ? order by seq desc limit 1"
    if tx.one(sql, (workspace, part)) != (held.digest,):
        seq = registry.next_seq(tx, workspace, now)
        tx.run(insert(ConfigVersion), (workspace, part, seq, *held))
