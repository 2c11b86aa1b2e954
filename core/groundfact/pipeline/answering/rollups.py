"""What a person would want first about an account: who owns it, what is open, when it was last touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from groundfact.model.times import ago, iso, parse_instant
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.reading.served import served_fact

__all__ = ["roll_ups"]


def roll_ups(reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]]) -> dict[str, Any]:
    """The summary of an entity; parts that nothing is known of are missing."""
    summary: dict[str, Any] = {}
    owner = view.facts.get("owner")
    if owner is not None and owner.claims:
        summary["owner"] = served_fact(reader, view, "owner")
    deals, unsure = _open(reader, related.get("deal", ()))
    if deals is not None:
        summary["open_deals"] = _open_deals(reader, deals) | unsure
    tickets, unsure = _open(reader, related.get("ticket", ()))
    if tickets is not None:
        summary["open_tickets"] = {"count": len(tickets)} | unsure
    touch = _last_touch(reader, view, related)
    if touch is not None:
        summary["last_touch"] = touch
    return summary


def _value(reader: Reader, view: EntityView, attribute: str) -> Any:
    """The value as it may be served: none where it must be current and is not confirmed."""
    return served_fact(reader, view, attribute)["value"] if attribute in view.facts else None


def _open(reader: Reader, found: Sequence[EntityView]) -> tuple[list[EntityView] | None, dict[str, int]]:
    """Those that are open, and of how many it is not known; None where it is known of none: that is not zero."""
    known = {view.id: _value(reader, view, "is_open") for view in found}
    unknown = sum(1 for value in known.values() if value is None)
    if unknown == len(found):
        return None, {}
    return [view for view in found if known[view.id] is True], {"unknown": unknown} if unknown else {}


def _open_deals(reader: Reader, deals: Sequence[EntityView]) -> dict[str, Any]:
    totals: dict[str, float] = defaultdict(float)
    for deal in deals:
        amount = _value(reader, deal, "amount")
        if amount is not None:
            totals[str(_value(reader, deal, "currency") or "")] += amount
    told: dict[str, Any] = {"count": len(deals), "total": {c: _whole(t) for c, t in sorted(totals.items())}}
    closing = sorted(str(date) for deal in deals if (date := _value(reader, deal, "close_date")))
    if closing:
        told["next_close"] = closing[0]
    without = sum(1 for deal in deals if _value(reader, deal, "amount") is None)
    if without:
        told["without_amount"] = without
    if any(_doubtful(reader, deal, name) for deal in deals for name in ("is_open", "amount")):
        told["stale"] = True
    return told


def _doubtful(reader: Reader, view: EntityView, attribute: str) -> bool:
    """Whether a value is counted that is not confirmed."""
    return attribute in view.facts and served_fact(reader, view, attribute).get("freshness") in ("stale", "unknown")


def _whole(total: float) -> float | int:
    return int(total) if total == int(total) else round(total, 2)


def _last_touch(reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]]) -> dict[str, Any] | None:
    best: tuple[int, str, str] | None = None
    for entity in (view, *(child for children in related.values() for child in children)):
        if "last_activity_at" not in entity.facts:
            continue
        served = served_fact(reader, entity, "last_activity_at")
        if reader.plans[entity.kind].kind.attributes["last_activity_at"].type != "datetime" or not served["value"]:
            continue
        at = parse_instant(served["value"])
        # A date in the future is a plan, not a touch.
        if at <= reader.now and (best is None or (at, entity.title) > best[:2]):
            best = (at, entity.title, f"{entity.kind} {entity.title} ({served['source']})")
    if best is None:
        return None
    return {"at": iso(best[0]), "ago": ago(best[0], reader.now), "with": best[2]}
