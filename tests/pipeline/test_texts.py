"""Texts: which account they hang on, how they are found, and that nobody's ranks depend on what is hidden."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.lab import Lab, account, at

from groundfact.errors import StoreError, UsageError
from groundfact.model import Gone, Record


def said(rec: str, day: float, text: str, acl: list[str] | None = None, **data: Any) -> Record:
    """A message."""
    return account(rec, day, acl, notes=text, subject=text[:20], **data)


def texts(lab: Lab, name: str, question: str | None = None, who: str = "all") -> list[str]:
    """The texts in an account's context: those that answer, then what happened besides."""
    data = lab.memory.context(name, question, principal=who).data
    return [text["text"] for text in (*data["passages"], *data["episodes"])]


def test_a_message_hangs_on_the_account_of_its_channel(talk: Lab) -> None:
    """A channel that the YAML names after a customer files its messages there, and nowhere else."""
    talk.say("b", "messages", said("m1", 2, "the pump leaks", channel="cust-acme"), said("m2", 2, "x", channel="misc"))
    talk.sync()
    assert texts(talk, "Acme") == ["the pump leaks"]
    assert texts(talk, "Bolt") == []


def test_a_verified_participant_decides_but_a_name_in_the_text_does_not(talk: Lab) -> None:
    """An outsider's confirmed address files a message; that a text names an account, or its domain, does not."""
    talk.say("b", "messages", said("m1", 2, "hello", email="ann@acme.example", external=True))
    talk.say("b", "messages", said("m2", 2, "our own man", email="me@bolt.example", external=False))
    talk.say("b", "messages", said("m3", 2, "Bolt and bolt.example and ann@bolt.example are mentioned"))
    talk.say("b", "messages", said("m4", 2, "from a mailbox", email="ann@gmail.com", external=True))
    talk.sync()
    assert (texts(talk, "Acme"), texts(talk, "Bolt")) == (["hello"], [])


def test_a_link_to_a_record_files_a_text(talk: Lab) -> None:
    """A text that holds the exact address of an account's record hangs on it."""
    talk.say("a", "accounts", Record("3", {"name": "Cray", "domain": "cray.example"}, at(1), "https://crm.example/3"))
    talk.say(
        "b", "messages", said("m1", 2, "see https://crm.example/3, please"), said("m2", 2, "https://crm.example/33")
    )
    talk.sync()
    assert texts(talk, "Cray") == ["see https://crm.example/3, please"]


def test_texts_of_children_are_texts_of_the_account(talk: Lab) -> None:
    """What is noted of a deal or contact of an account is found with the account."""
    talk.say("a", "deals", account("d", 2, name="Pumps", account="1", notes="they want a discount"))
    talk.sync()
    assert texts(talk, "Acme", "discount") == ["they want a discount"]
    assert texts(talk, "Bolt", "discount") == []


def test_texts_follow_a_merge(talk: Lab) -> None:
    """Two accounts that turn out to be one have the texts of both, and lose them again when they part."""
    talk.say("b", "accounts", account("9", 1, name="Acme Pumps", domain="pumps.example", notes="an old friend"))
    talk.sync()
    assert texts(talk, "acme.example", "friend") == []
    talk.say("b", "accounts", account("9", 2, name="Acme Pumps", domain="acme.example", notes="an old friend"))
    talk.sync()
    assert texts(talk, "acme.example", "friend") == ["an old friend"]
    talk.say("b", "accounts", account("9", 3, name="Acme Pumps", domain="pumps.example", notes="an old friend"))
    talk.sync()
    assert texts(talk, "acme.example", "friend") == []


def test_an_edited_or_deleted_message_is_found_as_it_is_now(talk: Lab) -> None:
    """The old wording and a deleted message are found by nobody, in the account and in the workspace."""
    talk.say("b", "messages", said("m1", 2, "we sign on monday", channel="cust-acme"))
    talk.say("b", "messages", said("m2", 2, "we sign with a competitor", channel="cust-acme"))
    talk.sync()
    talk.say("b", "messages", said("m1", 3, "we sign on friday", channel="cust-acme"), Gone("m2", at(3)))
    talk.sync()
    for found in (talk.memory.search("sign monday competitor"), talk.memory.search("sign", account="Acme")):
        assert [hit["text"] for hit in found] == ["we sign on friday"]
    assert talk.memory.search("competitor") == []


