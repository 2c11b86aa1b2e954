"""How the demo looks: headings, plain sentences, framed text with its marks coloured, small tables."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from groundfact.cli.text import cell, clean

__all__ = ["Page"]

_WIDEST, _PIPED = 110, 100
_MARKS = (
    (r"\[[^\[\]]*\]", "dim"),
    (r"\bCONFLICT\b", "bold red"),
    (r"\b(UNCONFIRMED|STALE)\b", "bold yellow not dim"),
    (r"\bAGING\b", "yellow not dim"),
    (r"\bAsk: .*$", "cyan"),
    (r"^#+ .*$", "bold"),
)
"""What stands out in a context, and what steps back."""
_SPACES = re.compile(r"\s+$", re.MULTILINE)


class Page:
    """Standard output, as wide as the terminal and no wider than reads well; no control codes in a pipe."""

    def __init__(self, colours: bool | None) -> None:
        """`colours` None: where the output is a terminal."""
        terminal = sys.stdout.isatty()
        coloured = terminal if colours is None else colours
        told = os.environ.get("COLUMNS", "")
        self._console = Console(
            file=sys.stdout,
            force_terminal=coloured,
            color_system=("auto" if terminal else "standard") if coloured else None,
            no_color=not coloured,
            width=int(told) if told.isdecimal() and int(told) else None if terminal else _PIPED,
            markup=False,
            emoji=False,
            highlight=False,
        )
        self._console.width = max(40, min(self._console.width, _WIDEST))

    def _print(self, item: RenderableType, indent: int = 0) -> None:
        """Print without blanks at the ends of lines, which nobody wants to paste."""
        with self._console.capture() as caught:
            self._console.print(Padding(item, (0, 0, 0, indent)))
        self._console.file.write(_SPACES.sub("", caught.get()) + "\n")
        # Progress goes to stderr: it must not overtake what it belongs to.
        self._console.file.flush()

    def heading(self, number: int, title: str) -> None:
        """The beginning of a scene."""
        self._console.file.write("\n")
        self._print(Text(f"{number}  {title}", style="bold reverse" if not self._console.no_color else ""))
        self._console.file.write("\n")

    def say(self, text: str, style: str = "") -> None:
        """A sentence of ours."""
        self._print(Text(clean(text), style=style))

    def command(self, command: str, what: str) -> None:
        """Something to type, on one line however narrow the terminal is."""
        self._console.print(Text(f"  {command}", style="bold"), soft_wrap=True)
        self._print(Text(what), 6)

    def gap(self) -> None:
        """An empty line."""
        self._console.file.write("\n")

    def code(self, lines: Iterable[str], title: str) -> None:
        """Lines of a file, its comments in the background."""
        text = Text("\n".join(lines))
        text.highlight_regex(r"# .*", "dim")
        self._frame(text, title)

    def framed(self, lines: Iterable[str], title: str) -> None:
        """Text that somebody else reads; its list items hang, its marks stand out."""
        body = Table.grid(padding=0)
        for line in lines:
            body.add_row(_hanging("-", marked(line[2:])) if line.startswith("- ") else marked(line))
        self._frame(body, title)

    def _frame(self, body: RenderableType, title: str) -> None:
        self._print(Panel(body, title=Text(title), title_align="left", border_style="dim", padding=(0, 1)))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """A small table; numbers stand on the right."""
        told = [list(row) for row in rows]
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold", show_edge=False)
        for at, name in enumerate(columns):
            right = bool(told) and all(isinstance(row[at], (int, float)) for row in told)
            table.add_column(name, justify="right" if right else "left", overflow="fold")
        for row in told:
            table.add_row(*(marked(f"{v:,}" if isinstance(v, (int, float)) else cell(v)) for v in row))
        self._print(table, 2)

    def signed(self, sign: str, lines: Iterable[str], style: str) -> None:
        """Lines of a difference."""
        for line in lines:
            self._print(_hanging(sign, Text(clean(line.removeprefix("- ")), style=style), style), 2)


def _hanging(sign: str, text: Text, style: str = "") -> Table:
    row = Table.grid(padding=0)
    row.add_column(width=2)
    row.add_column()
    row.add_row(Text(sign, style=style), text)
    return row


def marked(text: str) -> Text:
    """Text with the marks of conflict and staleness coloured."""
    told = Text(clean(text))
    for pattern, style in _MARKS:
        told.highlight_regex(pattern, style)
    return told
