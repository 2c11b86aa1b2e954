"""Relations are facts about two entities: claimed, decided, dated and visible like any other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, at, config_of

from groundfact.config.build import load_config
from groundfact.model import Gone


@pytest.fixture
def lab(tmp_path: Path, blank_store: Path) -> Iterator[Lab]:
    """Three sources whose records refer to each other."""
    made = Lab(tmp_path, blank_store, config_of(tmp_path, options=", relations: true"))
    yield made
    made.close()


def company(rec: str, day: float = 1, **data: Any) -> Any:
    """An account with the domain of its name."""
    return account(rec, day, domain=f"{data['name'].lower()}.example", **data)


def relation(lab: Lab, name: str, attribute: str, kind: str = "account", **asked: Any) -> dict[str, Any]:
    """One relation of an entity as its context tells it."""
    told = lab.memory.context(name, kind=kind, **asked).data["relations"]["to"]
    return {one["attribute"]: one for one in told}[attribute]


def backward(lab: Lab, name: str, label: str, kind: str = "account", **asked: Any) -> list[str]:
    """Who refers to an entity, by name."""
    told = lab.memory.context(name, kind=kind, **asked).data["relations"].get("from", ())
    return next(([shown["name"] for shown in one["shown"]] for one in told if one["label"] == label), [])


def test_sources_that_name_one_parent_by_their_own_ids_agree(lab: Lab) -> None:
    """Two CRMs that call the same parent `1` and `9` say the same, and are counted as two who agree."""
    lab.say("a", "accounts", company("1", name="Holding"), company("2", name="Mill", parent="1"))
    lab.say("b", "accounts", company("9", name="Holding"), company("8", name="Mill", parent="9"))
    lab.sync()
    told = relation(lab, "Mill", "parent")
    assert (told["value"], told["status"], told["sources"], told["confidence"]) == (
        "Holding",
        "known",
        ["a", "b"],
        "high",
    )
    assert told["target"] == {"id": lab.memory.context("Holding").data["id"], "kind": "account"}
    assert backward(lab, "Holding", "Subsidiaries") == ["Mill"]


def test_companies_of_one_name_are_two_parents(lab: Lab) -> None:
    """A parent is an entity, not a name: two of them that are called the same are a conflict."""
    lab.say(
        "a", "accounts", account("1", 1, name="Holding", domain="one.example"), company("2", name="Mill", parent="1")
    )
    lab.say(
        "b", "accounts", account("1", 1, name="Holding", domain="two.example"), company("2", name="Mill", parent="1")
    )
    lab.sync()
    told = relation(lab, "Mill", "parent")
    assert (told["status"], len(told["sides"])) == ("conflict", 2)
    assert len({side["target"]["id"] for side in told["sides"]}) == 2


def test_a_parent_is_never_merged_with_its_subsidiary(lab: Lab) -> None:
    """A parent link is hierarchy: the two stay two accounts."""
    lab.say("a", "accounts", company("1", name="Holding"), company("2", name="Mill", parent="1"))
    lab.sync()
    assert len(list(lab.memory.list("accounts"))) == 2


def test_why_explains_a_relation(lab: Lab) -> None:
    """The newest claim wins, the other one is a loser with its reason, as for any attribute."""
    lab.say(
        "a", "accounts", company("1", name="Holding"), company("3", name="Group"), company("2", name="Mill", parent="1")
    )
    lab.say("b", "accounts", company("8", 5, name="Mill", parent="7"), company("7", name="Group"))
    lab.sync()
    told = lab.memory.why("Mill", "parent")
    assert told["winner"]["value"] == "Group"
    assert [(loser["value"], loser["source"], loser["reason"]) for loser in told["losers"]] == [
        ("Holding", "a", "older")
    ]


def test_what_is_not_there_yet_is_known_as_soon_as_it_comes(lab: Lab) -> None:
    """A parent that was not synced is said not to be known; it gives way to one that is, and is found when it comes."""
    lab.say("a", "accounts", company("2", 5, name="Mill", parent="1"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["status"] == "unknown"
    assert lab.memory.why("Mill", "parent")["losers"][0]["reason"] == "target_not_known"
    assert [claim["value"] for claim in lab.memory.list("claims") if claim["attribute"] == "parent"] == [
        "account not (yet) known"
    ]
    lab.say("b", "accounts", company("8", name="Mill", parent="7"), company("7", name="Group"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["value"] == "Group"
    lab.say("a", "accounts", company("1", name="Holding"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["value"] == "Holding"


def test_a_relation_follows_its_target_through_merge_and_unmerge(lab: Lab) -> None:
    """When records turn out to be one company, the relation means that company; and the part again when they part."""
    lab.say("a", "accounts", account("1", 1, name="Holding"), company("2", name="Mill", parent="1"))
    lab.say("b", "accounts", account("9", 1, name="Group", domain="holding.example"))
    lab.sync()
    before = relation(lab, "Mill", "parent")["target"]["id"]
    lab.say("a", "accounts", account("1", 2, name="Holding", domain="holding.example"))
    lab.sync()
    merged = lab.memory.context("b/9").data["id"]
    assert relation(lab, "Mill", "parent")["target"]["id"] == merged == lab.memory.context("a/1").data["id"]
    assert backward(lab, "b/9", "Subsidiaries") == ["Mill"]
    lab.say("a", "accounts", account("1", 3, name="Holding"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["target"]["id"] == before
    assert "relations" not in lab.memory.context("b/9").data or not backward(lab, "b/9", "Subsidiaries")


def test_a_relation_follows_records_that_its_source_merges(lab: Lab) -> None:
    """What referred to a record that the source has merged into another means that one."""
    lab.say(
        "a", "accounts", company("1", name="Holding"), company("5", name="Old"), company("2", name="Mill", parent="5")
    )
    lab.sync()
    lab.say("a", "accounts", Gone("5", None, "merged", "1"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["value"] == "Holding"
    assert backward(lab, "Holding", "Subsidiaries") == ["Mill"]


def test_a_relation_ends_when_its_source_takes_it_back(lab: Lab) -> None:
    """A record that no longer names a parent has none any more, from either end; the past still knows it."""
    lab.say("a", "accounts", company("1", name="Holding"), company("2", name="Mill", parent="1"))
    lab.sync()
    then = lab.memory.belief()
    lab.say("a", "accounts", company("2", 4, name="Mill"))
    lab.sync()
    assert lab.memory.context("Mill").data["relations"] == {}
    assert lab.memory.context("Holding").data["relations"] == {}
    assert relation(lab, "Mill", "parent", known_at=then)["value"] == "Holding"
    assert backward(lab, "Holding", "Subsidiaries", known_at=then) == ["Mill"]


def test_the_order_of_arrival_does_not_matter(tmp_path: Path, blank_store: Path) -> None:
    """Whichever end of a relation comes first, the answer is the same."""
    parts = [
        ("a", "accounts", company("1", name="Holding")),
        ("a", "accounts", company("2", 2, name="Mill", parent="1")),
        ("b", "accounts", company("8", name="Mill", parent="9")),
        ("b", "accounts", company("9", name="Group")),
    ]
    config = config_of(tmp_path, options=", relations: true")
    answers = set()
    for order in permutations(parts):
        lab = Lab(tmp_path, blank_store, config)
        for source, stream, row in order:
            lab.say(source, stream, row)
            lab.sync()
        told = [dict(one) for one in lab.memory.list("relations")]
        # Reading again confirms what was read before; nothing else may depend on the order.
        for one in told:
            one.pop("verified_at")
        answers.add(str((sorted(told, key=str), backward(lab, "Holding", "Subsidiaries"))))
        lab.close()
    assert len(answers) == 1


def test_a_rebuild_changes_no_relation(lab: Lab) -> None:
    """Everything derived is made again from what was said: relations of both directions stay as they are."""
    lab.say("a", "accounts", company("1", name="Holding", owned_by="u1"), company("2", name="Mill", parent="1"))
    lab.say("a", "teammates", account("u1", 1, name="Dana", email="dana@us.example"))
    lab.sync()
    before = (lab.dump(), list(lab.memory.list("relations")), backward(lab, "Holding", "Subsidiaries"))
    lab.memory.rebuild()
    assert (lab.dump(), list(lab.memory.list("relations")), backward(lab, "Holding", "Subsidiaries")) == before
    assert backward(lab, "Dana", "Accounts owned", "teammate") == ["Holding"]


def test_a_circle_ends_and_is_told_as_a_problem(lab: Lab) -> None:
    """A that is above B that is above A never loops; the context says what is wrong."""
    lab.say("a", "accounts", *[company(str(n), name=f"Ring{n}", parent=str(n % 3 + 1)) for n in (1, 2, 3)])
    lab.say("a", "accounts", company("4", name="Self", parent="4"))
    lab.sync()
    (problem,) = lab.memory.context("Ring1").data["relations"]["problems"]
    assert (problem["problem"], problem["names"]) == ("circle", ["Ring1", "Ring2", "Ring3", "Ring1"])
    alone = lab.memory.context("Self")
    assert alone.data["relations"]["problems"][0]["problem"] == "names_itself"
    assert "- PROBLEM with parent: Self names itself" in alone.text


def test_a_deep_hierarchy_is_followed_only_so_far(lab: Lab) -> None:
    """A chain of parents ends after twelve levels, and says so."""
    lab.say("a", "accounts", *[company(f"{n:02}", name=f"Level{n:02}", parent=f"{n + 1:02}") for n in range(20)])
    lab.sync()
    told = lab.memory.context("Level00").data["relations"]
    assert [one["name"] for one in told["above"]] == [f"Level{n:02}" for n in range(1, 13)]
    assert [one["problem"] for one in told["problems"]] == ["too_deep"]


def _deal(lab: Lab) -> None:
    lab.say("a", "accounts", company("1", name="Mill"))
    lab.say(
        "a", "contacts", *[account(n, 1, name=n, title="Engineer", employer="1") for n in ("Ann", "Bob", "Cid", "Eve")]
    )
    lab.say("a", "deals", account("d1", 1, name="Big", is_open=True, account="1"))
    lab.say("a", "deals", account("d2", 1, name="Lost", is_open=False, account="1"))
    roles = [("r1", "Bob", "Decision Maker"), ("r2", "Ann", "Champion"), ("r3", "Cid", "Blocker")]
    lab.say("a", "roles", *[account(rec, 1, contact=who, deal="d1", role=role) for rec, who, role in roles])
    lab.say("a", "roles", account("r4", 1, contact="Eve", deal="d2", role="Champion"))
    lab.say("a", "roles", account("r5", 1, contact="Eve", account="1", role="Billing contact"))
    lab.sync()


def test_people_are_told_with_their_roles_champion_first(lab: Lab) -> None:
    """Who plays which part in the open deals and for the account, the most needed first; closed deals are left out."""
    _deal(lab)
    context = lab.memory.context("Mill")
    told = [
        (one["name"], one["role"], [end["name"] for end in one["in"]]) for one in context.data["relations"]["people"]
    ]
    assert told == [
        ("Ann", "Champion", ["Big"]),
        ("Bob", "Decision Maker", ["Big"]),
        ("Cid", "Blocker", ["Big"]),
        ("Eve", "Billing contact", ["Mill"]),
    ]
    assert "Ann, Engineer: Champion in Big" in context.text
    assert lab.memory.context("d1", kind="deal").data["relations"]["people"][0]["name"] == "Ann"
    assert backward(lab, "Mill", "People") == ["Ann", "Bob", "Cid", "Eve"]


def test_why_explains_a_role(lab: Lab) -> None:
    """A role is an entity of its own: `why` says who states its contact, its deal and its name."""
    _deal(lab)
    role = lab.memory.context("Mill").data["relations"]["people"][0]["role_id"]
    assert lab.memory.why(role, "role", kind="role")["winner"]["value"] == "Champion"
    assert lab.memory.why(role, "contact", kind="role")["winner"]["value"] == "Ann"
    assert lab.memory.why(role, "deal", kind="role")["winner"]["record"] == "roles/r2"


def test_a_role_ends_with_its_last_day(lab: Lab) -> None:
    """A role that is over is nobody's: its people are not told, and `why` says until when it held."""
    lab.say("a", "accounts", company("1", name="Mill"))
    lab.say("a", "contacts", account("Ann", 1, name="Ann"))
    day = lab.world.now().date().isoformat()
    lab.say("a", "roles", account("r1", 1, contact="Ann", account="1", role="Champion", until=day))
    lab.sync()
    role = lab.memory.context("Mill").data["relations"]["people"][0]["role_id"]
    lab.world.advance(hours=25)
    assert "people" not in lab.memory.context("Mill").data["relations"]
    assert lab.memory.why(role, "contact", kind="role")["losers"][0]["reason"] == "ended"


