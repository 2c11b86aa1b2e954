"""Does every attribute have somebody who says it, and is it decided whom to believe?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from groundfact.config.config import Config
from groundfact.config.suggested import Setting
from groundfact.model.voices import is_voice
from groundfact.pipeline.advice.told import attribute_path
from groundfact.pipeline.doctor.finding import Finding
from groundfact.pipeline.doctor.speakers import Speakers, links_by

__all__ = ["ranked", "sources_of_truth", "texts_on_nothing", "unsaid"]


def unsaid(config: Config, said: Speakers) -> Iterator[Finding]:
    """Attributes that the YAML speaks of and no stream says; of the others, which problem do they solve?"""
    if said.broken:
        # What they say is not known: first things first.
        return
    named = _named(config)
    for kind, spec in config.vocabulary.items():
        missing = [name for name in spec.attributes if not said.of(kind, name)]
        for name in missing:
            if (kind, name) in named:
                reason = (
                    f"the YAML speaks of {kind}.{name}, but no stream says it: only people and copilots can tell it"
                )
                do = f"map it under `streams: STREAM: mapping: attributes: {{{name}: FIELD}}`, or take it out"
                yield Finding("warning", "unsaid", f"{kind}.{name}", reason, named[kind, name], do=do)
        others = [name for name in missing if (kind, name) not in named and not spec.attributes[name].hidden]
        if kind in said.kinds and others:
            reason = f"no stream says {', '.join(others)}: contexts call them unknown, unless somebody tells them"
            yield Finding("note", "unsaid", kind, reason, ("sources",), do="map what a copilot needs; leave the rest")


def _named(config: Config) -> Mapping[tuple[str, str], tuple[str, ...]]:
    """The attributes that the YAML itself speaks of, each with its place."""
    found: dict[tuple[str, str], tuple[str, ...]] = {}
    for kind, names in config.root.context.attributes.items():
        found |= {(kind, name): ("context", "attributes", kind) for name in names}
    for kind, groups in config.root.groups.items():
        found |= {(kind, part): ("groups", kind, name) for name, group in groups.items() for part in group.parts}
    for kind, spec in config.root.kinds.items():
        found |= {(kind, name): ("kinds", kind, "attributes", name) for name in spec.attributes}
    for kind, attributes in config.root.attributes.items():
        found |= {(kind, name): ("attributes", kind, name) for name in attributes}
    return found


def sources_of_truth(config: Config, said: Speakers) -> Iterator[Finding]:
    """Rules that name a source which does not say the attribute, and attributes of several sources without a rule."""
    for kind, spec in config.vocabulary.items():
        unruled: dict[str, list[str]] = {}
        for name, settings in spec.attributes.items():
            by = said.of(kind, name)
            yield from _never_says(config, said, kind, name)
            voting = [source for source in by if _votes(config, settings.mirrors, source, by)]
            if len(voting) > 1 and not (settings.survivorship or settings.hidden or links_by(config, kind, name)):
                unruled[name] = voting
        if unruled:
            yield _no_rule(config, kind, unruled)


def _never_says(config: Config, said: Speakers, kind: str, name: str) -> Iterator[Finding]:
    by, broken = said.of(kind, name), {one.subject.partition(".")[2] for one in said.broken}
    for index, source in _trusted(config.vocabulary[kind].attributes[name].survivorship):
        if source in by or is_voice(source) or source in broken:
            continue
        known = source in config.sources
        who = "which never says it" if known else "and there is no such source"
        others = f"said by {', '.join(sorted(by))}" if by else "nobody says it"
        reason = f"a rule of {kind}.{name} believes {source}, {who} ({others})"
        do = f"map it in {source}, or take {source} out of the rule" if known else "mend the name, or take it out"
        path: tuple[str | int, ...] = (*attribute_path(config, kind, name), "survivorship", index)
        yield Finding("warning" if known else "error", "never_says", f"{kind}.{name}", reason, path, do=do)


def _trusted(rules: Collection[Any]) -> Iterator[tuple[int, str]]:
    """The sources that rules name, each with the rule's place in the chain."""
    for index, rule in enumerate(rules):
        for key in ("sources", "weights"):
            for source in rule.get(key, ()) if isinstance(rule, Mapping) else ():
                if isinstance(source, str):
                    yield index, source


def _votes(config: Config, own: Mapping[str, str | None], source: str, by: Collection[str]) -> bool:
    origin = own.get(source, config.root.sources[source].mirror_of) if source in config.root.sources else None
    return origin is None or origin not in by


def _no_rule(config: Config, kind: str, unruled: Mapping[str, Collection[str]]) -> Finding:
    told = ", ".join(f"{name} ({', '.join(sorted(by))})" for name, by in unruled.items())
    reason = f"several sources say {told}, and no rule says whom to believe: the latest change wins"
    settings = [ranked(config, kind, name, by) for name, by in unruled.items()]
    do = "put the source that owns it first; `groundfact advise` learns that from corrections"
    return Finding("note", "no_rule", kind, reason, settings=settings, do=do)


def ranked(config: Config, kind: str, name: str, by: Collection[str]) -> Setting:
    """A rule to begin with: an order of the sources, to be put right by whoever knows who owns the attribute."""
    rule = [{"type": "system_of_record", "sources": sorted(by)}, "most_recent"]
    return Setting((*attribute_path(config, kind, name), "survivorship"), rule)


def texts_on_nothing(config: Config, said: Speakers) -> Iterator[Finding]:
    """Records that hang on something by a value which no matcher links by."""
    for (source, stream), keys in sorted(said.about.items()):
        for kind, attribute in keys:
            if not links_by(config, kind, attribute):
                reason = f"{source}/{stream} hangs on {kind}s by {attribute}, and no matcher links {kind}s by it: its"
                matchers = [{"type": "shared_key", "attribute": attribute}]
                written = [ref.model_dump() for ref in config.root.identity.get(kind, ())]
                yield Finding(
                    "warning", "about", f"sources.{source}.streams.{stream}", f"{reason} texts hang on nothing",
                    ("identity", kind), [Setting(("identity", kind), [*written, *matchers])],
                )  # fmt: skip
