"""What people and copilots tell: claims of their own, resolved by the same rules, and forgotten at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.lab import BASE, PLUGINS, Lab, Scripted, account, config_of

from groundfact.config.build import load_config
from groundfact.errors import Denied, UnknownName, UsageError
from groundfact.memory import Memory
from groundfact.pipeline.ingest.sync import SyncOptions, sync_sources

PEOPLE = """
principals:
  all: {kind: person, labels: [workspace, x], clearance: restricted}
  stew: {kind: person, clearance: restricted, teams: [ops], may: [correct, forget, direct]}
  dana: {kind: person, teams: [ops]}
  mo: {kind: person}
  ops: {kind: team}
  bot: {kind: copilot}
  low: {kind: copilot, clearance: internal}
"""


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """One account of two sources, and people."""
    config_of(tmp_path)
    path = tmp_path / "lab.yaml"
    text = path.read_text()
    start, end = text.index("principals:"), text.index("context:")
    path.write_text(text[:start] + PEOPLE.strip() + "\n" + text[end:])
    assert BASE
    made = Lab(tmp_path, blank_store, load_config(path, PLUGINS))
    made.say("a", "accounts", account("1", 1, name="Acme", domain="acme.example", industry="Toys", annual_revenue=5))
    made.say("b", "accounts", account("7", 2, name="Acme", domain="acme.example", employees=12))
    made.say("a", "contacts", account("c", 2, name="Ann", email="ann@acme.example", account="1"))
    made.sync()
    yield made
    made.close()


def fact(lab: Lab, attribute: str, who: str = "mo", **more: Any) -> dict[str, Any]:
    """One fact as a principal sees it."""
    found: dict[str, Any] = lab.memory.why("acme.example", attribute, principal=who, **more)
    return found


def test_what_a_person_states_is_a_claim_like_any(lab: Lab) -> None:
    """A person's statement is believed by the rules (here the latest), named as `people`, and says who said it."""
    told = lab.memory.remember(about="Acme", attribute="industry", value="Robots", principal="dana")
    found = fact(lab, "industry")
    assert (found["fact"]["value"], found["winner"]["source"], found["winner"]["by"]) == ("Robots", "people", "dana")
    assert found["winner"]["changed"] == "exactly"
    assert found["losers"][0]["value"] == "Toys"
    assert told["id"].startswith("mem-")


def test_an_inference_never_beats_a_statement(lab: Lab) -> None:
    """However late, what a copilot infers loses to every source; where nobody speaks it counts, with low confidence."""
    lab.memory.remember(about="Acme", attribute="industry", value="Robots", principal="bot")
    lab.memory.remember(about="Acme", attribute="tier", value="Gold", principal="bot")
    assert (fact(lab, "industry")["fact"]["value"], fact(lab, "industry")["losers"][0]["reason"]) == (
        "Toys",
        "inferred",
    )
    assert (fact(lab, "tier")["fact"]["value"], fact(lab, "tier")["fact"]["confidence"]) == ("Gold", "low")
    lab.memory.remember(about="Acme", attribute="tier", value="Silver", principal="mo")
    assert fact(lab, "tier")["fact"]["value"] == "Silver"


def test_an_inference_that_agrees_makes_nothing_surer(lab: Lab) -> None:
    """A copilot that repeats what a source says is no second source."""
    before = fact(lab, "industry")["fact"]["confidence"]
    lab.memory.remember(about="Acme", attribute="industry", value="Toys", principal="bot")
    assert fact(lab, "industry")["fact"]["confidence"] == before == "medium"


def test_a_correction_survives_the_next_sync(lab: Lab) -> None:
    """What a steward set right stays right when the sources repeat or change what they say, and says why."""
    lab.memory.correct("Acme", "industry", "Trains", reason="called them", principal="stew")
    lab.world.advance(hours=1)
    lab.say("a", "accounts", account("1", 300, name="Acme", domain="acme.example", industry="Planes"))
    lab.sync(full=True)
    found = fact(lab, "industry")
    assert (found["fact"]["value"], found["fact"]["rule"]) == ("Trains", "correction")
    assert (found["winner"]["by"], found["winner"]["reason"]) == ("stew", "called them")


