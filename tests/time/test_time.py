"""Two times: what was true in the world (`as_of`), and what we believed (`known_at`), with the rules of then."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, at, config_of

from groundfact.config.build import load_config
from groundfact.errors import PluginError, UnknownName
from groundfact.memory import Memory
from groundfact.model import Gone, Record
from groundfact.model.times import from_ms
from groundfact.store.engine import Store

ACME = "acme.example"
RANKED = "attributes: {account: {industry: {survivorship: [{type: system_of_record, sources: [a, b]}]}}}\n"


def _open(lab: Lab, folder: Path, more: str) -> None:
    """The same store under another configuration."""
    config_of(folder, more)
    lab.memory.close()
    lab.memory = Memory(load_config(folder / "lab.yaml", PLUGINS), PLUGINS, Store(lab.path), lab.world)


def _value(lab: Lab, attribute: str = "industry", **more: Any) -> Any:
    return lab.memory.why(ACME, attribute, **more)["fact"]["value"]


def _history(lab: Lab) -> None:
    """Steel from day 10, Paper from day 20, gone from day 30."""
    for row in (
        account("1", 10, domain=ACME, industry="Steel"),
        account("1", 20, domain=ACME, industry="Paper"),
        Gone("1", at(30)),
    ):
        lab.say("a", "accounts", row)
        lab.sync()
        lab.world.advance(hours=1)


def test_as_of_is_what_the_source_said_then(lab: Lab) -> None:
    """Each value holds from the source's own change on; a record that is gone today was there then."""
    _history(lab)
    (entity,) = {row[0] for row in lab.rows("select entity from link")}
    ask = lab.memory.why
    assert ask(entity, "industry", as_of=at(15))["fact"]["value"] == "Steel"
    assert ask(entity, "industry", as_of="2026-01-21")["fact"]["value"] == "Paper"
    with pytest.raises(UnknownName):
        ask(entity, "industry", as_of=at(31))
    assert [item["id"] for item in lab.memory.list("accounts", as_of=at(25))] == [entity]
    assert list(lab.memory.list("accounts", as_of=at(31))) == []


def test_before_any_history_it_is_unknown_and_says_since_when(lab: Lab) -> None:
    """Where no history reaches, nothing is guessed: the answer names the earliest instant that is known."""
    lab.say("a", "accounts", account("1", 10, domain=ACME, industry="Steel"))
    lab.sync()
    told = lab.memory.why(ACME, "industry", as_of=at(9))
    assert (told["fact"]["status"], told["fact"]["value"]) == ("unknown", None)
    assert told["because"] == "unknown at that time, earliest known from 2026-01-11T00:00:00Z"
    context = lab.memory.context(ACME, as_of=at(9)).data
    assert context["earliest_known"]["industry"] == "2026-01-11T00:00:00Z"
    assert context["facts"] == []
    assert list(lab.memory.list("accounts", as_of=at(9))) == []


def test_field_history_reaches_further_back_than_the_record(lab: Lab) -> None:
    """A source that says when a field changed is believed for the time before it was first read."""
    row = account("1", 20, domain=ACME, industry="Steel")
    lab.say("a", "accounts", Record("1", dict(row.data), row.updated_at, None, None, {"industry": at(5)}))
    lab.sync()
    assert _value(lab, as_of=at(6)) == "Steel"
    assert _value(lab, "domain", as_of=at(6)) is None


def test_a_bound_from_field_history_reaches_further_back_too(lab: Lab) -> None:
    """By when a field had last changed is since when it is known to be so; before that nothing is guessed."""
    row = account("1", 20, domain=ACME, industry="Steel")._replace(changed_by={"industry": at(5)})
    lab.say("a", "accounts", row)
    lab.sync()
    then = lab.memory.belief()
    assert _value(lab, as_of=at(6)) == _value(lab, as_of=at(6), known_at=then) == "Steel"
    assert _value(lab, as_of=at(4)) is None
    assert _value(lab, "domain", as_of=at(6)) is None


