"""The cached document of an entity: made straight from its records, and what resolution would have made of them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from groundfact.config.build import load_config
from groundfact.pipeline.deciding.documents import Documents, document, facts_in
from groundfact.pipeline.deciding.plan import KindPlan, kind_plans
from groundfact.pipeline.deciding.resolution import MARKS, RecordClaims, resolve
from groundfact.store.reading import Said
from groundfact.store.registry import StreamRow

NOW = 1_790_000_000_000
STREAMS = {
    number: StreamRow(number, source, stream, "account", "stream", "")
    for number, (source, stream) in enumerate([("crm", "b"), ("crm", "a"), ("shop", "a"), ("ads", "z")], start=1)
}
YAML = """
workspace: documents
attributes:
  account:
    name: {survivorship: [{type: system_of_record, sources: [crm, shop]}]}
    industry: {survivorship: [most_common, most_recent]}
    city: {survivorship: [all_values]}
    employees: {survivorship: [max]}
"""
RICH = """
workspace: documents
sources:
  crm: {type: files, access: [workspace], files: {a: {path: a.csv, kind: account, id: id, attributes: {}}}}
  shop:
    {type: files, mirror_of: crm, access: [workspace], files: {a: {path: a.csv, kind: account, id: id, attributes: {}}}}
  ads: {type: files, access: [workspace], files: {a: {path: a.csv, kind: account, id: id, attributes: {}}}}
groups: {account: {place: [street, city], size: {parts: [tier, annual_revenue], by: most_parts}}}
attributes:
  account:
    name: {survivorship: [{type: quorum, sources: 2}]}
    industry:
      mirrors: {shop: null, ads: shop}
      on_conflict: prefer
      survivorship: [{type: conditional_order, when: street, cases: [{is: [Elm 1], sources: [ads]}], otherwise: [crm]}]
    employees: {nulls: ignore, survivorship: [{type: combine, by: mean}], validate: [{type: range, at_least: 2}]}
    domain: {validate: [{type: format, pattern: "acme.*", effect: downgrade}, {type: cross_field, must_be: other_than,
      attribute: name}], survivorship: [{type: trust, sources: {crm: {trust: 50, decay: 3d}, ads: 30}}]}
    street: {}
    tier: {survivorship: [unanimous]}
    annual_revenue: {survivorship: [most_recent]}
"""
VALUES: dict[str, list[Any]] = {
    "name": ["Acme", "ACME", "Acme Corp", None],
    "industry": ["Metal", "metal", "Wood"],
    "city": ["Berlin", "Bonn"],
    "employees": [1, 1.0, 2, None],
    "domain": ["acme.example", "other.example"],
    "street": ["Elm 1", "Oak 2", "oak 2"],
    "tier": ["Gold", "Tin"],
    "annual_revenue": [1, 2],
}
MARKED: list[dict[str, Any]] = [{}, {}, {MARKS: {"correction": True}}, {MARKS: {"inferred": True, "expires": NOW - 1}}]
times = st.none() | st.integers(1, 4).map(lambda day: NOW - day * 86_400_000)


@st.composite
def said(draw: st.DrawFn) -> list[Said]:
    """What up to four records of one entity say."""
    ids = draw(st.lists(st.tuples(st.sampled_from(list(STREAMS)), st.sampled_from("pq")), min_size=1, max_size=4))
    rows: list[Said] = []
    for stream, rec in dict.fromkeys(ids):
        spoken = draw(st.sets(st.sampled_from(list(VALUES))))
        attributes: dict[str, Any] = {name: draw(st.sampled_from(VALUES[name])) for name in spoken}
        attributes |= draw(st.sampled_from(MARKED))
        at = draw(times)
        changed = {name: draw(st.sampled_from([1, -1])) * (NOW - 5 - draw(st.integers(0, 2))) for name in spoken}
        text = draw(st.sampled_from([None, orjson.dumps(changed).decode() if changed else None]))
        rows.append(("account-1", stream, rec, orjson.dumps(attributes).decode(), text, at, NOW))
    return rows


def plan_of(folder: Any, text: str) -> KindPlan:
    """The plan of accounts under rules."""
    path = folder / "documents.yaml"
    path.write_text(text)
    config = load_config(path)
    plans = kind_plans(config.vocabulary, config.matchers, config.chains, config.freshness, config.deciding)
    return plans["account"]


def resolved(plan: KindPlan, rows: list[Said]) -> Mapping[str, Any]:
    """The long way: claims, resolution, document."""
    records = [
        RecordClaims(
            orjson.loads(attributes),
            STREAMS[stream].source,
            STREAMS[stream].name,
            rec,
            orjson.loads(changed) if changed else None,
            at,
            seen,
            seen,
        )
        for _, stream, rec, attributes, changed, at, seen in rows
    ]
    return document(resolve(plan.name, plan.kind.attributes, plan.chains, records, NOW))


@pytest.mark.parametrize("text", [YAML, RICH], ids=["plain", "rich"])
def test_the_short_way_to_a_document_gives_what_the_long_one_gives(tmp_path_factory: Any, text: str) -> None:
    """Whatever the records say, and in whatever order they come, the document holds what resolution finds; counted."""
    plan = plan_of(tmp_path_factory.mktemp("documents"), text)
    makes = Documents(plan, STREAMS)

    @settings(max_examples=400)
    @given(said())
    def same(rows: list[Said]) -> None:
        wanted = orjson.loads(orjson.dumps(resolved(plan, rows)))
        made = makes.make(rows, NOW)
        assert facts_in(made.text) == wanted
        assert (made.facts, made.conflicts) == (len(wanted), sum(e["s"] == "conflict" for e in wanted.values()))
        assert makes.make(rows[::-1], NOW) == made

    same()


def test_twenty_thousand_shuffles_make_no_difference(tmp_path_factory: Any) -> None:
    """With mirrors, validators, groups and every sort of rule, over 20,000 shuffles: not one document differs."""
    plan = plan_of(tmp_path_factory.mktemp("shuffled"), RICH)
    makes, chance = Documents(plan, STREAMS), random.Random(17)
    different = 0
    for _ in range(4_000):
        rows = drawn(chance)
        wanted = makes.make(rows, NOW)
        different += sum(makes.make(chance.sample(rows, len(rows)), NOW) != wanted for _ in range(5))
    assert different == 0


def drawn(chance: random.Random) -> list[Said]:
    """What two to four records of one entity say."""
    rows: list[Said] = []
    for stream, rec in chance.sample([(stream, rec) for stream in STREAMS for rec in "pq"], chance.randint(2, 4)):
        spoken = [name for name in VALUES if chance.random() < 0.7]
        attributes: dict[str, Any] = {name: chance.choice(VALUES[name]) for name in spoken}
        attributes |= chance.choice(MARKED)
        at = chance.choice([None, NOW, NOW - 86_400_000])
        rows.append(("account-1", stream, rec, orjson.dumps(attributes).decode(), None, at, NOW))
    return rows
