"""The SOQL subset: what it accepts, and the words in which it refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import requests

from groundfact.testing import FictionalWorld
from groundfact.testing.soql import parse


@pytest.fixture
def ask(get: Callable[..., requests.Response], world: FictionalWorld) -> Callable[[str], list[str]]:
    """The names a query over three staged accounts finds, in its order."""
    rows = (("alpha", 10, "Energy"), ("Beta", None, "Energy"), ("gamma's", 30, None))
    for place, (name, employees, industry) in enumerate(rows):
        fields = {"Name": name, "NumberOfEmployees": employees, "Industry": industry, "AccountNumber": "staged"}
        fields["Renewal_Date__c"] = f"2027-01-0{place + 1}"
        world.upsert("salesforce", "Account", None, fields)

    def names(where: str) -> list[str]:
        query = f"SELECT Name FROM Account WHERE AccountNumber = 'staged' AND ({where})"
        answer = get("/services/data/v60.0/query", q=query)
        assert answer.status_code == 200, answer.text
        return [row["Name"] for row in answer.json()["records"]]

    return names


@pytest.mark.parametrize(
    ("where", "found"),
    [
        ("Name = 'ALPHA'", ["alpha"]),
        ("Name != 'alpha'", ["Beta", "gamma's"]),
        ("Name = 'gamma\\'s'", ["gamma's"]),
        ("NumberOfEmployees > 10", ["gamma's"]),
        ("NumberOfEmployees >= 10 AND NumberOfEmployees < 31", ["alpha", "gamma's"]),
        ("NumberOfEmployees = null", ["Beta"]),
        ("Industry != NULL", ["alpha", "Beta"]),
        ("Name IN ('alpha', 'beta')", ["alpha", "Beta"]),
        ("Name NOT IN ('alpha', 'beta')", ["gamma's"]),
        ("Name LIKE '%a_ma%'", ["gamma's"]),
        ("Name LIKE 'b%'", ["Beta"]),
        ("NOT Name = 'alpha'", ["Beta", "gamma's"]),
        ("Name = 'alpha' OR (Industry = 'Energy' AND NumberOfEmployees = null)", ["alpha", "Beta"]),
        ("IsDeleted = false AND Renewal_Date__c > 2027-01-02", ["gamma's"]),
        ("SystemModstamp >= 2026-11-02T09:00:00+01:00", ["alpha", "Beta", "gamma's"]),
        ("SystemModstamp > 2026-11-02T08:00:00Z", []),
        ("Owner.Email = 'nobody'", []),
    ],
)
def test_conditions(ask: Callable[[str], list[str]], where: str, found: list[str]) -> None:
    """A condition finds exactly the staged accounts it describes."""
    assert ask(where) == found


def test_order_limit_and_offset() -> None:
    """Order, limit and offset are parsed in any letter case."""
    query = parse("select Id from Account order by Industry desc nulls last, Name limit 10 offset 2")
    assert query.order == [("Industry", True, True), ("Name", False, False)]
    assert (query.limit, query.offset, query.sobject) == (10, 2, "Account")


def test_nulls_come_first_unless_told(get: Callable[..., requests.Response], world: FictionalWorld) -> None:
    """Nulls come first unless told."""
    for value in (5, None, 7):
        world.upsert("salesforce", "Account", None, {"NumberOfEmployees": value, "AccountNumber": "x"})

    def employees(order: str) -> list[int | None]:
        query = f"SELECT NumberOfEmployees FROM Account WHERE AccountNumber = 'x' ORDER BY NumberOfEmployees {order}"
        rows = get("/services/data/v60.0/query", q=query).json()["records"]
        return [row["NumberOfEmployees"] for row in rows]

    assert employees("") == [None, 5, 7]
    assert employees("DESC") == [None, 7, 5]
    assert employees("ASC NULLS LAST") == [5, 7, None]
    assert employees("DESC NULLS LAST") == [7, 5, None]


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("SELECT Id FROM", "MALFORMED_QUERY", "unexpected token: '<EOF>'"),
        ("SELECT Id Name FROM Account", "MALFORMED_QUERY", "ERROR at Row:1:Column:11"),
        ('SELECT Id FROM Account WHERE Name = "x"', "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account WHERE Name = x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        ("SELECT Id FROM Account WHERE Name ~ 'x'", "MALFORMED_QUERY", "unexpected token"),
        ("SELECT Id FROM Account LIMIT x", "MALFORMED_QUERY", "unexpected token: 'x'"),
        (
            "SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'",
            "MALFORMED_QUERY",
            "unexpected token: 'OR'",
        ),
        ("SELECT Nope FROM Account", "INVALID_FIELD", "No such column 'Nope' on entity 'Account'"),
        ("SELECT Owner.Nope FROM Account", "INVALID_FIELD", "No such column 'Owner.Nope'"),
        ("SELECT Id FROM Account ORDER BY Nope", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT Id FROM Account WHERE Nope = 1", "INVALID_FIELD", "No such column 'Nope'"),
        ("SELECT IsDeleted FROM User", "INVALID_FIELD", "No such column 'IsDeleted' on entity 'User'"),
        ("SELECT Id FROM Nothing", "INVALID_TYPE", "sObject type 'Nothing' is not supported"),
        (
            "SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'",
            "INVALID_FIELD",
            "must be of type dateTime and should not be enclosed in quotes",
        ),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "should be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered"),
        ("", "MALFORMED_QUERY", "query string"),
    ],
)
def test_refusals(get: Callable[..., requests.Response], query: str, code: str, words: str) -> None:
    """A bad query is refused with the code and the words of the vendor."""
    answer = get("/services/data/v60.0/query", q=query)
    assert answer.status_code == 400
    (problem,) = answer.json()
    assert problem["errorCode"] == code
    assert words in problem["message"]