def test_late_news_changes_what_was_true_and_not_what_was_believed(lab: Lab) -> None:
    """As of day 15 we learn better; what we believed before stays what it was."""
    lab.say("a", "accounts", account("1", 20, domain=ACME, industry="Paper"))
    lab.sync()
    then = lab.memory.belief()
    lab.say("a", "accounts", account("1", 10, domain=ACME, industry="Steel"))
    lab.sync()
    assert _value(lab, as_of=at(15)) == "Steel"
    assert _value(lab, as_of=at(15), known_at=then) is None
    assert _value(lab) == _value(lab, known_at=then) == "Paper"


def test_a_claim_is_out_before_it_begins_and_after_it_ends(tmp_path: Path, blank_store: Path) -> None:
    """Validity in the record decides as of an instant, whatever was last written."""
    spec = "{tier: {valid_until: ends}, ends: {type: date}}"
    mapping = "{attributes: {tier: industry, ends: phone, domain: domain}}"
    more = f"attributes: {{account: {spec}}}\n"
    config_of(tmp_path, more, options=f", streams: {{accounts: {{mapping: {mapping}}}}}")
    lab = Lab(tmp_path, blank_store, load_config(tmp_path / "lab.yaml", PLUGINS))
    lab.say("a", "accounts", account("1", 1, domain=ACME, industry="Gold", phone="2026-03-01"))
    lab.sync()
    assert _value(lab, "tier", as_of="2026-02-01") == "Gold"
    assert _value(lab, "tier", as_of="2026-03-02") is None
    lab.close()


def test_a_search_as_of_then_knows_no_later_text(lab: Lab) -> None:
    """A context as of an instant tells no text from after it."""
    lab.say("a", "accounts", account("1", 10, domain=ACME, name="Acme", notes="the renewal is at risk"))
    lab.sync()
    assert lab.memory.context(ACME, "renewal").data["passages"]
    assert lab.memory.context(ACME, "renewal", as_of=at(9)).data["passages"] == []


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_time_are_answered(lab: Lab, moment: str) -> None:
    """The first and the last instant that can be written crash nothing."""
    lab.say("a", "accounts", account("1", 10, domain=ACME, industry="Steel"))
    lab.sync()
    for more in ({"as_of": moment}, {"known_at": moment}, {"as_of": moment, "known_at": moment}):
        try:
            told = lab.memory.context(ACME, "renewal", **more).data
        except UnknownName:
            assert "known_at" in more
            continue
        assert told["asked_at"]
    assert lab.memory.status(known_at=moment)
    assert lab.memory.status(as_of=moment)


def test_the_rules_of_then_or_of_now(tmp_path: Path, blank_store: Path) -> None:
    """`known_at` decides by the rules of then; with `rules="now"` the same records are decided by today's."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, RANKED))
    for day, (source, industry) in enumerate((("a", "Steel"), ("b", "Paper")), 1):
        lab.say(source, "accounts", account("1", day, domain=ACME, industry=industry))
    lab.sync()
    then = lab.memory.belief()
    before = json.dumps(lab.memory.why(ACME, "industry"))
    _open(lab, tmp_path, "")
    lab.sync()
    assert _value(lab) == "Paper"
    assert json.dumps(lab.memory.why(ACME, "industry", known_at=then)) == before
    told = lab.memory.why(ACME, "industry", known_at=then, rules="now")
    assert (told["fact"]["value"], told["fact"]["rule"]) == ("Paper", "most_recent")
    assert {row["value"] for row in lab.memory.list("facts", known_at=then) if row["attribute"] == "industry"} == {
        "Steel"
    }
    lab.close()


def test_new_rules_hold_from_the_first_thing_that_is_told(tmp_path: Path, blank_store: Path) -> None:
    """Where somebody tells something before the next sync, what is asked as known then is what was answered then."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, RANKED))
    for day, (source, industry) in enumerate((("a", "Steel"), ("b", "Paper")), 1):
        lab.say(source, "accounts", account("1", day, domain=ACME, industry=industry))
    lab.sync()
    _open(lab, tmp_path, "")
    lab.memory.remember(about=ACME, attribute="name", value="Acme")
    answered = json.dumps(lab.memory.why(ACME, "industry"))
    assert json.dumps(lab.memory.why(ACME, "industry", known_at=lab.memory.belief())) == answered
    lab.close()


