"""The fake help desk over real HTTP, as Zendesk documents it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from groundfact.testing import FakeZendesk, FictionalWorld
from groundfact.testing.world_clock import FakeClockWorld

Ask = Callable[..., httpx2.Response]


@pytest.fixture
def zendesk(world: FictionalWorld) -> Iterator[FakeZendesk]:
    """A running help desk."""
    with FakeZendesk(world) as vendor:
        yield vendor


@pytest.fixture
def ask(zendesk: FakeZendesk) -> Ask:
    """A GET with an API token."""

    def get(path: str, **params: Any) -> httpx2.Response:
        auth = (f"{zendesk.email}/token", zendesk.api_token)
        return httpx2.get(f"{zendesk.url}/api/v2/{path}.json", params=params, auth=auth, trust_env=False)

    return get


def walk(ask: Ask, kind: str, **params: Any) -> Iterator[dict[str, Any]]:
    """Every page of a cursor export."""
    while True:
        page = ask(f"incremental/{kind}/cursor", **params).json()
        yield page
        if page["end_of_stream"]:
            return
        params = {**params, "cursor": page["after_cursor"]}
        params.pop("start_time", None)


def test_the_same_world_gives_the_same_desk(world: FictionalWorld) -> None:
    """Two desks over equal worlds are equal, and looking at a world does not change it."""
    before = world.fingerprint()
    one, two = FakeZendesk(world), FakeZendesk(FictionalWorld())
    assert one.desk.rows == two.desk.rows
    assert one.hero == two.hero
    assert world.fingerprint() == before


def test_tickets_and_conversations_of_the_world_are_tickets(zendesk: FakeZendesk, world: FictionalWorld) -> None:
    """Each has its messages as comments, its requester, and its company as organization unless they write free mail."""
    for subject in [*world.of_kind("ticket"), *world.of_kind("conversation")]:
        row = zendesk.desk.row_of(subject.key)
        assert [one.body for one in row.comments] == [message.text for message in world.messages[subject.key]]
        asker = zendesk.desk.rows["users"][row.fields["requester_id"]]
        assert asker.fields["email"] == world.subjects[subject.get("requester")].get("email")
        free = asker.fields["email"].rpartition("@")[2] in world.free_mail_domains
        assert (row.fields["organization_id"] is None) == free


def test_what_happens_in_the_world_reaches_the_desk(zendesk: FakeZendesk, world: FictionalWorld, ask: Ask) -> None:
    """New tickets, replies and people appear, with the time at which they happened."""
    before = {kind: dict(rows) for kind, rows in zendesk.desk.rows.items()}
    comments = sum(len(row.comments) for row in zendesk.desk.rows["tickets"].values())
    began = world.now
    world.advance(days=60)
    ask("users/me")
    for kind in ("users", "tickets"):
        fresh = [row for key, row in zendesk.desk.rows[kind].items() if key not in before[kind]]
        assert fresh
        assert all(began < row.generated <= world.now for row in fresh if kind == "tickets")
    assert sum(len(row.comments) for row in zendesk.desk.rows["tickets"].values()) > comments


def test_the_hero_has_its_tickets(zendesk: FakeZendesk, world: FictionalWorld) -> None:
    """One is open with an internal note, one has no organization, and the fiction adds two."""
    opened, loose = (zendesk.desk.rows["tickets"][key] for key in zendesk.hero[1:])
    assert opened.fields["status"] == "open"
    assert opened.fields["organization_id"] == zendesk.hero.organization
    assert [one.public for one in opened.comments] == [True, True, False, True]
    assert loose.fields["organization_id"] is None
    hero = [row for row in zendesk.desk.rows["tickets"].values() if row.fields["organization_id"]]
    assert sum(row.fields["organization_id"] == zendesk.hero.organization for row in hero) == 3
    assert zendesk.desk.rows["organizations"][zendesk.hero.organization].fields["name"] == world.hero.name


@pytest.mark.parametrize("kind", ["tickets", "users"])
def test_the_cursor_export_walks_through_everything_once(zendesk: FakeZendesk, ask: Ask, kind: str) -> None:
    """Pages follow one another by `after_cursor`, which is also where the next export starts."""
    zendesk.world.advance(hours=0.02)
    pages = list(walk(ask, kind, start_time=0, per_page=7))
    ids = [row["id"] for page in pages for row in page[kind]]
    assert sorted(ids) == sorted(zendesk.desk.rows[kind])
    last = pages[-1]["after_cursor"]
    again = ask(f"incremental/{kind}/cursor", cursor=last).json()
    assert (again[kind], again["after_cursor"], again["end_of_stream"]) == ([], last, True)


def test_the_last_minute_is_withheld(zendesk: FakeZendesk, world: FictionalWorld, ask: Ask) -> None:
    """What changed within a minute of the request comes with a later one, and `start_time` must be older than that."""
    last = list(walk(ask, "tickets", start_time=0))[-1]["after_cursor"]
    zendesk.desk.edit("tickets", zendesk.hero.open, priority="low")
    assert ask("incremental/tickets/cursor", cursor=last).json()["tickets"] == []
    world.advance(hours=0.02)
    assert ask("incremental/tickets/cursor", cursor=last).json()["tickets"][-1]["priority"] == "low"
    recent = ask("incremental/tickets/cursor", start_time=int(world.now.timestamp()) - 59)
    assert recent.status_code == 422
    assert recent.json()["description"].startswith("Too recent start_time")
    assert ask("incremental/tickets/cursor", start_time=int(world.now.timestamp()) - 60).status_code == 200
    assert ask("incremental/tickets/cursor").status_code == 400
    assert ask("incremental/tickets/cursor", cursor="@@").status_code == 400


def test_system_changes_move_generated_timestamp_only(zendesk: FakeZendesk, world: FictionalWorld, ask: Ask) -> None:
    """The export compares `generated_timestamp`, so a ticket can come with an `updated_at` before the start."""
    world.advance(hours=2)
    start = int(world.now.timestamp()) - 10
    zendesk.desk.edit("tickets", zendesk.hero.open, system=True, priority="low")
    world.advance(hours=0.02)
    (row,) = ask("incremental/tickets/cursor", start_time=start).json()["tickets"]
    assert row["generated_timestamp"] >= start
    assert row["updated_at"] < "2026-11-02T08:00:00Z"


def test_deletions_are_told_in_each_resources_own_way(zendesk: FakeZendesk, world: FictionalWorld, ask: Ask) -> None:
    """Tickets by status, users by `active`, organizations by `deleted_at`; a deleted ticket has no comments."""
    world.advance(hours=1)
    user = zendesk.desk.user(world.hero.promoted_email).id
    for kind, key in (("tickets", zendesk.hero.open), ("users", user), ("organizations", zendesk.hero.organization)):
        zendesk.desk.delete(kind, key)
    world.advance(hours=0.02)
    start = int(world.now.timestamp()) - 300
    (ticket,) = ask("incremental/tickets/cursor", start_time=start).json()["tickets"]
    assert ticket["status"] == "deleted"
    (person,) = ask("incremental/users/cursor", start_time=start).json()["users"]
    assert person["active"] is False
    (company,) = ask("incremental/organizations", start_time=start).json()["organizations"]
    assert company["deleted_at"] == "2026-11-02T09:00:00Z"
    missing = ask(f"tickets/{zendesk.hero.open}/comments")
    assert (missing.status_code, missing.json()["error"]) == (404, "RecordNotFound")
    listed = ask("organizations", **{"page[size]": 100}).json()["organizations"]
    assert zendesk.hero.organization not in [row["id"] for row in listed]


def test_the_export_by_time_repeats_rows_and_moves_on(zendesk: FakeZendesk, world: FictionalWorld, ask: Ask) -> None:
    """A page ends with a second, the next begins with it, and ties never stop it."""
    for key in list(zendesk.desk.rows["organizations"])[:5]:
        zendesk.desk.edit("organizations", key, world.now - timedelta(days=1))
    world.advance(hours=0.02)
    start, seen = 0, list[int]()
    while True:
        page = ask("incremental/organizations", start_time=start, per_page=3).json()
        seen += [row["id"] for row in page["organizations"]]
        if page["end_of_stream"]:
            break
        assert page["end_time"] > start
        assert page["next_page"].endswith(f"start_time={page['end_time']}")
        start = page["end_time"]
    assert set(seen) == set(zendesk.desk.rows["organizations"])
    assert len(seen) > len(set(seen))


def test_ticket_events_carry_comments_where_they_are_asked_for(zendesk: FakeZendesk, ask: Ask) -> None:
    """Without the side-load an event only says that there was a comment, and whether it was public."""
    events = ask("incremental/ticket_events", start_time=0, include="comment_events").json()["ticket_events"]
    mine = [one for one in events if one["ticket_id"] == zendesk.hero.open]
    assert [one["child_events"][0]["public"] for one in mine] == [True, True, False, True]
    assert "aisle 9" in mine[0]["child_events"][0]["body"]
    plain = ask("incremental/ticket_events", start_time=0).json()["ticket_events"]
    assert all("body" not in child for one in plain for child in one["child_events"])
    assert len(plain) == len(events)


def test_comments_are_paged_by_cursor(zendesk: FakeZendesk, ask: Ask) -> None:
    """Two a page, with their authors side-loaded; without a page size the older paging answers."""
    path = f"tickets/{zendesk.hero.open}/comments"
    one = ask(path, **{"page[size]": 2}, include="users").json()
    assert (len(one["comments"]), one["meta"]["has_more"]) == (2, True)
    assert {user["id"] for user in one["users"]} == {row["author_id"] for row in one["comments"]}
    two = ask(path, **{"page[size]": 2, "page[after]": one["meta"]["after_cursor"]}).json()
    assert (len(two["comments"]), two["meta"]["has_more"]) == (2, False)
    assert "meta" not in ask(path).json()
    assert ask(path, **{"page[size]": 101}).status_code == 400


def test_tickets_side_load_what_is_asked_for(zendesk: FakeZendesk, ask: Ask) -> None:
    """Users, groups and comment counts come with the tickets, and only when they are included."""
    page = ask("incremental/tickets/cursor", start_time=0, include="users,groups,comment_count").json()
    needed = {row[name] for row in page["tickets"] for name in ("requester_id", "submitter_id", "assignee_id")}
    assert {user["id"] for user in page["users"]} == needed
    assert {group["name"] for group in page["groups"]} <= {"Support", "Escalations"}
    counts = {row["id"]: row["comment_count"] for row in page["tickets"]}
    assert counts[zendesk.hero.open] == 4
    bare = ask("incremental/tickets/cursor", start_time=0).json()
    assert not {"users", "groups"} & set(bare)
    assert "comment_count" not in bare["tickets"][0]


def test_logins_roles_and_scopes(zendesk: FakeZendesk, ask: Ask) -> None:
    """Each refusal has Zendesk's own status and body."""
    url = f"{zendesk.url}/api/v2/incremental/tickets/cursor.json?start_time=0"
    wrong = httpx2.get(url, auth=("a@b.example/token", "x"), trust_env=False)
    assert (wrong.status_code, wrong.json()) == (401, {"error": "Couldn't authenticate you"})
    stale = httpx2.get(url, headers={"Authorization": "Bearer old"}, trust_env=False)
    assert (stale.status_code, stale.json()["error"]) == (401, "invalid_token")
    zendesk.scopes = {"users:read"}
    scoped = ask("incremental/tickets/cursor", start_time=0)
    assert (scoped.status_code, scoped.json()["error"]) == (403, "Forbidden")
    assert "required scopes: tickets:read, read" in scoped.json()["description"]
    zendesk.scopes, zendesk.role = {"read"}, "agent"
    assert ask("incremental/tickets/cursor", start_time=0).json()["error"]["title"] == "Forbidden"
    assert ask("users/me").json()["user"]["role"] == "agent"
    assert ask(f"tickets/{zendesk.hero.open}/comments").status_code == 200