def test_forgetting_hides_at_once(lab: Lab) -> None:
    """What is forgotten takes part in nothing any more; what it beat is believed again; the audit holds who and why."""
    told = lab.memory.correct("Acme", "industry", "Trains", reason="called them", principal="stew")
    lab.memory.forget(told["id"], reason="wrong company", principal="stew")
    assert fact(lab, "industry")["fact"]["value"] == "Toys"
    assert lab.memory.remembered(principal="stew") == []
    audit = lab.rows("select principal, action, subject, detail from audit where action in ('correct', 'forget')")
    assert audit == [("stew", "correct", told["id"], "account"), ("stew", "forget", told["id"], "wrong company")]
    with pytest.raises(UnknownName):
        lab.memory.forget(told["id"], principal="stew")


def test_saying_it_again_replaces_what_one_said(lab: Lab) -> None:
    """A person who changes his mind contradicts nobody: the later statement stands alone, the earlier is history."""
    first = lab.memory.remember(about="Acme", attribute="tier", value="Gold", principal="mo")
    then = lab.memory.belief()
    second = lab.memory.remember(about="Acme", attribute="tier", value="Silver", principal="mo")
    assert first["id"] == second["id"]
    assert (fact(lab, "tier")["fact"]["value"], fact(lab, "tier")["losers"]) == ("Silver", [])
    assert fact(lab, "tier", known_at=then)["fact"]["value"] == "Gold"


def test_a_statement_ends_when_it_expires(lab: Lab) -> None:
    """After its time a fact, a note and a preference are gone from every answer, without a sync."""
    memory = lab.memory
    memory.remember(about="Acme", attribute="tier", value="Gold", expires="2d", principal="mo")
    memory.remember("on holiday", about="Acme", expires="2d", principal="mo")
    memory.remember("be quick", about="Acme", type="preference", scope="user", expires="2026-11-04", principal="mo")
    data = memory.context("Acme", principal="mo").data
    assert (len(data["directives"]), len(data["episodes"]), len(memory.remembered(principal="mo"))) == (1, 1, 3)
    lab.world.advance(days=3)
    data = memory.context("Acme", principal="mo").data
    assert (data["directives"], data["episodes"], memory.remembered(principal="mo")) == ([], [], [])
    assert fact(lab, "tier")["fact"]["status"] == "unknown"
    with pytest.raises(UsageError, match="over"):
        memory.remember("late", expires="2020-01-01", principal="mo")


def test_preferences_come_back_as_directives(lab: Lab) -> None:
    """A preference about an account comes with that account, one about the workspace with every context."""
    lab.memory.remember("write to Ann only", about="Acme", type="preference", principal="stew")
    lab.memory.remember("no discounts", type="instruction", principal="stew")
    told = lab.memory.context("Acme", principal="mo").data["directives"]
    assert [(one["type"], one["text"], one["by"]) for one in told] == [
        ("instruction", "no discounts", "stew"),
        ("preference", "write to Ann only", "stew"),
    ]
    assert [one["text"] for one in lab.memory.workspace_context(principal="mo").data["directives"]] == ["no discounts"]


@pytest.mark.parametrize("kind", ["preference", "instruction"])
@pytest.mark.parametrize(("scope", "team"), [("workspace", None), ("team", "ops")])
def test_only_the_entitled_direct_others(lab: Lab, kind: Any, scope: Any, team: str | None) -> None:
    """A directive for a team or the workspace takes `may: [direct]`; one's own preferences are one's own."""
    with pytest.raises(Denied, match="may not tell others"):
        lab.memory.remember("obey", type=kind, scope=scope, team=team, principal="dana")
    lab.memory.remember("for me", type=kind, scope="user", principal="dana")
    lab.memory.remember("for all", type=kind, scope=scope, team=team, principal="stew")
    seen = {one["text"] for one in lab.memory.context("Acme", principal="dana").data["directives"]}
    assert seen == {"for me", "for all"}
    theirs = {one["text"] for one in lab.memory.context("Acme", principal="mo").data["directives"]}
    assert theirs == ({"for all"} if scope == "workspace" else set())


