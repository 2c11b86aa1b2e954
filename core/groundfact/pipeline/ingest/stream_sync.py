"""Syncing one stream: pages in, versions out, each with its cursor in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from groundfact.model import Batch, Cursor, Gone, StreamSpec
from groundfact.model.times import to_ms
from groundfact.pipeline.ingest.collector import collector_seldom
from groundfact.pipeline.ingest.intake import Intake, Taken
from groundfact.pipeline.ingest.runtime import Stopped
from groundfact.protocols import CanConfirm, CanSweep, Connector, RecordMapping
from groundfact.store import registry, runs
from groundfact.store.engine import Store, Tx
from groundfact.store.late import append_page
from groundfact.store.listing import current_ids, ids_met_since
from groundfact.store.versions import Page, PageCounts
from groundfact.world import World

__all__ = ["Plan", "StreamJob", "StreamResult", "intake_of", "plan_of", "stream_id_of", "sync_stream", "write_rows"]

_BREAKER_SHARE = 0.2
_BREAKER_FLOOR = 5
"""A read that would delete more than a fifth of a stream (and more than 5 records) waits for a person."""


@dataclass
class StreamResult:
    """What reading a stream came to."""

    stream: str
    mode: str = ""
    counts: PageCounts = field(default_factory=PageCounts)
    rejected: int = 0
    problems: int = 0
    held_back: int = 0
    """Deletions that wait for `--confirm-deletes`."""
    nameless: int = 0
    """Rejected rows whose ids cannot be read: each may be one of the records that seem to be missing."""
    rows: int = 0
    total: int | None = None
    complete: bool = False


class Plan(NamedTuple):
    """How a stream is read."""

    mode: Literal["full", "increment"]
    since: Cursor | None
    began: int
    """The run that began the read: an earlier one, where it was cut off."""


@dataclass
class StreamJob:
    """Everything one stream's sync needs."""

    store: Store
    world: World
    workspace: int
    run: int
    source: str
    token: int
    connector: Connector
    spec: StreamSpec
    mapping: RecordMapping
    mapping_digest: str
    labels: tuple[str, ...]
    full: bool = False
    limit: int | None = None
    confirm_deletes: bool = False
    progress: Callable[[str, str, int, int | None], None] = lambda source, stream, done, total: None
    stopping: Callable[[], bool] | None = None

    def now(self) -> int:
        """The injected clock in milliseconds."""
        return to_ms(self.world.now())

    def stop_if_asked(self) -> None:
        """Raise Stopped where somebody asked for it: between two pages, where nothing is half done."""
        if self.stopping is not None and self.stopping():
            raise Stopped


def sync_stream(job: StreamJob, result: StreamResult) -> None:
    """Read a stream to its end (or its limit) and write it down page by page; `result` holds what was done so far."""
    with collector_seldom():
        _read_stream(job, result)


def _read_stream(job: StreamJob, result: StreamResult) -> None:
    with job.store.writing() as tx:
        stream = stream_id_of(tx, job)
        checkpoint = runs.checkpoint(tx, stream)
        last_full = runs.last_pass(tx, stream, "full")
        intake = intake_of(tx, job)
    until = job.world.now()
    plan = plan_of(job, checkpoint, last_full)
    result.mode = plan.mode
    seen = _seen_before(job, stream, plan, result)
    last: Cursor | None = None
    for batch in job.connector.read(job.spec, job.mapping.fields, plan.since, until):
        _write_page(job, stream, intake, batch, plan, result)
        last = batch.cursor or last
        if seen is not None:
            seen.update(row.id for row in batch.rows if not isinstance(row, Gone))
            seen.update(reject.id for reject in batch.rejects if reject.id)
            # One without a row of its own only sums others up.
            result.nameless += sum(1 for reject in batch.rejects if not reject.id and reject.raw)
        job.progress(job.source, job.spec.name, result.rows, result.total)
        if job.limit is not None and result.rows >= job.limit:
            return
        job.stop_if_asked()
    if seen is None and plan.mode == "full" and last_full is not None:
        seen = _swept(job, stream)
    if seen is not None:
        _bury_missing(job, stream, intake, seen, result)
    # Held back, it is not a complete pass: what is missing may be gone or unseen, and nothing is confirmed by it.
    if not result.held_back:
        _finish(job, stream, last, plan, until, result)
    elif job.spec.deletes == "absence":
        # What is missing today may be there again when somebody answers: that counts for a read of its own.
        with job.store.writing() as tx:
            runs.check_lease(tx, job.workspace, job.source, job.token, job.now())
            runs.drop_checkpoint(tx, stream)


