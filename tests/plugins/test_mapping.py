"""The mapping `fields`: what is stored, and what it means."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from groundfact.model import Mapped, Problem, Record, RecordRef
from groundfact.plugins import Plugins
from groundfact.vocabulary import default_vocabulary

OFFERED = Plugins().mappings["fields"]


def mapping(kind: str = "account", **options: Any) -> Any:
    """A mapping as the YAML would build it."""
    return OFFERED.build(OFFERED.options.model_validate(options), kind, default_vocabulary())


def mapped(data: dict[str, Any], kind: str = "account", **options: Any) -> Mapped:
    """What a record means, by way of its stored form."""
    made = mapping(kind, **options)
    payload = made.project(Record("1", data))
    stored: Mapped = made.interpret(orjson.loads(orjson.dumps(payload)))
    assert stored == made.interpret(payload)
    return stored


def test_attributes_come_from_paths() -> None:
    """Dotted paths walk objects, a name with a dot in it is found first, and values are normalised."""
    data = {"Name": " Acme  Inc ", "Owner": {"Name": "Jane"}, "geo.city": "Oslo", "Web": "https://www.acme.example"}
    found = mapped(data, attributes={"name": "Name", "owner": "Owner.Name", "city": "geo.city", "domain": "Web"})
    assert found == Mapped({"name": "Acme Inc", "owner": "Jane", "city": "Oslo", "domain": "acme.example"}, problems=[])


def test_an_empty_object_on_the_way_is_empty_not_missing() -> None:
    """An owner that is null has no name, and that may be stated; an owner that is not there says nothing."""
    options = {"attributes": {"owner": {"field": "Owner.Name", "empty": "none"}}}
    assert mapped({"Owner": None}, **options).attributes == {"owner": None}
    assert mapped({"Owner": "Jane"}, **options).attributes == mapped({}, **options).attributes == {}


def test_only_allowed_fields_are_stored_in_a_fixed_order() -> None:
    """The stored form holds what the mapping names, as the record has it, and nothing else."""
    made = mapping(
        attributes={"name": "Name", "owner": ["First", "Last"], "tier": "Name"},
        parent={"stream": "groups", "field": "Group"},
        text=["Notes"],
        access={"field": "Team"},
        keep=["Raw"],
    )
    assert made.fields == ["Name", "First", "Last", "Group", "Team", "Notes", "Raw"]
    assert made.origin == {"name": "Name", "owner": "First", "tier": "Name"}
    data = {"Secret": 1, "Raw": None, "Notes": "n", "Last": "L", "Name": "N"}
    assert list(made.project(Record("1", data)).items()) == [
        ("Name", "N"),
        ("Last", "L"),
        ("Notes", "n"),
        ("Raw", None),
    ]


def test_a_value_that_does_not_fit_is_a_problem_of_its_own() -> None:
    """The rest of the record counts, and the problem names the field and the value."""
    found = mapped({"E": "many", "N": "Acme"}, attributes={"employees": "E", "name": "N"})
    assert found.attributes == {"name": "Acme"}
    assert found.problems == [Problem("E", "many", "is not a number")]


@pytest.mark.parametrize(
    ("data", "empty", "attributes"),
    [
        ({"R": None}, "unknown", {}),
        ({"R": None}, "none", {"renewal_date": None}),
        ({"R": " "}, "none", {"renewal_date": None}),
        ({}, "none", {}),
        ({"R": "n/a"}, "none", {}),
        ({"R": "2026-05-01"}, "none", {"renewal_date": "2026-05-01"}),
    ],
)
def test_three_kinds_of_empty(data: dict[str, Any], empty: str, attributes: dict[str, Any]) -> None:
    """Not there says nothing; empty says nothing or "there is none", as the YAML has it."""
    assert mapped(data, attributes={"renewal_date": {"field": "R", "empty": empty}}).attributes == attributes


@pytest.mark.parametrize(
    ("raw", "value"), [("closedwon", True), (True, False), (7, True), ("other", False), ("", None)]
)
def test_raw_values_are_translated(raw: Any, value: bool | None) -> None:
    """Raw words, numbers and truth values are translated; `*` is all others, but not an empty field."""
    words = {"closedwon": True, True: False, 7: True, "*": False}
    found = mapped({"S": raw}, "deal", attributes={"is_won": {"field": "S", "values": words}})
    assert found.attributes.get("is_won") is value


def test_several_fields_are_joined_by_a_space() -> None:
    """Empty parts leave no gap."""
    fields = {"attributes": {"name": ["First", "Middle", "Last"]}}
    assert mapped({"First": "Jane", "Middle": None, "Last": "Doe"}, "contact", **fields).attributes == {
        "name": "Jane Doe"
    }
    assert mapped({"First": None}, "contact", **fields).attributes == {}


@pytest.mark.parametrize(
    ("value", "parent", "problems"),
    [
        ("42", RecordRef("companies", "42"), 0),
        (42, RecordRef("companies", "42"), 0),
        (["42"], RecordRef("companies", "42"), 0),
        (None, None, 0),
        (["42", "43"], None, 1),
        ({"id": "42"}, None, 1),
    ],
)
def test_a_parent_is_one_record(value: Any, parent: RecordRef | None, problems: int) -> None:
    """A reference to one record is taken; several or an object are a problem, not a guess."""
    found = mapped({"C": value}, "contact", attributes={}, parent={"stream": "companies", "field": "C"})
    assert (found.parent, len(found.problems)) == (parent, problems)


@pytest.mark.parametrize(
    ("team", "labels"),
    [
        ("emea", ["team:emea"]),
        ("emea; apac ;", ["team:apac", "team:emea"]),
        (["emea", "apac", "emea"], ["team:apac", "team:emea"]),
        ("{value}", ["team:{value}"]),
        (None, None),
        ([], None),
        ({"id": 1}, ()),
        ([["emea"]], ()),
    ],
)
def test_access_labels_come_from_the_record(team: Any, labels: Any) -> None:
    """Nothing there: the stream's labels hold. There but unreadable: nobody sees the record."""
    found = mapped({"T": team}, attributes={}, access={"field": "T", "label": "team:{value}"})
    assert found.labels == labels


