"""What the global options say, and how a command opens the memory with them."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from groundfact.cli.screen import Screen
    from groundfact.memory import Memory
    from groundfact.plugins import Plugins

__all__ = ["Setup", "setup_of"]

_DEFAULT = "groundfact.yaml"


@dataclass
class Setup:
    """The global options of one call."""

    config: str | None = None
    variables: dict[str, str] = field(default_factory=dict)
    debug: bool = False
    colour: bool | None = None
    """None: where the environment and the terminal want it."""
    json: bool = False

    @property
    def path(self) -> Path:
        """The YAML: `--config`, else GROUNDFACT_CONFIG, else groundfact.yaml here."""
        return Path(self.config or os.environ.get("GROUNDFACT_CONFIG") or _DEFAULT)

    @property
    def colours(self) -> bool | None:
        """Whether to colour; None: where the output is a terminal. NO_COLOR, then FORCE_COLOR, as everywhere."""
        if self.colour is not None:
            return self.colour
        if os.environ.get("NO_COLOR"):
            return False
        return True if os.environ.get("FORCE_COLOR") else None

    @cached_property
    def screen(self) -> Screen:
        """Where the command writes."""
        from groundfact.cli.screen import Screen

        return Screen(self.colours)

    def memory(self) -> Memory:
        """The memory that the YAML describes."""
        from groundfact.memory import Memory

        return Memory.open(self.path, variables=self.variables)

    def plugins(self) -> Plugins:
        """The installed plugins, minus those that the YAML blocks; it need not be valid, or be there, for that."""
        from groundfact.plugins import Plugins

        return Plugins(block=_blocked(self.path, self.variables))

    def listen(self) -> None:
        """Show warnings of the libraries as single lines, with their tracebacks only under --debug."""
        import logging

        from groundfact.cli.text import clean, one_line

        setup = self

        class OneLine(logging.Formatter):
            def format(self, record: logging.LogRecord) -> str:
                # Asked now: `--debug` may stand after the command.
                if setup.debug:
                    return clean(super().format(record))
                first = record.getMessage().partition("\n")[0]
                if record.levelno == logging.INFO:
                    # A line of the journal is to be read by machines.
                    return one_line(first)
                return f"{record.levelname.lower()}: {one_line(first)}"

        class ToStderr(logging.Handler):
            def emit(self, record: logging.LogRecord) -> None:
                sys.stderr.write(self.format(record) + "\n")

        handler = ToStderr()
        handler.setFormatter(OneLine("%(levelname)s %(name)s: %(message)s"))
        logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
        # `--log` may have changed it, in an earlier call of this process.
        logging.getLogger("groundfact").setLevel(logging.NOTSET)


def setup_of(ctx: typer.Context) -> Setup:
    """The global options of the call that a context belongs to."""
    setup = ctx.find_object(Setup)
    if setup is None:
        raise RuntimeError("a groundfact command runs under groundfact.cli.main")
    return setup


def _blocked(path: Path, variables: Mapping[str, str]) -> list[str]:
    if not path.is_file():
        return []
    from groundfact.config.load import load_document

    plugins = load_document(path, variables=variables).data.get("plugins")
    names = plugins.get("block") if isinstance(plugins, dict) else None
    return [str(name) for name in names] if isinstance(names, list) else []