def _seen_before(job: StreamJob, stream: int, plan: Plan, result: StreamResult) -> set[str] | None:
    """Which ids an earlier part of this read has met; None where what is missing from it is not taken for gone."""
    if job.spec.deletes != "absence" or plan.mode != "full":
        return None
    if plan.began == job.run:
        return set()
    with job.store.reading() as tx:
        seen, result.nameless = ids_met_since(tx, stream, plan.began)
    return seen


def _swept(job: StreamJob, stream: int) -> set[str] | None:
    """Every id that is there; half a listing would say that the rest is gone, so stopping it takes it all back.

    None where the connector cannot list them, or where nothing is known that could be gone.
    """
    with job.store.reading() as tx:
        known = bool(current_ids(tx, stream))
    if not known or not isinstance(job.connector, CanSweep):
        return None
    seen: set[str] = set()
    for page in job.connector.ids(job.spec):
        seen.update(page)
        job.stop_if_asked()
    return seen


def plan_of(job: StreamJob, checkpoint: runs.CheckpointRow | None, last_full: int | None) -> Plan:
    """Full or increment, and from where."""
    anew = Plan("full", None, job.run)
    spec = job.spec
    if checkpoint is None or spec.order == "full" or (job.full and checkpoint.complete):
        return anew
    if not checkpoint.complete:
        if checkpoint.mode != "full":
            return Plan("increment", checkpoint.cursor, checkpoint.began)
        # What a part of a read has met is known only where each sighting is written down.
        forgotten = spec.deletes == "absence" and spec.confirms != "returned"
        return anew if forgotten else Plan("full", checkpoint.cursor, checkpoint.began)
    every = spec.full_every
    if every is not None and (last_full is None or job.now() - last_full > every / timedelta(milliseconds=1)):
        return anew
    return Plan("increment", checkpoint.cursor.rewound(spec.overlap), job.run)


def stream_id_of(tx: Tx, job: StreamJob) -> int:
    """The stream's number in the store, given now where it is new."""
    spec = job.spec
    return registry.stream_id(tx, job.workspace, job.source, spec.name, spec.kind, spec.confirms, job.mapping_digest)


def intake_of(tx: Tx, job: StreamJob, *, own_transaction: bool = True) -> Intake:
    """The stream's intake. Numbers are looked up ahead of the pages; a new label set that a page brings is given one
    on the spot, in a transaction of its own unless the caller's is to hold it."""
    known: dict[tuple[frozenset[str], registry.Giver], int] = {}
    default = frozenset(job.labels)
    known[default, "default"] = registry.label_set(tx, job.workspace, default)
    siblings = {spec.name: spec for spec in job.connector.streams()}

    def label_set(labels: Iterable[str], giver: registry.Giver) -> int:
        wanted = frozenset(labels), giver
        if wanted not in known and own_transaction:
            with job.store.writing() as own:
                known[wanted] = registry.label_set(own, job.workspace, *wanted)
        elif wanted not in known:
            known[wanted] = registry.label_set(tx, job.workspace, *wanted)
        return known[wanted]

    parents: dict[str, int] = {}
    for name, spec in siblings.items():
        parents[name] = registry.stream_id(tx, job.workspace, job.source, name, spec.kind, spec.confirms, "")
    return Intake(job.mapping, job.labels, label_set, parents.__getitem__)


