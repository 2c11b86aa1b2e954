"""The hero account's tickets beside those of the fiction."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from groundfact.testing.zendesk_desk import GROUPS, Desk

__all__ = ["HeroTickets", "hero_tickets"]


class HeroTickets(NamedTuple):
    """Ids of the hero account's organization and of two curated tickets."""

    organization: int
    open: int
    """Urgent and open, with public comments of both sides and an internal note."""
    without_organization: int
    """By a consultant who writes from a free-mail address."""


def hero_tickets(desk: Desk) -> HeroTickets:
    """Open both tickets; the fiction has one more of the hero's, and a chat."""
    world = desk.world
    company = desk.row_of(world.hero.company_key).id
    agent = desk.user(world.hero.owner_email).id
    asker = desk.user(f"jonas.brandeck@{world.hero.domain}").id
    consultant = desk.user("petra.sollner.halden@freemail.example").id
    tickets = []
    for subject, by, about, status, priority, days in (
        ("Robots stop after firmware 4.2", asker, company, "open", "urgent", 2),
        ("Access to the spare parts portal", consultant, None, "pending", "normal", 5),
    ):
        fields = {"subject": subject, "status": status, "priority": priority, "requester_id": by}
        fields |= {"assignee_id": agent, "organization_id": about, "group_id": next(iter(GROUPS))}
        fields |= {"area": "hardware", "channel": "email"}
        tickets.append(desk.add("tickets", fields, world.now - timedelta(days=days, hours=3)).id)
    for ticket, author, hours, public, text in (
        (tickets[0], asker, 51, True, "Since the update to firmware 4.2 six of our robots stop in aisle 9 every hour."),
        (tickets[0], agent, 49, True, "We see the stops in the logs. Please keep the old firmware on the others."),
        (tickets[0], agent, 48, False, "Known regression, fix is planned for 4.2.1. Do not promise a date yet."),
        (tickets[0], asker, 20, True, "It is getting worse: eleven robots now, and the night shift stands still."),
        (tickets[1], consultant, 123, True, "Halden Robotics asked me to order spare parts. Can I have a login?"),
        (tickets[1], agent, 120, True, "Gladly, as soon as somebody at Halden Robotics confirms it to us."),
    ):
        desk.comment(ticket, author, text, world.now - timedelta(hours=hours), public=public)
    return HeroTickets(company, tickets[0], tickets[1])
