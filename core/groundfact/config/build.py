"""`load_config`: the YAML, validated and turned into rules, matchers, policies and principals."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from groundfact.component import AnyComponent
from groundfact.config.config import Config, SourceSettings
from groundfact.config.cron import Cron
from groundfact.config.deciding import deciding
from groundfact.config.explain import validated
from groundfact.config.load import load_document
from groundfact.config.parts import Parts
from groundfact.config.people import check_server, principals
from groundfact.config.problems import Problems
from groundfact.config.remembered import rules_document
from groundfact.config.rules import Rules, digest, identity_digest, rules
from groundfact.config.schema import ComponentRef, RootConfig, Schedule, SourceConfig
from groundfact.config.spelling import did_you_mean
from groundfact.config.words import words
from groundfact.plugins import Plugins
from groundfact.vocabulary import Vocabulary

__all__ = ["Config", "SourceSettings", "load_config"]

_BEHIND = 3
"""A source that missed three turns is behind."""
_POLICIES = (ComponentRef(type="clearance"),)


def load_config(
    path: Path | str, plugins: Plugins | None = None, *, variables: Mapping[str, str] | None = None
) -> Config:
    """Load a YAML file and build what it names; `variables` override those of the file.

    Without `plugins`, those installed are taken, minus `plugins: {block: [...]}`. Raises one ConfigError that
    holds a `file:line: what is wrong` for every mistake.
    """
    document = load_document(path, variables=variables)
    problems = Problems()
    root: RootConfig | None = validated(RootConfig, document.data, (), document, problems)
    plugins = plugins or Plugins(block=root.plugins.block if root else ())
    parts = Parts(document, problems, plugins)
    if root is None:
        _check_sources(parts)
        problems.stop_if_any()
        raise AssertionError("a validation that fails notes why")
    return _built(root, parts)


def _built(root: RootConfig, parts: Parts) -> Config:
    vocabulary = words(root, parts.document, parts.problems)
    found = rules(parts, vocabulary, root.identity)
    before = deciding(parts, vocabulary, root, found.chains)
    renderer = parts.pick("renderers", root.context.renderer, ("context", "renderer"))
    picked = [parts.pick("policies", ref, ("policies", index)) for index, ref in enumerate(root.policies or _POLICIES)]
    sources = _sources(root, parts)
    people = principals(root, parts.document, parts.problems)
    _check_context(root, vocabulary, parts)
    check_server(root, parts)
    parts.problems.stop_if_any()
    if renderer is None:
        raise AssertionError("a part that cannot be picked notes why")
    return Config(
        document=parts.document,
        root=root,
        plugins=parts.plugins,
        vocabulary=vocabulary,
        policies=[part.built for part in picked if part],
        principals=people,
        renderer=renderer.built,
        sources=sources,
        digest=digest(vocabulary, found, before),
        identity_digest=identity_digest(vocabulary, found),
        remembered=rules_document(vocabulary, found, before),
        deciding=before,
        **_decided(found),
    )


def _decided(found: Rules) -> Mapping[str, Any]:
    return {
        "matchers": {kind: [(part.name, part.built) for part in picked] for kind, picked in found.matchers.items()},
        "chains": {
            kind: {name: [(part.name, part.built) for part in chain] for name, chain in chains.items()}
            for kind, chains in found.chains.items()
        },
        "freshness": {
            kind: {name: part.built for name, part in picked.items()} for kind, picked in found.freshness.items()
        },
    }


def _sources(root: RootConfig, parts: Parts) -> dict[str, SourceSettings]:
    found: dict[str, SourceSettings] = {}
    for name, source in root.sources.items():
        at = ("sources", name)
        component = parts.chosen("connectors", source.type, at)
        options = parts.options(component, source.options, at, SourceConfig.model_fields) if component else None
        if component is None or options is None:
            continue
        found[name] = _settings(name, source, component, options, root.schedule)
    return found


def _settings(
    name: str, source: SourceConfig, component: AnyComponent, options: BaseModel, schedule: Schedule
) -> SourceSettings:
    every = source.every or schedule.every
    cron = Cron(source.cron, source.timezone or schedule.timezone) if source.cron is not None else None
    behind = source.behind_after or (cron.longest(_BEHIND) if cron is not None else _BEHIND * every)
    jitter = source.jitter or schedule.jitter or timedelta(0)
    return SourceSettings(name, component, options, source.access, every, behind, source.streams, cron, jitter)


def _check_sources(parts: Parts) -> None:
    """Look at the connectors' options even though something else in the file is wrong."""
    sources = parts.document.data.get("sources")
    for name, raw in sources.items() if isinstance(sources, dict) else ():
        if not isinstance(raw, dict) or not isinstance(raw.get("type"), str):
            continue
        own = {key: value for key, value in raw.items() if key not in SourceConfig.model_fields}
        component = parts.chosen("connectors", raw["type"], ("sources", name))
        if component is not None:
            parts.options(component, own, ("sources", name), SourceConfig.model_fields)


def _check_context(root: RootConfig, vocabulary: Vocabulary, parts: Parts) -> None:
    who = root.context.default_principal
    if who is not None and who not in root.principals:
        message = f"context.default_principal: nobody is called {who!r}{did_you_mean(who, root.principals)}"
        parts.note(("context", "default_principal"), message)
    for kind, names in root.context.attributes.items():
        at = ("context", "attributes", kind)
        if kind not in vocabulary:
            parts.note(at, f"context.attributes: there is no kind {kind!r}{did_you_mean(kind, vocabulary)}")
            continue
        known = vocabulary[kind].attributes
        for index, name in enumerate(names):
            if name not in known:
                message = f"context.attributes: {kind} has no attribute {name!r}{did_you_mean(name, known)}"
                parts.note((*at, index), message)
