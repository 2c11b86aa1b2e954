"""A changed mapping works on what is already stored: payloads are read again, no source is asked."""

from __future__ import annotations

import orjson

from groundfact.pipeline.intake import Intake
from groundfact.pipeline.stream_sync import StreamJob, intake_of, stream_id_of
from groundfact.store import registry, runs
from groundfact.store.versions import Page, PageCounts, Stored, rewrite, stored_after

__all__ = ["remap_if_changed"]

_PAGE = 500


def remap_if_changed(job: StreamJob) -> int:
    """Reinterpret a stream's current versions where its mapping is another than before; how many changed."""
    with job.store.writing() as tx:
        stream = stream_id_of(tx, job)
        row = next(row for row in registry.streams(tx, job.workspace) if row.id == stream)
        intake = intake_of(tx, job)
    if row.mapping in ("", job.mapping_digest):
        return 0
    changed, after = 0, 0
    while True:
        with job.store.reading() as tx:
            page = stored_after(tx, stream, after, _PAGE)
        if not page:
            break
        after = page[-1].id
        changed += _rewrite(job, stream, intake, page).changed
    with job.store.writing() as tx:
        registry.set_mapping(tx, stream, job.mapping_digest)
    return changed


def _rewrite(job: StreamJob, stream: int, intake: Intake, stored: list[Stored]) -> PageCounts:
    pairs = []
    rejects = []
    for version in stored:
        row, problems = intake.again(version.said, orjson.loads(version.said.payload))
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
            rewrite(tx, Page(job.workspace, stream, job.run, seq, now, False), pairs)
        runs.keep_rejects(tx, job.workspace, stream, job.run, now, rejects)
    return PageCounts(changed=len(pairs))