def test_a_scope_is_who_sees_it(lab: Lab) -> None:
    """What is told to oneself or a team is seen by nobody else: not in facts, searches, lists or errors."""
    memory = lab.memory
    own = memory.remember("my secret pump", about="Acme", scope="user", principal="dana")
    memory.remember("our secret pump", about="Acme", scope="team", team="ops", principal="dana")
    memory.remember(about="Acme", attribute="tier", value="Gold", scope="user", principal="dana")
    found = {who: len(memory.search("secret pump", principal=who)) for who in ("dana", "stew", "mo")}
    assert found == {"dana": 2, "stew": 1, "mo": 0}
    assert [fact(lab, "tier", who)["fact"]["status"] for who in ("dana", "stew", "mo")] == [
        "known",
        "unknown",
        "unknown",
    ]
    assert [len(memory.remembered("Acme", principal=who)) for who in ("dana", "stew", "mo")] == [3, 1, 0]
    with pytest.raises(UnknownName):
        memory.forget(own["id"], principal="mo")


def test_nobody_forgets_for_others_without_the_right(lab: Lab) -> None:
    """One's own statements are one's own to withdraw; those of others take `may: [forget]`."""
    told = lab.memory.remember("a note", about="Acme", principal="mo")
    with pytest.raises(Denied, match="told by mo"):
        lab.memory.forget(told["id"], principal="dana")
    assert lab.memory.forget(told["id"], principal="stew") == {"id": told["id"], "forgotten": True}


BAD: list[tuple[type[Exception], str, Callable[[Memory], Any]]] = [
    (UsageError, "either", lambda m: m.remember(principal="mo")),
    (UsageError, "either", lambda m: m.remember("x", attribute="tier", value="y", about="Acme", principal="mo")),
    (UsageError, "about something", lambda m: m.remember(attribute="tier", value="y", principal="mo")),
    (UsageError, "is not a", lambda m: m.remember(about="Acme", attribute="employees", value="many", principal="mo")),
    (UnknownName, "no attribute", lambda m: m.remember(about="Acme", attribute="colour", value="red", principal="mo")),
    (UnknownName, "no account", lambda m: m.remember("x", about="Nobody", principal="mo")),
    (Denied, "may not see", lambda m: m.remember(about="Acme", attribute="annual_revenue", value=1, principal="low")),
    (Denied, "may not correct", lambda m: m.correct("Acme", "tier", "x", reason="y", principal="mo")),
    (UsageError, "reason", lambda m: m.correct("Acme", "tier", "x", reason=" ", principal="stew")),
    (Denied, "not in the team", lambda m: m.remember("x", scope="team", team="ops", principal="mo")),
    (UsageError, "cannot be kept", lambda m: m.remember("x" * 1001, type="preference", scope="user", principal="mo")),
    (UsageError, "cannot be kept", lambda m: m.remember(" ", principal="mo")),
    (UsageError, "expires", lambda m: m.remember("x", expires="soon", principal="mo")),
    (UnknownName, "no account", lambda m: m.remembered("Nobody", principal="mo")),
]


@pytest.mark.parametrize(("error", "words", "call"), BAD)
def test_what_cannot_be_kept_is_refused(lab: Lab, error: Any, words: str, call: Callable[[Memory], Any]) -> None:
    """Each mistake is refused in words of its own, and nothing is written."""
    before = lab.dump()
    with pytest.raises(error, match=words):
        call(lab.memory)
    assert lab.dump() == before


def test_what_not_everybody_may_see_gets_no_public_facts(lab: Lab) -> None:
    """A fact for the workspace about an account that not everybody may see would tell that there is one: refused."""
    lab.say("a", "accounts", account("s", 1, ["x"], name="Secret", domain="secret.example"))
    lab.sync()
    with pytest.raises(Denied, match="not everybody"):
        lab.memory.remember(about="Secret", attribute="tier", value="Gold", principal="all")
    lab.memory.remember("mine", about="Secret", scope="user", principal="all")
    assert len(lab.memory.context("Secret", principal="all").data["episodes"]) == 1


def test_statements_follow_the_account(lab: Lab) -> None:
    """What was told of an account stays with its records when they are linked to another one, or unlinked."""
    lab.say("a", "accounts", account("2", 1, name="Bolt", domain="bolt.example"))
    lab.sync()
    lab.memory.remember(about="Bolt", attribute="tier", value="Gold", principal="mo")
    lab.say("a", "accounts", account("2", 3, name="Bolt", domain="acme.example"))
    lab.sync()
    assert fact(lab, "tier")["fact"]["value"] == "Gold"
    lab.say("a", "accounts", account("2", 4, name="Bolt", domain="bolt.example"))
    lab.sync()
    assert fact(lab, "tier")["fact"]["status"] == "unknown"
    assert lab.memory.why("bolt.example", "tier", principal="mo")["fact"]["value"] == "Gold"


