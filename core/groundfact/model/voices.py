"""The sources that are not systems: what people and copilots tell the memory."""

from __future__ import annotations

__all__ = ["PEOPLE", "is_voice", "personal_label", "team_label", "voice_of"]

PEOPLE = "people"
_COPILOT = "copilot:"


def voice_of(name: str, kind: str) -> str:
    """The source that a principal speaks as: `people`, or `copilot:NAME`."""
    return f"{_COPILOT}{name}" if kind == "copilot" else PEOPLE


def is_voice(source: str) -> bool:
    """Whether a source is people or a copilot: never synced, and never behind."""
    return source == PEOPLE or source.startswith(_COPILOT)


def personal_label(principal: str) -> str:
    """The access label of what only this principal may see of what it told."""
    return f"told:{principal}"


def team_label(team: str) -> str:
    """The access label of what only this team's members may see of what was told."""
    return f"told-team:{team}"
