"""The records of a fictional world: what its vendors hold, and the truth they were made from."""

from __future__ import annotations

import hashlib
import threading
from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from groundfact.testing.hero_facts import Hero
from groundfact.testing.projection import LABEL_FIELDS, VENDORS
from groundfact.testing.truth import Change, Dated, Message, Subject
from groundfact.testing.views import Record, View
from groundfact.testing.words import FREE_MAIL_DOMAINS


class WorldRecords:
    """The records of a fictional world, and the truth behind them.

    Vendors are ``"salesforce"`` and ``"hubspot"``; objects and fields carry the vendor's own names
    (``Account``, ``companies``). Records reached through ``record`` and ``records`` are live: change them
    only through the methods below, which also move the vendor's stamps.
    """

    free_mail_domains = FREE_MAIL_DOMAINS
    hero: Hero
    teammates: list[str]
    """The keys of the seller's own people."""

    def __init__(self, seed: int, now: datetime) -> None:
        self.seed = seed
        self.now = now.astimezone(UTC)
        self.lock = threading.RLock()
        self.subjects: dict[str, Subject] = {}
        self.children: dict[str, list[Subject]] = defaultdict(list)
        self.messages: dict[str, list[Message]] = defaultdict(list)
        self.company_keys: list[str] = []
        self.views = {vendor: View(vendor) for vendor in VENDORS}
        self._copies: dict[tuple[str, str], list[Record]] = {}
        self._keys: dict[tuple[str, str, str], str] = {}
        self._numbers: dict[str, int] = {}

    # -- time and truth -------------------------------------------------------------------------------------

    def truth(self, key: str, attribute: str, at: datetime | None = None) -> Change | None:
        """The true value and since when it holds (at a time, now by default), None if there is none."""
        return self.subjects[key].at(attribute, at)

    def history(self, key: str, attribute: str | None = None) -> list[Dated]:
        """Every change of a subject (or one attribute of it), oldest first."""
        lines = self.subjects[key].lines
        names = lines if attribute is None else (attribute,)
        return sorted(
            (Dated(c.at, name, c.value) for name in names for c in lines.get(name, ())),
            key=lambda entry: (entry.at, entry.attribute),
        )

    def of_kind(self, kind: str) -> list[Subject]:
        """All subjects of a kind: company, person, deal, ticket, conversation or teammate."""
        return [subject for subject in self.subjects.values() if subject.kind == kind]

    # -- who is who -----------------------------------------------------------------------------------------

    def copies(self, vendor: str, key: str) -> list[Record]:
        """A vendor's records of a subject; more than one where the vendor has duplicates."""
        return self._copies.get((vendor, key), [])

    def vendor_id(self, vendor: str, key: str) -> str | None:
        """The id of a vendor's first record of a subject, None if the vendor does not know it."""
        found = self.copies(vendor, key)
        return found[0].id if found else None

    def key_of(self, vendor: str, object_name: str, record_id: str) -> str | None:
        """Whom a record is really about, None for records a test put in."""
        return self._keys.get((vendor, object_name, record_id))

    def record(self, vendor: str, object_name: str, record_id: str) -> Record:
        """One record, deleted ones included."""
        return self.views[vendor].get(object_name, record_id)

    def records(self, vendor: str, object_name: str, *, deleted: bool = False) -> list[Record]:
        """A vendor's records of an object, without the deleted ones unless asked for."""
        return [row for row in self.views[vendor].rows(object_name) if deleted or row.deleted is None]

    # -- what tests do to a vendor --------------------------------------------------------------------------

    def upsert(
        self,
        vendor: str,
        object_name: str,
        record_id: str | None,
        fields: dict[str, Any],
        modified: datetime | None = None,
    ) -> Record:
        """Create (``None``: under a new id) or edit a vendor's record; its stamps become ``modified``."""
        with self.lock:
            view, at = self.views[vendor], modified or self.now
            new_id = record_id or view.next_id(object_name)
            row = view.find(object_name, new_id)
            if row is None:
                row = view.add(Record(object_name, new_id, {}, at, at, at))
            row.write(fields, at)
            # An explicit time is taken at its word, so that ties and late rows can be staged.
            row.modified = row.business_modified = at
            view.revision += 1
            return row

    def touch(
        self,
        vendor: str,
        object_name: str,
        record_id: str,
        modified: datetime | None = None,
        *,
        system_only: bool = False,
    ) -> None:
        """Move a record's modified stamp and nothing else."""
        with self.lock:
            row, at = self.record(vendor, object_name, record_id), modified or self.now
            row.modified = at
            if not system_only:
                row.business_modified = at
            self.views[vendor].revision += 1

    def delete_record(self, vendor: str, object_name: str, record_id: str, at: datetime | None = None) -> None:
        """Delete a record: Salesforce's Recycle Bin (stamps move), HubSpot's archive (stamps do not)."""
        with self.lock:
            row, when = self.record(vendor, object_name, record_id), at or self.now
            row.deleted = when
            if vendor == "salesforce":
                row.modified = row.business_modified = when
            self.views[vendor].revision += 1

    def archive_record(self, object_name: str, record_id: str, at: datetime | None = None) -> None:
        """Archive a HubSpot record."""
        self.delete_record("hubspot", object_name, record_id, at)

    def restore_record(self, vendor: str, object_name: str, record_id: str) -> None:
        """Undelete a record."""
        with self.lock:
            row = self.record(vendor, object_name, record_id)
            row.deleted = None
            if vendor == "salesforce":
                row.modified = row.business_modified = self.now
            self.views[vendor].revision += 1

    def purge_record(self, vendor: str, object_name: str, record_id: str) -> None:
        """Remove a record without a trace: emptied Recycle Bin, privacy deletion."""
        with self.lock:
            self.views[vendor].objects[object_name].pop(record_id)
            self.views[vendor].revision += 1

    def hide(self, vendor: str, object_name: str, record_id: str, hidden: bool = True) -> None:
        """Take a record out of (or back into) the caller's sharing rules: invisible, not deleted."""
        with self.lock:
            self.record(vendor, object_name, record_id).hidden = hidden
            self.views[vendor].revision += 1

    def restrict(self, vendor: str, object_name: str, record_id: str, label: str | None) -> None:
        """Put a record under a visibility label (``Visibility_Group__c``, ``hubspot_team_id``) or lift it."""
        self.upsert(vendor, object_name, record_id, {LABEL_FIELDS[vendor]: label})

    def associate(self, from_object: str, from_id: str, to_object: str, to_id: str, *, remove: bool = False) -> None:
        """Add or remove a HubSpot association; neither record's date moves."""
        with self.lock:
            act = self.views["hubspot"].unlink if remove else self.views["hubspot"].link
            act(from_object, from_id, to_object, to_id)

    # -- for the modules that build the world ---------------------------------------------------------------

    def next_number(self, kind: str) -> int:
        """A running number per kind."""
        self._numbers[kind] = self._numbers.get(kind, 0) + 1
        return self._numbers[kind]

    def add_subject(self, subject: Subject, parent: str | None = None) -> None:
        """Make a subject part of the world."""
        self.subjects[subject.key] = subject
        if subject.kind == "company":
            self.company_keys.append(subject.key)
        if parent:
            self.children[parent].append(subject)

    def register(self, vendor: str, subject: Subject, record: Record) -> None:
        """Make a record part of a vendor's view, linked to its company."""
        view = self.views[vendor]
        view.add(record)
        self._copies.setdefault((vendor, subject.key), []).append(record)
        self._keys[vendor, record.object, record.id] = subject.key
        company_id = self.vendor_id(vendor, subject.get("company") or "")
        if vendor == "hubspot" and company_id:
            view.link(record.object, record.id, "companies", company_id)
            contacts = view.linked("companies", company_id, "contacts")
            if subject.kind == "deal" and contacts:
                view.link("deals", record.id, "contacts", contacts[0])

    def adopt(self, vendor: str, record: Record, origin: Record) -> None:
        """Let a record be about the same subject as another one, so that it changes with it from now on."""
        key = self._keys.get((vendor, origin.object, origin.id))
        copies = self._copies.get((vendor, key or ""), [])
        if key is not None and record not in copies:
            self._keys[vendor, record.object, record.id] = key
            copies.append(record)

    def fingerprint(self) -> str:
        """A hash over the whole truth and both views."""
        digest = hashlib.sha256(repr(self.now).encode())
        for key, subject in self.subjects.items():
            digest.update(repr((key, subject.lines, self.messages.get(key))).encode())
        for vendor, view in self.views.items():
            for name, rows in view.objects.items():
                digest.update(repr((vendor, name, list(rows.values()))).encode())
            digest.update(repr(view.links).encode())
        return digest.hexdigest()
