"""Principals: what somebody may see is what it was granted, with its teams' grants."""

from __future__ import annotations

from typing import get_args

from groundfact.config.load import Document
from groundfact.config.problems import Problems
from groundfact.config.schema import Level, PrincipalConfig, RootConfig
from groundfact.config.spelling import did_you_mean
from groundfact.model import Principal

__all__ = ["EVERYBODY", "principals"]

EVERYBODY = "workspace"
"""The label that every principal holds."""
_LEVELS: tuple[str, ...] = get_args(Level)


def principals(root: RootConfig, document: Document, problems: Problems) -> dict[str, Principal]:
    """Every principal with the labels and clearance of its teams, and of the teams those belong to."""
    found: dict[str, Principal] = {}
    for name, own in root.principals.items():
        for index, team in enumerate(own.teams):
            if team not in root.principals or root.principals[team].kind != "team":
                teams = [other for other, one in root.principals.items() if one.kind == "team"]
                message = f"principals.{name}.teams: there is no team {team!r}{did_you_mean(team, teams)}"
                problems.add(document.where(("principals", name, "teams", index)), message)
        grants = _grants(name, root.principals, {})
        labels = frozenset(label for grant in grants.values() for label in grant.labels)
        clearance = max((grant.clearance for grant in grants.values()), key=_LEVELS.index)
        found[name] = Principal(name, own.kind, labels | {EVERYBODY}, clearance)
    return found


def _grants(
    name: str, known: dict[str, PrincipalConfig], seen: dict[str, PrincipalConfig]
) -> dict[str, PrincipalConfig]:
    if name in known and name not in seen:
        seen[name] = known[name]
        for team in known[name].teams:
            _grants(team, known, seen)
    return seen