def test_a_statement_joins_nothing(lab: Lab) -> None:
    """What is told of an account cannot make it another: a domain that somebody states links no records."""
    lab.say("a", "accounts", account("2", 1, name="Bolt", domain="bolt.example"))
    lab.sync()
    lab.memory.remember(about="Bolt", attribute="domain", value="acme.example", principal="mo")
    assert len(list(lab.memory.list("accounts", principal="mo"))) == 2
    lab.sync()
    assert len(list(lab.memory.list("accounts", principal="mo"))) == 2


def test_a_rebuild_keeps_what_was_told(lab: Lab) -> None:
    """What was told is no cache: a rebuild gives the same bytes, facts and directives."""
    lab.memory.remember(about="Acme", attribute="tier", value="Gold", principal="mo")
    lab.memory.remember("be brief", about="Acme", type="preference", principal="stew")
    before = lab.memory.context("Acme", principal="mo")
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after
    assert lab.memory.context("Acme", principal="mo") == before


def test_people_are_no_orphaned_source(lab: Lab) -> None:
    """What people told is no source that left the YAML: pruning leaves it, and the status does not list it."""
    lab.memory.remember("a note", about="Acme", principal="mo")
    assert lab.memory.prune() == {}
    assert len(lab.memory.remembered(principal="mo")) == 1
    assert {row["source"] for row in lab.memory.status()} == {"a", "b", "c"}


def test_what_is_told_during_a_sync_is_there_at_once(lab: Lab) -> None:
    """While a sync has written records that are not linked yet, a statement is; in the end each is there once."""
    lab.said["a"]["accounts"] = [
        account(str(n), 1, name=f"New {n}", domain=f"n{n}.example", notes="hi") for n in range(20, 40)
    ]
    with unfinished(lab):
        lab.memory.remember("the pump leaks", about="Acme", principal="mo")
        lab.memory.remember(about="Acme", attribute="tier", value="Gold", principal="mo")
        assert [hit["text"] for hit in lab.memory.search("pump", account="Acme", principal="mo")] == ["the pump leaks"]
        assert fact(lab, "tier")["fact"]["value"] == "Gold"
        assert lab.memory.search("hi", principal="mo") == []
    lab.memory.settle()
    assert [hit["text"] for hit in lab.memory.search("pump", principal="mo")] == ["the pump leaks"]
    assert len(lab.memory.search("hi", principal="mo", limit=50)) == 20
    rebuilt = lab.memory.rebuild()
    assert rebuilt.before == rebuilt.after


@contextmanager
def unfinished(lab: Lab) -> Iterator[None]:
    """A sync that has read everything and linked nothing."""
    Scripted.scripts.clear()
    for source, streams in lab.said.items():
        for stream, rows in streams.items():
            Scripted.scripts[source][stream] = list(rows)
    memory = lab.memory
    settings = list(memory.config.sources.values())
    sync_sources(memory.store, memory.plugins, memory.config, memory.world, settings, SyncOptions())
    yield
    lab.said.clear()
    Scripted.scripts.clear()


def test_many_are_kept_together_or_not_at_all(lab: Lab) -> None:
    """One commit for all; a single one that cannot be kept keeps all of them out, and says why."""
    notes = [{"text": f"note {n}", "about": "Acme"} for n in range(5)]
    before = lab.memory.belief()
    kept = lab.memory.remember_many([*notes, {"about": "Acme", "attribute": "tier", "value": "Gold"}], principal="mo")
    assert len({one["id"] for one in kept}) == 6
    assert lab.memory.belief() > before
    with pytest.raises(UnknownName):
        lab.memory.remember_many([{"text": "x"}, {"text": "y", "about": "Nobody"}], principal="mo")
    with pytest.raises(UsageError, match="cannot be read"):
        lab.memory.remember_many([{"txt": "x"}], principal="mo")
    assert len(lab.memory.remembered(principal="mo")) == 6
