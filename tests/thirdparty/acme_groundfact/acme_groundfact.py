"""A plugin as anybody would write it: one connector and one source-of-truth rule, in public imports only."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import Field

from groundfact.component import Component, Options, component
from groundfact.hookspecs import hookimpl
from groundfact.model import (
    Batch,
    Check,
    Claim,
    Cursor,
    Discovered,
    Limit,
    Narrowed,
    Question,
    Record,
    Reject,
    StreamSpec,
    Verdict,
)
from groundfact.protocols import Connector, Runtime, SurvivorshipRule

CUSTOMERS = StreamSpec(
    name="customers",
    kind="account",
    mapping={"attributes": {"name": "company", "domain": "web", "annual_revenue": "billed"}},
    order="full",  # every read is a complete one …
    deletes="absence",  # … so what is missing from it is gone
    confirms="stream",
)


class LedgerOptions(Options):
    """Where the ledger is."""

    path: str = Field(description="A JSON file: a list of customers, each with an `id`.")


class Ledger:
    """Reads the customers of a ledger."""

    def __init__(self, options: LedgerOptions, rt: Runtime) -> None:
        self._path, self._rt = options.path, rt

    @property
    def limits(self) -> Sequence[Limit]:
        """None: nobody counts how often a file is read."""
        return ()

    def _customers(self) -> list[dict[str, Any]]:
        path = self._rt.open_file(self._path)
        found = self._rt.call("ledger", lambda: json.loads(Path(path).read_bytes()))
        return found if isinstance(found, list) else [found]

    def check(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Check]:
        """Open the ledger and look for the fields that the YAML maps; what else is wrong is raised and says so."""
        customers = self._customers()
        yield Check("ledger", True, f"{self._path} holds {len(customers)} customers")
        there = self._names()
        for field in fields.get("customers", ()):
            if field not in there:
                yield Check(field, False, f"no customer has it; there are {', '.join(there)}", "mend the mapping")

    def streams(self) -> Sequence[StreamSpec]:
        """The customers."""
        return [CUSTOMERS]

    def discover(self, fields: Mapping[str, Sequence[str]]) -> Iterator[Discovered]:
        """Every field that a customer has."""
        for name in self._names() if "customers" in fields else ():
            yield Discovered("customers", name, "json", name, name in fields["customers"])

    def _names(self) -> list[str]:
        return sorted({name for entry in self._customers() if isinstance(entry, dict) for name in entry})

    def read(self, stream: StreamSpec, fields: Sequence[str], since: Cursor | None, until: datetime) -> Iterator[Batch]:
        """Yield all customers as one batch; whatever is no customer is rejected, counted and kept."""
        rows, rejects = [], []
        for entry in self._customers():
            if isinstance(entry, dict) and entry.get("id"):
                rows.append(Record(str(entry["id"]), entry))
            else:
                rejects.append(Reject(None, json.dumps(entry).encode(), "a customer needs an id"))
        yield Batch(rows, rejects, Cursor(at=until), total=len(rows))

    def classify(self, error: Exception) -> Verdict | None:
        """A file that cannot be read, or is no JSON, needs a person."""
        if isinstance(error, (OSError, ValueError)):
            return Verdict("refuse", f"{self._path} cannot be read: {error}", fix="export the ledger again")
        return None


class RoundNumberOptions(Options):
    """What counts as round."""

    zeros: int = Field(3, ge=1, le=9, description="How many zeros at the end make a number round.")


class RoundNumber:
    """Believes numbers that somebody counted rather than those that somebody guessed."""

    def __init__(self, options: RoundNumberOptions) -> None:
        self._round = 10**options.zeros

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Keep what is not round; all claims where none, or every one, is."""
        kept = [claim for claim in claims if not self._is_round(claim.value)]
        if not kept or len(kept) == len(claims):
            return Narrowed(claims)
        return Narrowed(kept, "round_number", "counted before guessed")

    def _is_round(self, value: Any) -> bool:
        return isinstance(value, (int, float)) and value % self._round == 0


@hookimpl
def register_connectors() -> Sequence[Component[Any, Connector]]:
    """Offer `type: acme_ledger`."""
    example = "type: acme_ledger\npath: ledger.json"
    return [component("acme_ledger", "Customers of Acme's ledger", LedgerOptions, Ledger, example=example)]


@hookimpl
def register_survivorship_rules() -> Sequence[Component[Any, SurvivorshipRule]]:
    """Offer `type: acme_round_number`."""
    summary = "Believe counted numbers, not round ones"
    example = "type: acme_round_number\nzeros: 3"
    return [component("acme_round_number", summary, RoundNumberOptions, RoundNumber, example=example)]
