"""The matcher `similar`: what counts as alike, and what it never says."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from groundfact.plugins import Plugins
from groundfact.protocols import Compares

OFFERED = Plugins().matchers["similar"]


def similar(**options: Any) -> Any:
    """The matcher as the YAML would build it."""
    return OFFERED.build(OFFERED.options.model_validate({"agree": ["street", "phone"], **options}))


def likeness(one: dict[str, Any], other: dict[str, Any], **options: Any) -> Any:
    """How alike two records are, asked in both directions."""
    made = similar(**options)
    found = made.score(made.profile(one), made.profile(other))
    assert found == made.score(made.profile(other), made.profile(one))
    return found


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Unilever N. V.", "UNILEVER NV"),
        ("N.V. Nutricia", "Nutricia"),
        ("Akzo Nobel N.V. Arnhem, NL", "AKZO NOBEL B.V."),
        ("D.S.M. N.V.", "DSM"),
    ],
)
def test_legal_forms_and_their_places_do_not_count(one: str, other: str) -> None:
    """In front, behind, in single letters, or with the place after it."""
    assert likeness({"name": one}, {"name": other}).score == 1


@pytest.mark.parametrize(
    ("one", "other", "least", "most"),
    [
        ("Schlumberger Technology", "Schlumberger Technoloogy", 0.9, 0.99),
        ("Malcolm X College", "City Colleges of Chicago Malcolm X College", 0.95, 1),
        ("Harbour Child Care", "Child Care Harbour", 1, 1),
        ("DSM", "DSM IP Assets", 0, 0.5),
        ("Northwind", "Southgate", 0, 0.6),
    ],
)
def test_names_are_compared_word_by_word_and_letter_by_letter(one: str, other: str, least: float, most: float) -> None:
    """A typo, another order and left out words are alike; a short word in common is not."""
    assert least <= likeness({"name": one}, {"name": other}).score <= most


@pytest.mark.parametrize(
    ("one", "other", "agrees"),
    [
        ({"street": "12 N Oak St"}, {"street": "12 North Oak"}, True),
        ({"street": "12 Oak", "phone": "555 0100"}, {"street": "9 Elm", "phone": "555-0100"}, True),
        ({"street": "12 Oak"}, {"phone": "555 0100"}, None),
        ({"street": "12 Oak"}, {"street": "9 Elm"}, False),
        ({"street": "12 Oak", "postal_code": "1"}, {"street": "12 Oak", "postal_code": "2"}, False),
    ],
)
def test_something_else_has_to_agree(one: dict[str, Any], other: dict[str, Any], agrees: bool | None) -> None:
    """One equal value agrees; none said by both is open; only differing ones, or one that must not, contradict."""
    found = likeness({"name": "Acme", **one}, {"name": "Acme", **other}, differ=["postal_code"])
    assert found.agrees is agrees


def test_evidence_quotes_no_value() -> None:
    """A reviewer who may not see a telephone number learns only that it agrees."""
    found = likeness({"name": "Acme", "phone": "555 0100"}, {"name": "Acme", "phone": "5550100"})
    assert found.evidence == ("name 1.00", "phone agrees")


def test_it_gives_no_keys_and_no_profile_without_a_name() -> None:
    """Likeness is never a key, and what has no name is compared with nothing."""
    made = similar()
    assert isinstance(made, Compares)
    assert not made.keys("crm", "accounts", "1", {"name": "Acme", "phone": "5550100"})
    assert made.profile({"phone": "5550100"}) is None
    assert made.profile({"name": "n/a"}) is None


def test_records_that_merge_share_a_block() -> None:
    """What agrees in an attribute meets in it, however the names are spelt; without such attributes, words meet."""
    made, alone = similar(), similar(agree=[])
    one, other = ({"name": name, "phone": "5550100"} for name in ("Northwind", "Nortwind"))
    assert set(made.blocks(made.profile(one))) & set(made.blocks(made.profile(other)))
    one, other = ({"name": name} for name in ("Koninklijke Philips", "Kinonklijke Philips"))
    assert set(alone.blocks(alone.profile(one))) & set(alone.blocks(alone.profile(other)))


def test_merging_cannot_be_easier_than_proposing() -> None:
    """Scores in the wrong order are refused."""
    with pytest.raises(ValidationError, match="merge_at"):
        similar(propose_at=0.9, merge_at=0.8)
