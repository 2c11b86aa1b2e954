"""The demo's scenes for people: a sentence or two of framing, then what came out."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from groundfact.cli.commands.why import flip_line
from groundfact.cli.demo_page import Page
from groundfact.cli.demo_scenes import ASKED, SIGN, Scene
from groundfact.cli.demo_world import CONFIG, config_text
from groundfact.cli.text import cell

__all__ = ["show_asked", "show_changed", "show_closing", "show_explained", "show_restricted", "show_synced"]

_CONTACTS_SHOWN = 2


def show_synced(scene: Scene, page: Page) -> None:
    """The YAML, what was read, and what became of it."""
    data, lines = scene.data, config_text().splitlines()
    page.code(_rules(lines), f"{CONFIG}, lines on whom to believe ({len(lines)} in all)")
    page.gap()
    page.table(
        ("source", "records", "calls", "seconds"),
        [(s["source"], s["new"], s["calls"], s["seconds"]) for s in data["sources"]],
    )
    page.gap()
    page.say(
        f"{data['records']:,} records from {len(data['sources'])} systems became {data['accounts']:,} accounts,"
        f" {data['contacts']:,} contacts and {data['deals']:,} deals."
    )
    page.say(f"{ASKED} is {len(data['hero_records'])} of these records: {', '.join(data['hero_records'])}.")
    page.say(
        f"Checked against the truth of this fiction, {data['companies']:,} companies: accounts that mix two of them:"
        f" {data['wrongly_joined']}; companies still in more than one account: {data['still_split']}, where their"
        " records share neither an id nor a domain. It does not guess."
    )


def _rules(lines: list[str]) -> list[str]:
    """The `attributes:` block of the YAML."""
    start = next(at for at, line in enumerate(lines) if line.startswith("attributes:"))
    end = next(at for at, line in enumerate(lines) if at > start and not line.strip())
    return lines[start:end]


def show_asked(scene: Scene, page: Page) -> None:
    """The context, without what nobody disputes."""
    data = scene.data
    lines = list(_shortened(data["text"].splitlines(), data["context"]))
    page.framed(lines, f"context of {ASKED!r}: {data['tokens']:,} of {data['budget']:,} tokens")
    tight = data["tight"]
    marked = len(data["conflicts"] + data["stale"] + data["unconfirmed"])
    page.say(
        f"With a budget of {tight['budget']} tokens it takes {tight['tokens']}, and the {marked} marked facts are still"
        " there in full: a doubt is the last thing it drops."
    )


def _shortened(lines: Sequence[str], context: Any) -> Iterator[str]:
    """The lines, without facts that all sources agree on and contacts beyond the first, which are counted."""
    sure = {f"- {f['label']}:" for f in context["facts"] if f["confidence"] == "high"}
    people = [f"- {entity['name']}:" for entity in context["related"]["contact"]["shown"]]
    left = 0
    for line in lines:
        name = line.partition(":")[0] + ":"
        if name in sure or name in people[_CONTACTS_SHOWN:]:
            left += 1
            continue
        if left and not line.startswith("- "):
            what = "facts that two or more sources agree on" if "Deals" not in line else "contacts"
            yield f"  … {left} more {what}, not shown here"
            left = 0
        yield line


def show_explained(scene: Scene, page: Page) -> None:
    """Winner, losers, rule, margin, flip."""
    why = scene.data["why"]
    rows = [_claim("wins", why["winner"], "")]
    rows += [_claim("loses", loser, loser["reason"].replace("_", " ")) for loser in why["losers"]]
    page.table(("", why["fact"]["label"].lower(), "source", "since", "confirmed", "reason"), rows)
    page.gap()
    page.say(f"Rule: {why['because']}, {why['margin']}. Confidence {why['fact']['confidence']}.")
    for flip in why["flips"]:
        line = flip_line(flip)
        page.say(f"{line[0].upper()}{line[1:]}.")


def _claim(role: str, claim: Any, reason: str) -> Sequence[Any]:
    return role, claim["value"], claim["source"], claim["changed_at"][:10], claim["verified_at"][:10], reason


def show_restricted(scene: Scene, page: Page) -> None:
    """What differs, and that nothing hints at the rest."""
    data = scene.data
    page.say("Only Dana is told:")
    page.signed("-", _unsigned(data["only_full"]), "red")
    page.say(f"{data['principal']} is told instead:")
    page.signed("+", _unsigned(data["only_restricted"]), "green")
    page.gap()
    page.say("Nothing hints at what is hidden: totals, counts and headings are computed without it. Asked outright:")
    page.signed(">", [data["why_revenue"], data["by_id"]], "dim")
    page.say("Word for word what it says of an account without any revenue, and of a deal that never existed.")


def _unsigned(lines: Sequence[str]) -> list[str]:
    """The lines without the signs of frames, which only a copilot needs."""
    told = (SIGN.sub("", line).rstrip() for line in lines)
    return [line for line in told if line.strip("- >")]


def show_changed(scene: Scene, page: Page) -> None:
    """What changed, what it cost, and that the former answer is still there."""
    data = scene.data
    page.table(
        ("what", "attribute", "before", "after"),
        [(c["title"], c["attribute"], cell(c["before"]), cell(c["after"])) for c in data["changes"]],
    )
    page.gap()
    read = sum(s["new"] + s["changed"] for s in data["sources"])
    page.say(
        f"This took {data['calls']} calls; the full sync took {data['first_calls']}. It went for all accounts, not only"
        f" this one: {read} records were new or changed, and with them {data['changes_in_all']} facts."
    )
    page.say("In the new context:")
    page.signed("+", data["lines"], "green")
    page.gap()
    page.say(
        f"The former belief is not lost: the same question with known_at {data['known_at']} gives the answer of scene 2"
        " again, byte for byte."
    )


def show_closing(page: Page, seconds: float, scenes: Mapping[str, Scene], kept: Path | None) -> None:
    """How it went, and commands to go on with."""
    count = sum(len(scene.promises) for scene in scenes.values())
    page.heading(len(scenes) + 1, "Your turn")
    page.say(f"{count} claims made above were checked as they were shown. All of it took {seconds} s.")
    page.gap()
    rows = [
        ("groundfact demo --keep my-demo", "the same, and the folder stays for your own questions"),
        ("groundfact demo --serve", "vendors and server stay up, with a configuration to paste into an MCP client"),
        ("groundfact init", "a commented YAML for your own systems"),
        ("groundfact --help", "every command; the README has the tour"),
    ]
    if kept is not None:
        at = scenes["change"].data["asked_at"]
        config = shlex.quote(str(kept / CONFIG))
        rows[0] = (f"groundfact context {ASKED!r} -c {config} --known-at {at}", "ask the memory that stays there")
    for command, what in rows:
        page.command(command, what)