def test_a_job_change_moves_the_person_and_keeps_the_history(lab: Lab) -> None:
    """Whoever changes the employer is told with the new one; what was believed before is still there to ask for."""
    lab.say("a", "accounts", company("1", name="Mill"), company("2", name="Forge"))
    lab.say("a", "contacts", account("Ann", 1, name="Ann", employer="1"))
    lab.sync()
    then = lab.memory.belief()
    lab.say("a", "contacts", account("Ann", 9, name="Ann", employer="2"))
    lab.sync()
    told = relation(lab, "Ann", "employer", "contact")
    assert (told["value"], told["changed_at"][:10]) == ("Forge", "2026-01-10")
    assert (backward(lab, "Mill", "People"), backward(lab, "Forge", "People")) == ([], ["Ann"])
    assert backward(lab, "Mill", "People", known_at=then) == ["Ann"]
    assert backward(lab, "Mill", "People", as_of="2026-01-05T00:00:00Z") == ["Ann"]
    assert backward(lab, "Forge", "People", as_of="2026-01-05T00:00:00Z") == []


def test_the_past_knows_what_has_gone_since(lab: Lab) -> None:
    """A parent that was deleted is not known any more, and was the parent at the time."""
    lab.say("a", "accounts", company("1", name="Holding"), company("2", name="Mill", parent="1"))
    lab.sync()
    lab.say("a", "accounts", Gone("1", at(30)))
    lab.sync()
    assert relation(lab, "Mill", "parent")["status"] == "unknown"
    assert relation(lab, "Mill", "parent", as_of="2026-01-09T00:00:00Z")["value"] == "Holding"


