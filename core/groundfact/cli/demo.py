"""`groundfact demo`: the whole way, on fictional companies, through the real SDKs and a real store."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from groundfact.cli import demo_answers, demo_scenes, demo_serve, demo_show, demo_support
from groundfact.cli.demo_answers import SUPPORT
from groundfact.cli.demo_page import Page
from groundfact.cli.demo_scenes import ASKED, Progress, Scene
from groundfact.cli.demo_world import Stage, staged
from groundfact.cli.options import JsonOption
from groundfact.cli.progress import progress
from groundfact.cli.setup import Setup, setup_of
from groundfact.errors import GroundfactError, UsageError

__all__ = ["demo"]


def demo(
    ctx: typer.Context,
    keep: Annotated[
        Path | None, typer.Option("--keep", metavar="FOLDER", help="Play in this new folder and leave it there.")
    ] = None,
    serve: Annotated[
        bool, typer.Option("--serve", help="Sync once, then leave the vendors and the server running for your client.")
    ] = False,
    port: Annotated[int, typer.Option("--port", metavar="N", help="For --serve; 0: any that is free.")] = 8765,
    json: JsonOption = False,
) -> None:
    """Show the whole way on fictional companies: no key, no network, under half a minute."""
    setup = setup_of(ctx)
    if serve:
        with _folder(keep) as folder, staged(folder) as stage:
            demo_serve.serve(stage, setup, port, as_json=json)
        return
    page = None if json else Page(setup.colours)
    with _folder(keep) as folder, staged(folder) as stage:
        began = stage.world.monotonic()
        scenes = _played(stage, setup, page)
        seconds = round(stage.world.monotonic() - began, 1)
    if page is not None:
        demo_show.show_closing(page, seconds, scenes, keep)
        return
    told = {name: {"promises": list(scene.promises), **scene.data} for name, scene in scenes.items()}
    setup.screen.json({"ok": True, "seconds": seconds, "scenes": told})


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="groundfact-demo-") as name:
            yield Path(name)
        return
    try:
        keep.mkdir(parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise UsageError(f"{keep} is not empty", hint="the demo starts from nothing: name a new folder")
    except OSError as error:
        raise UsageError(f"{keep} cannot be used ({error.strerror})", hint="name a new folder") from error
    yield keep


class _Act(NamedTuple):
    name: str
    title: str
    framing: str
    run: Callable[[dict[str, Scene]], Scene]
    show: Callable[[Scene, Page], None]


def _acts(stage: Stage, sync: Callable[[Callable[[Progress], Scene]], Scene]) -> list[_Act]:
    return [
        _Act(
            "sync",
            "Six systems, one YAML file",
            "A CRM (Salesforce), a marketing system (HubSpot), a help desk (Zendesk), a chat (Slack), a wiki (Notion)"
            " and an export of the billing system (CSV). The first five are served on this machine and read as the"
            " vendors document it, through their own SDKs where there is one.",
            lambda done: sync(lambda tell: demo_scenes.synced(stage, tell)),
            demo_show.show_synced,
        ),
        _Act(
            "context",
            f"What a copilot is told about {ASKED}",
            "Each fact with its source, since when, and how fresh. Where the sources disagree and no rule decides, it"
            " says so and what to ask; what is too old is marked, or withheld where it must be current.",
            lambda done: demo_answers.asked(stage),
            demo_show.show_asked,
        ),
        _Act(
            "why",
            "Why it says Manufacturing",
            "HubSpot's value is newer and loses all the same: the YAML makes the CRM the system of record for it.",
            lambda done: demo_answers.explained(stage),
            demo_show.show_explained,
        ),
        _Act(
            "restricted",
            f"The same account for {SUPPORT}",
            "It has no access to the deal desk's deals and no clearance for confidential fields.",
            lambda done: demo_answers.restricted(stage, done["context"]),
            demo_show.show_restricted,
        ),
        _Act(
            "conversation",
            "A support copilot asks over MCP",
            "It speaks the Model Context Protocol with the server that `groundfact serve` runs, in its own name.",
            lambda done: demo_support.conversation(stage),
            demo_support.show,
        ),
        _Act(
            "change",
            "Three days later",
            "At HubSpot somebody is promoted, the company gets another phone number and a deal moves on.",
            lambda done: sync(lambda tell: demo_scenes.changed(stage, done["sync"], done["context"], tell)),
            demo_show.show_changed,
        ),
    ]


def _played(stage: Stage, setup: Setup, page: Page | None) -> dict[str, Scene]:
    def sync(run: Callable[[Progress], Scene]) -> Scene:
        with progress(setup.screen, stage.world.monotonic) as tell:
            return run(tell)

    done: dict[str, Scene] = {}
    for number, act in enumerate(_acts(stage, sync), 1):
        if page is not None:
            page.heading(number, act.title)
            page.say(act.framing)
            page.gap()
        done[act.name] = act.run(done)
        _insist(act.title, done[act.name])
        if page is not None:
            act.show(done[act.name], page)
    return done


def _insist(title: str, scene: Scene) -> None:
    """A demo that does not show what it promises must say so, and show nothing more."""
    broken = [said for said, kept in scene.promises.items() if not kept]
    if broken:
        message = f"the demo breaks its promise in {title!r}: {'; '.join(broken)}"
        raise GroundfactError(message, hint="this is a bug in groundfact: please report it")