def test_tokens_end_and_refresh_tokens_work_once(world: FictionalWorld) -> None:
    """A refresh gives a new pair and ends the old one; used again, the old refresh token is refused."""
    with FakeZendesk(world, expires_in=1_800) as zendesk:
        client = {"client_id": zendesk.client_id, "client_secret": zendesk.client_secret}
        old, form = zendesk.access_token, {**client, "grant_type": "refresh_token"}

        def post(**more: str) -> httpx2.Response:
            return httpx2.post(f"{zendesk.url}/oauth/tokens", json={**form, **more}, trust_env=False)

        def status(token: str) -> int:
            headers = {"Authorization": f"Bearer {token}"}
            return httpx2.get(f"{zendesk.url}/api/v2/users/me.json", headers=headers, trust_env=False).status_code

        used = zendesk.refresh_token
        fresh = post(refresh_token=used).json()
        assert (status(old), status(fresh["access_token"])) == (401, 200)
        again = post(refresh_token=used)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        granted = post(grant_type="client_credentials").json()
        assert (granted["expires_in"], "refresh_token" in granted) == (1_800, False)
        assert (status(granted["access_token"]), status(fresh["access_token"])) == (200, 200)
        assert post(client_secret="x").status_code == 401
        world.advance(hours=1)
        assert (status(granted["access_token"]), status(fresh["access_token"])) == (401, 401)


