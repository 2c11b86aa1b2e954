"""Our own people as Slack lists them, and the accounts that outsiders' messages belong to."""

from __future__ import annotations

from dataclasses import replace

import pytest

from groundfact.model import Batch, KeyRef, Record
from groundfact.testing.slack_workspace import CUSTOMER_TEAM, Person
from groundfact.vocabulary import default_vocabulary
from groundfact_plugins.mapping_fields import FIELDS

from .conftest import Copy, Desk
from .test_store import Office, office

__all__ = ["office"]
_BELIEVED = """
select v.rec, v.attributes from version v join stream s on s.id = v.stream
where s.name = 'users' and v.closed_seq is null and v.gone is null"""


def people(desk: Desk) -> dict[str, Record]:
    """The records of the stream, by id."""
    desk.renew()
    found: dict[str, Record] = {}
    for batch in desk.source.read(desk.spec("users"), [], None, desk.world.now):
        found.update((row.id, row) for row in batch.rows if isinstance(row, Record))
    return found


def ours(desk: Desk) -> set[str]:
    """The ids of those who work here."""
    return {key for key, one in desk.vendor.workspace.people.items() if key.startswith("U0MATE") and not one.deleted}


def test_our_own_people_have_name_address_and_title(desk: Desk) -> None:
    """Everybody who works here is a record; the bot, Slackbot and the one who left are none."""
    desk.vendor.workspace.people["U0MATE1"].title = "Head of support"
    found = people(desk)
    assert found.keys() == ours(desk)
    assert (len(found), desk.vendor.workspace.people["U0MATE8"].deleted) == (7, True)
    data = found["U0MATE1"].data
    assert (data["name"], data["title"]) == ("Dana Whitlock", "Head of support")
    assert data["email"] == "dana.whitlock@northlane.example"


@pytest.mark.parametrize("change", [{"guest": True}, {"bot": True}, {"deleted": True}, {"team": CUSTOMER_TEAM}])
def test_who_is_not_clearly_one_of_us_is_left_out(desk: Desk, change: dict[str, object]) -> None:
    """A guest, a bot, somebody who left or who is of another organisation is no teammate."""
    known = desk.vendor.workspace.people
    known["U0NEW"] = replace(Person("U0NEW", "New Face", "new@northlane.example"), **change)  # type: ignore[arg-type]
    assert "U0NEW" not in people(desk)


def test_an_unconfirmed_address_of_ours_is_not_told(desk: Desk) -> None:
    """Somebody whose address Slack has not confirmed is listed without it."""
    desk.vendor.workspace.people["U0MATE1"].confirmed = False
    assert people(desk)["U0MATE1"].data["email"] is None


@pytest.mark.parametrize(("confirmed", "told"), [(True, True), (False, False), (None, False)])
def test_an_outsiders_address_counts_only_where_slack_says_so(
    desk: Desk, copy: Copy, confirmed: bool | None, told: bool
) -> None:
    """What files a message with an account is an address that Slack calls confirmed, not one it is silent about."""
    guest = Person("U0OUT", "Out Sider", "out@halden-robotics.example", CUSTOMER_TEAM, confirmed=confirmed)
    desk.vendor.workspace.people[guest.id] = guest
    ts = desk.vendor.post("cust-halden-robotics", "Hello", user=guest.id)
    desk.later(minutes=1)
    desk.sync(copy)
    author = copy.records[f"C0HALDEN:{ts}"].data["author"]
    assert (author["external"], author["email"]) == (True, guest.email if told else None)


def test_a_guest_of_the_workspace_is_an_outsider(desk: Desk, copy: Copy) -> None:
    """Slack counts guests among the workspace's people; what they write comes from outside all the same."""
    desk.vendor.workspace.people["U0GUEST"] = Person("U0GUEST", "Guest", "guest@cobalt.example", guest=True)
    ts = desk.vendor.post("general", "Hello", user="U0GUEST")
    desk.later(minutes=1)
    desk.sync(copy)
    assert copy.records[f"C0GENERAL:{ts}"].data["author"]["external"] is True


def test_by_default_an_outsiders_address_files_a_message(desk: Desk, copy: Copy) -> None:
    """The default mapping marks what comes from outside, and hangs it on the account of its author's domain; what our
    own people write hangs on nothing."""
    desk.sync(copy)
    spec = desk.spec()
    mapping = FIELDS.build(FIELDS.options(**spec.mapping), spec.kind, default_vocabulary())
    said = {row.data["author"]["external"]: mapping.interpret(mapping.project(row)) for row in copy.records.values()}
    assert said[True].about == (KeyRef("account", "domain=halden-robotics.example"),)
    assert (said[True].attributes["external"], said[False].attributes["external"]) == (True, False)
    assert said[False].about == ()


def test_people_and_messages_share_one_list(desk: Desk, copy: Copy) -> None:
    """Reading both streams in one run asks for the list of people once."""
    desk.sync(copy)
    batches: list[Batch] = list(desk.source.read(desk.spec("users"), [], None, desk.world.now))
    assert [batch.cursor is not None for batch in batches] == [True]
    assert desk.vendor.count("users.list") == 1


def test_somebody_without_an_id_is_a_reject(desk: Desk) -> None:
    """A row that cannot be read is told, so that nobody is taken for gone because of it."""
    desk.vendor.workspace.people[""] = Person("", "Nobody", "nobody@northlane.example")
    (batch,) = desk.source.read(desk.spec("users"), [], None, desk.world.now)
    assert [(reject.id, b"Nobody" in reject.raw) for reject in batch.rejects] == [(None, True)]
    assert len(batch.rows) == len(ours(desk))


def test_who_left_is_gone_from_the_store(office: Office) -> None:
    """A teammate who leaves, or becomes a guest, is no teammate after the next run; the others are unchanged."""
    known = office.vendor.workspace.people
    with office.memory.store.reading() as tx:
        before = {str(rec) for rec, _ in tx.rows(_BELIEVED, ())}
    assert before == {f"U0MATE{number}" for number in range(1, 8)}
    known["U0MATE2"].deleted, known["U0MATE3"].guest = True, True
    counts = office.sync(0.001)
    with office.memory.store.reading() as tx:
        after = {str(rec) for rec, _ in tx.rows(_BELIEVED, ())}
    assert (before - after, counts["gone"]) == ({"U0MATE2", "U0MATE3"}, 2)
    groups = office.memory.workspace_context().data["groups"]
    assert groups["teammate"]["count"] == 5
