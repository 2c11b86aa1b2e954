"""`doctor`: the checklist of a configuration, asked of the YAML and, where there is one, of the store."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from groundfact.config.config import Config
from groundfact.pipeline.advice.walk import Progress
from groundfact.pipeline.doctor.finding import Finding, ordered
from groundfact.pipeline.doctor.lasting import kept, too_slow, without_expiry
from groundfact.pipeline.doctor.people import askers, secrets, teammates, tokens, unseen
from groundfact.pipeline.doctor.shared import overshared
from groundfact.pipeline.doctor.speakers import Speakers, speakers
from groundfact.pipeline.doctor.stored import copies, facts, late
from groundfact.pipeline.doctor.truth import sources_of_truth, texts_on_nothing, unsaid
from groundfact.pipeline.reading.reader import Reader
from groundfact.world import World

__all__ = ["examined"]


def _quiet(kind: str, done: int) -> None:
    """Tell nobody."""


def examined(
    config: Config, world: World, reader: Reader | None = None, progress: Progress = _quiet
) -> list[dict[str, Any]]:
    """Every finding, the gravest first; without a `reader` the part that the YAML alone tells."""
    said = speakers(config)
    found = [*said.broken, *_written(config, world, said)]
    if reader is not None:
        found += _stored(config, reader, said, progress)
    return [one.told(config) for one in ordered(found)]


def _written(config: Config, world: World, said: Speakers) -> Iterator[Finding]:
    yield from unsaid(config, said)
    yield from sources_of_truth(config, said)
    yield from texts_on_nothing(config, said)
    yield from teammates(config, said)
    yield from without_expiry(config, said)
    yield from too_slow(config, said)
    yield from kept(config)
    yield from askers(config)
    yield from tokens(config, world)
    yield from unseen(config, said)
    yield from secrets(config, world)


def _stored(config: Config, reader: Reader, said: Speakers, progress: Progress) -> Iterator[Finding]:
    yield from overshared(config, reader)
    yield from facts(config, reader, said)
    yield from copies(config, reader, progress)
    yield from late(config, reader)
