"""Trying every source: its streams against the YAML, then every permission it needs."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from groundfact.config.config import Config, SourceSettings
from groundfact.errors import GroundfactError
from groundfact.model import Check, Discovered
from groundfact.pipeline.doctor.speakers import speakers
from groundfact.pipeline.doctor.truth import texts_on_nothing
from groundfact.pipeline.ingest.sync import build_connector
from groundfact.protocols import Connector
from groundfact.world import World

__all__ = ["Checked", "check_source", "on_nothing"]

_log = logging.getLogger("groundfact.check")


class Checked(NamedTuple):
    """What trying one source came to."""

    source: str
    checks: list[Check]
    fields: list[Discovered]

    @property
    def ok(self) -> bool:
        """Whether everything is as it must be; a source that could not be tried is not."""
        return bool(self.checks) and all(check.ok for check in self.checks)


def check_source(config: Config, settings: SourceSettings, world: World, *, fields: bool) -> Checked:
    """Try one source; whatever goes wrong with it is a check that failed."""
    told = Checked(settings.name, [], [])
    step = "build"
    try:
        connector, _ = build_connector(settings, config, world)
        step = "streams"
        read = _read(config, settings, connector)
        told.checks.append(_streams(read))
        step = "connect"
        told.checks.extend(connector.check(read))
        if fields:
            step = "fields"
            told.fields.extend(_fields(connector, read))
    except GroundfactError as error:
        told.checks.append(Check(step, False, error.message, error.hint))
    except Exception as error:
        _log.debug("source %s", settings.name, exc_info=True)
        fix = "this is a bug in the connector: please report it to its author"
        told.checks.append(Check(step, False, f"{type(error).__name__}: {error}", fix))
    return told


def on_nothing(config: Config, sources: Collection[str]) -> list[dict[str, Any]]:
    """Streams of these sources whose texts hang on nothing, because no matcher links by what they name."""
    found = texts_on_nothing(config, speakers(config))
    return [one.told(config) for one in found if one.subject.split(".")[1] in sources]


def _read(config: Config, settings: SourceSettings, connector: Connector) -> dict[str, Sequence[str]]:
    """By stream that is switched on, the paths that its mapping reads."""
    specs = list(connector.streams())
    config.check_streams(settings.name, specs)
    on = [spec for spec in specs if settings.enabled(spec.name)]
    return {spec.name: config.mapping_for(settings.name, spec).fields for spec in on}


def _streams(read: Mapping[str, Sequence[str]]) -> Check:
    if not read:
        return Check("streams", False, "every stream is switched off", "enable one, or remove the source")
    return Check("streams", True, ", ".join(read))


def _fields(connector: Connector, read: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
    for found in connector.discover(read):
        # A plugin may list more than it was asked for.
        if found.stream in read:
            yield found