def test_free_texts_are_joined() -> None:
    """Texts are kept whole, one paragraph each; nothing is None."""
    assert (
        mapped({"A": "one", "B": " ", "C": "two\nlines"}, attributes={}, text=["A", "B", "C", "D"]).text
        == "one\n\ntwo\nlines"
    )
    assert mapped({}, attributes={}, text=["A"]).text is None


@pytest.mark.parametrize(
    ("kind", "attribute", "message"),
    [
        ("account", "indstry", "account has no attribute 'indstry'; did you mean 'industry'"),
        ("acount", "name", "there is no kind 'acount'; did you mean 'account'"),
        ("account", "zzz", "account has no attribute 'zzz'; there are annual_revenue, "),
    ],
)
def test_an_unknown_name_is_refused_with_the_nearest(kind: str, attribute: str, message: str) -> None:
    """A mapping to an attribute or kind that does not exist cannot be built."""
    with pytest.raises(ValueError, match=message):
        mapping(kind, attributes={attribute: "X"})


JSON_LIKE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.just("\ud800"),
        st.just(5000).map(lambda digits: 10**digits),
        st.just(Decimal("1.5")),
        st.just(b"\xff"),
        st.datetimes(timezones=st.just(UTC)),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=6,
)


@given(JSON_LIKE, JSON_LIKE)
def test_no_record_crashes_a_mapping(one: Any, other: Any) -> None:
    """Whatever a source hands over can be stored, and the stored form means the same as the record."""
    mapped(
        {"A": one, "B": {"C": other}},
        attributes={"name": "A", "employees": "B.C", "owner": ["A", "B.C"], "tier": {"field": "A", "values": {"x": 1}}},
        parent={"stream": "s", "field": "A"},
        text=["A", "B.C"],
        access={"field": "B.C"},
        keep=["B"],
    )


def test_what_is_beyond_all_bounds_is_cut() -> None:
    """A huge text, list or nesting is stored cut, so that one field cannot fill the store."""
    deep: Any = "x"
    for _ in range(200):
        deep = [deep]
    data = {"A": "x" * 10**6, "B": list(range(10**4)), "C": deep, "D": datetime(2026, 5, 1, tzinfo=UTC)}
    payload = mapping(attributes={}, keep=["A", "B", "C", "D"]).project(Record("1", data))
    assert (len(payload["A"]), len(payload["B"])) == (100_000, 500)
    assert len(orjson.dumps(payload["C"])) < 100
    assert payload["D"] == "2026-05-01T00:00:00+00:00"
