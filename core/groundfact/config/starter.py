"""The file that `groundfact init` writes."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["starter"]


def starter() -> str:
    """A commented configuration to begin with: a CRM, a marketing tool and a CSV, who asks and whom to believe."""
    return files("groundfact.config").joinpath("starter.yaml").read_text("utf-8")
