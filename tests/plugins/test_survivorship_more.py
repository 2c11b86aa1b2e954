"""The rules that weigh, ask for agreement, combine, or depend on something else: what each of them does."""

from __future__ import annotations

from typing import Any

import pytest
from tests.plugins.test_survivorship import ASKED, DAY, NOON, claim, rule

from groundfact.model import Claim, Narrowed, Question
from groundfact.protocols import Collects, Demands

NUMBER = ASKED._replace(type="number")


def values(narrowed: Narrowed) -> list[Any]:
    """The values that were kept."""
    return [kept.value for kept in narrowed.kept]


def at(days: float) -> Question:
    """The question, days after noon."""
    return ASKED._replace(now=int(NOON + days * DAY))


@pytest.mark.parametrize(("curve", "half"), [("linear", 60), ("early", 45), ("late", 75)])
def test_trust_wears_off_along_its_curve(curve: str, half: float) -> None:
    """Full when just changed, the least after the period, and in between evenly, early or late."""
    trust = rule("trust", sources={"crm": {"trust": 90, "least": 30, "decay": "100d"}}, curve=curve)
    assert [trust.score(claim("x"), at(days).now) for days in (-1, 0, 50, 100, 900)] == [90, 90, half, 30, 30]


def test_trust_decides_by_what_is_left_of_it() -> None:
    """The CRM wins while its value is new; when that has worn off, the source that is trusted evenly does."""
    trust = rule("trust", sources={"crm": {"trust": 90, "least": 30, "decay": "100d"}, "hubspot": 60})
    claims = [claim("Retail"), claim("Trade", "hubspot"), claim("Shops", "files")]
    early, late = trust.narrow(claims, at(10)), trust.narrow(claims, at(80))
    assert (values(early), early.code, early.margin) == (["Retail"], "less_trusted", "trust 84.0 before 60.0")
    assert early.flips == "if crm changes it, or the trust in it falls below 60.0"
    assert values(late) == ["Trade"]
    assert len(values(trust.narrow(claims[:2], at(50)))) == 2


def test_trust_counts_from_the_change_or_from_the_confirmation() -> None:
    """`since` chooses the clock; one that is missing is replaced by the first sight of the value."""
    wearing = {"crm": {"trust": 100, "decay": "100d"}}
    changed, verified = (rule("trust", sources=wearing, since=since) for since in ("changed", "verified"))
    old = claim("x", changed=NOON - 50 * DAY)
    assert (changed.score(old, NOON), verified.score(old, NOON)) == (50, 100)
    assert changed.score(claim("x", changed=None), NOON + 25 * DAY) == 75


def test_too_little_trust_is_no_answer() -> None:
    """Below `at_least` nobody is believed, also where nobody disagrees: the rule asks to be asked."""
    trust = rule("trust", sources={"crm": 40}, at_least=50)
    narrowed = trust.narrow([claim("Retail")], ASKED)
    assert (values(narrowed), narrowed.code, narrowed.margin) == ([], "too_little_trust", "trust 40, 50 needed")
    assert isinstance(trust, Demands)
    assert trust.demands
    assert not rule("trust", sources={"crm": 40}).demands


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ({"crm": 101}, "the trust in crm is not between"),
        ({"crm": {"trust": 10, "least": 20}}, r"least \(20\) is more"),
        ({}, "at least 1"),
    ],
)
def test_trust_has_a_scale(sources: dict[str, Any], said: str) -> None:
    """Trust is a number from 0 to 100, and wears off downwards."""
    with pytest.raises(ValueError, match=said):
        rule("trust", sources=sources)


def test_a_weighted_vote_lets_one_good_source_outvote_two_bad_ones() -> None:
    """Weights are added by value, a source counts once for it, and the margin says how sure that is."""
    vote = rule("weighted_vote", weights={"crm": 3, "hubspot": 1})
    claims = [claim("Retail"), claim("Trade", "hubspot"), claim("trade", "hubspot", "2"), claim("Trade", "files")]
    narrowed = vote.narrow(claims, ASKED)
    assert (values(narrowed), narrowed.code) == (["Retail"], "less_weight")
    assert (narrowed.margin, narrowed.flips) == ("weight 3.00 to 2.00, 60% of all", "if 'Trade' gains more than 1.00")
    with pytest.raises(ValueError, match="weight of crm is negative"):
        rule("weighted_vote", weights={"crm": -1})


def test_unanimous_rather_knows_nothing() -> None:
    """One dissenter makes it unknown; agreement in another spelling is agreement."""
    claims = [claim("Retail"), claim("RETAIL", "hubspot"), claim("Trade", "files")]
    narrowed = rule("unanimous").narrow(claims, ASKED)
    assert (values(narrowed), narrowed.code, narrowed.margin) == ([], "not_unanimous", "2 values")
    assert values(rule("unanimous").narrow(claims[:2], ASKED)) == ["Retail", "RETAIL"]


def test_a_quorum_is_a_number_of_sources() -> None:
    """Two have to agree: else unknown, or the next rule; a single source does not agree with anybody."""
    claims = [claim("Retail"), claim("retail", "hubspot"), claim("Trade", "files"), claim("Trade", "files", "2")]
    quorum = rule("quorum", sources=2)
    assert quorum.demands
    assert values(quorum.narrow(claims, ASKED)) == ["Retail", "retail"]
    alone = quorum.narrow(claims[2:], ASKED)
    assert (values(alone), alone.code, alone.margin) == ([], "no_quorum", "1 of 1 sources, 2 needed")
    assert values(rule("quorum", sources=2, otherwise="next").narrow(claims[2:], ASKED)) == ["Trade", "Trade"]


