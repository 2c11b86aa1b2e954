"""`groundfact fakes`: the fake vendors, to write and try connectors and configurations against."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import Annotated

import typer

__all__ = ["add"]

_TEXT = """\
{companies} fictional companies (seed {seed}), served until you press Ctrl-C:
  Salesforce  {crm_url}
  HubSpot     {marketing_url}

In the shell that runs groundfact:
  export FAKE_SALESFORCE_TOKEN='{crm_token}'
  export FAKE_HUBSPOT_TOKEN='{marketing_token}'

In groundfact.yaml:
sources:
  crm: {{type: salesforce, base_url: "{crm_url}", access_token: env:FAKE_SALESFORCE_TOKEN}}
  marketing: {{type: hubspot, base_url: "{marketing_url}", access_token: env:FAKE_HUBSPOT_TOKEN}}
network: {{allow: ["127.0.0.1"]}}
"""


def add(app: typer.Typer) -> None:
    """Add the command."""
    app.command("fakes")(_fakes)


def _fakes(
    companies: Annotated[int, typer.Option(min=1, max=100_000, help="How many fictional companies.")] = 40,
    seed: Annotated[int, typer.Option(help="The same seed gives the same world.")] = 7,
) -> None:
    """Run fake Salesforce and HubSpot servers on this machine until Ctrl-C, for plugin authors."""
    from groundfact.testing import FakeHubSpot, FakeSalesforce, FictionalWorld

    world = FictionalWorld(seed=seed, companies=companies)
    with ExitStack() as running:
        crm = running.enter_context(FakeSalesforce(world))
        marketing = running.enter_context(FakeHubSpot(world))
        typer.echo(
            _TEXT.format(
                companies=companies,
                seed=seed,
                crm_url=crm.url,
                crm_token=crm.session_id,
                marketing_url=marketing.url,
                marketing_token=marketing.access_token,
            )
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            typer.echo("stopped")
