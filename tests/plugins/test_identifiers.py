"""Structured identifiers: registered domains, telephone numbers, tax and registry ids."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from pydantic import ValidationError

from groundfact.errors import ConfigError
from groundfact.plugins import Plugins

OFFERED = Plugins().matchers


def keys(type_name: str, options: dict[str, Any], **attributes: Any) -> list[str]:
    """The keys of a record by a matcher as the YAML would build it."""
    offered = OFFERED[type_name]
    return list(offered.build(offered.options.model_validate(options)).keys("crm", "accounts", "1", attributes))


@pytest.mark.parametrize(
    ("domain", "apart", "same"),
    [
        ("eu.acme.example", "eu.acme.example", "acme.example"),
        ("shop.eu.Acme.co.uk", "shop.eu.acme.co.uk", "acme.co.uk"),
        ("acme.co.uk", "acme.co.uk", "acme.co.uk"),
        ("co.uk", "co.uk", None),
        ("acme.github.io", "acme.github.io", "acme.github.io"),
        ("mail.gmail.com", "mail.gmail.com", None),
    ],
)
def test_a_subdomain_is_its_company_where_the_option_says_so(domain: str, apart: str, same: str | None) -> None:
    """`same` takes the registered part; public suffixes, hosting and mailbox providers make nobody the same."""
    assert keys("shared_key", {"attribute": "domain"}, domain=domain) == [f"domain={apart}"]
    found = keys("shared_key", {"attribute": "domain", "subdomains": "same"}, domain=domain)
    assert found == ([f"domain={same}"] if same else [])


@pytest.mark.parametrize(
    ("written", "region", "found"),
    [
        ("030 123456-78", "DE", "+493012345678"),
        ("+49 (0)30 12345678", None, "+493012345678"),
        ("0049 30 12345678", "DE", "+493012345678"),
        ("(312) 555-0100", "US", "+13125550100"),
        ("(312) 555-0100 ext. 7", "US", "+13125550100;ext=7"),
        ("030 12345678", None, None),
        ("no phone", "DE", None),
        ("12", "DE", None),
        ("+999 123", "DE", None),
    ],
)
def test_a_number_is_what_the_world_dials(written: str, region: str | None, found: str | None) -> None:
    """Any way of writing gives one key; what lacks its country, or cannot be a number, gives none."""
    options = {"region": region} if region else {}
    assert keys("phone_key", options, phone=written) == ([f"phone={found}"] if found else [])


def test_a_region_that_is_none_is_refused() -> None:
    """A misspelt country would silently leave every national number without a key."""
    with pytest.raises(ConfigError, match="XX is no country"):
        keys("phone_key", {"region": "XX"})


@pytest.mark.parametrize(
    ("options", "written", "found"),
    [
        ({"scheme": "vat"}, "DE 136.695.976", "DE136695976"),
        ({"scheme": "vat"}, "136695976", None),
        ({"scheme": "vat", "country": "DE"}, "136 695 976", "DE136695976"),
        ({"scheme": "vat", "country": "DE"}, "atu12345678", "ATU12345678"),
        ({"scheme": "vat"}, "DE000000000", None),
        ({"scheme": "vat"}, "applied for", None),
        ({"scheme": "lei"}, "5299 00T8BM49AURSDO55", "529900T8BM49AURSDO55"),
        ({"scheme": "lei"}, "529900T8BM49AURSDO56", None),
        ({"scheme": "duns"}, "31-580-3201", "315803201"),
        ({"scheme": "duns"}, "31580320", None),
        ({"scheme": "duns"}, "000000000", None),
    ],
)
def test_an_id_in_its_one_form(options: dict[str, Any], written: str, found: str | None) -> None:
    """Signs and case do not count; what fails its form or its check digits links nobody."""
    assert keys("registry_id", {"attribute": "id", **options}, id=written) == ([f"id={found}"] if found else [])


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("DE 136.695.976", "DE136695976"),
        ("DE 136.695.978", None),
        ("FR 61 954 506 077", "FR61954506077"),
        ("FR 61 954 506 078", None),
        ("BE 697449992", "BE0697449992"),
        ("BE 0697 449 992", "BE0697449992"),
        ("EL 094259216", "EL094259216"),
        ("GR 094259216", "EL094259216"),
        ("GB 980 7806 84", "GB980780684"),
        ("GB 802 311 781", None),
        ("XI 980 7806 84", "XI980780684"),
        ("NO 995 525 828 MVA", "NO995525828MVA"),
        ("IT", None),
    ],
)
def test_a_vat_id_with_wrong_check_digits_is_none(written: str, found: str | None) -> None:
    """A slip of the pen links nobody where its country's rule is known; elsewhere the form has to do."""
    options = {"attribute": "id", "scheme": "vat", "check_digits": True}
    assert keys("registry_id", options, id=written) == ([f"id={found}"] if found else [])


def test_check_digits_without_the_extra_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was asked for and cannot be had is an error with what to install, not a weaker check."""
    monkeypatch.setitem(sys.modules, "stdnum", None)
    with pytest.raises(ConfigError, match="not installed") as refused:
        keys("registry_id", {"attribute": "id", "scheme": "vat", "check_digits": True})
    assert "groundfact[vat]" in refused.value.hint


def test_greece_has_one_form_without_the_check_too() -> None:
    """Its VAT ids begin with EL, whichever letters somebody writes."""
    for written in ("EL094259216", "GR 094259216"):
        assert keys("registry_id", {"attribute": "id", "scheme": "vat"}, id=written) == ["id=EL094259216"]


def test_a_register_number_is_unique_only_in_its_register() -> None:
    """`HRB 1234` of Berlin is not that of Munich, and without the register it is nobody's."""
    options = {"attribute": "number", "scheme": "number", "beside": "court"}
    found = keys("registry_id", options, number="HRB 1234", court="Berlin")
    assert found == keys("registry_id", options, number="hrb-1234", court="BERLIN") == ["number+court=HRB1234|berlin"]
    assert keys("registry_id", options, number="HRB 1234", court="Munich") != found
    assert keys("registry_id", options, number="HRB 1234") == []


@pytest.mark.parametrize(
    "options",
    [
        {"scheme": "number"},
        {"scheme": "vat", "beside": "court"},
        {"scheme": "lei", "country": "DE"},
        {"scheme": "lei", "check_digits": True},
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, str]) -> None:
    """A number needs its register; only a VAT id has a country, and check digits that need not be checked."""
    with pytest.raises(ValidationError):
        keys("registry_id", {"attribute": "id", **options})