def test_a_plugin_of_then_that_is_missing_is_named(tmp_path: Path, blank_store: Path) -> None:
    """The error says which rule, and how to ask without it."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, RANKED))
    lab.say("a", "accounts", account("1", 1, domain=ACME, industry="Steel"))
    lab.sync()
    then = lab.memory.belief()
    with lab.memory.store.writing() as tx:
        tx.run("update config_version set document = replace(document, '\"system_of_record\"', '\"gone_rule\"')")
    _open(lab, tmp_path, "")
    lab.sync()
    with pytest.raises(PluginError, match="need the survivorship rule 'gone_rule'") as missing:
        _value(lab, known_at=then)
    assert "--rules now" in str(missing.value.hint)
    assert _value(lab, known_at=then, rules="now") == "Steel"
    lab.close()


def test_who_may_no_longer_see_a_record_does_not_see_its_past(lab: Lab) -> None:
    """Asking for earlier opens nothing that is closed today; who may see it now and then sees it."""
    lab.say("a", "accounts", account("1", 1, ["workspace"], domain=ACME, industry="Steel", notes="renewal talk"))
    lab.sync()
    then = lab.memory.belief()
    lab.say("a", "accounts", account("1", 2, ["x"], domain=ACME, industry="Steel", notes="renewal talk"))
    lab.sync()
    for more in ({"known_at": then}, {"as_of": at(1.5)}, {"as_of": at(1.5), "known_at": then}):
        assert _value(lab, principal="all", **more) == "Steel"
        with pytest.raises(UnknownName):
            _value(lab, principal="nobody", **more)
        assert list(lab.memory.list("records", principal="nobody", **more)) == []
    assert lab.memory.search("renewal", principal="nobody", known_at=then) == []
    assert lab.memory.search("renewal", principal="all", known_at=then)


def test_status_then(lab: Lab) -> None:
    """`known_at`: what status said; `as_of`: how far sources had been read by then."""
    lab.say("a", "accounts", account("1", 1, domain=ACME), account("2", 1, domain="bolt.example"))
    lab.sync("a")
    then, said = lab.memory.belief(), lab.memory.status()
    lab.world.advance(hours=50)
    lab.say("a", "accounts", account("3", 1, domain="new.example"))
    lab.sync("a")
    assert lab.memory.status(known_at=then) == said
    (entry,) = [one for one in lab.memory.status(as_of=from_ms(lab.memory.now() - 3_600_000)) if one["source"] == "a"]
    assert (entry["late"], entry["state"]) == (True, "behind")


def test_a_thousand_instants_equal_the_snapshots_taken_then(tmp_path: Path, blank_store: Path) -> None:
    """Asked for any of 1,000 random commits and times, the lists are byte for byte those of then."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path))
    chance = random.Random(4)
    taken: list[tuple[int, int, str]] = []
    for step in range(40):
        for source in chance.sample("abc", 2):
            for rec in chance.sample("1234", 2):
                data = {"domain": chance.choice([ACME, "bolt.example"]), "industry": chance.choice(["Steel", "Paper"])}
                day = chance.choice([None, chance.uniform(0, 40)])
                row = Gone(rec, at(step)) if chance.random() < 0.1 else account(rec, day, **data)
                lab.say(source, "accounts", row)
        lab.sync()
        taken.append((lab.memory.belief(), lab.memory.now(), _lists(lab)))
        lab.world.advance(hours=chance.randint(1, 9))
    for _ in range(1_000):
        seq, now, told = chance.choice(taken)
        assert _lists(lab, known_at=chance.choice([seq, from_ms(now)])) == told
    lab.close()


def _lists(lab: Lab, **more: Any) -> str:
    return json.dumps([list(lab.memory.list(what, **more)) for what in ("links", "facts")])
