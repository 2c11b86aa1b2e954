"""Resolution through public objects: the same facts whatever the order, and never more than was claimed."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

import orjson
import pytest

from groundfact.errors import PluginError
from groundfact.model import Claim, Fact, Loser, Narrowed, Question
from groundfact.pipeline.deciding.documents import document
from groundfact.pipeline.deciding.resolution import Chain, RecordClaims, claims_about, decide, resolve
from groundfact.plugins import Plugins
from groundfact.protocols import SurvivorshipRule
from groundfact.vocabulary import Attribute

RULES = Plugins().survivorship_rules
WORD = {"tier": Attribute(type="string")}
ASK = Question("account", "tier", "string", 0)


def rule(name: str, **options: Any) -> tuple[str, SurvivorshipRule]:
    """A bundled rule by name."""
    found = RULES[name]
    return name, found.build(found.options.model_validate(options))


def chain(*names: str) -> Chain:
    """A chain of bundled rules; `system_of_record` believes a, then b."""
    options = {"system_of_record": {"sources": ["a", "b"]}}
    return Chain.of([rule(name, **options.get(name, {})) for name in names])


class Custom:
    """A rule that does what the test says, and counts how often it is asked."""

    def __init__(self, narrow: Callable[[Sequence[Claim]], Narrowed]) -> None:
        self._narrow, self.asked = narrow, 0

    def narrow(self, claims: Sequence[Claim], question: Question) -> Narrowed:
        """Do it."""
        self.asked += 1
        return self._narrow(claims)


def says(source: str, value: Any, at: int | None = 100, rec: str = "1") -> RecordClaims:
    """A record that says something about the tier, since exactly then where that is known."""
    changed = {"tier": at} if at is not None else None
    return RecordClaims({"tier": value}, source, "accounts", rec, changed, at, 50, 60)


def tier(rules: Chain, *records: RecordClaims) -> Fact:
    """The fact that records come to."""
    return resolve("account", WORD, {"tier": rules}, records, 0)["tier"]


def who(claims: Sequence[Claim]) -> list[str]:
    """Sources and records of claims."""
    return [f"{claim.source}{claim.record}" for claim in claims]


def test_one_claim_is_known() -> None:
    """A single claim needs no rule."""
    fact = tier(chain("most_recent"), says("a", "Gold"))
    assert (fact.status, fact.value, fact.rule, who(fact.claims), fact.losers) == (
        "known",
        "Gold",
        "only_claim",
        ["a1"],
        (),
    )


def test_agreement_needs_no_rule() -> None:
    """Claims that mean the same are unanimous, cited in the total order; the spelling shown is that of the first."""
    fact = tier(chain("most_recent"), says("b", "GOLD", 100), says("a", "gold", 100), says("c", "Gold", 200))
    assert (fact.status, fact.value, fact.rule, who(fact.claims)) == ("known", "Gold", "unanimous", ["c1", "a1", "b1"])


def test_no_claim_is_no_fact_and_none_is_a_value() -> None:
    """Nobody speaks: unknown, no fact. Somebody says that there is none: known to be none."""
    assert resolve("account", WORD, {"tier": chain()}, [says("a", 1)._replace(attributes={})], 0) == {}
    fact = tier(chain(), says("a", None))
    assert (fact.status, fact.value) == ("known", None)


def test_what_no_rule_decides_is_a_conflict() -> None:
    """Both sides are shown, one claim for each value first, newest first; nothing is guessed."""
    fact = tier(chain(), says("a", "Gold", 1), says("b", "Silver", 2), says("c", "gold", 3), says("d", "Bronze", None))
    assert (fact.status, fact.value, fact.rule, list(fact.losers)) == ("conflict", None, "", [])
    assert who(fact.claims) == ["c1", "b1", "d1", "a1"]


def test_a_tie_of_the_last_rule_is_a_conflict_of_those_it_left() -> None:
    """What an earlier rule dropped has lost; what ties in the last one is the conflict."""
    fact = tier(chain("most_recent"), says("a", "Gold", 5), says("b", "Silver", 5), says("c", "Bronze", 4))
    assert (fact.status, fact.rule, who(fact.claims)) == ("conflict", "most_recent", ["a1", "b1"])
    assert fact.losers == [Loser(fact.losers[0].claim, "most_recent", "older")]
    assert fact.losers[0].claim.value == "Bronze"


def test_rules_are_asked_in_order_and_no_longer_than_needed() -> None:
    """The first rule that leaves one value decides; those after it are not asked."""
    last = Custom(lambda claims: Narrowed(claims[:1]))
    rules = Chain.of([rule("system_of_record", sources=["a"]), rule("most_recent"), ("last", last)])
    fact = tier(rules, says("a", "Gold", 1), says("a", "Silver", 2, rec="2"), says("b", "Bronze", 9))
    assert (fact.value, fact.rule, fact.margin != "", last.asked) == ("Silver", "most_recent", True, 0)
    assert [(x.claim.value, x.rule, x.code) for x in fact.losers] == [
        ("Bronze", "system_of_record", "not_system_of_record"),
        ("Gold", "most_recent", "older"),
    ]


def test_a_rule_may_believe_nobody() -> None:
    """A rule that keeps no claim makes the fact unknown, and every claim a loser of it."""
    nobody = Custom(lambda claims: Narrowed((), "implausible", "", "if somebody serious states it"))
    fact = tier(Chain.of([("nobody", nobody)]), says("a", "Gold", 1), says("b", "Silver", 2))
    assert (fact.status, fact.value, fact.rule, list(fact.claims)) == ("unknown", None, "nobody", [])
    assert [(loser.claim.source, loser.code) for loser in fact.losers] == [("b", "implausible"), ("a", "implausible")]
    assert list(fact.flips) == ["if somebody serious states it"]


def test_a_set_holds_each_value_once() -> None:
    """A rule that collects is asked even where all agree; the answer is in one order, spelt as the newest spells it."""
    fact = tier(chain("all_values"), says("a", "gold", 1), says("b", "Gold", 2), says("c", "Bronze", 0))
    assert (fact.status, fact.value, fact.rule) == ("known", ["Bronze", "Gold"], "all_values")
    assert tier(chain("all_values"), says("a", "Gold")).value == ["Gold"]


def test_a_rule_before_the_set_narrows_it() -> None:
    """What an earlier rule dropped is not in the set."""
    fact = tier(
        chain("system_of_record", "all_values"), says("a", "Gold"), says("a", "Silver", rec="2"), says("z", "Tin")
    )
    assert fact.value == ["Gold", "Silver"]
    assert [loser.code for loser in fact.losers] == ["not_system_of_record"]


def test_losers_apart_keep_their_own_reason() -> None:
    """A loser for another reason than the others says which; lists, which have no hash, too."""
    undated = says("b", "Silver", None)
    fact = tier(chain("most_recent"), says("a", "Gold", 5), undated, says("c", "Tin", 3))
    assert {loser.claim.source: loser.code for loser in fact.losers} == {"b": "undated", "c": "older"}
    lists = {"tier": Attribute(type="list")}
    records = [says("a", ["x"], 5), says("b", ["y"], None), says("c", ["z"], 3)]
    fact = resolve("account", lists, {"tier": chain("most_recent")}, records, 0)["tier"]
    assert {loser.claim.source: loser.code for loser in fact.losers} == {"b": "undated", "c": "older"}


def test_an_attribute_is_as_old_as_its_own_change() -> None:
    """A record edited today does not make a value newer that changed last year."""
    edited = RecordClaims({"tier": "Old"}, "a", "accounts", "1", {"tier": 10}, 900, 50, 60)
    assert tier(chain("most_recent"), edited, says("b", "New", 20)).value == "New"


MADE_UP = Claim("Platinum", "platinum", "zz", "accounts", "9", 1, 1, 1)


@pytest.mark.parametrize(
    "narrow",
    [
        lambda claims: Narrowed([MADE_UP]),
        lambda claims: Narrowed([MADE_UP, *claims[1:]]),
        lambda claims: Narrowed([*claims, MADE_UP]),
        lambda claims: Narrowed([claims[0]._replace(value="Platinum", key="platinum"), *claims[1:]]),
        lambda claims: Narrowed([MADE_UP, *claims[1:]], collect=True),
        lambda claims: Narrowed([claims[0], claims[0]]),
        lambda claims: Narrowed([claims[0], *claims]),
    ],
)
def test_a_rule_cannot_make_claims_up(narrow: Callable[[Sequence[Claim]], Narrowed]) -> None:
    """A rule that keeps, changes, adds or doubles a claim it was not given is an error that names it."""
    rules = Chain.of([("liar", Custom(narrow))])
    with pytest.raises(PluginError, match="survivorship rule liar"):
        tier(rules, says("a", "Gold", 1), says("b", "Silver", 2))


# ---- Order -----------------------------------------------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "string": ["Gold", "GOLD", "gold ", "Silver", None, ""],
    "number": [1, 1.0, 2, 2.5, None, -3],
    "integer": [1, 2, 3, None],
    "boolean": [True, False, None],
    "list": [["a", "B"], ["b", "A"], ["c"], [], None],
    "name": ["Acme, Inc.", "ACME INC", "Acme", None],
    "phone": ["+49 30 123456789", "030 123456789", "(030) 1234567 89", None],
    "datetime": ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z", None],
}
NAMES = ("system_of_record", "most_recent", "most_common", "longest", "min", "max", "all_values")


def _case(chance: random.Random) -> tuple[dict[str, Attribute], dict[str, Chain], list[RecordClaims]]:
    types = chance.sample(sorted(VALUES), 3)
    attributes = {f"{name}_": Attribute(type=name) for name in types}  # type: ignore[arg-type]
    chains = {name: chain(*chance.sample(NAMES, chance.randint(0, 3))) for name in attributes}
    records = []
    for number in range(chance.randint(2, 7)):
        said = {name: chance.choice(VALUES[name[:-1]]) for name in attributes if chance.random() < 0.8}
        changed = {name: chance.choice((1, 2, -2, 3)) for name in said if chance.random() < 0.3} or None
        stamp = chance.choice((None, 1, 2, 3))
        records.append(RecordClaims(said, chance.choice("abc"), "accounts", str(number), changed, stamp, 5, 6))
    return attributes, chains, records


def _told(facts: dict[str, Fact]) -> str:
    """Facts with all they carry. Keys that are equal may be written otherwise: 1 and 1.0."""
    return repr([
        f._replace(claims=[c._replace(key="") for c in f.claims],
                   losers=[x._replace(claim=x.claim._replace(key="")) for x in f.losers])
        for f in facts.values()
    ])  # fmt: skip


def test_twenty_thousand_shuffles_give_no_difference() -> None:
    """400 entities with every type, rule and kind of tie, 50 orders each: the same bytes and the same explanation."""
    chance, statuses = random.Random(20), set()
    for _ in range(400):
        attributes, chains, records = _case(chance)
        told = resolve("account", attributes, chains, records, 9)
        expected = _told(told), orjson.dumps(document(told))
        statuses.update(fact.status for fact in told.values())
        for _ in range(50):
            chance.shuffle(records)
            again = resolve("account", attributes, chains, records, 9)
            assert (_told(again), orjson.dumps(document(again))) == expected
    assert statuses == {"known", "conflict"}


def test_facts_that_nobody_explains_are_the_same_facts() -> None:
    """Without the texts for people every fact has the same value, claims, losers and rule."""
    chance, shorter = random.Random(22), 0
    for _ in range(400):
        attributes, chains, records = _case(chance)
        told = resolve("account", attributes, chains, records, 9)
        bare = resolve("account", attributes, chains, records, 9, explained=False)
        assert {n: f._replace(margin="", flips=()) for n, f in told.items()} == {
            n: f._replace(margin="", flips=()) for n, f in bare.items()
        }
        shorter += sum(bool(told[name].flips) and not bare[name].flips for name in told)
    assert shorter > 100


def test_deciding_from_shuffled_claims_gives_the_same_fact() -> None:
    """`decide` alone does not look at the order of claims either, and loses and invents none."""
    chance = random.Random(21)
    for _ in range(200):
        attributes, chains, records = _case(chance)
        for name, spec in attributes.items():
            claims = claims_about(name, spec.type, records)
            if not claims:
                continue
            expected = repr(decide(claims, chains[name], ASK._replace(attribute=name, type=spec.type)))
            for _ in range(5):
                chance.shuffle(claims)
                fact = decide(claims, chains[name], ASK._replace(attribute=name, type=spec.type))
                assert repr(fact) == expected
            told = [*fact.claims, *(loser.claim for loser in fact.losers)]
            assert sorted(map(repr, told)) == sorted(map(repr, claims))


def test_the_shuffles_can_fail() -> None:
    """A rule that looks at the order of claims is caught by the same comparison."""
    rules = Chain.of([("first", Custom(lambda claims: Narrowed(claims[:1])))])
    one, other = says("a", "Gold", 1), says("b", "Silver", 1)
    claims = claims_about("tier", "string", [one, other])
    assert decide(claims, rules, ASK).value != decide(claims[::-1], rules, ASK).value
