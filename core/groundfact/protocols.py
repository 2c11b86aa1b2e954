"""What a component must be able to do once it is built. Lifecycle: declare → validate → build → use."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

from groundfact.model import (
    Batch,
    Bounds,
    Check,
    Claim,
    Cursor,
    Decision,
    Discovered,
    FactTimes,
    Gone,
    Guard,
    Lifetime,
    Likeness,
    Limit,
    Mapped,
    Narrowed,
    Principal,
    Question,
    Record,
    SecretRef,
    StreamSpec,
    Verdict,
)

__all__ = [
    "CanConfirm",
    "CanSweep",
    "Collects",
    "Compares",
    "Connector",
    "Counts",
    "Declares",
    "Demands",
    "FreshnessRule",
    "Guards",
    "HangsByKey",
    "Learns",
    "Matcher",
    "Needs",
    "Policy",
    "RecordMapping",
    "Renderer",
    "Runtime",
    "SurvivorshipRule",
    "Turns",
    "Validator",
]

T = TypeVar("T")


class Runtime(Protocol):
    """What the core lends a connector: budgets, retries, secrets, the network guard, the clock."""

    def call(self, scope: str, fn: Callable[[], T]) -> T:
        """Run one request: within the budgets of `scope`, counted, and retried as `classify` says.

        Raises SourceRefused or SourceUnavailable when it cannot be had. Switch the SDK's own retries off.
        """

    def secret(self, ref: SecretRef) -> str:
        """The secret behind a reference; raises SourceRefused naming the reference, never the secret."""

    def base_url(self, configured: str | None, default: str, *, hosts: Sequence[str]) -> str:
        """The address to talk to. One outside `hosts` (suffixes), not https, private or on loopback is
        refused unless the YAML's `network: {allow: [...]}` names its host."""

    def open_file(self, path: str) -> str:
        """A path as the YAML means it: relative to the YAML's folder; raises SourceRefused if it is not there."""

    def now(self) -> datetime:
        """The injected clock, UTC."""


class Connector(Protocol):
    """Reads one source. It fetches page by page and decides nothing; the core commits, retries and counts."""

    @property
    def limits(self) -> Sequence[Limit]:
        """Budgets by call scope."""

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """Try every permission that is needed, cheaply and read-only; name the fix for each that fails.

        `fields` holds, by stream, the paths that its mapping reads, the YAML's overrides included. A path that the
        source does not have is a failed check; a stream that is not in it is switched off and needs nothing.
        """

    def streams(self) -> Sequence[StreamSpec]:
        """The streams this connector can read, without touching the network."""

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every field the source offers for the streams in `fields`, custom ones included; as for `check`,
        `fields` holds the paths that each mapping reads, which are the ones that are `mapped`."""

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Yield pages of `stream` with the `fields` the mapping needs; `since` None means a full read.

        `since.at` is already rewound by the stream's overlap. The last batch carries a cursor whose `at` is the
        next run's starting point; earlier ones may carry cursors to resume from after a crash. A read that was resumed
        ends with the `until` of its first part.
        """

    def classify(self, error: Exception) -> Verdict | None:
        """What a failed call means; None for an exception that is not the source's (a bug: it is raised)."""


@runtime_checkable
class CanSweep(Protocol):
    """A connector that can list the ids of a stream cheaply, to find deletions no feed tells of."""

    def ids(self, stream: StreamSpec) -> Iterator[Sequence[str]]:
        """Yield pages of every id that is there; the core compares only after the listing ended cleanly."""


@runtime_checkable
class CanConfirm(Protocol):
    """A connector whose listings do not promise to be complete: what one lacks may still be there."""

    def confirm_gone(self, stream: StreamSpec, ids: Sequence[str]) -> Iterator[Gone]:
        """Ask for each of these records by itself, and tell those that are really gone."""


class RecordMapping(Protocol):
    """Turns a source's record into the words of the vocabulary."""

    @property
    def fields(self) -> Sequence[str]:
        """The paths it reads: also the allow-list of what is stored, and what the connector should ask for."""

    @property
    def origin(self) -> Mapping[str, str]:
        """The field each attribute is read from, to translate a source's field history."""

    def project(self, record: Record) -> Mapping[str, Any]:
        """The stored payload: only the allowed fields, flat, in a fixed order."""

    def interpret(self, payload: Mapping[str, Any]) -> Mapped:
        """The attributes, parent, text and labels in a payload; a pure function, so that it can be repeated."""


