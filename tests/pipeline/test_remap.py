"""A changed mapping works on what is stored: no source is asked, and nobody sees more than before."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.lab import Lab, account

Change = Callable[..., None]
A = "script: 'a'"


def mapped(options: str) -> str:
    """Source a, with other mapping options for its accounts."""
    return f"{A}, streams: {{accounts: {{mapping: {options}}}}}"


def _fact(lab: Lab, name: str, attribute: str) -> object:
    told = lab.memory.why(name, attribute)["fact"]
    return told["value"]


@pytest.mark.parametrize(
    ("options", "value"),
    [
        ("{attributes: {industry: phone}}", "020 7946 0999"),
        ("{attributes: {industry: {field: industry, values: {Rockets: Aerospace}}}}", "Aerospace"),
        ("{attributes: {industry: {field: [name, industry]}}}", "One Rockets"),
    ],
)
def test_a_changed_mapping_reads_stored_payloads_again(lab: Lab, change: Change, options: str, value: str) -> None:
    """The new reading is there after a sync in which the source says nothing, with one more version."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="Rockets", phone="020 7946 0999"))
    lab.sync()
    observed = lab.rows("select observed_at, asserted_at from version")
    lab.world.advance(days=1)
    change(A, mapped(options))
    (result, *_) = lab.sync().sources
    assert (result.error, result.counts["new"], result.counts["changed"]) == (None, 0, 0)
    assert _fact(lab, "One", "industry") == value
    rows = lab.rows("select observed_at, asserted_at from version where closed_seq is null")
    assert [row[1] for row in rows] == [row[1] for row in observed]
    assert len(lab.rows("select id from version")) == 2


def test_the_same_mapping_writes_nothing(lab: Lab, change: Change) -> None:
    """An edit of the YAML that leaves the mapping alone rewrites no version; nor does one that gives equal values."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="Rockets"))
    lab.sync()
    change("workspace: lab", "# hello\nworkspace: lab")
    lab.sync()
    change(A, mapped("{attributes: {industry: {field: industry, values: {Cakes: Bakery}}}}"))
    lab.sync()
    assert len(lab.rows("select id from version")) == 1


def test_what_was_believed_before_stays_believed_then(lab: Lab, change: Change) -> None:
    """`known_at` before the change answers with the old reading."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="Rockets", phone="020 7946 0999"))
    lab.sync()
    before = lab.memory.belief()
    change(A, mapped("{attributes: {industry: phone}}"))
    lab.sync()
    assert lab.memory.why("One", "industry", known_at=before)["fact"]["value"] == "Rockets"


def test_a_new_reading_widens_nothing(lab: Lab, change: Change) -> None:
    """A record that its source shows to few is still shown to those alone after its mapping has changed."""
    lab.say("a", "accounts", account("1", 1, ["x"], name="Secret", phone="020 7946 0999"), account("2", 1, name="Open"))
    lab.sync()
    change(A, mapped("{attributes: {industry: phone}}"))
    lab.sync()
    seen = {who: {a["name"] for a in lab.memory.list("accounts", principal=who)} for who in ("x", "y")}
    assert seen == {"x": {"Secret", "Open"}, "y": {"Open"}}
    assert lab.memory.why("Secret", "industry", principal="x")["fact"]["value"] == "020 7946 0999"


def test_a_mapping_that_reads_labels_restricts_what_is_stored(lab: Lab, change: Change) -> None:
    """Labels that a new mapping reads from the payload hold for stored records, too."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="x"), account("2", 1, name="Two", industry="y"))
    lab.sync()
    change(A, mapped("{access: {field: industry}}"))
    lab.sync()
    seen = {who: {a["name"] for a in lab.memory.list("accounts", principal=who)} for who in ("x", "y", "nobody")}
    assert seen == {"x": {"One"}, "y": {"Two"}, "nobody": set()}


def test_a_value_that_no_longer_fits_is_a_problem(lab: Lab, change: Change) -> None:
    """A value that the new mapping cannot read is kept as a reject, and the record with the rest of it."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="Rockets"))
    lab.sync()
    change(A, mapped("{attributes: {employees: industry}}"))
    lab.sync()
    assert lab.rows("select rec, raw from reject") == [("1", b"Rockets")]
    assert _fact(lab, "One", "name") == "One"


def test_tombstones_stay_tombstones(lab: Lab, change: Change) -> None:
    """What is gone is not read again."""
    from groundfact.model import Gone

    lab.say("a", "accounts", account("1", 1, name="One", phone="020 7946 0999"))
    lab.sync()
    lab.say("a", "accounts", Gone("1"))
    lab.sync()
    change(A, mapped("{attributes: {industry: phone}}"))
    lab.sync()
    assert list(lab.memory.list("accounts")) == []
