"""A changed mapping, or other default labels, work on what is already stored: no source is asked."""

from __future__ import annotations

import orjson

from groundfact.pipeline.ingest.intake import Intake
from groundfact.pipeline.ingest.stream_sync import StreamJob, intake_of, stream_id_of
from groundfact.store import registry, runs
from groundfact.store.config_versions import Noted, noted, part_of_stream, take_note
from groundfact.store.engine import Store, Tx
from groundfact.store.rewriting import Stored, rewrite, stored_after
from groundfact.store.versions import Page, PageCounts

__all__ = ["remap_if_changed", "was_read"]

_PAGE = 500


def was_read(store: Store, workspace: int, source: str) -> set[str]:
    """The streams of a source of which something may be stored."""
    with store.reading() as tx:
        return {row.name for row in registry.streams(tx, workspace) if row.source == source and row.labels}


def remap_if_changed(job: StreamJob) -> int:
    """Reinterpret a stream's current versions where its mapping or default labels are others; how many changed."""
    with job.store.writing() as tx:
        stream = stream_id_of(tx, job)
        row = next(row for row in registry.streams(tx, job.workspace) if row.id == stream)
        intake = intake_of(tx, job)
        given = registry.label_sets(tx, job.workspace)
        if not row.labels:
            # Written down before its first page: if that is all that ever arrives, it is still known how it was read.
            _note_reading(tx, job, stream, intake.default)
        moved = _moved(tx, job, stream)
    if not row.labels or (row.mapping, row.labels) == (job.mapping_digest, intake.default):
        return 0
    changed, after = 0, 0
    while True:
        job.stop_if_asked()
        with job.store.reading() as tx:
            page = stored_after(tx, stream, after, _PAGE)
        if not page:
            break
        after = page[-1].id
        changed += _rewrite(job, stream, intake, given, page, moved).changed
    with job.store.writing() as tx:
        _note_reading(tx, job, stream, intake.default)
    return changed


def _moved(tx: Tx, job: StreamJob, stream: int) -> set[str]:
    """The attributes that were read from another field before."""
    held = noted(tx, job.workspace, part_of_stream(stream))
    before = orjson.loads(held.document)["origin"] if held is not None else {}
    return {name for name, field in before.items() if job.mapping.origin.get(name) != field}


def _note_reading(tx: Tx, job: StreamJob, stream: int, default: int) -> None:
    """Write down how the stream's current versions are read, also for who asks later what they were read from."""
    registry.set_reading(tx, stream, job.mapping_digest, default)
    document = orjson.dumps({"origin": dict(job.mapping.origin)}, option=orjson.OPT_SORT_KEYS).decode()
    take_note(tx, job.workspace, part_of_stream(stream), job.now(), Noted(job.mapping_digest, document))


def _rewrite(
    job: StreamJob,
    stream: int,
    intake: Intake,
    given: dict[int, registry.LabelRow],
    stored: list[Stored],
    moved: set[str],
) -> PageCounts:
    pairs = []
    rejects = []
    for version in stored:
        giver = given[version.said.labels].giver
        row, problems = intake.again(version.said, orjson.loads(version.said.payload), giver, moved)
        rejects += problems
        if row.hash != version.said.hash:
            pairs.append((version, row))
    if not pairs and not rejects:
        return PageCounts()
    with job.store.writing() as tx:
        now = job.now()
        runs.check_lease(tx, job.workspace, job.source, job.token, now)
        if pairs:
            seq = registry.next_seq(tx, job.workspace, now)
            sets = registry.label_sets(tx, job.workspace)
            page = Page(job.workspace, stream, job.run, seq, now, False)
            rewrite(tx, page, pairs, lambda after, before: sets[after].widens(sets[before]))
        runs.keep_rejects(tx, job.workspace, stream, job.run, now, rejects)
    return PageCounts(changed=len(pairs))
