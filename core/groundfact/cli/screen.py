"""Writing: answers to stdout, everything else to stderr; the same widths in every pipe."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TextIO

from groundfact.cli.text import cell, clean, to_json

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["STYLES", "Screen"]

_PIPE_WIDTH = 100_000
"""A pipe has no edge: what is wider than a screen is neither wrapped nor cut there."""
STYLES = {
    "ok": "green", "done": "green", "fresh": "green", "high": "green",
    "failed": "bold red", "stale": "red", "conflict": "bold red", "unconfirmed": "red",
    "partial": "yellow", "stopped": "yellow", "busy": "yellow", "behind": "yellow", "late": "yellow",
    "aging": "yellow", "orphaned": "yellow",
    "running": "cyan", "never": "dim",
}  # fmt: skip
"""Words that are coloured wherever they stand alone in a cell."""


class Screen:
    """Both outputs of a command."""

    def __init__(self, colours: bool | None = None) -> None:
        """`colours` None: where the output is a terminal."""
        self._colours = colours

    @property
    def is_terminal(self) -> bool:
        """Whether a person reads stdout."""
        return sys.stdout.isatty()

    @cached_property
    def out(self) -> Console:
        """The console on stdout."""
        return self._console(sys.stdout)

    @cached_property
    def err(self) -> Console:
        """The console on stderr."""
        return self._console(sys.stderr)

    def _console(self, file: TextIO) -> Console:
        from rich.console import Console

        terminal = file.isatty()
        coloured = terminal if self._colours is None else self._colours
        # Markup, emoji and highlighting are off: text from sources is printed as it is.
        return Console(
            file=file,
            force_terminal=terminal or coloured,
            color_system=("auto" if terminal else "standard") if coloured else None,
            no_color=not coloured,
            width=None if terminal else _PIPE_WIDTH,
            markup=False,
            emoji=False,
            highlight=False,
        )

    def write(self, text: str) -> None:
        """A line of the answer."""
        sys.stdout.write(clean(text) + "\n")

    def exact(self, text: str) -> None:
        """The text as it is; only a terminal gets it made harmless, and ended with a line end."""
        if self.is_terminal:
            text = clean(text)
            text += "" if text.endswith("\n") else "\n"
        sys.stdout.write(text)

    def json(self, value: Any) -> None:
        """One line of JSON."""
        sys.stdout.write(to_json(value) + "\n")

    def flush(self) -> None:
        """Hand over what was written: a pipe would keep it until the command ends, and some go on for days."""
        sys.stdout.flush()

    def note(self, text: str, style: str = "") -> None:
        """A line beside the answer, on stderr."""
        from rich.text import Text

        self.err.print(Text(clean(text), style=style), soft_wrap=True)

    def title(self, text: str) -> None:
        """A line of the answer that stands out."""
        from rich.text import Text

        self.out.print(Text(clean(text), style="bold"), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]], *, on_stderr: bool = False) -> None:
        """An aligned table; numbers stand on the right, status words have their colour, empty columns are left out."""
        from rich.table import Table
        from rich.text import Text

        told = [list(row) for row in rows]
        kept = [at for at, name in enumerate(columns) if not told or any(row[at] not in ("", None) for row in told)]
        columns, told = [columns[at] for at in kept], [[row[at] for at in kept] for row in told]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
        for index, name in enumerate(columns):
            numbers = bool(told) and all(isinstance(row[index], (int, float)) for row in told)
            table.add_column(name, justify="right" if numbers else "left", overflow="fold")
        for row in told:
            cells = [cell(value) for value in row]
            table.add_row(*(Text(text, style=STYLES.get(text, "")) for text in cells))
        console = self.err if on_stderr else self.out
        with console.capture() as caught:
            console.print(table)
        for line in caught.get().splitlines():
            console.file.write(line.rstrip() + "\n")
