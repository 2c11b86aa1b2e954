"""How the fictional company uses Notion: account plans, a glossary, playbooks, products and free pages."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any

from groundfact.testing import fiction
from groundfact.testing.notion_space import DataSource, NotionSpace, Page
from groundfact.testing.notion_words import FREE_PAGES, PLAN_PARTS, PLAYBOOKS, PRODUCTS, TERMS
from groundfact.testing.truth import Subject

PLANS, GLOSSARY, BOOKS, CATALOGUE = "Accounts", "Glossary", "Playbooks", "Products"
"""The titles of the data sources."""
_PLAN_SCHEMA = {
    "Account": "title",
    "Domain": "url",
    "Tier": "select",
    "Health": "status",
    "Owner": "people",
    "Renewal": "date",
    "Risks": "multi_select",
    "Products": "relation",
    "Product lines": "rollup",
    "Seats sold": "number",
    "Seats planned": "formula",
    "Sponsor mail": "email",
    "Executive call done": "checkbox",
    "Number": "unique_id",
    "Last edited by": "last_edited_by",
}
_HEALTH = ("On track", "At risk", "Unknown")
_EVERY = 3
"""One company in so many has an account plan; the first one always has."""


def settle(space: NotionSpace) -> None:
    """Write everything down, as it stands when the world begins."""
    rng = random.Random(f"{space.world.seed}/notion")  # noqa: S311 - fiction needs a seed, not secrecy
    for mate in space.world.of_kind("teammate"):
        space.add_user(mate.get("full_name"), mate.get("email"))
    moments = _Moments(space.world.now, rng)
    products = _products(space, moments)
    _glossary(space, moments)
    _playbooks(space, moments)
    _plans(space, products, moments, rng)
    for title, blocks in FREE_PAGES:
        space.add_page(None, title, blocks, moments.next())
    handbook = next(page for page in space.pages.values() if page.properties.get("title") == "Company handbook")
    space.add_page(handbook, "Holidays", ["The office is closed between the years."], moments.next())


class _Moments:
    """Times of writing, some minutes or days apart, all before the world begins."""

    def __init__(self, end: datetime, rng: random.Random) -> None:
        self._at, self._rng = end - timedelta(days=300), rng

    def next(self) -> datetime:
        self._at += timedelta(seconds=fiction.number(self._rng, 40, 90_000))
        return self._at


def _products(space: NotionSpace, moments: _Moments) -> list[Page]:
    source = space.add_data_source(
        CATALOGUE, {"Product": "title", "Code": "rich_text", "Line": "select", "On sale": "checkbox"}
    )
    return [
        space.add_page(source, {"Product": name, "Code": code, "Line": line, "On sale": sold}, (), moments.next())
        for name, code, line, sold in PRODUCTS
    ]


def _glossary(space: NotionSpace, moments: _Moments) -> None:
    source = space.add_data_source(
        GLOSSARY, {"Term": "title", "Definition": "rich_text", "Also called": "multi_select", "Changed": "created_time"}
    )
    for term, definition, aliases in TERMS:
        values = {"Term": term, "Definition": definition, "Also called": list(aliases)}
        space.add_page(source, values, (), moments.next())


def _playbooks(space: NotionSpace, moments: _Moments) -> None:
    source = space.add_data_source(BOOKS, {"Name": "title", "Applies to": "multi_select", "Status": "status"})
    for name, applies, status, blocks in PLAYBOOKS:
        values = {"Name": name, "Applies to": list(applies), "Status": status}
        space.add_page(source, values, blocks, moments.next())


def _plans(space: NotionSpace, products: list[Page], moments: _Moments, rng: random.Random) -> None:
    source = space.add_data_source(PLANS, _PLAN_SCHEMA)
    for number, key in enumerate(space.world.company_keys[::_EVERY]):
        _plan(space, source, space.world.subjects[key], number, products, moments.next(), rng)


def _plan(
    space: NotionSpace,
    source: DataSource,
    company: Subject,
    number: int,
    products: list[Page],
    at: datetime,
    rng: random.Random,
) -> None:
    goal, risk, step = PLAN_PARTS[number % len(PLAN_PARTS)]
    owner = space.world.subjects[company.get("owner")].get("email")
    author = next(user.id for user in space.users.values() if user.email == owner)
    sold, seats = [products[number % 3], products[3]], fiction.number(rng, 5, 80)
    values = {
        "Account": company.get("name"),
        "Domain": f"https://{company.get('domain')}",
        "Tier": company.get("tier"),
        "Health": _HEALTH[number % len(_HEALTH)],
        "Owner": [author],
        "Renewal": company.get("renewal_date"),
        "Risks": [risk],
        "Products": [page.id for page in sold],
        "Product lines": [page.properties["Line"] for page in sold],
        "Seats sold": seats,
        "Seats planned": seats * 2,
        "Executive call done": number % 2 == 0,
        "Number": number + 1,
    }
    blocks: list[Any] = [
        ("heading_1", "Goals"),
        f"{company.get('name')} wants to {goal}.",
        ("heading_1", "Risks"),
        ("bulleted_list_item", risk, ["Talk about it in the next call."]),
        ("heading_1", "Next step"),
        ("to_do", step),
    ]
    page = space.add_page(source, values, blocks, at, author)
    if number == 0:
        others = [key for key in space.users if key != author]
        space.comment(page, others[0], "Their plant manager asked for the visit to be moved to March.")
        page.comments[0].at = page.comments[0].edited = at + timedelta(hours=3)
