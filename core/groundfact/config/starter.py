"""The file that `groundfact init` writes."""

from __future__ import annotations

from importlib.resources import files

__all__ = ["starter"]


def starter(workspace: str = "acme") -> str:
    """A commented configuration to begin with: a CRM, a marketing tool and a CSV, who asks and whom to believe."""
    text = files("groundfact.config").joinpath("starter.yaml").read_text("utf-8")
    return text.replace("workspace: acme", f"workspace: {workspace}", 1)