def test_the_newest_statement_stands_above_the_one_it_supersedes(talk: Lab) -> None:
    """Of two statements of the same thing the newer comes first, however well the older fits."""
    talk.say("b", "messages", said("m1", 2, "renewal date is march first, renewal confirmed", channel="cust-acme"))
    talk.say("b", "messages", said("m2", 5, "renewal date is june first", channel="cust-acme"))
    talk.sync()
    newest = ["renewal date is june first", "renewal date is march first, renewal confirmed"]
    assert texts(talk, "Acme", "renewal march confirmed date") == newest
    assert [hit["text"] for hit in talk.memory.search("renewal march confirmed date")] == newest


def test_without_a_question_the_latest_episodes_come(talk: Lab) -> None:
    """What happened last comes first, at most five, each once; a question's answers are not repeated."""
    talk.say("b", "messages", *(said(f"m{n}", n, f"day {n} of the trial", channel="cust-acme") for n in range(1, 9)))
    talk.sync()
    assert texts(talk, "Acme") == [f"day {n} of the trial" for n in (8, 7, 6, 5, 4)]
    found = texts(talk, "Acme", "trial")
    assert len(found) == len(set(found))


def test_a_long_text_is_cut_and_every_part_is_found(talk: Lab) -> None:
    """A text of many pages is found by any of its words, and the passage that holds it is quoted, not all of it."""
    pages = "\n\n".join(f"Page {n}. " + "Nothing to see here. " * 30 + f"word{n}." for n in range(40))
    talk.say("b", "messages", said("m", 2, pages, channel="cust-acme"))
    talk.sync()
    for n in (0, 17, 39):
        (hit,) = talk.memory.search(f"word{n}", limit=1)
        assert f"word{n}." in hit["text"]
        assert len(hit["text"]) < 1500


def test_what_was_said_then_is_found_as_of_then(talk: Lab) -> None:
    """At an earlier commit the search finds what was believed then, and not what came later."""
    talk.say("b", "messages", said("m1", 2, "we sign on monday", channel="cust-acme"))
    talk.sync()
    then = talk.memory.belief()
    talk.say("b", "messages", said("m1", 3, "we sign on friday", channel="cust-acme"))
    talk.sync()
    for account_name in (None, "Acme"):
        (hit,) = talk.memory.search("sign", account=account_name, known_at=then)
        assert hit["text"] == "we sign on monday"


def _everything(lab: Lab, who: str) -> str:
    told: list[Any] = [lab.memory.search(q, principal=who, limit=50) for q in ("renewal price", "price", "secret plan")]
    told.append(lab.memory.search("renewal price", account="Acme", principal=who))
    told.append(lab.memory.context("Acme", "renewal price", principal=who)._asdict())
    told.append(lab.memory.workspace_context("renewal price", principal=who)._asdict())
    return json.dumps(told)


def test_200_hidden_documents_move_nobodys_ranks(talk: Lab) -> None:
    """Two hundred hidden texts with the words of the question change no byte of an answer."""
    for n in range(30):
        talk.say("b", "messages", said(f"p{n}", n, f"{'renewal ' * (n % 4)} price {n} {'x ' * n}", channel="cust-acme"))
    talk.sync()
    before, seen = _everything(talk, "nobody"), _everything(talk, "x")
    hidden = (said(f"h{n}", 2, "renewal price secret plan " * (n % 9), ["x"], channel="cust-acme") for n in range(200))
    talk.say("b", "messages", *hidden)
    talk.sync()
    assert _everything(talk, "nobody") == before
    assert _everything(talk, "x") != seen


def test_hidden_and_open_texts_are_ranked_by_one_measure(talk: Lab) -> None:
    """For those who see both, a hidden text stands where an open one with the same words would stand."""
    words = ["price", "price renewal", "price renewal date", "renewal", "date and other things", "price price price"]
    for n, text in enumerate(words * 3):
        talk.say("b", "messages", said(f"p{n}", n, text))
    talk.sync()
    order = {
        hit["text"]: place
        for place, hit in reversed(list(enumerate(talk.memory.search("price renewal date", limit=50))))
    }
    for n, text in enumerate(words):
        talk.say("b", "messages", said(f"h{n}", 50 + n, text, ["x"]))
    talk.sync()
    hits = [h["text"] for h in talk.memory.search("price renewal date", principal="x", limit=50) if "/h" in h["record"]]
    assert hits == sorted(hits, key=order.__getitem__)


HOSTILE = [
    '"',
    "'",
    "*",
    "NEAR(a b)",
    "terms : x",
    "a OR b",
    "a AND NOT b",
    "-x",
    "^x",
    "{terms} : x",
    "\x00",
    "(",
    "ﬀ",
    "🦊",
]


