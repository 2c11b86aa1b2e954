"""groundfact: a memory for AI copilots that a business can trust.

The public page for plugin authors is `hookimpl`, `component`, `protocols`, `model`, `vocabulary` and `errors`;
for applications it is `Memory`, or `AsyncMemory` where they await. Everything is imported on first use, so that
`import groundfact` costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from groundfact.asynchronous import AsyncMemory
    from groundfact.hookspecs import hookimpl
    from groundfact.memory import Memory

__all__ = ["AsyncMemory", "Memory", "__version__", "hookimpl"]
__version__ = "0.1.0"

_HOME = {
    "AsyncMemory": "groundfact.asynchronous",
    "Memory": "groundfact.memory",
    "hookimpl": "groundfact.hookspecs",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module 'groundfact' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOME[name]), name)
