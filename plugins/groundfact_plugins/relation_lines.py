"""The relations of a context, line by line: whom it belongs to, what belongs to it, and who plays which part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from groundfact.model.inert import quoted
from groundfact_plugins.fact_lines import FactLines, is_marked
from groundfact_plugins.fitting import Line, Rank

__all__ = ["relation_lines"]

Part = Mapping[str, Any]
_PROBLEMS = {
    "circle": "goes round in a circle",
    "names_itself": "names itself",
    "too_deep": "has more levels above it than are followed",
}


def relation_lines(relations: Part, own: Sequence[Part], facts: FactLines) -> list[Line]:
    """The lines; what a fact of the entity itself says in the same words is not said twice."""
    if not relations:
        return []
    said = {(fact["label"], fact.get("value")) for fact in own if not isinstance(fact.get("value"), (list, dict))}
    lines = [_forward(told, facts) for told in relations.get("to", ()) if not _is_said(told, said)]
    if "above" in relations:
        names = " → ".join(quoted(one["name"]) for one in relations["above"])
        lines.append(Line(Rank.FACT, f"- Above it: {names}"))
    lines += [Line(Rank.FACT, _backward(told)) for told in relations.get("from", ())]
    lines += [Line(Rank.FACT, _person(told)) for told in relations.get("people", ())]
    lines += [Line(Rank.MARK, _problem(told)) for told in relations.get("problems", ())]
    return [Line(Rank.FACT, "## Relations"), *lines] if lines else []


def _is_said(told: Part, said: set[tuple[str, Any]]) -> bool:
    value = told.get("value")
    return isinstance(value, str) and (told["label"], value) in said and not is_marked(told)


def _forward(told: Part, facts: FactLines) -> Line:
    if told["status"] == "unknown" and told.get("claimed"):
        return Line(Rank.FACT, f"- {told['label']}: there is one, not (yet) known here")
    if is_marked(told):
        return Line(Rank.MARK, facts.line(told), facts.short(told))
    return Line(Rank.FACT, facts.line(told))


def _backward(told: Part) -> str:
    names = ", ".join(quoted(one["name"], 80) for one in told["shown"])
    more = told["count"] - len(told["shown"])
    least = "at least " if told.get("cut") else ""
    return f"- {told['label']} ({least}{told['count']}): {names}" + (f" and {more} more" if more else "")


def _person(told: Part) -> str:
    title = f", {quoted(told['title'], 80)}" if told["title"] else ""
    part = quoted(told["role"], 80) if told["role"] else "a part"
    within = ", ".join(quoted(end["name"], 80) for end in told["in"])
    freshness = f" [{told['freshness'].upper()}]" if told.get("freshness", "fresh") != "fresh" else ""
    return f"- {quoted(told['name'], 80)}{title}: {part}" + (f" in {within}" if within else "") + freshness


def _problem(told: Part) -> str:
    names = " → ".join(quoted(name, 80) for name in told["names"])
    return f"- PROBLEM with {told['label'].lower()}: {names} {_PROBLEMS[told['problem']]}"
