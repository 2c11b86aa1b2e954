"""What people wrote at length: directives, episodes and passages as lines of the answer."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from groundfact.model.framing import Frame, texts_in
from groundfact.model.inert import inline, link, quoted
from groundfact_plugins.fitting import Line, Rank

__all__ = ["QuotedTexts", "directive_lines"]

Item = Mapping[str, Any]
_LONGEST_DIRECTIVE = 1_000


def directive_lines(directives: Sequence[Item]) -> list[Line]:
    """Preferences and standing instructions. They are meant to be followed, hence quoted, but in no frame."""
    if not directives:
        return []
    lines = [Line(Rank.DIRECTIVE, "## Directives (by people entitled to give them)")]
    for directive in directives:
        about = f" for {quoted(str(directive['scope']), 80)}" if directive.get("scope") else ""
        until = f", until {inline(str(directive['expires'])[:10])}" if directive.get("expires") else ""
        told = f"{directive['type']}{about} [{_by(directive['by'])}{_day(directive)}{until}]"
        text = quoted(directive["text"], _LONGEST_DIRECTIVE, always=True)
        lines.append(Line(Rank.DIRECTIVE, f"- {told}: {text}"))
    return lines


@dataclass(frozen=True)
class QuotedTexts:
    """Episodes and passages, each in its frame; addresses are links only to one of the hosts."""

    frame: Frame
    links: Collection[str] = ()

    @classmethod
    def of(cls, context: Item) -> QuotedTexts:
        """For one answer: no text in it can know the frame's nonce."""
        items = (*(context.get("episodes") or ()), *(context.get("passages") or ()))
        # Without a text there is no frame, and nothing that could imitate one.
        beside = texts_in(context) if items else ()
        frame = Frame.around([item.get("text") or "" for item in items], beside)
        return cls(frame, context.get("links", ()))

    def lines(self, context: Item) -> list[Line]:
        """The episodes and passages of a context; what their frames mean is said once."""
        episodes, passages = context.get("episodes") or (), context.get("passages") or ()
        lines = self._section(Rank.EPISODE, "## Episodes (newest first)", episodes)
        lines += self._section(Rank.PASSAGE, "## Related texts", passages)
        if any("\n" in line.text for line in lines):
            lines.insert(1, Line(lines[0].rank, self.frame.notice))
        return lines

    def _section(self, rank: int, heading: str, items: Sequence[Item]) -> list[Line]:
        return [Line(rank, heading), *(Line(rank, self._text(item)) for item in items)] if items else []

    def _text(self, item: Item) -> str:
        """What it is, who wrote it, when and where; and what it says, in its frame."""
        title = quoted(str(item["title"]), always=True) if item.get("title") else ""
        ago = f" ({item['ago']})" if item.get("ago") else ""
        by = f", {_by(item['author'])}" if item.get("author") else ""
        outside = ", written outside the company" if item.get("external") else ""
        about = f", about {item['about']['kind']} {quoted(item['about']['name'], 80)}" if item.get("about") else ""
        where = f"[{quoted(item['record'], 80)}{_day(item)}{ago}{by}{outside}{about}]"
        told = (item.get("kind", ""), title, where, link(item.get("url"), self.links))
        return self.frame.quote(" ".join(filter(None, told)), item.get("text") or "", links=self.links)


def _by(who: Any) -> str:
    return f"by {quoted(str(who), 80)}"


def _day(item: Item) -> str:
    return f", {item['at'][:10]}" if item.get("at") else ""
