"""Threat 11: whatever is asked is words to look for: never an error, never syntax, never a way to a hidden column."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from support.lab import Lab, account

from groundfact.errors import Ambiguous, UnknownName, UsageError

COLUMNS = (
    "rowid", "rank", "terms", "body", "scope", "labels", "stream", "rec", "workspace", "version", "listed", "words",
    "attributes", "payload", "passage", "passage_index", "passage_index_1", "passage_index_1_hidden", "sqlite_master",
    "belonging", "account", "accounts", "record", "url", "asserted_at",
)  # fmt: skip
SYNTAX = (
    '"', '""', "'", "''", "(", ")", "((", "{", "}", "[", "]", "*", "**", "^", "+", "-", "--", ";", ":", ",", ".", "\\",
    "/", "%", "_", "?", "?1", ":ws", "@p", "$x", "#", "=", "<>", "|", "||", "&", "~", "`", "\x00", "\x1a", "\n", "\t",
    "\ud800", "\u202e", "\U000e0041", "\ufeff", "NEAR(", "NEAR/2", "AND", "OR", "NOT", "MATCH", "LIKE", "GLOB", "IN (",
    "{terms scope}:", "terms:", "- terms :", "scope:", "^terms", "' OR 1=1 --", "'; DROP TABLE passage; --", '") OR ("',
    '" OR scope:"',
    "UNION SELECT body FROM passage", "load_extension('x')", "highlight(passage_index_1, 0, 'a', 'b')", "char(0)",
    "x'00'", "NULL", "1e999", "🚀", "ﬁ", "İ", "ß", "\u0301", "a" * 300,
)  # fmt: skip
KNOWN = "quorvex"
"""A word that stands in texts of the account that is asked about."""


@pytest.fixture(scope="module")
def asked(lab: Lab) -> Lab:
    """Two accounts, one of them hidden from whom we ask as, with words that stand nowhere else."""
    mine = {"name": "Mine", "domain": "mine.example", "industry": "Belltrop", "phone": "+49 30 7654321"}
    lab.say("a", "accounts", account("m1", 1, notes=f"The {KNOWN} hums beside the blimtang.", **mine))
    lab.say("a", "contacts", account("m2", 1, account="m1", name="Frendel", notes=f"Says that {KNOWN} is loud."))
    lab.say("a", "deals", account("m3", 1, account="m1", name="Grobbin", notes="Nothing but wexlip."))
    lab.say(
        "b", "accounts", account("s1", 1, ["x"], name="Secret", domain="secret.example", notes="The zyndrake sleeps.")
    )
    assert lab.sync().ok
    return lab


def hostile(count: int, *words: str) -> Iterator[str]:
    """Syntax, columns and `words`, put together at random."""
    chance = random.Random(11)
    for _ in range(count):
        parts = [
            chance.choice((chance.choice(SYNTAX), chance.choice(COLUMNS), *words)) for _ in range(chance.randint(1, 7))
        ]
        yield chance.choice((" ", "", " : ")).join([*parts, *words[:1]])


def _texts(lab: Lab, question: str) -> list[str]:
    return [text["text"] for text in lab.memory.context("mine.example", question, principal="nobody").data["passages"]]


def _found(lab: Lab, question: str, principal: str = "nobody") -> list[str]:
    return [text["record"] for text in lab.memory.search(question, principal=principal)]


def test_syntax_is_no_error_and_finds_nothing(asked: Lab) -> None:
    """4,000 questions of operators, columns and quotes: 0 errors, and 0 texts, for none of them holds such a word."""
    bad = []
    for number, question in enumerate(hostile(4_000)):
        found = _found(asked, question) if number % 4 else _texts(asked, question)
        if found:
            bad.append((question, found))
    assert bad == []


def test_syntax_around_a_word_hides_it_from_nobody(asked: Lab) -> None:
    """2,000 times the same word among syntax: always what the word alone finds, never silently nothing."""
    texts, found = _texts(asked, KNOWN), _found(asked, KNOWN)
    assert (len(texts), len(found)) == (2, 2)
    for number, question in enumerate(hostile(2_000, f" {KNOWN} ")):
        if number % 4:
            assert _found(asked, question) == found, question
        else:
            assert _texts(asked, question) == texts, question


def test_hidden_words_and_columns_are_not_found(asked: Lab) -> None:
    """What is not text (ids, domains, names, labels) and what may not be seen is found by no spelling of a question."""
    secret = ("zyndrake", "secret.example", "s1", "mine.example", "belltrop", "m1", "7654321")
    with asked.memory.store.reading() as tx:
        secret += tuple(str(row[0]) for row in tx.rows("select distinct scope from belonging"))
    for word in secret:
        for question in (
            word,
            f"terms:{word}",
            f'"{word}"',
            f"{word}*",
            f"scope:{word}",
            f"rowid:{word} OR {word}",
            f"^{word}",
        ):
            assert (_found(asked, question), _texts(asked, question)) == ([], []), question
    assert _found(asked, "zyndrake", "all") == ["b/accounts/s1"]


def test_a_name_is_a_name(asked: Lab) -> None:
    """2,000 hostile names of an account: nobody answers to them, or they are refused; nothing else is raised."""
    for name in hostile(2_000):
        with pytest.raises((UnknownName, Ambiguous)):
            asked.memory.context(name, principal="nobody")


def test_a_question_without_end_is_refused(asked: Lab) -> None:
    """A question that is far too long is refused with what to do instead; one just within is answered."""
    with pytest.raises(UsageError, match="the question has 4001 characters"):
        asked.memory.context("mine.example", "x" * 4001)
    assert _texts(asked, f"{KNOWN} " + "x y " * 990) == _texts(asked, KNOWN)
