"""One fact on one line: value, who says so, since when, and every mark it carries."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from groundfact.model.inert import inline, is_plain, quoted

__all__ = ["FactLines", "is_marked", "marks", "money"]

Fact = Mapping[str, Any]
_LONGEST_QUESTION = 300


def is_marked(fact: Fact) -> bool:
    """Whether a fact carries a mark of conflict or staleness, which must not be lost."""
    if fact["status"] in ("conflict", "unconfirmed") or fact.get("disputed") or fact.get("contested"):
        return True
    return fact.get("freshness") in ("stale", "aging", "unknown")


@dataclass(frozen=True)
class FactLines:
    """Writes facts; what a source wrote in them is a link only to one of these hosts."""

    links: Collection[str] = ()

    def line(self, fact: Fact) -> str:
        """A fact of the entity itself."""
        label, status = fact["label"], fact["status"]
        if status == "conflict":
            sides = " or ".join(f"{self._stated(s)} [{_provenance(s)}]" for s in fact.get("sides", ()))
            told = f": {sides}{_more(fact)}" if sides else ""
            return f"- {label}: CONFLICT, unresolved{told}. Ask: {self._question(fact)}"
        if status == "unconfirmed":
            return f"- {label}: UNCONFIRMED; last known {self.shown(fact['last_known'])} [{_provenance(fact)}]"
        if status == "unknown":
            return f"- {label}: unknown ({self._out_of_time(fact) or 'the rules believe none of the claims'})"
        agree = fact["sources"]
        also = f"; {len(agree)} sources agree" if len(agree) > 1 else ""
        also += "; DISPUTED, only the latest" if fact.get("disputed") else ""
        also += self._contested(fact) if fact.get("contested") else ""
        return f"- {label}: {self.shown(fact['value'])} [{_provenance(fact)}{also}; confidence {fact['confidence']}]"

    def short(self, fact: Fact) -> str:
        """A fact that is marked, in few words, for a tight budget."""
        if fact["status"] == "conflict":
            return f"- {fact['label']}: CONFLICT"
        if fact["status"] == "unconfirmed":
            return f"- {fact['label']}: UNCONFIRMED"
        return f"- {fact['label']}: {self.shown(fact['value'], 40)} [{marks(fact)}]"

    def lowered(self, fact: Fact, *, doubtful: bool) -> str:
        """A fact of something related: label, value and marks (if it is `doubtful`), without its provenance."""
        label, status = fact["label"], fact["status"]
        label = label[0].lower() + label[1:]
        if status == "conflict":
            return f"{label} CONFLICT {self._sides(fact)}".rstrip()
        if status == "unconfirmed":
            return f"{label} UNCONFIRMED, last known {self.shown(fact['last_known'])}"
        if status == "unknown":
            return f"{label} unknown"
        mark = f" [{marks(fact)}]" if doubtful else ""
        return f"{label} {self.shown(fact['value'])}{mark}"

    def side(self, fact: Fact) -> str:
        """What to show where a value is wanted and there is none to rely on."""
        if fact["status"] == "conflict":
            return f"{self._sides(fact)} [CONFLICT]".lstrip()
        if fact["status"] == "unconfirmed":
            return f"last known {self.shown(fact['last_known'])} [UNCONFIRMED]"
        return "unknown"

    def shown(self, value: Any, most: int = 200) -> str:
        """A value as people write it; a text that could pass for more than a value is quoted."""
        if isinstance(value, str):
            return quoted(str(value), most, self.links)
        if value is None:
            return "none (stated)"
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, float) and value.is_integer():
            return f"{value:,.0f}"
        if isinstance(value, (int, float)):
            return f"{value:,}"
        if isinstance(value, (list, tuple)):
            return ", ".join(self.shown(item, most) for item in value)
        return quoted(str(value), most, self.links)

    def _out_of_time(self, fact: Fact) -> str:
        """What it was until its time was over, and what it will be."""
        told = []
        if was := fact.get("was"):
            told.append(f"was {self.shown(was['value'])} until {was['valid_until']} [{was['source']}]")
        if coming := fact.get("will_be"):
            told.append(f"will be {self.shown(coming['value'])} from {coming['valid_from'][:10]} [{coming['source']}]")
        return "; ".join(told)

    def _contested(self, fact: Fact) -> str:
        """Who says otherwise since a steward decided."""
        said = [f"{a['source']} says {self.shown(a['value'])} since {a['since'][:10]}" for a in fact.get("against", ())]
        return f"; CONTESTED: {', '.join(said)}"

    def _sides(self, fact: Fact) -> str:
        return " or ".join(f"{self._stated(s)} [{s['source']}]" for s in fact.get("sides", ())) + _more(fact)

    def _stated(self, side: Fact) -> str:
        """What a side says; what nobody confirmed in time is only the last that is known."""
        if "last_known" in side:
            return f"UNCONFIRMED, last known {self.shown(side['last_known'])}"
        return self.shown(side["value"])

    def _question(self, fact: Fact) -> str:
        """The question ends its line, so it is quoted only where a value in it could pass for more than a value."""
        said = [side.get("last_known", side["value"]) for side in fact.get("sides", ())]
        texts = [text for text in said if isinstance(text, str)]
        odd = "sides" not in fact or not all(is_plain(inline(text)) for text in texts)
        return quoted(fact["ask"], _LONGEST_QUESTION, always=True) if odd else inline(fact["ask"], _LONGEST_QUESTION)


def marks(fact: Fact) -> str:
    """The marks of a value that is shown: `DISPUTED, STALE`."""
    found = [word for word in ("DISPUTED", "CONTESTED") if fact.get(word.lower())]
    return ", ".join(found if fact["freshness"] == "fresh" else [*found, fact["freshness"].upper()])


def _more(fact: Fact) -> str:
    return f" or one of {fact['more_sides']} other values" if "more_sides" in fact else ""


def _provenance(claim: Fact) -> str:
    told = f"{claim['source']}"
    if changed := claim.get("changed_at"):
        told += f", since {changed[:10]}"
        told += " or earlier" if claim["changed"] == "at_latest" else ""
    if until := claim.get("valid_until"):
        told += f", valid until {until}"
    return f"{told}, {_freshness(claim)}"


def _freshness(claim: Fact) -> str:
    status = claim["freshness"]
    if status == "fresh":
        return "fresh"
    word = "STALE" if status == "stale" else status.upper()
    if claim.get("why") == "source_behind":
        return f"{word}: {claim['source']} last read {claim.get('age', 'long')} ago"
    if claim.get("why") == "source_unreachable":
        return f"{word}: {claim['source']} cannot be reached, last confirmed {claim.get('age', 'long')} ago"
    if claim.get("why") == "never_verified":
        return f"{word}: never confirmed"
    if "age" not in claim:
        return word
    return f"{word}: {'unchanged' if claim['age_of'] == 'change' else 'not confirmed'} for {claim['age']}"


def money(amount: float, currency: str) -> str:
    """An amount with its currency, where that is known."""
    return f"{inline(currency, 12)} {amount:,}".strip()
