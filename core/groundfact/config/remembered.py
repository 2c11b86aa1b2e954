"""The rules as a document that can be kept, and built again when somebody asks with the rules of then."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import ValidationError

from groundfact.config.deciding import Deciding
from groundfact.config.parts import Part
from groundfact.config.rules import Rules
from groundfact.config.schema import GroupConfig
from groundfact.errors import PluginError
from groundfact.plugins import Plugins
from groundfact.vocabulary import Kind, Vocabulary

__all__ = ["RulesOfThen", "rules_again", "rules_document"]

_BESIDE = {"survivorship", "freshness", "checks"}
"""What an attribute says of its components: those are kept as they were picked, with every default."""
_NOUNS = {
    "survivorship_rules": "survivorship rule",
    "freshness_rules": "freshness rule",
    "matchers": "matcher",
    "validators": "validator",
}
Built = Mapping[str, Mapping[str, Sequence[tuple[str, Any]]]]


class RulesOfThen(NamedTuple):
    """What decided at a commit: the arguments of `kind_plans`."""

    vocabulary: Vocabulary
    matchers: Mapping[str, Sequence[tuple[str, Any]]]
    chains: Built
    freshness: Mapping[str, Mapping[str, Any]]
    deciding: Deciding


def rules_document(vocabulary: Vocabulary, found: Rules, before: Deciding) -> str:
    """All that decides, as JSON with every default written out; no addresses, no secrets."""
    kinds = {}
    for name, kind in vocabulary.items():
        own = {attribute: spec.model_dump(mode="json", exclude=_BESIDE) for attribute, spec in kind.attributes.items()}
        kinds[name] = {**kind.model_dump(mode="json", exclude={"attributes"}), "attributes": own}
    told = {
        "kinds": kinds,
        "matchers": {kind: _written(picked) for kind, picked in found.matchers.items()},
        "chains": {kind: _each(chains) for kind, chains in found.chains.items()},
        "freshness": {
            kind: {name: _written([part])[0] for name, part in own.items()} for kind, own in found.freshness.items()
        },
        "checks": {kind: _each(checks) for kind, checks in before.checked.items()},
        "groups": {
            kind: {name: group.model_dump(mode="json") for name, group in groups.items()}
            for kind, groups in before.groups.items()
        },
        "copies": dict(before.copies),
    }
    return json.dumps(told, sort_keys=False)


def _each(chains: Mapping[str, Sequence[Part]]) -> dict[str, Any]:
    return {name: _written(parts) for name, parts in chains.items()}


def _written(parts: Sequence[Part]) -> list[dict[str, Any]]:
    return [{"type": part.name, **part.options.model_dump(mode="json", by_alias=True)} for part in parts]


def rules_again(document: str, plugins: Plugins) -> RulesOfThen:
    """The rules that a document tells of, built. Raises PluginError where a plugin of then is missing or is another."""
    told = json.loads(document)
    again = _Again(plugins)
    copies: dict[str, str] = told["copies"]
    return RulesOfThen(
        {name: Kind.model_validate(kind) for name, kind in told["kinds"].items()},
        {kind: again.built("matchers", picked) for kind, picked in told["matchers"].items()},
        {
            kind: {name: again.built("survivorship_rules", chain) for name, chain in chains.items()}
            for kind, chains in told["chains"].items()
        },
        {
            kind: {name: again.picked("freshness_rules", part).built for name, part in own.items()}
            for kind, own in told["freshness"].items()
        },
        Deciding(
            {
                kind: {name: [again.picked("validators", part) for part in parts] for name, parts in checks.items()}
                for kind, checks in told["checks"].items()
            },
            {
                kind: {name: GroupConfig.model_validate(group) for name, group in groups.items()}
                for kind, groups in told["groups"].items()
            },
            copies,
        ),
    )


class _Again:
    """Picks components that were picked once."""

    def __init__(self, plugins: Plugins) -> None:
        self._plugins = plugins

    def built(self, sort: str, parts: Sequence[Mapping[str, Any]]) -> list[tuple[str, Any]]:
        return [(part.name, part.built) for part in (self.picked(sort, one) for one in parts)]

    def picked(self, sort: str, told: Mapping[str, Any]) -> Part:
        name = told["type"]
        found = self._plugins.offered(sort).get(name)
        hint = "install the plugin of then again, or ask with today's rules: `--rules now`"
        if found is None:
            raise PluginError(f"the rules of then need the {_NOUNS[sort]} {name!r}, which no plugin offers", hint=hint)
        try:
            options = found.options.model_validate({key: value for key, value in told.items() if key != "type"})
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            message = f"the {_NOUNS[sort]} {name!r} no longer takes the options of then: {where}: {first['msg']}"
            raise PluginError(message, hint=hint) from error
        return Part(name, options, found.build(options))
