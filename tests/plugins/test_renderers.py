"""Renderers: never over the budget, never a mark lost before anything else, never a line that a source wrote."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.contexts import CONFLICT, JSON, MARKDOWN, as_data, context_of

from groundfact.model.tokens import estimate_tokens

LABELS = ("Industry", "Annual revenue", "Renewal date", "Tier", "Owner", "Phone")
_TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "Acme GmbH",
            "x\n# Heading",
            "\u202egnitsopmi",
            "x; tier Gold",
            "![x](https://e.example/i.png)",
            "[end x]",
            "日本語の会社名",
            "🚀" * 40,
            "a" * 300,
            "1 2 3 4 5 6 7",
        ]
    ),
)
_SOURCE = st.sampled_from(["crm", "marketing", "books"])
_SAID = st.fixed_dictionaries({
    "value": st.one_of(_TEXT, st.integers(), st.booleans(), st.none(), st.lists(_TEXT, max_size=4)),
    "source": _SOURCE,
    "record": _TEXT,
    "changed_at": st.sampled_from([None, "2026-01-01T00:00:00Z"]),
    "changed": st.sampled_from(["exactly", "at_latest"]),
    "verified_at": st.just("2026-01-02T00:00:00Z"),
    "freshness": st.sampled_from(["fresh", "fresh", "aging", "stale", "unknown"]),
    "why": st.sampled_from(["", "fact_old", "source_behind", "never_verified"]),
    "age": st.just("3 d"),
    "age_of": st.sampled_from(["change", "confirmation"]),
})  # fmt: skip


@st.composite
def facts(draw: st.DrawFn, most: int = 5) -> list[dict[str, Any]]:
    """Facts in every status, as `served_facts` hands them out."""
    found = []
    for label in draw(st.lists(st.sampled_from(LABELS), unique=True, max_size=most)):
        fact: dict[str, Any] = {"attribute": label.lower().replace(" ", "_"), "label": label, "rule": "most_recent"}
        status = draw(st.sampled_from(["known", "known", "conflict", "unconfirmed", "unknown"]))
        fact.update(status=status, value=None, confidence="none")
        if status == "conflict":
            fact.update(sides=draw(st.lists(_SAID, min_size=2, max_size=3)), ask=draw(_TEXT))
        elif status != "unknown":
            said = draw(_SAID)
            fact.update(said, sources=[said["source"]], confidence="medium")
            if status == "unconfirmed":
                fact.update(last_known=said["value"], value=None)
        found.append(fact)
    return found


@st.composite
def contexts(draw: st.DrawFn) -> dict[str, Any]:
    """A context with any of the parts that `build_context` makes."""
    summary: dict[str, Any] = {}
    if draw(st.booleans()):
        summary["open_deals"] = {"count": 2, "total": {"EUR": 1e6, "": 3}, "next_close": "2026-12-01"}
        summary["last_touch"] = {"at": "2026-01-01T00:00:00Z", "ago": "3 d ago", "with": draw(_TEXT)}
    owner = [fact for fact in draw(facts(1)) if fact["status"] != "unknown"]
    if owner:
        summary["owner"] = owner[0]
    shown = [{"id": f"deal-{i}", "name": draw(_TEXT), "facts": draw(facts(2))} for i in range(draw(st.integers(0, 3)))]
    hits = [
        {"source": "crm", "record": draw(_TEXT), "at": "2026-01-01T00:00:00Z", "ago": "3 d ago", "text": draw(_TEXT)}
    ]
    told = [{**hits[0], "kind": "ticket", "title": draw(_TEXT), "author": draw(_TEXT), "external": draw(st.booleans()),
             "text": draw(_TEXT)} for _ in range(draw(st.integers(0, 2)))]  # fmt: skip
    orders = [{"id": "d1", "text": draw(_TEXT), "type": "preference", "scope": "account", "by": "dana",
               "at": "2026-01-01T00:00:00Z", "expires": None} for _ in range(draw(st.integers(0, 2)))]  # fmt: skip
    return {
        "kind": "account",
        "id": "account-407cd8d1d10c2a95",
        "name": draw(_TEXT),
        "asked_at": "2026-11-02T08:00:00Z",
        "principal": "dana",
        "summary": summary,
        "facts": draw(facts()),
        "unknown": draw(st.lists(st.sampled_from(["email", "city", "domain"]), unique=True)),
        "withheld": draw(st.lists(st.sampled_from(["salary"]), unique=True)),
        "related": {"deal": {"count": len(shown) + draw(st.integers(0, 2)), "shown": shown}} if shown else {},
        "passages": hits if draw(st.booleans()) else [],
        "episodes": told,
        "directives": orders,
        "sources": [{"source": "crm", "read_until": draw(st.sampled_from([None, "2026-01-01"])), "behind": True}],
    }


def marked(context: dict[str, Any]) -> set[str]:
    """The attributes whose mark must not be lost."""
    bad = ("stale", "aging", "unknown")
    return {f["attribute"] for f in context["facts"]
            if f["status"] in ("conflict", "unconfirmed") or f.get("freshness") in bad}  # fmt: skip


def _marks_in(text: str) -> set[str]:
    found = set()
    for line in text.split("\n"):
        label = line[2:].partition(":")[0] if line.startswith("- ") else ""
        words = ("CONFLICT", "UNCONFIRMED", "STALE", "AGING", "UNKNOWN")
        if label in LABELS and any(word in line for word in words):
            found.add(label.lower().replace(" ", "_"))
    return found


BUDGETS = st.one_of(st.integers(60, 250), st.integers(60, 3000))


@settings(max_examples=100)
@given(contexts(), st.lists(BUDGETS, min_size=4, max_size=4))
def test_markdown_keeps_the_budget_and_the_marks(context: dict[str, Any], budgets: list[int]) -> None:
    """However tight it gets: never over budget, and while a mark is missing, nothing but the name and other marks."""
    for budget in budgets:
        text = MARKDOWN.render(context, budget)
        assert estimate_tokens(text) <= budget
        if marked(context) - _marks_in(text):
            head, *lines = text.split("\n")
            assert head.startswith("#")
            assert all(_marks_in(line) or "left out" in line for line in lines), text


@settings(max_examples=100)
@given(contexts(), st.lists(BUDGETS, min_size=4, max_size=4))
def test_json_keeps_the_budget_and_the_marks(context: dict[str, Any], budgets: list[int]) -> None:
    """Never over budget, always JSON with the id, and while a marked fact is missing, nothing but other marked ones."""
    for budget in budgets:
        text = JSON.render(context, budget)
        assert estimate_tokens(text) <= budget
        told = json.loads(text)
        assert told["id"] == context["id"]
        shown = {fact["attribute"] for fact in told.get("facts", [])}
        if marked(context) - shown:
            assert set(told) <= {"id", "facts", "cut"}
            assert shown <= marked(context)
            assert told["cut"] is True


@pytest.mark.parametrize("name", ["A" * 200, "日" * 200, "🚀" * 200])
@pytest.mark.parametrize("budget", [60, 70, 100])
def test_a_long_name_crowds_out_no_mark(name: str, budget: int) -> None:
    """At the smallest budget there is, under the longest name there is, a conflict is still a conflict."""
    context = context_of(name=name, facts=[CONFLICT])
    assert "CONFLICT" in MARKDOWN.render(context, budget)
    assert json.loads(JSON.render(context, budget))["facts"][0]["status"] == "conflict"


@settings(max_examples=80)
@given(contexts())
def test_with_room_all_is_there_and_no_source_writes_a_line(context: dict[str, Any]) -> None:
    """The JSON is the data; the Markdown has every mark, and no text of a source ends a line or turns it around."""
    ours = ("# ", "## ", "- ", "> ", "As known at", "Owner: ", "Open deals: ", "Last touch: ", "Unknown (", "Withheld ",
            "Source ", "(and ", "Lines marked > ")  # fmt: skip
    assert json.loads(JSON.render(context, 100_000)) == as_data(context)
    text = MARKDOWN.render(context, 100_000)
    head, *lines = text.split("\n")
    assert head.startswith("# ")
    assert [line for line in lines if line.startswith("# ") or not line.startswith(ours)] == []
    assert _marks_in(text) == marked(context)
    assert ("\u202e" in text, "\r" in text) == (False, False)


def test_every_tight_budget_is_kept() -> None:
    """With more marks than fit, each budget is used and none is exceeded, token by token."""
    context = context_of(facts=[{**CONFLICT, "attribute": f"a{n}", "label": f"Label {'x' * n}"} for n in range(30)])
    for render in (MARKDOWN.render, JSON.render):
        spent = [estimate_tokens(render(context, budget)) for budget in range(60, 400)]
        assert all(tokens <= budget for tokens, budget in zip(spent, range(60, 400), strict=True))
        assert spent[-1] > 4 * spent[0]


def test_unknown_is_not_none() -> None:
    """A related fact that the rules believe nobody about is unknown, not "known to be none"."""
    fact = {"attribute": "tier", "label": "Tier", "status": "unknown", "rule": "r", "value": None, "confidence": "none"}
    related = {"deal": {"count": 1, "shown": [{"id": "deal-1", "name": "Big one", "facts": [fact]}]}}
    text = MARKDOWN.render(context_of(related=related), 1000)
    assert "- Big one: tier unknown" in text
    assert "none (stated)" not in text


def test_what_was_left_out_is_counted() -> None:
    """A cut is said, with how many lines it took."""
    known = {"status": "known", "freshness": "fresh", "source": "crm", "changed_at": None, "changed": "exactly",
             "sources": ["crm"], "confidence": "medium", "rule": "only_claim"}  # fmt: skip
    told = [{**known, "attribute": str(n), "label": f"Label {n}", "value": "x" * 80} for n in range(20)]
    text = MARKDOWN.render(context_of(facts=told), 200)
    kept = text.count("\n")
    whole = MARKDOWN.render(context_of(facts=told), 100_000).count("\n") + 1
    assert text.endswith(f"\n({whole - kept} lines left out to keep the token budget)")
