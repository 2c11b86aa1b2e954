"""Other access in the YAML reaches what is stored: with the next sync, without asking the source for it."""

from __future__ import annotations

from collections.abc import Callable

from support.lab import Lab, account

from groundfact.errors import SourceUnavailable
from groundfact.model import Gone
from groundfact.pipeline.ingest.sync import SyncOptions

Change = Callable[..., None]
A = "access: [workspace], script: 'a'"


def seen(lab: Lab) -> dict[str, set[str]]:
    """Which accounts each principal sees."""
    return {who: {a["name"] for a in lab.memory.list("accounts", principal=who)} for who in ("x", "y", "nobody")}


def test_narrowed_access_reaches_what_is_stored(lab: Lab, change: Change) -> None:
    """After a sync in which the source says nothing, nobody sees what only some may see: lists, facts and texts."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="Rockets", notes="words about rockets"))
    lab.sync()
    assert seen(lab) == {"x": {"One"}, "y": {"One"}, "nobody": {"One"}}
    change(A, "access: [x], script: 'a'")
    (result, *_) = lab.sync().sources
    assert (result.error, result.counts["new"], result.counts["changed"]) == (None, 0, 0)
    assert seen(lab) == {"x": {"One"}, "y": set(), "nobody": set()}
    assert lab.rows("select doc from facts") == []
    assert lab.memory.why("One", "industry", principal="x")["fact"]["value"] == "Rockets"
    assert "rockets" in lab.memory.context("One", "words about rockets", principal="x").text


def test_widened_access_reaches_it_too(lab: Lab, change: Change) -> None:
    """And one stream's own access goes before its source's."""
    change(A, "access: [x], script: 'a'")
    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.sync()
    change("access: [x], script: 'a'", "access: [x], script: 'a', streams: {accounts: {access: [y]}}")
    lab.sync()
    assert seen(lab) == {"x": set(), "y": {"One"}, "nobody": set()}
    change("access: [x], script: 'a', streams: {accounts: {access: [y]}}", A)
    lab.sync()
    assert seen(lab) == {"x": {"One"}, "y": {"One"}, "nobody": {"One"}}


def test_it_does_not_wait_for_a_source_that_is_down(lab: Lab, change: Change) -> None:
    """Who may see what is stored is nothing that the source would have to answer for, whichever stream fails first."""
    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.say("a", "contacts", account("1", 1, name="Ada", email="ada@one.example"))
    lab.sync()
    change(A, "access: [x], script: 'a'")
    lab.say("a", "accounts", SourceUnavailable("down"))
    assert [source.status for source in lab.sync("a").sources] == ["failed"]
    assert seen(lab) == {"x": {"One"}, "y": set(), "nobody": set()}
    assert list(lab.memory.list("contacts", principal="y")) == []


def test_it_reaches_a_stream_that_is_not_read_any_more(lab: Lab, change: Change) -> None:
    """What is stored of it is still shown, so it is shown to those who may see it now."""
    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.sync()
    change(A, "access: [x], script: 'a', streams: {accounts: {enabled: false}}")
    assert lab.sync().ok
    assert seen(lab) == {"x": {"One"}, "y": set(), "nobody": set()}


def test_what_the_source_itself_restricts_stays_as_it_says(lab: Lab, change: Change) -> None:
    """Also where it names the very labels that the YAML had: widening the default widens nothing of that."""
    change(A, "access: [x], script: 'a'")
    lab.say("a", "accounts", account("1", 1, ["x"], name="Said"), account("2", 1, ["y"], name="Other"))
    lab.say("a", "accounts", account("3", 1, name="Default"))
    lab.sync()
    change("access: [x], script: 'a'", A)
    lab.sync()
    assert seen(lab) == {"x": {"Said", "Default"}, "y": {"Other", "Default"}, "nobody": {"Default"}}


def test_what_the_mapping_reads_stays_and_goes_with_it(lab: Lab, change: Change) -> None:
    """Labels read from the record hold against another default; without that mapping the default holds."""
    change(A, "access: [workspace], script: 'a', streams: {accounts: {mapping: {access: {field: industry}}}}")
    lab.say("a", "accounts", account("1", 1, name="One", industry="x"), account("2", 1, name="Two"))
    lab.sync()
    change("access: [workspace], script: 'a',", "access: [y], script: 'a',")
    lab.sync()
    # A record whose label cannot be read is for nobody's eyes but an operator's.
    assert seen(lab)["x"] == {"One"}
    change("access: [y], script: 'a', streams: {accounts: {mapping: {access: {field: industry}}}}", A)
    lab.sync()
    assert seen(lab)["nobody"] == {"One", "Two"}


def test_the_sources_word_goes_before_the_mappings_at_a_remap_too(lab: Lab, change: Change) -> None:
    """A record with labels from both keeps those of the source, however its mapping changes."""
    reads = "streams: {accounts: {mapping: {access: {field: industry}}}}"
    change(A, f"access: [workspace], script: 'a', {reads}")
    lab.say("a", "accounts", account("1", 1, ["x"], name="One", industry="y", phone="020 7946 0999"))
    lab.sync()
    assert seen(lab) == {"x": {"One"}, "y": set(), "nobody": set()}
    change(reads, "streams: {accounts: {mapping: {access: {field: industry}, attributes: {industry: phone}}}}")
    lab.sync()
    assert seen(lab) == {"x": {"One"}, "y": set(), "nobody": set()}


def test_late_news_bring_no_old_access_back(lab: Lab, change: Change) -> None:
    """A record that was seen again before the change, and of which an older version arrives after it."""
    lab.say("a", "accounts", account("1", 10, name="One"))
    lab.sync()
    lab.say("a", "accounts", account("1", 12, name="One"))
    lab.sync()
    change(A, "access: [x], script: 'a'")
    lab.sync()
    lab.say("a", "accounts", account("1", 11, name="Between"))
    lab.sync()
    assert seen(lab) == {"x": {"One"}, "y": set(), "nobody": set()}


def test_the_same_access_writes_nothing(lab: Lab, change: Change) -> None:
    """Labels in another order, or said at the stream instead, are the same labels."""
    change(A, "access: [x, y], script: 'a'")
    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.sync()
    change("access: [x, y], script: 'a'", "access: [y, x], script: 'a'")
    lab.sync()
    change("access: [y, x], script: 'a'", "access: [workspace], script: 'a', streams: {accounts: {access: [x, y]}}")
    lab.sync()
    assert len(lab.rows("select id from version")) == 1


def test_a_narrowed_record_is_no_newer_for_it(lab: Lab, change: Change) -> None:
    """Those who see it saw it before: since when it says what it says stays as it was; for new eyes it does not."""
    lab.say("a", "accounts", account("1", 1, name="One", industry="Rockets"))
    lab.sync()
    lab.say("a", "accounts", account("1", 9, name="One", industry="Rockets", phone="020 7946 0999"))
    lab.sync()
    held = "select changed from version where closed_seq is null"
    before = lab.rows(held)
    change(A, "access: [x], script: 'a'")
    lab.sync()
    assert (lab.rows(held), "industry" in str(before)) == (before, True)
    change("access: [x], script: 'a'", "access: [y], script: 'a'")
    lab.sync()
    assert lab.rows(held) != before


def test_tombstones_stay_with_those_who_saw_the_record(lab: Lab, change: Change) -> None:
    """What is gone is not shown to anybody by other access."""
    lab.say("a", "accounts", account("1", 1, name="One"))
    lab.sync()
    lab.say("a", "accounts", Gone("1"))
    lab.sync()
    change(A, "access: [x], script: 'a'")
    lab.sync()
    assert seen(lab) == {"x": set(), "y": set(), "nobody": set()}


def test_it_is_finished_after_it_was_stopped(lab: Lab, change: Change) -> None:
    """Asked to stop before it was done, the next sync does the rest."""
    lab.say("a", "accounts", *(account(str(n), 1, name=f"N{n}") for n in range(3)))
    lab.sync()
    change(A, "access: [x], script: 'a'")
    assert lab.memory.sync(["a"], SyncOptions(stopping=lambda: True)).sources[0].status == "stopped"
    lab.sync()
    assert seen(lab)["nobody"] == set()


def test_an_interrupted_first_read_is_known_to_be_what_it_was(lab: Lab, change: Change) -> None:
    """The pages of a first read that never ended follow the access and the mapping like all others."""
    lab.say("a", "contacts", account("1", 1, name="Ada", email="ada@one.example"), account("2", 1, name="Bo"))
    lab.say("a", "contacts", SourceUnavailable("down"))
    lab.sync("a")
    change(A, "access: [x], script: 'a', streams: {contacts: {mapping: {attributes: {title: name}}}}")
    lab.sync("a")
    assert list(lab.memory.list("contacts", principal="y")) == []
    assert lab.rows("select json_extract(attributes, '$.title') from version where closed_seq is null") == [
        ("Ada",), ("Bo",)
    ]  # fmt: skip


def test_who_gave_the_labels_makes_no_other_audience(lab: Lab, change: Change) -> None:
    """Two hidden records under the same labels are one account, whether the YAML or their source gave them."""
    change("a: {type: scripted, access: [workspace]", "a: {type: scripted, access: [x]")
    lab.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example"))
    lab.say("b", "accounts", account("2", 1, ["x"], name="Acme", domain="acme.example"))
    lab.sync()
    assert [len(found["records"]) for found in lab.memory.list("accounts", principal="x")] == [2]
    assert list(lab.memory.list("accounts", principal="y")) == []
