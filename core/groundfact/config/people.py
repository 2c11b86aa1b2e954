"""Principals: what somebody may see is what it was granted, with its teams' grants."""

from __future__ import annotations

from typing import get_args

from groundfact.config.explain import dotted
from groundfact.config.load import Document
from groundfact.config.parts import Parts
from groundfact.config.problems import Problems
from groundfact.config.schema import Level, PrincipalConfig, RootConfig
from groundfact.config.spelling import did_you_mean
from groundfact.model import Principal
from groundfact.model.voices import personal_label, team_label

__all__ = ["EVERYBODY", "check_server", "principals"]

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
        in_teams = frozenset(grant for grant in grants if root.principals[grant].kind == "team")
        heard = {EVERYBODY, personal_label(name), *map(team_label, in_teams)}
        may = frozenset(verb for grant in grants.values() for verb in grant.may)
        found[name] = Principal(name, own.kind, labels | heard, clearance, in_teams, may)
    return found


def _grants(
    name: str, known: dict[str, PrincipalConfig], seen: dict[str, PrincipalConfig]
) -> dict[str, PrincipalConfig]:
    if name in known and name not in seen:
        seen[name] = known[name]
        for team in known[name].teams:
            _grants(team, known, seen)
    return seen


def check_server(root: RootConfig, parts: Parts) -> None:
    """Note tokens that stand for nobody."""
    told: list[tuple[tuple[str | int, ...], str | None]] = [(("server", "anonymous"), root.server.anonymous)]
    told += [(("server", "tokens", at, "principal"), one.principal) for at, one in enumerate(root.server.tokens)]
    for path, name in told:
        if name is not None and name not in root.principals:
            parts.note(path, f"{dotted(path)}: nobody is called {name!r}{did_you_mean(name, root.principals)}")
