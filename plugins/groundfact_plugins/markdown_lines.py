"""A context line by line, most needed first. What sources wrote stands within lines of ours, or in a frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from groundfact.model.inert import quoted
from groundfact_plugins.fact_lines import FactLines, is_marked, marks, money
from groundfact_plugins.fitting import Line, Rank
from groundfact_plugins.quoted_texts import QuotedTexts, directive_lines
from groundfact_plugins.relation_lines import relation_lines

__all__ = ["markdown_lines"]

Part = Mapping[str, Any]


def markdown_lines(context: Part) -> list[Line]:
    """The lines of an entity's or a workspace's context; parts that it lacks are left out."""
    write = _Writer(FactLines(context.get("links", ())))
    lines = [Line(Rank.HEAD, _head(context))]
    if "asked_at" in context:
        lines.append(Line(Rank.SOURCE, f"As known at {context['asked_at']}."))
    lines += directive_lines(context.get("directives") or ())
    lines += [Line(Rank.SUMMARY, text) for text in write.summary(context.get("summary") or {})]
    lines += write.own_facts(context.get("facts") or ())
    lines += relation_lines(context.get("relations") or {}, context.get("facts") or (), write.facts)
    lines += _gaps(context)
    for groups in (context.get("related") or {}, context.get("groups") or {}):
        for kind, group in groups.items():
            lines += write.group(kind, group)
    if context.get("episodes") or context.get("passages"):
        lines += QuotedTexts.of(context).lines(context)
    lines += [Line(Rank.SOURCE, _source(source)) for source in context.get("sources") or ()]
    if "cut" in context:
        lines.append(Line(Rank.GAP, f"({context['cut']})"))
    return lines


def _head(context: Part) -> str:
    # A workspace is known by its name alone.
    known_as = "workspace" if context["kind"] == "workspace" else context["id"]
    return f"# {quoted(context['name'])} ({known_as})"


def _gaps(context: Part) -> list[Line]:
    said = (("Unknown (no source says anything)", "unknown"), ("Withheld by policy", "withheld"))
    return [Line(Rank.GAP, f"{text}: " + ", ".join(context[part])) for text, part in said if context.get(part)]


@dataclass(frozen=True)
class _Writer:
    facts: FactLines

    def own_facts(self, facts: Any) -> list[Line]:
        lines = [Line(Rank.FACT, "## Facts")] if facts else []
        for fact in facts:
            if is_marked(fact):
                lines.append(Line(Rank.MARK, self.facts.line(fact), self.facts.short(fact)))
            else:
                lines.append(Line(Rank.FACT, self.facts.line(fact)))
        return lines

    def summary(self, summary: Part) -> list[str]:
        told = []
        if "owner" in summary:
            told.append(f"Owner: {self._owner(summary['owner'])}")
        if "open_deals" in summary:
            told.append(_open_deals(summary["open_deals"]))
        if "open_tickets" in summary:
            told.append(f"Open tickets: {summary['open_tickets']['count']}{_unsure(summary['open_tickets'])}")
        if "last_touch" in summary:
            touch = summary["last_touch"]
            told.append(f"Last touch: {touch['at'][:10]} ({touch['ago']}), {quoted(touch['with'])}")
        return told

    def _owner(self, owner: Part) -> str:
        if owner["value"] is None:
            return self.facts.side(owner)
        mark = f" [{marks(owner)}]" if is_marked(owner) else ""
        return f"{self.facts.shown(owner['value'])}{mark}"

    def group(self, kind: str, group: Part) -> list[Line]:
        shown = group["shown"]
        lines = [Line(Rank.RELATED, f"## {kind.capitalize()}s ({group['count']})")]
        for entity in shown:
            told = []
            marked = False
            for fact in entity["facts"]:
                doubtful = is_marked(fact)
                marked = marked or doubtful
                if fact.get("value") != entity["name"]:
                    told.append(self.facts.lowered(fact, doubtful=doubtful))
            text = f"- {quoted(entity['name'])}" + (": " + "; ".join(told) if told else "")
            lines.append(Line(Rank.RELATED_MARK if marked else Rank.RELATED, text))
        if group["count"] > len(shown):
            lines.append(Line(Rank.RELATED, f"(and {group['count'] - len(shown)} more)"))
        return lines


def _unsure(counted: Part) -> str:
    return f" ({counted['unknown']} more may be)" if "unknown" in counted else ""


def _open_deals(deals: Part) -> str:
    text = f"Open deals: {deals['count']}{_unsure(deals)}"
    if deals["total"]:
        text += " worth " + " + ".join(money(total, currency) for currency, total in deals["total"].items())
    text += f", next closes {deals['next_close']}" if "next_close" in deals else ""
    return text + (" [STALE: some of it is not confirmed]" if deals.get("stale") else "")


def _source(source: Part) -> str:
    if source["read_until"] is None:
        return f"Source {source['source']}: never read completely"
    behind = ", BEHIND" if source["behind"] else ""
    return f"Source {source['source']}: read up to {source['read_until']}{behind}"
