"""An account may be called by name, domain, our id, or a source's own id; old names of ours keep answering."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.lab import Lab, account, at, config_of

from groundfact.errors import Ambiguous, UnknownName
from groundfact.model import Gone, Record
from groundfact.pipeline.reading import find


@pytest.fixture
def known(lab: Lab) -> Lab:
    """Three accounts of two sources, one of them linked, one with an odd id, one that few may see."""
    lab.say("a", "accounts", account("42", 1, name="Acme GmbH", domain="acme.example", phone="+49 30 1234567"))
    lab.say("a", "accounts", account("q/7 x", 1, name="Globex", domain="globex.example"))
    lab.say("b", "accounts", account("b1", 1, name="ACME", domain="acme.example"))
    lab.say("b", "accounts", account("b2", 1, ["x"], name="Hidden Ltd", domain="hidden.example"))
    lab.sync()
    return lab


def id_of(lab: Lab, called: str, who: str = "all") -> str:
    """The id of the account that answers."""
    found: str = lab.memory.context(called, principal=who).data["id"]
    return found


@pytest.mark.parametrize(
    "called",
    ["Acme GmbH", "acme gmbh", "  Acme, GmbH.  ", "ACME", "acme", "acme.example", "https://www.acme.example/about",
     "42", "b1", "a/42", "b/b1", "a/accounts/42"],
)  # fmt: skip
def test_one_account_by_all_its_names(known: Lab, called: str) -> None:
    """Name in any spelling and of any source, domain, source's own id with and without the source: one account."""
    assert id_of(known, called) == id_of(known, "a/42")


@pytest.mark.parametrize("called", ["q/7 x", "a/q/7 x", "a/accounts/q/7 x", "globex.example"])
def test_an_id_may_hold_anything(known: Lab, called: str) -> None:
    """A slash or a space in a source's id does not hide the record; `list` shows the name that finds it."""
    assert id_of(known, called) == id_of(known, "Globex")
    assert {"a/q/7 x"} <= {ref for entry in known.memory.list("accounts") for ref in entry["records"]}  # type: ignore[attr-defined]


def test_our_own_id_answers(known: Lab) -> None:
    """The id that a context carries finds it again."""
    assert id_of(known, id_of(known, "Globex")) == id_of(known, "Globex")


@pytest.mark.parametrize("called", ["Hidden Ltd", "hidden.example", "b2", "b/b2"])
def test_what_is_hidden_does_not_answer(known: Lab, called: str) -> None:
    """Neither name nor domain nor id finds what may not be seen, and the error is that for a name that nobody has."""
    with pytest.raises(UnknownName) as hidden:
        id_of(known, called, "y")
    with pytest.raises(UnknownName) as invented:
        id_of(known, "Zzyzx 99", "y")
    assert str(hidden.value).replace(called, "") == str(invented.value).replace("Zzyzx 99", "")
    assert id_of(known, called, "x") == id_of(known, "b/b2", "x")


def test_a_hidden_entity_does_not_answer_to_its_id(known: Lab) -> None:
    """Knowing an id of ours helps nobody who may not see it."""
    with pytest.raises(UnknownName):
        id_of(known, id_of(known, "Hidden Ltd", "x"), "y")


def test_several_of_one_name_are_listed(known: Lab) -> None:
    """An ambiguous name lists its candidates with what tells them apart, and each candidate's id answers."""
    known.say("c", "accounts", account("c1", 1, name="Globex", domain="globex.invalid"))
    known.sync()
    with pytest.raises(Ambiguous) as found:
        id_of(known, "globex")
    candidates = found.value.candidates
    assert [c["domain"] for c in candidates] == sorted(["globex.example", "globex.invalid"]) or len(candidates) == 2
    assert {id_of(known, str(c["id"])) for c in candidates} == {c["id"] for c in candidates}


@pytest.mark.parametrize("called", ["", " ", "/", "a/", "account-", "x" * 10_000, "\udcff", "%", "' or 1=1 --", "*"])
def test_nonsense_is_unknown(known: Lab, called: str) -> None:
    """Whatever is typed, the answer is a clear no."""
    with pytest.raises(UnknownName):
        id_of(known, called)


def test_a_typing_error_is_told_what_is_near(known: Lab) -> None:
    """The nearest visible names are offered, hidden ones are not."""
    with pytest.raises(UnknownName) as found:
        id_of(known, "Globexx")
    assert list(found.value.near) == ["globex"]
    with pytest.raises(UnknownName) as found:
        id_of(known, "Hiddn Ltd", "y")
    assert list(found.value.near) == []


