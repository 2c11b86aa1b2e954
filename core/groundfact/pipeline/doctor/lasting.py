"""How long is what is known relied on, how often is it read again, and what is ever thrown away?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import NamedTuple

from groundfact.config.config import Config
from groundfact.config.suggested import Setting
from groundfact.model import FactTimes
from groundfact.model.durations import duration_text
from groundfact.pipeline.advice.told import attribute_path
from groundfact.pipeline.doctor.finding import Finding, Severity
from groundfact.pipeline.doctor.speakers import Speakers, every

__all__ = ["kept", "too_slow", "without_expiry"]

_MS = timedelta(milliseconds=1)
_THEN = 1_767_225_600_000
"""Any instant will do: only how long it is from here is looked at."""
_WEEKLY = {"type": "fixed", "fresh_for": "7d", "stale_after": "30d", "must_revalidate": True}


def without_expiry(config: Config, said: Speakers) -> Iterator[Finding]:
    """Dates that somebody says and that only a guess ages: a renewal that moved is told wrong for weeks."""
    for kind, spec in config.vocabulary.items():
        spans = {one for each in spec.attributes.values() for one in (each.valid_from, each.valid_until)}
        for name, settings in spec.attributes.items():
            bound = settings.type == "date" and name not in spans and not settings.hidden
            if not bound or not said.of(kind, name) or settings.freshness is not None or settings.valid_until:
                continue
            reason = f"{kind}.{name} is a date, and nothing says how long it may be relied on: its lifetime is guessed"
            setting = Setting((*attribute_path(config, kind, name), "freshness"), _WEEKLY)
            severity: Severity = "warning" if spec.resolved else "note"
            yield Finding(severity, "no_expiry", f"{kind}.{name}", f"{reason} from its age", settings=[setting])


class _Promise(NamedTuple):
    """How long a value may be relied on, and what becomes of it then."""

    span: timedelta
    withheld: bool
    attribute: str


def too_slow(config: Config, said: Speakers) -> Iterator[Finding]:
    """Sources that are read more rarely than one of their values may be relied on."""
    promises: dict[str, list[_Promise]] = defaultdict(list)
    for (kind, name), by in sorted(said.attributes.items()):
        promise = _promise(config, kind, name)
        for source in by if promise is not None else ():
            if promise is not None and every(config.sources[source]) > promise.span:
                promises[source].append(promise)
    for source, broken in sorted(promises.items()):
        yield _slow(config, source, broken)


def _promise(config: Config, kind: str, name: str) -> _Promise | None:
    if config.vocabulary[kind].attributes[name].freshness is None:
        return None
    life = config.freshness[kind][name].lifetime(FactTimes(_THEN, _THEN, _THEN, _THEN))
    until = life.stale_after if life.must_revalidate else life.fresh_until
    if until is None or life.basis == "changed":
        return None
    return _Promise(max((until - _THEN) * _MS, timedelta(seconds=1)), life.must_revalidate, f"{kind}.{name}")


def _slow(config: Config, source: str, broken: Sequence[_Promise]) -> Finding:
    """One finding for a source: the shortest promise decides how often it is to be read."""
    first, withheld = min(broken), any(promise.withheld for promise in broken)
    between, wanted = duration_text(every(config.sources[source])), duration_text(first.span)
    others = f" (and {len(broken) - 1} more of its attributes)" if len(broken) > 1 else ""
    then = "values are withheld until the next sync" if withheld else "values are not fresh before every sync"
    reason = f"it is read every {between}, but {first.attribute}{others} may be relied on for {wanted}: {then}"
    path, setting = ("sources", source), Setting(("sources", source, "every"), wanted)
    severity: Severity = "error" if withheld else "warning"
    if config.sources[source].cron is not None:
        do = f"let its `cron` come at least every {wanted}"
        return Finding(severity, "too_slow", f"sources.{source}", reason, (*path, "cron"), do=do)
    return Finding(severity, "too_slow", f"sources.{source}", reason, path, [setting])


def kept(config: Config) -> Iterator[Finding]:
    """What is kept for ever, and what never is."""
    reason = "nothing is ever thrown away: every version of every record, texts, what people and copilots told, runs"
    yield Finding(
        "note", "retention", "store", f"{reason} and audit rows; there is no retention setting", ("store",),
        do="end single statements with `remember --expires 30d`; `groundfact sync --prune` forgets a source",
    )  # fmt: skip
    reason = "a question and its context are not kept, only that it was asked; what is remembered without `expires`"
    who = [name for name, one in sorted(config.principals.items()) if one.kind == "copilot"]
    by = f" (copilots: {', '.join(who)})" if who else ""
    yield Finding(
        "note", "persistence", "principals", f"{reason} is kept until somebody forgets it{by}", ("principals",)
    )
