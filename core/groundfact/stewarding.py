"""What stewards decide: corrections, pins, what does not count, and which records are one company or person."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from groundfact.errors import Denied, UsageError
from groundfact.governance.access import access_for
from groundfact.judging import Judging, steward
from groundfact.model import Principal
from groundfact.model.text import writable
from groundfact.pipeline.deciding.derive import derive_told
from groundfact.pipeline.deciding.rules_then import hold_rules
from groundfact.pipeline.deciding.stage import Derived, Fresh, Judged, Workspace
from groundfact.pipeline.reading.find import find
from groundfact.pipeline.reading.ground import Ground
from groundfact.pipeline.reading.reader import EntityView, Reader
from groundfact.pipeline.stewarding.decisions import Judgement, to_keep_apart, to_merge, to_unmerge, write_judgement
from groundfact.pipeline.stewarding.memories import write_telling
from groundfact.pipeline.stewarding.pinning import Why, ignore_telling, pin_telling
from groundfact.pipeline.stewarding.telling import Telling, correction
from groundfact.store import registry, runs
from groundfact.store.engine import Tx
from groundfact.store.listing import last_version

__all__ = ["Stewarding", "Written"]


class Written(NamedTuple):
    """What somebody's words came to."""

    audits: Sequence[tuple[str, str, str]]
    """Action, subject and detail of each."""
    fresh: Fresh | None = None
    """The one record that they made, where that is all they did."""