def test_among_many_names_the_near_ones_are_looked_at(known: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many names there are, a question that nothing answers looks at those that stand next to it in order."""
    monkeypatch.setattr(find, "_NEIGHBOURS", 2)
    known.say("a", "accounts", *(account(f"n{n}", 1, name=f"Globe{n:02}") for n in range(40)))
    # Many of one name are one neighbour.
    known.say("a", "accounts", *(account(f"m{n}", 1, name="Globe39") for n in range(5)))
    known.sync()
    for asked, near in (("Globexx", ["globex", "globe39"]), ("Globe2O", ["globe29", "globe28", "globe30"])):
        with pytest.raises(UnknownName) as found:
            id_of(known, asked)
        assert list(found.value.near) == near


def test_an_old_id_answers_after_a_merge(known: Lab) -> None:
    """Two accounts become one: the ids of both lead to it, and after they part again, each to its own."""
    acme, globex = id_of(known, "a/42"), id_of(known, "Globex")
    known.say("a", "accounts", account("q/7 x", 2, name="Globex", domain="acme.example"))
    known.sync()
    assert id_of(known, acme) == id_of(known, globex) == id_of(known, "Globex") == id_of(known, "b1")
    known.say("a", "accounts", account("q/7 x", 3, name="Globex", domain="globex.example"))
    known.sync()
    assert (id_of(known, acme), id_of(known, globex)) == (acme, globex)


def test_a_name_of_the_past_answers_in_the_past(known: Lab) -> None:
    """An account is found by its old name only as of a time when that was believed."""
    before = known.memory.belief()
    known.say("a", "accounts", account("q/7 x", 2, name="Initech", domain="globex.example"))
    known.sync()
    with pytest.raises(UnknownName):
        id_of(known, "Globex")
    assert known.memory.context("Globex", known_at=before).data["name"] == "Globex"
    with pytest.raises(UnknownName):
        known.memory.context("Initech", known_at=before)


def test_what_is_gone_does_not_answer(known: Lab) -> None:
    """A deleted record is found by nothing, and the account of its other record goes on."""
    known.say("a", "accounts", Gone("42"), Gone("q/7 x"))
    known.sync()
    for called in ("42", "a/42", "Globex"):
        with pytest.raises(UnknownName):
            id_of(known, called)
    assert known.memory.context("acme.example").data["name"] == "ACME"


def test_a_contact_is_found_by_mail(lab: Lab) -> None:
    """Other kinds have look-ups of their own."""
    lab.say("a", "contacts", Record("c1", {"name": "Ada", "email": "Ada@Acme.Example"}, at(1)))
    lab.sync()
    assert lab.memory.context("ada@acme.example", kind="contact").data["name"] == "Ada"
    with pytest.raises(UnknownName):
        lab.memory.context("ada@acme.example")


def test_a_name_does_not_hide_a_domain(lab: Lab) -> None:
    """An account that is called like another one's domain does not make that domain ambiguous."""
    lab.say("a", "accounts", account("1", 1, name="Victim", domain="victim.example"))
    lab.say("b", "accounts", account("2", 1, name="victim.example", domain="other.example"))
    lab.sync()
    assert lab.memory.context("victim.example").data["name"] == "Victim"


def test_two_domains_that_fold_alike_are_two(lab: Lab) -> None:
    """`groß-bank.example` and `gross-bank.example` belong to two companies; case alone makes no difference."""
    lab.say("a", "accounts", account("1", 1, name="Groß", domain="groß-bank.example"))
    lab.say("b", "accounts", account("2", 1, name="Gross", domain="gross-bank.example"))
    lab.say("b", "accounts", account("3", 1, name="Groß AG", domain="GROß-Bank.example"))
    lab.sync()
    assert len(list(lab.memory.list("accounts"))) == 2


NAMED = """
groups: {account: {profile: {parts: [name, industry], by: lead}}}
attributes: {account: {name: {validate: [{type: format, pattern: '[A-Z].*', effect: drop}]}}}
"""


@pytest.mark.parametrize("rules", ["", NAMED])
@pytest.mark.parametrize("who", ["all", "x", "nobody", "low"])
def test_what_is_only_named_is_named_the_same(tmp_path: Path, blank_store: Path, rules: str, who: str) -> None:
    """Who asks for nothing but the name gets the name, the records and the kind that are there when all is decided."""
    lab = Lab(tmp_path, blank_store, config_of(tmp_path, rules))
    for source, name, day in (("a", "acme", 9), ("b", "Acme GmbH", 2), ("c", "ACME", 1)):
        lab.say(source, "accounts", account("1", day, name=name, domain="acme.example", industry=f"{name} things"))
        lab.say(source, "accounts", account("2", day, ["x"] if source == "b" else None, name=f"{name} x", phone=name))
    lab.say("a", "accounts", account("3", 1, industry="Steel"))
    lab.sync()
    lab.memory.remember(about="a/1", attribute="name", value="Acme Group", principal="all", scope="user")
    with lab.memory.reader(who) as reader:
        whole = {view.id: view for view in reader.each("account")}
        brief = reader.briefly(whole)
        assert brief.keys() == whole.keys()
        assert len(whole) > 2
        for entity, view in brief.items():
            assert view._replace(facts={}) == whole[entity]._replace(facts={})
            assert view.facts.items() <= whole[entity].facts.items()
    lab.close()
