"""Setting it up: options, the address, what the check finds, what there is to read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from groundfact.errors import SourceRefused
from groundfact.model import Check
from groundfact_connectors.zendesk import ZendeskOptions, register_connectors

from .conftest import Copy, Office, OpenDesk, all_mapped

AREA = "custom_fields.360047533251"
OAUTH = {"client_id": "x", "client_secret": "env:S"}


def failed(desk: Office, **more: Any) -> list[Check]:
    """The checks that are not ok."""
    return [one for one in desk.source.check(all_mapped(**more)) if not one.ok]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (OAUTH, "where the help desk is"),
        ({"subdomain": "acme", "base_url": "https://acme.zendesk.com", **OAUTH}, "where the help desk is"),
        ({"subdomain": "acme"}, "log in one way"),
        ({"subdomain": "acme", **OAUTH, "access_token": "env:T"}, "log in one way"),
        ({"subdomain": "acme", "client_id": "x"}, "go together"),
        ({"subdomain": "acme", "api_token": "env:T"}, "go together"),
        ({"subdomain": "acme.evil.example/", **OAUTH}, "subdomain"),
        ({"subdomain": "acme", "access_token": "abc"}, "not the secret"),
        ({"subdomain": "acme", "email": "a@b.c/token", "api_token": "env:T", "colour": 1}, "colour"),
    ],
)
def test_options_that_cannot_work_are_refused(given: dict[str, Any], said: str) -> None:
    """One way to log in, one address, secrets by reference only."""
    with pytest.raises(ValidationError, match=said):
        ZendeskOptions.model_validate(given)


def test_the_subdomain_is_the_address() -> None:
    """The example in the component's declaration is a whole one."""
    (offered,) = register_connectors()
    assert "subdomain: acme" in offered.example
    assert ZendeskOptions.model_validate({"subdomain": "acme", **OAUTH}).subdomain == "acme"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://zendesk.com.evil.example", "not a host of this vendor"),
        ("http://acme.zendesk.com", "without encryption"),
        ("http://127.0.0.1:9", "not a host of this vendor"),
    ],
)
def test_a_base_url_elsewhere_is_refused_before_anything_is_sent(open_desk: OpenDesk, url: str, said: str) -> None:
    """A mistyped or planted address gets no token."""
    with pytest.raises(SourceRefused, match=said):
        open_desk(base_url=url, allow=[])


@pytest.mark.parametrize(
    "login",
    [
        {},
        {"client_id": None, "client_secret": None, "access_token": "env:TOKEN"},
        {"client_id": None, "client_secret": None, "email": "dana.whitlock@northlane.example", "api_token": "env:API"},
    ],
    ids=["client", "token", "api_token"],
)
def test_a_good_set_up_passes_every_check(open_desk: OpenDesk, login: dict[str, Any]) -> None:
    """Each of the three logins works; login, role, exports, comments and fields are each tried."""
    told = list(open_desk(**login).source.check(all_mapped()))
    assert [one for one in told if not one.ok] == []
    assert [one.name for one in told] == [
        "login", "administrator", "organizations", "organizations: mapped fields", "users", "users: mapped fields",
        "tickets", "tickets: comments", "tickets: mapped fields",
    ]  # fmt: skip


def test_a_refused_login_is_one_failed_check(open_desk: OpenDesk) -> None:
    """Nothing else is tried with a login that is no good, and the fix names the option."""
    (one,) = failed(open_desk(environ={"SECRET": "wrong"}))
    assert one.name == "login"
    assert "client_secret" in one.fix


def test_who_is_no_administrator_is_told_so(desk: Office) -> None:
    """The exports are for administrators: role and exports fail, each with what to do."""
    desk.vendor.role = "agent"
    told = failed(desk)
    assert [one.name for one in told] == ["administrator", "organizations", "users", "tickets"]
    assert all("administrator" in one.fix for one in told[1:])


@pytest.mark.parametrize("missing", ["tickets", "organizations"])
def test_a_missing_scope_is_named(desk: Office, missing: str) -> None:
    """A token that may not read one resource fails that check alone, naming the scope."""
    desk.vendor.scopes = {
        f"{one}:read" for one in ("tickets", "users", "organizations", "ticket_fields") if one != missing
    }
    desk.vendor.scopes |= {"user_fields:read", "organization_fields:read"}
    (one,) = failed(desk)
    assert one.name == missing
    assert f"{missing}:read" in one.detail
    assert "scope `read`" in one.fix


def test_an_account_without_support_is_named(desk: Office) -> None:
    """A help desk whose product has ended says so."""
    desk.vendor.product_active = False
    (one,) = failed(desk)
    assert "no active Zendesk Support" in one.fix


def test_a_visitor_is_no_login(desk: Office) -> None:
    """Zendesk answers somebody unknown as a visitor without id, with status 200: not a login that works."""
    answer = desk.vendor.answer

    def anonymous(request: Any) -> Any:
        response = answer(request)
        if request.path.endswith("/users/me.json"):
            response.body["user"] |= {"id": None, "name": "Anonymous user", "role": "end-user"}
        return response

    desk.vendor.answer = anonymous
    assert [one.name for one in failed(desk)] == ["login", "administrator"]


def test_a_field_that_is_not_there_is_named_with_the_likely_one(desk: Office) -> None:
    """A mapped path that the help desk does not have fails the check and suggests another."""
    (one,) = failed(desk, status="state", priority="custom_field.360047533251", requester="requester.mail")
    assert one.name == "tickets: mapped fields"
    assert f"custom_field.360047533251 (did you mean {AREA}?)" in one.detail
    assert "requester.mail (did you mean requester.email?)" in one.detail
    assert failed(desk, status=AREA) == []


def test_streams_that_are_switched_off_need_nothing(desk: Office) -> None:
    """Only what the YAML reads is tried."""
    desk.vendor.scopes = {"users:read", "user_fields:read"}
    fields = {"users": all_mapped()["users"]}
    assert [one.ok for one in desk.source.check(fields)] == [True] * 4
    assert desk.vendor.count("/incremental/") == 1


def test_discovery_lists_custom_fields(desk: Office) -> None:
    """Every field is listed with its label, custom ones by the path that a mapping reads."""
    found = {(one.stream, one.field): one for one in desk.source.discover(all_mapped())}
    assert found["tickets", AREA].label == "Product area"
    assert found["tickets", AREA].type == "tagger"
    assert not found["tickets", AREA].mapped
    assert found["tickets", "status"].mapped
    assert found["organizations", "organization_fields.plan"].label == "Support plan"
    assert found["users", "user_fields.newsletter"].type == "checkbox"
    assert len(found) == len(list(desk.source.discover(all_mapped())))


def test_every_listed_field_is_in_a_record(desk: Office) -> None:
    """What discovery lists, a record has: nobody maps a path in vain."""
    for stream in all_mapped():
        read = Copy()
        desk.sync(stream, read)
        record = next(iter(read.records.values()))
        for one in desk.source.discover({stream: ()}):
            head, _, tail = one.field.partition(".")
            assert head in record.data, one.field
            assert not tail or tail in record.data[head], one.field