def test_ten_exports_a_minute(world: FictionalWorld) -> None:
    """The eleventh is refused with the seconds to wait; other calls are not counted."""
    clock = FakeClockWorld()
    with FakeZendesk(world, clock=clock.monotonic) as zendesk:
        headers = {"Authorization": f"Bearer {zendesk.access_token}"}

        def status(path: str) -> httpx2.Response:
            return httpx2.get(f"{zendesk.url}/api/v2/{path}", headers=headers, trust_env=False)

        export = "incremental/users/cursor.json?start_time=0"
        assert [status(export).status_code for _ in range(10)] == [200] * 10
        refused = status(export)
        assert refused.status_code == 429
        assert refused.json()["error"] == "APIRateLimitExceeded"
        assert status("users/me.json").status_code == 200
        clock.advance(seconds=int(refused.headers["Retry-After"]))
        assert status(export).status_code == 200


def test_the_limiter_in_front_answers_in_its_own_form(zendesk: FakeZendesk, ask: Ask) -> None:
    """The edge's 429 has another body than the API's, and may be no JSON at all."""
    zendesk.faults.add("quota", "users/me", retry_after=4)
    zendesk.faults.add("html", "ticket_fields", status=429)
    edge = ask("users/me")
    assert (edge.status_code, edge.headers["Retry-After"]) == (429, "4")
    assert edge.json() == {"title": "Automated response", "status": "429"}
    assert ask("ticket_fields").headers["Content-Type"].startswith("text/html")
    assert ask("nothing").status_code == 404