def _write_page(job: StreamJob, stream: int, intake: Intake, batch: Batch, plan: Plan, result: StreamResult) -> None:
    taken = intake.take(batch.rows)
    rejects = taken.rejects + [(reject.id, reject.raw, reject.error) for reject in batch.rejects]
    with job.store.writing() as tx:
        now = job.now()
        runs.check_lease(tx, job.workspace, job.source, job.token, now)
        counts = write_rows(tx, job, stream, taken)
        runs.keep_rejects(tx, job.workspace, stream, job.run, now, rejects)
        if batch.cursor is not None:
            cursor = _to_go_on(batch.cursor, plan, job.spec.overlap)
            place = runs.CheckpointRow(cursor, plan.mode, False, plan.began)
            runs.save_checkpoint(tx, job.workspace, stream, place, registry.latest_seq(tx))
    result.counts = result.counts.plus(counts)
    result.rows += len(batch.rows) + len(batch.rejects)
    result.rejected += taken.lost + len(batch.rejects)
    result.problems += len(taken.rejects) - taken.lost
    result.total = batch.total if batch.total is not None else result.total


def _to_go_on(cursor: Cursor, plan: Plan, overlap: timedelta) -> Cursor:
    """Where to go on if the read is cut off here: where its time has moved on, rows of before may still show up, as
    they may for the next increment."""
    moved = plan.since is None or cursor.at != plan.since.at
    return cursor.rewound(overlap) if moved else cursor


def write_rows(tx: Tx, job: StreamJob, stream: int, taken: Taken) -> PageCounts:
    """Append a page's rows under a new commit; a page that changes nothing leaves no commit behind."""
    now = job.now()
    seq = registry.next_seq(tx, job.workspace, now)
    page = Page(job.workspace, stream, job.run, seq, now, job.spec.confirms == "returned")
    counts = append_page(tx, page, taken.rows)
    if not counts.written:
        registry.forget_seq(tx, seq)
    return counts


def _bury_missing(job: StreamJob, stream: int, intake: Intake, seen: set[str], result: StreamResult) -> None:
    """A complete listing ended cleanly: what it does not name is gone, unless that is suspiciously much or unsure."""
    with job.store.reading() as tx:
        known = current_ids(tx, stream)
    gone = _gone(job, sorted(known - seen))
    if not gone:
        return
    many = len(gone) > max(_BREAKER_FLOOR, _BREAKER_SHARE * len(known))
    if (many or result.nameless) and not job.confirm_deletes:
        result.held_back = len(gone)
        return
    for start in range(0, len(gone), 500):
        tombstones = gone[start : start + 500]
        with job.store.writing() as tx:
            runs.check_lease(tx, job.workspace, job.source, job.token, job.now())
            counts = write_rows(tx, job, stream, intake.take(tombstones))
        result.counts = result.counts.plus(counts)


def _gone(job: StreamJob, missing: Sequence[str]) -> list[Gone]:
    """The records that a listing lacks, as tombstones; only those that the connector confirms, where it can."""
    if missing and isinstance(job.connector, CanConfirm):
        return list(job.connector.confirm_gone(job.spec, missing))
    return [Gone(rec) for rec in missing]


def _finish(
    job: StreamJob, stream: int, last: Cursor | None, plan: Plan, until: datetime, result: StreamResult
) -> None:
    """The read ended: the next one starts from here, and everything it confirms is confirmed."""
    cursor = last if last is not None and last.at is not None else Cursor(at=until)
    with job.store.writing() as tx:
        now = job.now()
        runs.check_lease(tx, job.workspace, job.source, job.token, now)
        seq = registry.next_seq(tx, job.workspace, now)
        place = runs.CheckpointRow(cursor, plan.mode, True, plan.began)
        runs.save_checkpoint(tx, job.workspace, stream, place, seq)
        runs.pass_done(tx, job.workspace, stream, job.run, plan.mode, to_ms(until), seq)
        if plan.mode == "full":
            # It read everything: what it did not reject again is no reject any more.
            runs.drop_older_rejects(tx, stream, plan.began)
    result.complete = True