@runtime_checkable
class HangsByKey(Protocol):
    """A mapping that hangs records on something by a value: a channel named after a customer, an address."""

    @property
    def hangs_by(self) -> Sequence[tuple[str, str]]:
        """The kinds and attributes by whose values; each needs a matcher that links by that attribute."""


class Matcher(Protocol):
    """Finds what records of one kind share. Records with an equal key are the same entity."""

    @property
    def attributes(self) -> Sequence[str]:
        """The attributes it looks at."""

    def keys(self, source: str, stream: str, record: str, attributes: Mapping[str, Any]) -> Sequence[str]:
        """The record's keys; none where its values carry nothing (placeholders, free-mail domains)."""


@runtime_checkable
class Counts(Protocol):
    """A matcher of one attribute, with keys like `attribute=value`; one that many records share is nobody's."""

    most: int | None
    """How many records that everybody may see can share a key before it loses its power to link; None: any number."""


@runtime_checkable
class Compares(Protocol):
    """A matcher that also finds records which look alike without sharing a key. All of it is pure: no statistics, so
    that what one record says never changes how two others compare."""

    bounds: Bounds

    def profile(self, attributes: Mapping[str, Any]) -> Sequence[str] | None:
        """What is compared of a record, in its one form; None where there is nothing to go by."""

    def blocks(self, profile: Sequence[str]) -> Sequence[str]:
        """Only records that share a block are compared."""

    def score(self, one: Sequence[str], other: Sequence[str]) -> Likeness:
        """How alike two profiles are, the same in both directions."""


@runtime_checkable
class Guards(Protocol):
    """A matcher whose keys (or likenesses) join no clusters that contradict each other."""

    guard: Guard
    space: str
    """What its keys begin with, up to the `=`; empty for the one that compares."""

    def says(self, attributes: Mapping[str, Any]) -> Mapping[str, str]:
        """What a record says of the attributes of the guard, each value in its one form, by the guard's names."""


class SurvivorshipRule(Protocol):
    """Chooses between claims by narrowing them; rules of an attribute are asked in the order of the YAML."""

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep the claims this rule believes, all of them where it cannot tell. Never look at their order."""


@runtime_checkable
class Collects(Protocol):
    """A survivorship rule whose answer is a set: it is asked even where all claims agree."""

    collects: bool


@runtime_checkable
class Demands(Protocol):
    """A survivorship rule that may refuse what nobody disputes: where `demands` is true it is asked all the same."""

    demands: bool


@runtime_checkable
class Needs(Protocol):
    """A part that looks at other attributes: a rule finds what is known of them in `Question.known`, a validator finds
    what the same record says of them in `beside`."""

    needs: Sequence[str]


@runtime_checkable
class Turns(Protocol):
    """A survivorship rule whose choice may change as time passes, although nobody says anything new."""

    def turns(self, claims: Sequence[Claim], question: Question) -> Sequence[tuple[int, str]]:
        """Instants after `question.now` at which its choice may change, each with what happens then: `crm decays below
        support`. Too many do no harm: the core tries each of them out."""


class Validator(Protocol):
    """Finds values that cannot be right, before any rule is asked."""

    @property
    def effect(self) -> Literal["drop", "downgrade"]:
        """What becomes of such a claim: it is dropped, or believed only where no sound one is left."""

    def accepts(self, value: Any, beside: Mapping[str, Any]) -> bool:
        """Whether a value can be right; `beside` is what the same record says besides. Never called with None."""


class FreshnessRule(Protocol):
    """Says how long a value may be relied on."""

    def lifetime(self, times: FactTimes) -> Lifetime:
        """Until when the value is fresh, and from when it is stale."""


@runtime_checkable
class Declares(Protocol):
    """A freshness rule that goes by what the record itself says; it finds that in `FactTimes.declared_until`."""

    declared_by: str
    """The attribute (a date or time) of the same record that says until when a value may be relied on."""


@runtime_checkable
class Learns(Protocol):
    """A freshness rule that goes by how often values changed; it finds that in `FactTimes.learnt`."""

    learns: bool


class Policy(Protocol):
    """Answers for one principal and attribute. Deny wins over redact over permit; no answer at all is deny."""

    def decide(self, principal: Principal, kind: str, attribute: str, sensitivity: str) -> Decision | None:
        """The decision, or None where this policy does not speak to the case."""


class Renderer(Protocol):
    """Turns a context into what a copilot receives, within its budget."""

    def render(self, context: Mapping[str, Any], max_tokens: int) -> str:
        """The text; never more than `max_tokens`, and marks of conflict and staleness go last."""
