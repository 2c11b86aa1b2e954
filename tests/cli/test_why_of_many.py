"""`groundfact why` where very many claims lost."""

from __future__ import annotations

from pathlib import Path

from support.command_line import Run

from groundfact.pipeline.answering.foremost import MOST_TOLD


def test_why_says_how_many_it_leaves_out(company: Path, synced: Run) -> None:
    """For people it is a line below the claims; as JSON it is `left_out`."""
    rows = "".join(f"m{n},Acme {n},acme.example,\n" for n in range(MOST_TOLD + 4))
    (company / "billing.csv").write_text("number,company,web,tel\n" + rows)
    assert synced("sync").code == 0
    ran = synced("why", "acme.example", "name")
    assert sum(line.startswith("loses") for line in ran.out.splitlines()) == MOST_TOLD
    assert "left out: 4 more losers" in ran.out.splitlines()
    assert synced("why", "acme.example", "name", "--json").json["left_out"] == {"losers": 4}
