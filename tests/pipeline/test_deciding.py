"""What stands before the rules, and what is served where they leave several values: through sync and explanation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from support.lab import PLUGINS, Lab, account, config_of

from groundfact.config.build import load_config
from groundfact.errors import ConfigError

Made = Callable[..., Lab]
ACME = "acme.example"


@pytest.fixture
def made(tmp_path: Path, blank_store: Path) -> Iterator[Made]:
    """A synced memory: YAML, and what each source says of Acme, as day and attributes."""
    labs: list[Lab] = []

    def make(more: str, over: str = "", **said: tuple[float, dict[str, Any]]) -> Lab:
        config_of(tmp_path, more)
        (tmp_path / "over.yaml").write_text(f"extends: lab.yaml\nprincipals: {{all: {{may: [correct]}}}}\n{over}")
        lab = Lab(tmp_path, blank_store, load_config(tmp_path / "over.yaml", PLUGINS), f"lab{len(labs)}")
        labs.append(lab)
        for source, (day, attributes) in said.items():
            lab.say(source, "accounts", account(f"{source}1", day, domain=ACME, **attributes))
        lab.sync()
        rebuilt = lab.memory.rebuild()
        assert rebuilt.before == rebuilt.after
        return lab

    yield make
    for lab in labs:
        lab.close()


def why(lab: Lab, attribute: str, principal: str | None = None) -> dict[str, Any]:
    """The explanation of a fact of Acme."""
    told: dict[str, Any] = lab.memory.why(ACME, attribute, principal=principal)
    return told


def value(lab: Lab, attribute: str, principal: str | None = None) -> Any:
    """The value that is served."""
    return why(lab, attribute, principal)["fact"]["value"]


def lost(told: dict[str, Any]) -> dict[str, str]:
    """Why each losing source lost."""
    return {loser["source"]: loser["reason"] for loser in told["losers"]}


VOTE = "attributes: {account: {industry: {survivorship: [most_common, most_recent]%s}}}\n"


def test_a_mirror_has_no_vote_where_its_origin_speaks(made: Made) -> None:
    """Two copies do not outvote another source, in whatever they say; where the origin is silent, the copy speaks."""
    more = VOTE % ", mirrors: {b: a}"
    said = {"a": (1, {"industry": "Steel"}), "b": (2, {"industry": "Steel"}), "c": (5, {"industry": "Paper"})}
    told = why(made(more, **said), "industry")
    assert (told["fact"]["value"], told["fact"]["rule"]) == ("Paper", "most_recent")
    assert lost(told) == {"a": "older", "b": "mirror"}
    assert value(made(VOTE % "", **said), "industry") == "Steel"
    differs = why(made(more, **{**said, "b": (9, {"industry": "Glass"})}), "industry")
    assert (differs["fact"]["value"], lost(differs)["b"]) == ("Paper", "mirror")
    silent = made(more, **{**said, "a": (1, {}), "b": (9, {"industry": "Glass"})})
    assert value(silent, "industry") == "Glass"


def test_a_copy_confirms_nothing(made: Made) -> None:
    """A value that only its own copy repeats is one claim, of medium confidence; another source makes it high."""
    more = VOTE % ", mirrors: {b: a, c: b}"
    steel = {"industry": "Steel"}
    alone = why(made(more, a=(1, steel), c=(2, steel)), "industry")
    assert (alone["fact"]["confidence"], alone["fact"]["sources"], lost(alone)) == ("medium", ["a"], {"c": "mirror"})
    both = why(made(VOTE % ", mirrors: {b: a}", a=(1, steel), b=(2, steel), c=(3, steel)), "industry")
    assert (both["fact"]["confidence"], both["fact"]["sources"]) == ("high", ["a", "c"])


def test_a_whole_source_may_be_a_mirror(made: Made) -> None:
    """`mirror_of` holds for every attribute, also by way of another mirror, but for those that say otherwise."""
    over = "sources: {b: {mirror_of: a}, c: {mirror_of: b}}\n"
    said = {
        "a": (1, {"industry": "Steel", "phone": "+49 30 1234"}),
        "c": (9, {"industry": "Glass", "phone": "+49 30 9999"}),
    }
    lab = made("attributes: {account: {phone: {mirrors: {c: null}}}}\n", over, **said)
    assert (value(lab, "industry"), lost(why(lab, "industry"))) == ("Steel", {"c": "mirror"})
    assert value(lab, "phone") == "+49 30 9999"


@pytest.mark.parametrize(
    ("over", "told"),
    [
        ("sources: {b: {mirror_of: z}}", "sources.b.mirror_of: there is no source 'z'"),
        ("sources: {b: {mirror_of: b}}", "b would copy itself"),
        ("sources: {b: {mirror_of: a}, a: {mirror_of: b}}", "would copy itself"),
    ],
)
def test_a_mirror_has_an_origin(made: Made, over: str, told: str) -> None:
    """A source that copies nobody, or itself, is a mistake of the YAML."""
    with pytest.raises(ConfigError) as found:
        made("", over + "\n")
    assert told in str(found.value)


CHECKED = "attributes: {account: {phone: {validate: [{type: format, pattern: '[+][0-9 ]+', effect: %s}]}}}\n"


def test_a_dropped_value_has_no_say_even_alone(made: Made) -> None:
    """What a validator drops loses as `invalid`; where nothing else is said, the answer is unknown, with a question."""
    told = why(made(CHECKED % "drop", a=(1, {"phone": "+49 30 12345"}), b=(9, {"phone": "12345678"})), "phone")
    assert (told["fact"]["source"], lost(told), told["losers"][0]["rule"]) == ("a", {"b": "invalid"}, "format")
    told = why(made(CHECKED % "drop", b=(9, {"phone": "12345678"})), "phone")
    assert (told["fact"]["status"], lost(told)) == ("unknown", {"b": "invalid"})
    assert told["fact"]["ask"] == "What is right for account b1, Phone?"
    assert told["because"] == "format believes none of the claims"


def test_a_downgraded_value_gives_way_and_is_doubtful_alone(made: Made) -> None:
    """It loses to any sound value, however old; where there is none it is served with low confidence."""
    told = why(made(CHECKED % "downgrade", a=(1, {"phone": "+49 30 12345"}), b=(9, {"phone": "12345678"})), "phone")
    assert (told["fact"]["source"], lost(told)) == ("a", {"b": "doubtful"})
    fact = why(made(CHECKED % "downgrade", b=(9, {"phone": "12345678"})), "phone")["fact"]
    assert (fact["value"], fact["confidence"]) == ("12345678", "low")


def test_a_validator_looks_at_the_same_record_only(made: Made) -> None:
    """A cross-field check compares with what the record itself says, and accepts where that is silent."""
    more = (
        "attributes: {account: {annual_revenue: {survivorship: [max],"
        " validate: [{type: cross_field, must_be: at_least, attribute: employees}]}}}\n"
    )
    told = why(made(more, a=(1, {"annual_revenue": 5, "employees": 9}), b=(1, {"annual_revenue": 3})), "annual_revenue")
    assert (told["fact"]["value"], lost(told)) == (3, {"a": "invalid"})


def test_a_validator_does_not_tell_of_what_may_not_be_seen(made: Made) -> None:
    """For somebody who may not see the other attribute the check has nothing to compare with: it shows nowhere."""
    more = (
        "attributes: {account: {employees: {sensitivity: restricted}, annual_revenue: {sensitivity: internal,"
        " survivorship: [max], validate: [{type: cross_field, must_be: at_least, attribute: employees}]}}}\n"
    )
    said = {"a": (1, {"annual_revenue": 5, "employees": 9}), "b": (1, {"annual_revenue": 3})}
    lab = made(more, **said)
    assert (value(lab, "annual_revenue"), value(lab, "annual_revenue", "low")) == (3, 5)


GROUP = "groups: {account: {profile: {parts: [industry, phone, employees], by: %s}}}\n"
A = {"industry": "Steel", "phone": "+49 30 12345"}
B = {"industry": "Paper", "employees": 7}


def test_the_parts_of_a_group_come_from_one_record(made: Made) -> None:
    """The record that wins the lead supplies the rest, also with their absence; nothing is mixed."""
    lab = made(GROUP % "lead", a=(1, A), b=(9, B), c=(20, {"phone": "+49 30 99999"}))
    assert [value(lab, part) for part in ("industry", "phone", "employees")] == ["Paper", None, 7]
    told = why(lab, "phone")
    assert (told["fact"]["status"], lost(told)) == ("unknown", {"a": "other_record", "c": "other_record"})
    told = why(made(GROUP % "lead", a=(9, A), b=(1, {**B, "phone": "+49 30 99999"})), "phone")
    assert (told["fact"]["value"], lost(told)) == ("+49 30 12345", {"b": "other_record"})
    assert (told["because"], told["margin"]) == ("profile decided", "from the record that won industry")


def test_a_group_may_come_from_the_most_complete_record(made: Made) -> None:
    """By `most_parts` the newest of those with most parts supplies all; without a lead that is so anyway."""
    whole = {**A, "employees": 3}
    lab = made(GROUP % "most_parts", a=(1, whole), b=(9, B))
    assert [value(lab, part) for part in ("industry", "phone", "employees")] == ["Steel", "+49 30 12345", 3]
    lab = made(GROUP % "lead", a=(1, {"phone": "+49 30 12345", "employees": 3}), b=(9, {"employees": 7}))
    assert [value(lab, part) for part in ("phone", "employees")] == ["+49 30 12345", 3]


def test_a_conflict_of_the_lead_is_one_of_the_parts(made: Made) -> None:
    """Where the lead is undecided so is every part in which the sides differ, or of which one is silent."""
    lab = made(GROUP % "lead", a=(1, {**A, "employees": 7}), b=(1, B))
    assert why(lab, "industry")["fact"]["status"] == "conflict"
    assert why(lab, "phone")["fact"]["status"] == "unknown"
    assert value(lab, "employees") == 7
    lab = made(GROUP % "lead", a=(1, {**A, "employees": 8}), b=(1, B))
    assert {side["value"] for side in why(lab, "employees")["fact"]["sides"]} == {7, 8}


def test_a_part_that_may_not_be_seen_has_no_say(made: Made) -> None:
    """For somebody who may not see the lead the group is what its other parts make of it: the lead shows nowhere."""
    more = (GROUP % "lead") + "attributes: {account: {industry: {sensitivity: restricted}}}\n"
    said = {"a": (1, {**A, "employees": 3}), "b": (9, {**B, "phone": "+49 30 55555"})}
    assert value(made(more, **said), "phone", "low") == "+49 30 55555"
    with_lead, without = (
        dict(said),
        {s: (d, {k: v for k, v in a.items() if k != "industry"}) for s, (d, a) in said.items()},
    )
    with_lead["a"] = (30, with_lead["a"][1])
    without["a"] = (30, without["a"][1])
    seen = [why(made(more, **which), part, "low") for which in (with_lead, without) for part in ("phone", "employees")]
    assert seen[:2] == [{**told, "id": seen[0]["id"]} for told in seen[2:]]


def test_a_correction_of_one_part_takes_nothing_along(made: Made) -> None:
    """Somebody sets the phone right: that is believed, past rules and validators, and the other parts stay."""
    lab = made((GROUP % "lead") + (CHECKED % "drop"), a=(1, A), b=(9, B))
    lab.memory.correct(ACME, "phone", "12345678", reason="called them")
    assert [value(lab, part) for part in ("industry", "phone", "employees")] == ["Paper", "12345678", 7]


ON_CONFLICT = "attributes: {account: {phone: {on_conflict: %s}}}\n"
SIDES: dict[str, Any] = {"a": (1, {"phone": "+49 30 12345"}), "b": (1, {"phone": "+49 30 99999"})}


def test_a_conflict_is_flagged_preferred_asked_or_hidden(made: Made) -> None:
    """Sides and question; the first in the total order, marked and of low confidence; the question alone; nothing."""
    flag, prefer, ask, hide = (
        why(made(ON_CONFLICT % how, **SIDES), "phone")["fact"] for how in ("flag", "prefer", "ask", "hide")
    )
    assert (flag["status"], flag["value"], len(flag["sides"])) == ("conflict", None, 2)
    assert (prefer["status"], prefer["value"], prefer["confidence"]) == ("known", "+49 30 12345", "low")
    assert (prefer["disputed"], prefer["ask"]) == (True, flag["ask"])
    assert (ask["status"], ask["value"], "sides" in ask, ask["ask"]) == ("conflict", None, False, flag["ask"])
    assert (hide["status"], hide["value"], "sides" in hide, "ask" in hide) == ("unknown", None, False, False)


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("flag", "- Phone: CONFLICT, unresolved: +49 30 12345 [a"),
        ("prefer", "; DISPUTED, only the latest; confidence low]"),
        ("ask", "- Phone: CONFLICT, unresolved. Ask: "),
        ("hide", "- Phone: unknown"),
    ],
)
def test_a_copilot_reads_what_kind_of_conflict_it_is(made: Made, how: str, line: str) -> None:
    """The context says it in words: both sides, the mark, the question alone, or that it is unknown."""
    assert line in made(ON_CONFLICT % how, **SIDES).memory.context(ACME).text


def test_of_very_many_values_the_first_are_told(made: Made) -> None:
    """An answer and its question name five sides and count the others; an explanation tells more of them."""
    lab = made("")
    lab.say("a", "accounts", *(account(f"m{n}", 1, domain=ACME, phone=f"+49 30 1000{n}") for n in range(8)))
    lab.sync()
    told = why(lab, "phone")
    fact = told["fact"]
    assert (len(fact["sides"]), fact["more_sides"], len(told["sides"])) == (5, 3, 8)
    assert [side["value"] for side in fact["sides"]] == [side["value"] for side in told["sides"][:5]]
    assert fact["ask"].endswith(" or one of 3 other values?")
    assert "+49 30 10005" not in fact["ask"]
    (line,) = (line for line in lab.memory.context(ACME).text.split("\n") if line.startswith("- Phone: CONFLICT"))
    assert "or one of 3 other values. Ask: " in line
    assert "+49 30 10005" not in line


def test_none_counts_or_does_not(made: Made) -> None:
    """`nulls: ignore` takes the vote of "none" away where anybody has a value; else the newest none wins."""
    more = "attributes: {account: {phone: {nulls: %s}}}\n"
    over = "sources: {b: {streams: {accounts: {mapping: {attributes: {phone: {field: phone, empty: none}}}}}}}\n"
    said = {"a": (1, {"phone": "+49 30 12345"}), "b": (9, {"phone": ""})}
    counted = why(made(more % "count", over, **said), "phone")
    assert (counted["fact"]["status"], counted["fact"]["value"], lost(counted)) == ("known", None, {"a": "older"})
    ignored = why(made(more % "ignore", over, **said), "phone")
    assert (ignored["fact"]["value"], lost(ignored)) == ("+49 30 12345", {"b": "empty"})


def test_a_quorum_is_asked_even_where_nobody_disagrees(made: Made) -> None:
    """One source alone is not two: unknown; a second one that agrees makes it known."""
    more = "attributes: {account: {phone: {survivorship: [most_recent, {type: quorum, sources: 2}]}}}\n"
    alone = why(made(more, a=(1, {"phone": "+49 30 12345"})), "phone")
    assert (alone["fact"]["status"], alone["margin"]) == ("unknown", "1 of 1 sources, 2 needed")
    assert value(made(more, a=SIDES["a"], b=SIDES["a"]), "phone") == "+49 30 12345"


def test_whom_to_believe_depends_on_what_is_known_of_another_attribute(made: Made) -> None:
    """The other attribute is decided first, wherever it stands in the vocabulary."""
    more = (
        "attributes: {account: {name: {survivorship: [{type: conditional_order, when: industry,"
        " cases: [{is: [Steel], sources: [a]}], otherwise: [b]}]}, industry: {survivorship: [%s]}}}\n"
    )
    said = {"a": (1, {"name": "Acme", "industry": "Steel"}), "b": (9, {"name": "Bolt", "industry": "Paper"})}
    assert value(made(more % "max", **said), "name") == "Acme"
    assert value(made(more % "min", **said), "name") == "Bolt"


DEPENDS = (
    "attributes: {account: {city: {survivorship: [{type: conditional_order, when: %s,"
    " cases: [{is: [x], sources: [a]}]}]}}}"
)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ("groups: {account: {place: [city, sity]}}", "there is no attribute 'sity'"),
        ("groups: {account: {one: [city, phone], two: [phone, name]}}", "phone is already part of one"),
        (
            "groups: {account: {one: [city, phone]}}\nattributes: {account: {city: {survivorship: [union]}}}",
            "city is a set by its rules",
        ),
        ("attributes: {account: {city: {mirrors: {a: z}}}}", "there is no source 'z'"),
        ("attributes: {account: {city: {mirrors: {a: b, b: a}}}}", "would copy itself"),
        (
            DEPENDS % "sity",
            "conditional_order looks at 'sity'",
        ),
        (
            DEPENDS % "city",
            "each of these is decided after the next one: city",
        ),
        ("attributes: {account: {city: {validate: [{type: format, pattern: '('}]}}}", "is not a regular expression"),
        ("attributes: {account: {city: {validate: [{type: range}]}}}", "set `at_least`, `at_most` or both"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, more: str, told: str) -> None:
    """A group, mirror, rule or validator that cannot work is a mistake with its place, not a silent nothing."""
    with pytest.raises(ConfigError, match=r"lab\.yaml") as found:
        config_of(tmp_path, more + "\n")
    assert told in str(found.value)
