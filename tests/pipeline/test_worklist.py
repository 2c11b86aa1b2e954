"""The worklist: everything that waits for a steward, the worst first, and only what he may see."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.lab import BASE, PLUGINS, Lab, account
from support.stewards import steward_config

from groundfact.cli.app import tree
from groundfact.config.build import load_config
from groundfact.errors import Denied, UnknownName, UsageError

PHONE = "phone: {freshness: {type: fixed, fresh_for: 1d, stale_after: 2d, must_revalidate: true}}"
MORE = f"attributes: {{account: {{{PHONE}}}}}\n"
LOOKS = "    - {type: shared_key, attribute: domain}\n"
SIMILAR = "    - {type: similar, agree: [phone], propose_at: 0.7}\n"
ACME = {"name": "Acme", "domain": "acme.example"}


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    """Acme of two sources that agree, and Bolt with a phone that must be current."""
    monkeypatch.setattr("support.stewards.BASE", BASE.replace(LOOKS, LOOKS + SIMILAR, 1))
    found = Lab(tmp_path, blank_store, steward_config(tmp_path, MORE))
    found.say("a", "accounts", account("1", 1, **ACME, employees=5))
    found.say("b", "accounts", account("7", 1, **ACME, employees=5))
    found.say("a", "accounts", account("2", 1, name="Bolt", domain="bolt.example", phone="030 1234567"))
    found.sync()
    yield found
    found.close()


def tasks(lab: Lab, who: str = "stew", **more: Any) -> list[tuple[str, str, str]]:
    """What waits, in short."""
    found = lab.memory.worklist(principal=who, **more)
    return [(one["task"], one.get("name", ""), one.get("attribute") or one.get("record") or "") for one in found]


def every_task(lab: Lab) -> None:
    """One task of each sort."""
    lab.memory.pin("Acme", "employees", 5, reason="counted", principal="stew")
    lab.world.advance(days=5)
    lab.say("b", "accounts", account("7", 9, **ACME, employees=13))
    lab.say("b", "accounts", account("3", 9, name="Coil", domain="coil.example", industry="Wire"))
    lab.say("b", "accounts", account("4", 9, name="Coil", domain="coil.example", industry="Rope"))
    lab.say("b", "accounts", account("5", 9, name="Wholly Unlike Ltd"), account("6", 9, name="Wholly Unlike"))
    lab.say("c", "accounts", account("9", 9, ["x"], name="Acme", domain="acme.example", salesforce_id="2"))
    lab.sync("b", "c")


def test_what_waits_is_listed_the_worst_first(lab: Lab) -> None:
    """A contested pin, a conflict, a value too old to be served, a record that fits two, a proposal; in this order."""
    assert tasks(lab) == []
    every_task(lab)
    found = lab.memory.worklist(principal="stew")
    assert [one["task"] for one in found] == ["contested", "conflict", "stale", "review", "merge"]
    contested, conflict, stale, review, merge = found
    assert [one["source"] for one in contested["steward"]["against"]] == ["b"]
    assert sorted(side["value"] for side in conflict["sides"]) == ["Rope", "Wire"]
    assert (stale["name"], stale["attribute"], stale["source"]) == ("Bolt", "phone", "a")
    assert sorted(one["name"] for one in review["entities"]) == ["Acme", "Bolt"]
    assert merge["records"] == ["b/accounts/5", "b/accounts/6"]
    assert tasks(lab, limit=2) == tasks(lab)[:2]
    assert [len(tasks(lab, only=one["task"])) for one in found] == [1, 1, 1, 1, 1]


def test_every_task_names_a_command_that_there_is(lab: Lab) -> None:
    """What would settle it can be typed as it stands, but for the reason."""
    every_task(lab)
    for one in lab.memory.worklist(principal="stew"):
        words = shlex.split(one["settle"])
        assert words[0] == "groundfact"
        assert words[1] in tree().commands


def test_what_is_settled_is_gone(lab: Lab) -> None:
    """Each task ends with the decision that it asks for, and is back when that is taken back."""
    every_task(lab)
    memory, before = lab.memory, tasks(lab)
    contested, conflict, stale, review, merge = memory.worklist(principal="stew")
    pin = memory.pin(conflict["id"], "industry", "Rope", reason="asked", principal="stew")
    apart = [*merge["records"]]
    memory.keep_apart(*apart, reason="two shops", principal="stew")
    memory.merge("c/9", review["entities"][0]["id"], reason="that one", principal="stew")
    lab.sync("a", full=True)
    assert tasks(lab) == [("contested", "Acme", "employees")]
    memory.forget(contested["steward"]["id"], principal="stew")
    assert tasks(lab) == []
    memory.forget(pin["id"], principal="stew")
    memory.keep_apart(*apart, reason="not sure", withdraw=True, principal="stew")
    memory.unmerge("c/9", reason="not sure", principal="stew")
    assert tasks(lab) == [task for task in before if task[0] not in ("contested", "stale")]
    assert stale["attribute"] == "phone"


def test_a_record_kept_apart_from_one_of_two_fits_the_other(lab: Lab) -> None:
    """What fits several is settled when it is kept apart from all but one."""
    every_task(lab)
    (review,) = lab.memory.worklist(only="review", principal="stew")
    other = next(one["id"] for one in review["entities"] if one["id"] != review["id"])
    lab.memory.keep_apart("c/9", other, reason="another one", principal="stew")
    assert lab.memory.worklist(only="review", principal="stew") == []


def test_a_steward_is_told_of_nothing_that_he_may_not_see(lab: Lab) -> None:
    """A conflict with something restricted waits for those who see it; for others the list is what it was."""
    before = lab.memory.worklist(principal="open")
    lab.say("c", "accounts", account("8", 1, ["x"], domain="acme.example", employees=77))
    lab.say("c", "accounts", account("9", 9, ["x"], name="Acme", domain="acme.example", salesforce_id="2"))
    lab.sync("c")
    assert lab.memory.worklist(principal="open") == before == []
    assert tasks(lab) == [("conflict", "Acme", "employees"), ("review", "Acme", "c/accounts/9")]


def test_only_a_steward_sees_the_list(lab: Lab) -> None:
    """It takes `may: [correct]`, a task and a kind that there are, and a limit."""
    with pytest.raises(Denied, match="may not decide"):
        lab.memory.worklist(principal="mo")
    with pytest.raises(UsageError, match="no task"):
        lab.memory.worklist(only="chores", principal="stew")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="limit"):
        lab.memory.worklist(limit=0, principal="stew")
    with pytest.raises(UnknownName, match="no kind"):
        lab.memory.worklist(kind="cat", principal="stew")
    assert lab.memory.worklist(kind="contact", principal="stew") == []


EDITS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.sampled_from("12"),
        st.sampled_from([None, "x"]),
        st.fixed_dictionaries(
            {"domain": st.sampled_from(["acme.example", "bolt.example"])},
            optional={
                "industry": st.sampled_from(["Steel", "Paper"]),
                "phone": st.sampled_from(["030 1111", "030 2222"]),
            },
        ),
    ),
    max_size=8,
)


UNTIL = """attributes:
  account:
    industry: {survivorship: [{type: system_of_record, sources: [a]}], valid_until: industry_until}
    industry_until: {type: date}