def test_a_quorum_is_a_share_of_those_who_speak() -> None:
    """Over one half, so that no two values can have it."""
    claims = [claim("Retail"), claim("Retail", "hubspot"), claim("Trade", "files")]
    assert values(rule("quorum", share=0.6).narrow(claims, ASKED)) == ["Retail", "Retail"]
    assert values(rule("quorum", share=0.7).narrow(claims, ASKED)) == []
    for wrong in ({"share": 0.5}, {}, {"share": 0.6, "sources": 2}):
        with pytest.raises(ValueError, match=r"greater than 0\.5|either"):
            rule("quorum", **wrong)


def test_earliest_believes_who_said_it_first() -> None:
    """The oldest change wins; a bound may in truth lie earlier, so it is never beaten by an exact time."""
    claims = [claim("Retail"), claim("Trade", "hubspot", changed=NOON - 3 * DAY), claim("X", "files", changed=None)]
    narrowed = rule("earliest").narrow(claims, ASKED)
    assert (values(narrowed), narrowed.code, narrowed.margin) == (["Trade"], "later", "by 3 d")
    assert narrowed.apart == [(claims[2], "undated")]
    bound = claims[0]._replace(at_latest=True)
    assert values(rule("earliest").narrow([bound, claims[1]], ASKED)) == ["Retail", "Trade"]
    later = claims[1]._replace(changed_at=NOON + DAY)
    assert values(rule("earliest").narrow([bound, later], ASKED)) == ["Retail"]


def test_shortest_and_ignore_empty_look_past_none() -> None:
    """None is not the shortest value, and gives way to any."""
    claims = [claim("Acme Holdings"), claim("Acme", "hubspot"), claim(None, "files")]
    assert values(rule("shortest").narrow(claims, ASKED)) == ["Acme"]
    narrowed = rule("ignore_empty").narrow(claims, ASKED)
    assert (values(narrowed), narrowed.code) == (["Acme Holdings", "Acme"], "empty")
    assert rule("ignore_empty").narrow(claims[2:], ASKED) == Narrowed(claims[2:])


NUMBERS = [claim(100), claim(104, "hubspot"), claim(120, "files"), claim(None, "desk")]


@pytest.mark.parametrize(
    ("options", "answer"),
    [
        ({"by": "mean"}, 108),
        ({"by": "median"}, 104),
        ({"by": "weighted", "weights": {"crm": 6}}, 103),
        ({"by": "median", "tolerance": 0.2}, 104),
        ({"by": "median", "tolerance": 0.1}, None),
    ],
)
def test_numbers_are_combined(options: dict[str, Any], answer: float | None) -> None:
    """Mean, median or weighted mean, each source once; numbers too far apart are left to the next rule."""
    narrowed = rule("combine", **options).narrow(NUMBERS, NUMBER)
    assert narrowed.answer == answer
    assert len(narrowed.kept) == (3 if answer is not None else 4)
    assert (narrowed.code, answer is None) in {("not_a_number", False), ("outranked", True)}


def test_a_combined_whole_number_is_whole() -> None:
    """The mean of an integer attribute is rounded; two records of a source are one number."""
    claims = [claim(1), claim(3, record="2"), claim(3, "hubspot")]
    assert rule("combine", by="mean").narrow(claims, NUMBER).answer == 2.5
    assert rule("combine", by="mean").narrow(claims, NUMBER._replace(type="integer")).answer == 2
    with pytest.raises(ValueError, match="go together"):
        rule("combine", by="mean", weights={"crm": 2})


def listed(items: list[str], source: str) -> Claim:
    """A claim whose value is a list."""
    return claim("x", source)._replace(value=items, key=tuple(items))


def test_sets_are_united_and_intersected_item_by_item() -> None:
    """Each item once, in one order and spelling; nothing in common is unknown."""
    claims = [listed(["Red", "blue"], "crm"), listed(["BLUE", "green"], "hubspot")]
    lists = ASKED._replace(type="list")
    assert rule("union").narrow(claims, lists).answer == ["BLUE", "Red", "green"]
    both = rule("intersection").narrow(claims, lists)
    assert (both.answer, both.margin) == (["BLUE"], "1 of 3 items")
    nothing = rule("intersection").narrow([claims[0], listed(["green"], "files")], lists)
    assert (values(nothing), nothing.code) == ([], "nothing_in_common")
    assert rule("union").narrow([claim("Retail"), claim("Trade", "files"), claim(None, "desk")], ASKED).answer == [
        "Retail",
        "Trade",
    ]
    assert isinstance(rule("union"), Collects)


def test_an_order_depends_on_another_attribute() -> None:
    """The case of what is known decides whose list counts; unknown is the otherwise."""
    order = rule(
        "conditional_order",
        when="tier",
        cases=[{"is": ["gold", 7], "sources": ["desk"]}, {"is": [None], "sources": ["hubspot"]}],
        otherwise=["crm"],
    )
    assert order.needs == ("tier",)
    claims = [claim("Retail"), claim("Trade", "hubspot"), claim("Shops", "desk")]
    found = {
        str(known): values(order.narrow(claims, ASKED._replace(known=known)))
        for known in ({"tier": "GOLD"}, {"tier": 7}, {"tier": None}, {"tier": "Silver"}, {})
    }
    assert [*found.values()] == [["Shops"], ["Shops"], ["Trade"], ["Retail"], ["Retail"]]
    assert order.narrow(claims, ASKED).flips.endswith("; or if tier changes")
