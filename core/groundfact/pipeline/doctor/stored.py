"""What the store shows: what is in conflict, what nobody reads, who seems to copy whom, what is not read any more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from groundfact.config.config import Config
from groundfact.model.durations import duration_text
from groundfact.model.voices import is_voice
from groundfact.pipeline.advice.advice import suspected
from groundfact.pipeline.advice.told import attribute_path, mirror_settings, why_copy
from groundfact.pipeline.advice.walk import Progress
from groundfact.pipeline.answering.status import Asked, source_status
from groundfact.pipeline.deciding.documents import facts_in
from groundfact.pipeline.doctor.finding import Finding, Severity
from groundfact.pipeline.doctor.speakers import Speakers
from groundfact.pipeline.doctor.truth import ranked
from groundfact.pipeline.reading.reader import Reader
from groundfact.store.usage import contexts_told, said_streams, uses
from groundfact.store.worklist import each_document

__all__ = ["copies", "facts", "late"]


def facts(config: Config, reader: Reader, said: Speakers) -> Iterator[Finding]:
    """Conflicts that no rule decides, and attributes that are known and that no copilot was ever told."""
    conflicts: Counter[tuple[str, str]] = Counter()
    known: Counter[tuple[str, str]] = Counter()
    for kind, plan in reader.plans.items():
        for _, text in [] if plan.kind.episode else each_document(reader.tx, reader.workspace, kind):
            for name, entry in facts_in(text).items():
                conflicts[kind, name] += entry["s"] == "conflict"
                known[kind, name] += entry["s"] == "known"
    yield from _conflicts(config, conflicts, known, said)
    yield from _unread(config, reader, known)


def _conflicts(
    config: Config, conflicts: Counter[tuple[str, str]], known: Counter[tuple[str, str]], said: Speakers
) -> Iterator[Finding]:
    for (kind, name), count in sorted(conflicts.items()):
        spec = config.vocabulary[kind].attributes[name]
        # References are cached as they were said: two ids of one thing are no conflict when somebody asks.
        if not count or spec.hidden or spec.type == "reference":
            continue
        ruled, of = bool(spec.survivorship), count + known[kind, name]
        by = sorted(said.of(kind, name))
        left = "its rules leave" if ruled else "no rule says whom to believe, which leaves"
        reason = f"{left} {count} of {of} facts in conflict" + (f" between {', '.join(by)}" if len(by) > 1 else "")
        path = attribute_path(config, kind, name)
        only = "" if kind == "account" else f" --kind {kind}"
        do = f"`groundfact worklist --only conflict{only}` lists them; `groundfact advise` learns a rule from decisions"
        severity: Severity = "note" if ruled else "warning"
        settings = [ranked(config, kind, name, by)] if len(by) > 1 and not ruled else []
        where = (*path, "survivorship")
        yield Finding(severity, "conflicts", f"{kind}.{name}", reason, where, settings, do, count)


def _unread(config: Config, reader: Reader, known: Counter[tuple[str, str]]) -> Iterator[Finding]:
    copilots = {name for name, one in config.principals.items() if one.kind == "copilot"}
    contexts = contexts_told(reader.tx, reader.workspace, copilots)
    if not contexts:
        reason = "no copilot has asked for a context yet: what is read, and what is not, cannot be told"
        yield Finding("note", "unread", "principals", reason, ("principals",), do="see how a copilot is connected")
        return
    told = uses(reader.tx, reader.workspace, copilots)
    for (kind, name), count in sorted(known.items()):
        spec = config.vocabulary[kind].attributes[name]
        if not count or spec.hidden or spec.type == "reference" or told.get((kind, name)):
            continue
        reason = f"known of {count} {kind}s and told in none of the {contexts} contexts that copilots were given"
        do = "put it first under `context: attributes:`, raise the budget, or map it no more (`ATTRIBUTE: null`)"
        yield Finding("note", "unread", f"{kind}.{name}", reason, ("context", "attributes", kind), do=do, number=count)


def copies(config: Config, reader: Reader, progress: Progress) -> Iterator[Finding]:
    """Sources that seem to copy another one and vote all the same."""
    origins = {name: one.mirror_of for name, one in config.root.sources.items() if one.mirror_of}
    for suspicion in suspected(reader, config, progress):
        if not suspicion.sure:
            continue
        settings = mirror_settings(config, suspicion, origins)
        reason = f"{why_copy(suspicion)}: saying it twice counts as two voices"
        yield Finding(
            "warning", "mirror", f"sources.{suspicion.copy}", reason, ("sources", suspicion.copy), settings,
            "`groundfact advise` shows the evidence and all lines",
        )  # fmt: skip


def late(config: Config, reader: Reader) -> Iterator[Finding]:
    """Sources that fail, were never read or are no longer in the YAML, and streams that are behind."""
    said = {reader.view.streams[number].source for number in said_streams(reader.tx, reader.view)}
    for entry in source_status(reader.tx, reader.workspace, config, Asked(reader.now)):
        name, state = entry["source"], entry["state"]
        if state == "failed":
            error = entry["last_run"]["error"] or "it failed"
            do = f"`groundfact check {name}` names what is missing"
            yield Finding(
                "error", "late", f"sources.{name}", f"its last sync failed: {error}", ("sources", name), do=do
            )
        elif state == "never":
            do = f"`groundfact sync {name}`"
            yield Finding("warning", "late", f"sources.{name}", "it was never read", ("sources", name), do=do)
        elif state == "orphaned":
            if name not in said:
                continue
            reason = f"{name} is not in the YAML any more, and what it said is still believed"
            yield Finding("warning", "late", f"sources.{name}", reason, ("sources",), do="`groundfact sync --prune`")
        else:
            yield from _streams(config, reader, name)


def _streams(config: Config, reader: Reader, source: str) -> Iterator[Finding]:
    promised = config.sources[source].behind_after
    for row in sorted(reader.view.streams.values(), key=lambda row: row.name):
        if row.source != source or is_voice(source) or not config.sources[source].enabled(row.name):
            continue
        state = reader.clocks.of_stream(row.source, row.name)
        if state.read_until is None or reader.now - state.read_until > state.behind_after:
            reason = f"{row.name} was not read completely for longer than {duration_text(promised)}: its facts go stale"
            do = f"`groundfact status`, then `groundfact sync {source}`; or allow for more with `behind_after`"
            yield Finding("warning", "late", f"sources.{source}.streams.{row.name}", reason, ("sources", source), do=do)