def test_a_hidden_record_of_a_visible_company_leads_nowhere(lab: Lab) -> None:
    """Who may not see the very record that is referred to is told what one is told for whom it does not exist."""
    lab.say("a", "accounts", account("1", 1, ["workspace"], name="Holding", domain="holding.example"))
    lab.say("a", "accounts", account("9", 1, ["x"], name="Holding", domain="holding.example"))
    lab.say("a", "accounts", company("2", name="Mill", parent="9"), company("3", name="Forge", parent="8"))
    lab.sync()
    assert relation(lab, "Mill", "parent", principal="x")["value"] == "Holding"
    hidden, absent = (relation(lab, name, "parent", principal="nobody") for name in ("Mill", "Forge"))
    assert hidden["status"] == absent["status"] == "unknown"
    assert hidden.keys() == absent.keys()
    assert backward(lab, "Holding", "Subsidiaries", principal="x") == ["Mill"]
    assert backward(lab, "Holding", "Subsidiaries", principal="nobody") == []


def test_a_person_may_correct_a_relation(tmp_path: Path, blank_store: Path) -> None:
    """Whoever may correct facts names the other end by an id of ours or by a key, and it is found from both ends."""
    steward = "principals: {all: {kind: person, labels: [workspace], clearance: restricted, may: [correct]}}\n"
    config_of(tmp_path, options=", relations: true")
    path = tmp_path / "lab.yaml"
    before, _, after = path.read_text().partition("principals:\n")
    path.write_text(before + steward + after[after.index("context:") :])
    lab = Lab(tmp_path, blank_store, load_config(path, PLUGINS))
    lab.say(
        "a", "accounts", company("1", name="Holding"), company("3", name="Group"), company("2", name="Mill", parent="1")
    )
    lab.sync()
    group = lab.memory.context("Group").data["id"]
    for named in (group, "domain=group.example"):
        told = lab.memory.correct("Mill", "parent", named, reason="the deed says so")
        assert relation(lab, "Mill", "parent")["target"] == {"id": group, "kind": "account"}
        assert backward(lab, "Group", "Subsidiaries") == ["Mill"]
        assert backward(lab, "Holding", "Subsidiaries") == []
        lab.memory.forget(told["id"])
    assert relation(lab, "Mill", "parent")["value"] == "Holding"
    lab.close()