@dataclass
class Stewarding(Judging):
    """The half of a memory in which somebody decides; every decision is appended, dated, and can be taken back."""

    def correct(
        self,
        account: str,
        attribute: str,
        value: Any,
        *,
        reason: str,
        evidence: str | None = None,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Set a fact right for everybody: it is believed before what any source says, until forgotten or expired."""
        why = Why(reason.strip(), evidence, expires)
        return self._decide(
            "correct",
            lambda reader, who, view: correction(
                reader, who, view, attribute, value, why.reason, why.expires, why.evidence
            ),
            account, kind, why, principal,
        )  # fmt: skip

    def pin(
        self,
        account: str,
        attribute: str,
        value: Any = None,
        *,
        source: str | None = None,
        reason: str,
        evidence: str | None = None,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Decide which value is to be believed: one that somebody says, or what `source` (`crm`, `crm/42`) says now.

        It holds before mirrors and rules, whatever the sources say next; where they do say something else since, it
        is contested, and marked so. Those see it who may see what it was pinned to. Until forgotten or expired.
        """
        why = Why(reason.strip(), evidence, expires)
        return self._decide(
            "pin",
            lambda reader, who, view: pin_telling(reader, who, view, attribute, value, source, why),
            account, kind, why, principal,
        )  # fmt: skip

    def ignore(
        self,
        account: str,
        attribute: str,
        source: str,
        *,
        reason: str,
        evidence: str | None = None,
        kind: str = "account",
        expires: str | None = None,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Decide that what a source (`crm`, or a record like `crm/42`) says of an attribute now does not count.

        A value, not a source: when it says something else, that counts. Until forgotten or expired.
        """
        why = Why(reason.strip(), evidence, expires)
        return self._decide(
            "ignore",
            lambda reader, who, view: ignore_telling(reader, who, view, attribute, source, why),
            account, kind, why, principal,
        )  # fmt: skip

    def _decide(
        self,
        verb: str,
        telling_of: Callable[[Reader, Principal, EntityView], Telling],
        account: str,
        kind: str,
        why: Why,
        principal: str | None,
    ) -> dict[str, Any]:
        who = self._who(principal)
        if "correct" not in who.may:
            hint = f"grant it: `principals: {{{who.name}: {{may: [correct]}}}}`, or remember it as a fact of your own"
            raise Denied(f"{who.name} may not {verb} facts", hint=hint)
        self._known_kind(kind)
        if not why.reason:
            raise UsageError(f"to {verb} needs a reason", hint="say how you know, in a sentence")
        return self._tell(who, verb, lambda reader: [telling_of(reader, who, find(reader, kind, account))])[0]

    def merge(
        self, one: str, other: str, *, reason: str, kind: str = "account", principal: str | None = None
    ) -> dict[str, Any]:
        """Decide that two entities are one, whatever the matchers say: by name, id, or a record like `crm/42`."""
        return self._judge(lambda reader: to_merge(reader, kind, one, other), kind, reason, principal)

    def unmerge(
        self, record: str, *, reason: str, kind: str = "account", principal: str | None = None
    ) -> dict[str, Any]:
        """Decide that a record (`crm/42`) is not what it is linked to; where a merge linked it, that is taken back."""
        return self._judge(lambda reader: to_unmerge(reader, kind, record), kind, reason, principal)

    def keep_apart(
        self,
        one: str,
        other: str,
        *,
        reason: str,
        kind: str = "account",
        withdraw: bool = False,
        principal: str | None = None,
    ) -> dict[str, Any]:
        """Decide that two entities are not the same: likeness neither proposes nor merges them any more.

        `withdraw` takes that back, as `merge` does. A key that both come to have joins them all the same.
        """
        return self._judge(
            lambda reader: to_keep_apart(reader, kind, one, other, withdraw=withdraw), kind, reason, principal
        )

    def _judge(
        self, decide: Callable[[Reader], Judgement], kind: str, reason: str, principal: str | None
    ) -> dict[str, Any]:
        who = steward(self._who(principal))
        self._known_kind(kind)
        reason = writable(reason).strip()
        if not reason:
            raise UsageError("a decision needs a reason", hint="say how you know, in a sentence")
        with self.reader(principal) as reader:
            judgement = decide(reader)

        def write(tx: Tx, ground: Ground, now: int) -> Written:
            write_judgement(tx, ground.workspace, judgement=judgement, author=who.name, reason=reason, now=now)
            return Written([(judgement.verb, judgement.told["record"], reason[:200])])

        self._told(who, write, {kind: judgement.judged})
        with self.reader(principal) as reader:
            found = {"entity": find(reader, kind, judgement.told["record"]).id}
        return {**judgement.told, **found}

    def _tell(
        self, who: Principal, action: str, tellings_of: Callable[[Reader], Sequence[Telling]]
    ) -> list[dict[str, Any]]:
        """Look up what statements are about and write them down; what each says."""
        told: list[dict[str, Any]] = []

        def write(tx: Tx, ground: Ground, now: int) -> Written:
            # Looked up where it is written: the same transaction, whose pages are in memory already.
            tellings = tellings_of(self._looking(tx, ground, who, now))
            written = [write_telling(tx, ground.workspace, telling=telling, now=now) for telling in tellings]
            told.extend(dict(telling.told) for telling in tellings)
            audits = [(action, telling.rec, telling.kind) for telling in tellings]
            return Written(audits, written[0] if len(written) == 1 else None)

        self._told(who, write)
        return told

    def _told(self, who: Principal, write: Callable[[Tx, Ground, int], Written], judged: Judged | None = None) -> None:
        """One commit for what was told, what follows from it, and the audit."""
        now = self.now()
        with self.store.writing(durable=True) as tx:
            state, ground = tx.state(), self._ground(tx)
            workspace = Workspace(ground.workspace, self.config.workspace)
            if state != self._ruled:
                hold_rules(tx, workspace.id, self.config, now)
            before = last_version(tx, workspace.id)
            audits, fresh = write(tx, ground, now)
            derived = derive_told(tx, workspace, self._plans, self.config.digest, lambda: now, before, judged, fresh)
            for audit in audits:
                runs.audit(tx, workspace.id, now, who.name, *map(writable, audit))
            left = self._grounds.after(tx, state, settled=derived.settled)
        self._grounds.keep(tx.left, left)
        self._ruled = tx.left
        self._announce(derived)

    def _looking(self, tx: Tx, ground: Ground, who: Principal, now: int) -> Reader:
        """What `who` sees within a write."""
        access = access_for(who, self.config.policies, self.config.vocabulary)
        number, digest = ground.workspace, self.config.digest
        return Reader(tx, access, self._plans, self._behind, number, now, digest=digest, ground=ground)

    def _ground(self, tx: Tx) -> Ground:
        """The ground of a write that has changed nothing yet; a workspace gets its number with its first words."""
        ground = self._grounds.of(tx)
        if ground.workspace:
            return ground
        registry.ensure_workspace(tx, self.config.workspace)
        return self._grounds.of(tx)

    def _who(self, principal: str | None) -> Principal:
        who = self.config.principal(principal)
        if who is None:
            raise Denied("nobody is speaking, so nothing is kept", hint="name who speaks: `principal=` or `--as NAME`")
        return who

    def _announce(self, derived: Derived) -> None:
        for change in derived.changes:
            self.plugins.tell(
                "fact_changed",
                kind=change.kind,
                entity=change.entity,
                attribute=change.attribute,
                before=change.before,
                after=change.after,
            )
        for review in derived.reviews:
            self.plugins.tell("match_needs_review", **review._asdict())