@given(question=st.text(max_size=60) | st.lists(st.sampled_from(HOSTILE), max_size=6).map(" ".join))
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_question_is_safe(talk: Lab, question: str) -> None:
    """Whatever is asked, the search answers: no operator of the index is reachable from a question."""
    if not talk.memory.belief():
        talk.say("b", "messages", said("m", 2, "the pump leaks", channel="cust-acme"))
        talk.sync()
    for hit in (*talk.memory.search(question), *talk.memory.search(question, account="Acme")):
        assert hit["text"] == "the pump leaks"


def test_a_question_that_is_no_question_is_refused(talk: Lab) -> None:
    """A question of many pages is refused with its limit; one of stop words alone finds nothing."""
    talk.sync()
    with pytest.raises(UsageError, match="4000"):
        talk.memory.search("x" * 4001)
    assert talk.memory.search("what is the") == []


def test_an_index_that_is_gone_is_an_error(talk: Lab, break_index: Callable[[Lab], None]) -> None:
    """A lost index never reads as "nothing found"; a rebuild brings it back."""
    talk.say("b", "messages", said("m", 2, "the pump leaks", channel="cust-acme"))
    talk.sync()
    break_index(talk)
    with pytest.raises(StoreError, match="rebuild"):
        talk.memory.search("pump")
    talk.memory.rebuild()
    assert len(talk.memory.search("pump")) == 1


@pytest.fixture
def break_index() -> Callable[[Lab], None]:
    """Lose the index of a workspace."""

    def lose(lab: Lab) -> None:
        with lab.memory.store.writing() as tx:
            tx.run("drop table passage_index_1")

    return lose


def test_a_rebuild_finds_the_same(talk: Lab) -> None:
    """Passages and index are derived: dropped and made again they answer in the same bytes, then and now."""
    talk.say("b", "messages", *(said(f"m{n}", n, f"renewal price {n} " * n, channel="cust-acme") for n in range(1, 9)))
    talk.sync()
    then = talk.memory.belief()
    talk.say("b", "messages", said("m3", 20, "renewal is off", channel="cust-acme"), Gone("m4", at(20)))
    talk.sync()
    before = _everything(talk, "all"), talk.memory.search("renewal price", known_at=then)
    talk.memory.rebuild()
    assert (_everything(talk, "all"), talk.memory.search("renewal price", known_at=then)) == before


def listed_rightly(lab: Lab) -> bool:
    """Whether the passages that are listed are those that are believed, as an answer takes for granted."""
    wrong = """select count(*) from passage p join version v on v.id = p.version
where p.listed <> (v.closed_seq is null and v.gone is null)"""
    with lab.memory.reader() as reader:
        assert reader.texts.settled
        row = reader.tx.one(wrong)
        return row is not None and row[0] == 0


def test_what_is_listed_is_what_is_believed(talk: Lab) -> None:
    """After every edit, deletion, other label, merge, note, withdrawal and undo, the list of passages is exact."""
    steps: list[Callable[[], Any]] = [
        lambda: talk.say("b", "messages", said("m1", 2, "the pump leaks", channel="cust-acme"), said("m2", 2, "x")),
        lambda: talk.say("b", "messages", said("m1", 3, "the pump is mended", channel="cust-acme")),
        lambda: talk.say("b", "messages", said("m1", 4, "the pump is mended", ["deals"], channel="cust-acme")),
        lambda: talk.say("b", "messages", Gone("m2")),
        lambda: talk.say("b", "messages", said("m2", 5, "back again", channel="cust-acme")),
        lambda: talk.memory.remember("calls on Mondays", about="Acme"),
        lambda: talk.memory.forget(talk.memory.remember("wrong", about="Acme")["id"]),
        lambda: talk.memory.undo("b"),
        lambda: talk.memory.rebuild(),
    ]
    for step in steps:
        step()
        if step not in steps[5:]:
            talk.sync()
        assert listed_rightly(talk)


def test_what_is_no_longer_believed_is_not_found_before_it_is_worked_in(talk: Lab) -> None:
    """Between the commit of a page and the end of its sync, answers look at the versions themselves."""
    talk.say("b", "messages", said("m1", 2, "the pump leaks", channel="cust-acme"))
    talk.sync()
    with talk.memory.store.writing() as tx:
        tx.run("update version set closed_seq = seq + 1 where rec = 'm1'")
        tx.run("insert into version select null, workspace, stream, 'm0', labels, hash, payload, attributes, changed,"
               " field_changes, null, null, parent_stream, parent_rec, url, gone, asserted_at, observed_at, run, seq,"
               " null from version where rec = 'm1'")  # fmt: skip
    assert texts(talk, "Acme", "pump") == []