def test_a_key_that_several_have_names_none(tmp_path: Path, blank_store: Path) -> None:
    """Two companies of one name: a reference by that name means neither."""
    mapping = ", streams: {accounts: {mapping: {attributes: {parent: {field: above, key: name}}}}}"
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, options=mapping))
    lab.say("a", "accounts", account("1", 1, name="Holding"), company("2", name="Mill", above="HOLDING"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["value"] == "Holding"
    assert backward(lab, "a/1", "Subsidiaries") == ["Mill"]
    lab.say("a", "accounts", account("5", 1, name="Holding"))
    lab.sync()
    assert relation(lab, "Mill", "parent")["status"] == "unknown"
    assert lab.memory.context("a/1").data["relations"] == {}
    lab.close()


def test_a_reference_may_name_a_key(tmp_path: Path, blank_store: Path) -> None:
    """A list that knows only the parent's domain refers to it by that; a mailbox provider's domain names nobody."""
    mapping = ", streams: {accounts: {mapping: {attributes: {parent: {field: above, key: domain}}}}}"
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, options=mapping))
    lab.say(
        "a", "accounts", company("1", name="Holding"), company("2", name="Mill", above="HTTPS://www.Holding.example/x")
    )
    lab.say("a", "accounts", company("3", name="Free", above="gmail.com"), company("4", name="Bad", above="no domain"))
    report = lab.sync()
    assert relation(lab, "Mill", "parent")["value"] == "Holding"
    assert backward(lab, "Holding", "Subsidiaries") == ["Mill"]
    assert lab.memory.context("Free").data["relations"] == lab.memory.context("Bad").data["relations"] == {}
    assert report is not None
    lab.close()


@pytest.mark.parametrize(
    ("parent", "message"),
    [
        ("parent", "account.parent refers to account: write {field: parent, record: STREAM}"),
        ("{field: parent, record: accounts, key: domain}", "by `record:` or by `key:`, not by both"),
        ("{field: [a, b], record: accounts}", "a reference is read from one field"),
        ("{field: parent, key: colour}", "account has no attribute 'colour' to be found by"),
    ],
)
def test_a_reference_that_is_not_said_is_refused(tmp_path: Path, blank_store: Path, parent: str, message: str) -> None:
    """A mapping that could never name anything is an error with the line to write, not a column of rejects."""
    mapping = f", streams: {{accounts: {{mapping: {{attributes: {{parent: {parent}}}}}}}}}"
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, sources="a", options=mapping))
    report = lab.sync()
    lab.close()
    assert message in str(report)
