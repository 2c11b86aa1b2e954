"""A laboratory with stewards in it."""

from __future__ import annotations

from pathlib import Path

from groundfact.config.build import load_config
from groundfact.config.config import Config
from support.lab import BASE, PLUGINS

PEOPLE = """
principals:
  all: {kind: person, labels: [workspace, x], clearance: restricted, may: [correct, forget]}
  stew: {kind: person, labels: [x], clearance: restricted, may: [correct, forget]}
  open: {kind: person, clearance: restricted, may: [correct]}
  low: {kind: person, labels: [x], may: [correct]}
  dana: {kind: person}
  mo: {kind: person, clearance: restricted}
"""


def steward_config(folder: Path, more: str = "", mirror: str | None = None) -> Config:
    """Three scripted sources and people, some of whom may decide; `mirror` copies source `a`."""
    lines = ["sources:"]
    for source in "abc":
        copy = ", mirror_of: a" if source == mirror else ""
        lines.append(f"  {source}: {{type: scripted, access: [workspace], script: '{source}'{copy}}}")
    start, end = BASE.index("principals:"), BASE.index("context:")
    path = folder / "lab.yaml"
    path.write_text(BASE[:start] + PEOPLE.strip() + "\n" + BASE[end:] + "\n".join(lines) + "\n" + more)
    return load_config(path, PLUGINS)
