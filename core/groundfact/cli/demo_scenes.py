"""The demo's scenes of syncing, as data. Everything comes from the calls that the command line makes, too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundfact.cli.demo_world import Stage
from groundfact.memory import SyncReport
from groundfact.pipeline.ingest.sync import SyncOptions

__all__ = ["ASKED", "SIGN", "Progress", "Scene", "changed", "missing", "synced"]

SIGN = re.compile(r"\[(?:quote|end) [a-z]{12}\]")
"""What opens and closes a frame around quoted text: another one in each answer."""

Progress = Callable[[str, str, int, int | None], None]
ASKED = "Halden Robotics"
_DAYS, _MINUTES = 3, 15


@dataclass
class Scene:
    """What a scene found out, and whether it is what was promised."""

    data: dict[str, Any]
    promises: dict[str, bool]


def _sync(stage: Stage, tell: Progress) -> tuple[SyncReport, dict[str, Any], bool]:
    """Sync everything, and whether the vendors saw the calls that were counted. A source that fails ends the demo."""
    for vendor in stage.vendors.values():
        vendor.reset_calls()
    began, waited = stage.world.monotonic(), stage.world.waited
    report = stage.memory.sync(options=SyncOptions(progress=tell))
    for result in report.sources:
        if result.error is not None:
            raise result.error
    counted = {result.source: result.calls for result in report.sources}
    data = {
        "sources": [{"source": r.source, "status": r.status, "seconds": round(r.seconds, 2), **r.counts}
                    for r in report.sources],
        "calls": sum(counted.values()),
        "seconds": round(stage.world.monotonic() - began, 2),
        "pauses_skipped": round(stage.world.waited - waited, 1),
    }  # fmt: skip
    return report, data, all(len(vendor.calls) == counted[name] for name, vendor in stage.vendors.items())


def synced(stage: Stage, tell: Progress) -> Scene:
    """The first, full sync of all sources, and what it made of their records."""
    report, data, honest = _sync(stage, tell)
    entities: dict[str, set[str]] = defaultdict(set)
    links = list(stage.memory.list("links"))
    for link in links:
        entities[link["kind"]].add(link["entity"])
    accounts = {account["id"]: account["records"] for account in stage.memory.list("accounts")}
    hero = accounts[stage.memory.context(ASKED).data["id"]]
    data |= {"records": len(links), **{f"{kind}s": len(found) for kind, found in entities.items()}}
    data |= {"hero_records": hero, **_against_truth(stage, accounts)}
    return Scene(data, {
        "every source was read completely": report.ok and bool(links),
        "the vendors saw exactly the calls that were counted": honest,
        "the account has a record of each system that has accounts": {r.partition("/")[0] for r in hero}
        == {"crm", "marketing", "billing", "support", "wiki"},
        "no two companies were joined": not data["wrongly_joined"],
    })  # fmt: skip


def _against_truth(stage: Stage, accounts: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """How well records were joined to accounts, which the fiction knows."""
    companies: dict[str | None, set[str]] = defaultdict(set)
    wrong = 0
    for entity, records in accounts.items():
        truths = {stage.truth_of(record) for record in records} - {None}
        wrong += len(truths) > 1
        for truth in truths:
            companies[truth].add(entity)
    split = sum(len(found) > 1 for found in companies.values())
    return {"companies": len(companies), "wrongly_joined": wrong, "still_split": split}


def changed(stage: Stage, first: Scene, before: Scene, tell: Progress) -> Scene:
    """Three days and one increment later."""
    stage.fiction.advance(days=_DAYS)
    edits = stage.fiction.change_hero()
    stage.fiction.advance(hours=_MINUTES / 60)
    report, data, honest = _sync(stage, tell)
    was, calls = before.data["text"], first.data["calls"]
    asked_at = before.data["context"]["asked_at"]
    after = stage.memory.context(ASKED)
    own = {after.data["id"], *(e["id"] for group in after.data["related"].values() for e in group["shown"])}
    changes = [change._asdict() for change in report.changes if change.entity in own]
    then = stage.memory.context(ASKED, known_at=asked_at)
    named = {f"- {_label(after.data, change)}:" for change in changes}
    lines = [line for line in missing(after.text, was) if line.startswith(tuple(named))]
    data |= {
        "days": _DAYS, "edits": len(edits), "changes": changes, "changes_in_all": len(report.changes),
        "asked_at": after.data["asked_at"],
        "first_calls": calls, "lines": lines, "text": after.text, "tokens": after.tokens,
        "known_at": asked_at, "then_equal": then.text == was,
    }  # fmt: skip
    return Scene(data, {
        "every edit arrived as a changed fact": len(changes) >= len(edits) > 0 and report.ok,
        "the vendors saw exactly the calls that were counted": honest,
        "each is in the new context": len(lines) == len(named),
        "it took fewer calls than a full sync": 0 < data["calls"] < calls,
        "what was believed before is still answered, byte for byte": data["then_equal"],
    })  # fmt: skip


def _label(data: Mapping[str, Any], change: Mapping[str, Any]) -> str:
    """How the context's line about a change begins."""
    if change["entity"] != data["id"]:
        return str(change["title"])
    return next(str(f["label"]) for f in data["facts"] if f["attribute"] == change["attribute"])


def missing(text: str, other: str) -> list[str]:
    """The lines of a text that another does not have."""
    # Frames of different texts have different signs, which nobody misses.
    there = {SIGN.sub("", line) for line in other.splitlines()}
    return [line for line in text.splitlines() if SIGN.sub("", line) not in there]
