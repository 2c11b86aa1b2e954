"""`groundfact learn-lifetimes`: how often values change, for the freshness rule `learned`."""

from __future__ import annotations

import typer

from groundfact.cli.options import JsonOption
from groundfact.cli.setup import setup_of

__all__ = ["learn_lifetimes"]

_COLUMNS = ("kind", "attribute", "changes", "days watched")


def learn_lifetimes(ctx: typer.Context, json: JsonOption = False) -> None:
    """Learn how often each attribute changes.

    The freshness rule `learned` goes by this until it is learnt anew. Only records that everybody in the workspace may
    see are counted; the days are added up over all of them.
    """
    setup = setup_of(ctx)
    with setup.memory() as memory:
        found = memory.learn_lifetimes()
    if json:
        setup.screen.json(found)
        return
    if not found:
        setup.screen.write("nothing to learn from yet: records have to be seen by at least two syncs")
        return
    rows = [(one["kind"], one["attribute"], one["changes"], one["days_watched"]) for one in found]
    setup.screen.table(_COLUMNS, rows)
