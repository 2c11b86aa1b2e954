"""Configurations that compare records, for the laboratory."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from groundfact.config.build import load_config
from groundfact.config.config import Config
from support.lab import BASE, PLUGINS, Lab

__all__ = ["GUARDED", "SIMILAR", "alike_config", "entities", "looks"]

SIMILAR = "- {type: similar, agree: [phone], propose_at: 0.6, merge_at: 0.8, crowd: 3, largest: 4, chain: 2}"
GUARDED = """- {type: compound_key, attributes: [name, phone], digits: 7, differ: [industry], apart: [employees]}
    - type: similar
      agree: [phone]
      differ: [industry]
      apart: [employees]
      digits: 7
      propose_at: 0.6
      merge_at: 0.8
      crowd: 3
      largest: 4
      chain: 2"""
"""The same, with guards on a key and on likeness."""
_KEYS = "- {type: shared_key, attribute: domain}"


def alike_config(folder: Path, similar: str = SIMILAR, most: str = "", sources: str = "abc") -> Config:
    """Scripted sources whose accounts are linked by domain and by likeness; `most` limits the domain."""
    assert _KEYS in BASE
    base = BASE.replace(_KEYS, f"- {{type: shared_key, attribute: domain{most}}}\n    {similar}")
    base = base.replace("all: {kind: person,", "all: {kind: person, may: [correct, direct],")
    lines = ["sources:"]
    lines += [f"  {s}: {{type: scripted, access: [workspace], script: '{s}'}}" for s in sources]
    path = folder / "alike.yaml"
    path.write_text(base + "\n".join(lines) + "\n")
    return load_config(path, PLUGINS)


def entities(lab: Lab) -> list[list[str]]:
    """The records of each account."""
    return sorted(item["records"] for item in lab.memory.list("accounts"))


def looks(**more: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """What accounts say that look alike, more or less; `more` attributes that only some of them have."""
    names = ["Northwind Traders", "Northwind Trader", "Nortwind Traders Inc", "Northwind", "Southwind Traders", "Bolt"]
    some = {
        "phone": st.sampled_from(["+1 312 555 0100", "312 555 0100", "+1 312 555 0199"]),
        "domain": st.sampled_from(["north.example", "south.example", "agency.example"]),
        "industry": st.sampled_from(["Steel", "Paper"]),
    }
    return st.fixed_dictionaries({"name": st.sampled_from(names)}, optional={**some, **more})