"""
ENDS = "script: 'a', streams: {accounts: {mapping: {attributes: {industry_until: last}}}}"


def test_what_time_brings_is_listed_before_the_next_sync(tmp_path: Path, blank_store: Path) -> None:
    """Once the word that decided has had its day, those that lost to it are in conflict, synced or not."""
    path = steward_config(tmp_path, UNTIL).path
    path.write_text(path.read_text().replace("script: 'a'", ENDS, 1))
    lab = Lab(tmp_path, blank_store, load_config(path, PLUGINS))
    lab.say("a", "accounts", account("1", 1, **ACME, industry="Steel", last="2026-11-02"))
    for source, industry in (("b", "Paper"), ("c", "Wood")):
        lab.say(source, "accounts", account("1", 1, **ACME, industry=industry))
    lab.sync()
    assert tasks(lab) == []
    lab.world.advance(days=1)
    assert tasks(lab) == [("conflict", "Acme", "industry")]
    lab.sync()
    assert tasks(lab) == [("conflict", "Acme", "industry")]
    lab.close()


@given(edits=EDITS, days=st.integers(0, 4), pinned=st.booleans())
@settings(max_examples=30)
def test_the_cache_changes_nothing(
    tmp_path_factory: pytest.TempPathFactory,
    blank_store: Path,
    edits: list[tuple[str, str, str | None, dict[str, Any]]],
    days: int,
    pinned: bool,
) -> None:
    """What is read from the cache of facts is what deciding every account anew comes to."""
    folder = tmp_path_factory.mktemp("list")
    lab = Lab(folder, blank_store, steward_config(folder, MORE))
    for source, rec, label, data in edits:
        lab.say(source, "accounts", account(rec, 1, [label] if label else None, **data))
    lab.sync()
    lab.world.advance(days=days)
    lab.sync("a")
    said = [one for one in lab.memory.list("facts", principal="stew") if one["attribute"] == "industry"]
    if pinned and said and said[0]["status"] == "known":
        lab.memory.pin(said[0]["entity"], "industry", said[0]["value"], reason="so", principal="stew")
    # `low` may not see every attribute, so that nothing of the cache can be used for it.
    assert lab.memory.worklist(principal="stew") == lab.memory.worklist(principal="low")
    lab.close()
