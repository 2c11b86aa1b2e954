"""Matchers: which values make two records the same, and which carry nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from groundfact.plugins import Plugins

OFFERED = Plugins().matchers


def matcher(name: str, **options: Any) -> Any:
    """A matcher as the YAML would build it."""
    offered = OFFERED[name]
    return offered.build(offered.options.model_validate(options))


def keys(made: Any, source: str = "crm", stream: str = "accounts", record: str = "1", **attributes: Any) -> list[str]:
    """The keys of a record."""
    return list(made.keys(source, stream, record, attributes))


@pytest.mark.parametrize(
    ("attribute", "value", "found"),
    [
        ("domain", "Acme.example", ["domain=acme.example"]),
        ("domain", "gmail.com", []),
        ("domain", "n/a", []),
        ("domain", None, []),
        ("domain", ["acme.example", "Acme.example", "b.example"], ["domain=acme.example", "domain=b.example"]),
        ("email", "Jane@gmail.com", ["email=jane@gmail.com"]),
        ("duns", 12345, ["duns=12345"]),
        ("duns", True, []),
        ("duns", {"a": 1}, []),
    ],
)
def test_a_shared_key_is_the_value(attribute: str, value: Any, found: list[str]) -> None:
    """An equal value links; mailbox providers and placeholders link nobody, an address there does."""
    assert keys(matcher("shared_key", attribute=attribute), **{attribute: value}) == found


NAMES = matcher("compound_key", attributes=["name", "street"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Acme & Sons Co., Inc.", "ACME and Sons"),
        ("Müller GmbH & Co. KG", "MÜLLER"),
        ("A.B.C. Learning, L.L.C.", "abc learning"),
        ("Children’s Place", "Childrens Place"),
        ("Chicago  Commons\nAssociation", "Chicago Commons Association"),
        ("Acme\u00a0S.A.", "Acme"),
    ],
)
def test_spelling_does_not_make_two_names(one: str, other: str) -> None:
    """Case, signs, `&`, legal forms and a leading "the" do not count."""
    assert keys(NAMES, name=one, street="1 Oak") == keys(NAMES, name=other, street="1 Oak") != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("4846 N SHERIDAN ", "4846 North Sheridan Road"),
        ("37 W. 47Th St ", "37 West 47th Street"),
        ("14424 Wentworth Ave\nRiverdale, IL  60827", "14424 Wentworth Avenue"),
        ("14424 Wentworth Ave Riverdale, IL 60827", "14424 Wentworth"),
        ("201 N Clark Street Floor 2", "201 N. Clark"),
        ("5114 South Elizabeth 1st Floor", "5114 S Elizabeth"),
        ("6969 N. Ravenswood Avenue Suite A", "6969 N Ravenswood"),
        ("100 Main #4", "100 MAIN ST., Unit 4"),
        ("3450-54 W. 79th St", "3450 W 79th"),
        ("27 Washington, Oak Park IL 60302", "27 Washington"),
        ("12 Oak IL 60302-1234", "12 oak"),
    ],
)
def test_spelling_does_not_make_two_streets(one: str, other: str) -> None:
    """Directions, suffixes, units, ranges and city tails do not count."""
    assert keys(NAMES, name="Acme", street=one) == keys(NAMES, name="Acme", street=other) != []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1 W St Charles Rd", "1 W St Louis Rd"),
        ("249 E 37th St", "249 E 39th St"),
        ("34 E 115th St", "341 E 115th St"),
        ("100 N Oak", "100 S Oak"),
        ("Hauptstraße 5", "Hauptstraße 6"),
        ("100 W North Ave", "100 W South Ave"),
    ],
)
def test_different_streets_stay_different(one: str, other: str) -> None:
    """Number, direction and name count."""
    assert keys(NAMES, name="Acme", street=one) != keys(NAMES, name="Acme", street=other)


@pytest.mark.parametrize("street", [None, "", "No", "n/a", "Main Street", "100", "...", [], {}, False])
def test_a_record_without_one_part_has_no_key(street: Any) -> None:
    """A name alone is no key: what the street says must be a number and a name."""
    assert keys(NAMES, name="Acme", street=street) == []
    assert keys(NAMES, name="Acme") == []


@pytest.mark.parametrize(
    ("phone", "key"),
    [
        ("+1 (312) 555-0100", "phone+street=5550100|1 oak"),
        ("5550100 ext. 12", "phone+street=5550100|1 oak"),
        (5550100, "phone+street=5550100|1 oak"),
        ("555-01", None),
        ("0000000", None),
        ("No", None),
    ],
)
def test_the_last_digits_of_a_phone_can_count(phone: Any, key: str | None) -> None:
    """With `digits: 7` the area code may be missing; too few digits, or one repeated, carry nothing."""
    made = matcher("compound_key", attributes=["phone", "street"], digits=7)
    assert keys(made, phone=phone, street="1 Oak St") == ([key] if key else [])


def test_a_part_can_say_how_it_is_compared() -> None:
    """`form` overrides what the attribute's name tells."""
    made = matcher("compound_key", attributes=[{"attribute": "hq", "form": "street"}, "postal_code"])
    assert keys(made, hq="1 N. Oak Street", postal_code="60602") == ["hq+postal_code=1 n oak|60602"]
    assert made.attributes == ["hq", "postal_code"]


REFERENCE = matcher("cross_reference", attribute="salesforce_id", source="crm", stream="accounts")


def test_a_cross_reference_names_the_other_record() -> None:
    """The record referred to goes by its own id, all others by the id they hold."""
    own = keys(REFERENCE, record="0018000000AbCdEAAV", salesforce_id="something else")
    other = keys(REFERENCE, "hubspot", "companies", "77", salesforce_id="0018000000AbCdEAAV")
    assert own == other == ["crm/accounts=0018000000AbCdEAAV"]
    assert keys(REFERENCE, "crm", "contacts", "9") == []


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("a0RE000000IJmcN", "a0RE000000IJmcNMAT"),
        ("a0D30000001n7Pi", "a0D30000001n7PiEAI"),
        ("aBcDEfgHIJKLMNO", "aBcDEfgHIJKLMNO025"),
        ("0019000000B98de", "0019000000B98deAAB"),
        ("001900000012345", "001900000012345AAA"),
    ],
)
def test_both_forms_of_a_salesforce_id_are_one(short: str, long: str) -> None:
    """15 characters and the 18 that carry their case are the same record; other ids are left alone."""
    assert keys(REFERENCE, record=short) == keys(REFERENCE, record=long) == [f"crm/accounts={long}"]
    assert keys(REFERENCE, record="12-34") == ["crm/accounts=12-34"]


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.text()),
    st.dictionaries(st.text(), st.text()),
)


@given(ANYTHING, ANYTHING, ANYTHING)
@example("\ud800", "1\ud800 x", 10**5000)
@example("İ" * 900, "1 " + "ﬁ" * 900, "٣" * 40)
@example("&", "1 & #", "+")
def test_no_value_crashes_a_matcher(name: Any, street: Any, phone: Any) -> None:
    """Whatever a value is, the keys are texts, bounded, and the same when asked again."""
    made = [
        NAMES,
        REFERENCE,
        matcher("compound_key", attributes=["phone", "street"], digits=7),
        matcher("compound_key", attributes=["phone", "name"]),
        matcher("shared_key", attribute="name"),
    ]
    attributes = {"name": name, "street": street, "phone": phone, "salesforce_id": name}
    for one in made:
        found = keys(one, "hubspot", "companies", "1", **attributes)
        assert all(isinstance(key, str) for key in found)
        assert found == keys(one, "hubspot", "companies", "1", **attributes)
