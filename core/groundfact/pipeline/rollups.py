"""What a person would want first about an account: who owns it, what is open, when it was last touched."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from groundfact.model.times import ago, iso, parse_instant
from groundfact.pipeline.reader import EntityView, Reader
from groundfact.pipeline.served import served_fact

__all__ = ["roll_ups"]


def roll_ups(reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]]) -> dict[str, Any]:
    """The summary of an entity; parts that nothing is known of are missing."""
    summary: dict[str, Any] = {}
    owner = view.facts.get("owner")
    if owner is not None and owner.claims:
        summary["owner"] = served_fact(reader, view, "owner")
    deals = [deal for deal in related.get("deal", ()) if _value(deal, "is_open") is True]
    if related.get("deal"):
        summary["open_deals"] = _open_deals(deals)
    tickets = related.get("ticket", ())
    if tickets:
        summary["open_tickets"] = {"count": sum(1 for t in tickets if _value(t, "is_open") is True)}
    touch = _last_touch(reader, view, related)
    if touch is not None:
        summary["last_touch"] = touch
    return summary


def _value(view: EntityView, attribute: str) -> Any:
    fact = view.facts.get(attribute)
    return fact.value if fact is not None and fact.status == "known" else None


def _open_deals(deals: Sequence[EntityView]) -> dict[str, Any]:
    totals: dict[str, float] = defaultdict(float)
    for deal in deals:
        amount = _value(deal, "amount")
        if amount is not None:
            totals[str(_value(deal, "currency") or "")] += amount
    told: dict[str, Any] = {"count": len(deals), "total": {c: _whole(t) for c, t in sorted(totals.items())}}
    closing = sorted(str(date) for deal in deals if (date := _value(deal, "close_date")))
    if closing:
        told["next_close"] = closing[0]
    without = sum(1 for deal in deals if _value(deal, "amount") is None)
    if without:
        told["without_amount"] = without
    return told


def _whole(total: float) -> float | int:
    return int(total) if total == int(total) else round(total, 2)


def _last_touch(reader: Reader, view: EntityView, related: Mapping[str, Sequence[EntityView]]) -> dict[str, Any] | None:
    best: tuple[int, str, str] | None = None
    for entity in (view, *(child for children in related.values() for child in children)):
        fact = entity.facts.get("last_activity_at")
        if fact is None or fact.status != "known" or not isinstance(fact.value, str):
            continue
        at = parse_instant(fact.value)
        # A date in the future is a plan, not a touch.
        if at <= reader.now and (best is None or (at, entity.title) > best[:2]):
            best = (at, entity.title, f"{entity.kind} {entity.title} ({fact.claims[0].source})")
    if best is None:
        return None
    return {"at": iso(best[0]), "ago": ago(best[0], reader.now), "with": best[2]}
