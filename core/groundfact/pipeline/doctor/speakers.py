"""Which source says which attribute, by the streams that are switched on and their mappings. No source is asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from groundfact.config.config import Config, SourceSettings
from groundfact.errors import GroundfactError
from groundfact.pipeline.doctor.finding import Finding
from groundfact.pipeline.ingest.sync import build_connector
from groundfact.protocols import Counts, HangsByKey
from groundfact.world import SystemWorld, World

__all__ = ["Speakers", "every", "links_by", "speakers"]


@dataclass
class Speakers:
    """What is read, as far as the connectors can be built."""

    attributes: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=lambda: defaultdict(dict))
    """By kind and attribute, the sources that say it, each with its streams."""
    streams: dict[tuple[str, str], str] = field(default_factory=dict)
    """By source and stream, its kind; those that are switched on."""
    about: dict[tuple[str, str], Sequence[tuple[str, str]]] = field(default_factory=dict)
    """By source and stream, the kinds and attributes by whose values its records hang on something."""
    broken: list[Finding] = field(default_factory=list)
    """Sources that cannot be built."""

    @property
    def kinds(self) -> set[str]:
        """The kinds that some stream feeds."""
        return set(self.streams.values())

    def of(self, kind: str, attribute: str) -> Mapping[str, list[str]]:
        """The sources that say an attribute."""
        return self.attributes.get((kind, attribute), {})


class _Anything(dict[str, str]):
    """An environment in which every secret is set: whether it really is, is another question of the checklist."""

    def __contains__(self, name: object) -> bool:
        return True

    def __missing__(self, name: str) -> str:
        return "not-used-for-anything"


class _Alone(SystemWorld):
    """A world in which every host has an address, although nobody was asked: a connector is built, and never used."""

    def resolve(self, host: str) -> Sequence[str]:
        """Some public address."""
        return ["1.1.1.1"]


def speakers(config: Config) -> Speakers:
    """Build every connector and mapping, which talks to nobody, and note what they read."""
    found = Speakers()
    world = _Alone(_Anything())
    for name, settings in config.sources.items():
        try:
            _read(found, config, settings, world)
        except GroundfactError as error:
            reason = f"source {name} cannot be set up: {error.message}"
            found.broken.append(Finding("error", "source", f"sources.{name}", reason, ("sources", name), do=error.hint))
    return found


def _read(found: Speakers, config: Config, settings: SourceSettings, world: World) -> None:
    connector, _ = build_connector(settings, config, world)
    specs = list(connector.streams())
    config.check_streams(settings.name, specs)
    for spec in specs:
        if settings.enabled(spec.name):
            found.streams[settings.name, spec.name] = spec.kind
            mapping = config.mapping_for(settings.name, spec)
            for attribute in mapping.origin:
                found.attributes[spec.kind, attribute].setdefault(settings.name, []).append(spec.name)
            if isinstance(mapping, HangsByKey) and mapping.hangs_by:
                found.about[settings.name, spec.name] = mapping.hangs_by


def links_by(config: Config, kind: str, attribute: str) -> bool:
    """Whether records of a kind are linked by the values of one attribute."""
    return any(
        isinstance(matcher, Counts) and attribute in matcher.attributes for _, matcher in config.matchers.get(kind, ())
    )


def every(settings: SourceSettings) -> timedelta:
    """How long it is from one sync to the next, at the longest."""
    return settings.every if settings.cron is None else settings.cron.longest(1)
