"""Errors as a person or a script reads them. Never a traceback, unless it is asked for."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import Any

from typer.exceptions import TyperException

from groundfact.cli.setup import Setup
from groundfact.cli.text import one_line, to_json
from groundfact.errors import Ambiguous, GroundfactError

__all__ = ["BROKEN_PIPE", "BUG", "INTERRUPTED", "as_data", "report", "report_usage", "told"]

BUG = 1
INTERRUPTED = 130
BROKEN_PIPE = 141
_FIRST = ("id", "name")


def report(error: Exception, setup: Setup) -> int:
    """Say what went wrong; the exit code."""
    if setup.debug:
        traceback.print_exception(error, file=sys.stderr)
    if setup.json:
        setup.screen.json(as_data(error))
    elif isinstance(error, GroundfactError):
        setup.screen.note(f"error: {error.message}", "red")
        if isinstance(error, Ambiguous):
            columns, rows = _candidates(error.candidates)
            setup.screen.table(columns, rows, on_stderr=True)
        _hint(error.hint, setup)
    else:
        setup.screen.note(f"error: {_bug(error)}", "red")
        _hint("" if setup.debug else _BUG_HINT, setup)
    return error.exit_code if isinstance(error, GroundfactError) else BUG


def report_usage(error: TyperException, setup: Setup) -> int:
    """Say how the command line was meant."""
    if setup.json:
        message = error.format_message()
        sys.stdout.write(to_json(told(message, "add --help to see how it is called", error.exit_code)) + "\n")
    else:
        show = getattr(error, "show", None)
        if show is None:
            raise error
        show()
    return error.exit_code


def as_data(error: Exception) -> dict[str, Any]:
    """An error as JSON."""
    if not isinstance(error, GroundfactError):
        return told(_bug(error), _BUG_HINT, BUG)
    found = told(error.message, error.hint, error.exit_code)
    if isinstance(error, Ambiguous):
        found["candidates"] = list(error.candidates)
    near = getattr(error, "near", ())
    return {**found, "near": list(near)} if near else found


def told(message: str, hint: str, code: int) -> dict[str, Any]:
    """The shape of every error in JSON."""
    return {"error": message, "hint": hint, "exit_code": code}


_BUG_HINT = "run it again with --debug to see the traceback, and report it"


def _bug(error: Exception) -> str:
    return f"this is a bug in groundfact or in a plugin: {type(error).__name__}: {one_line(str(error))[:300]}"


def _hint(hint: str, setup: Setup) -> None:
    if hint:
        setup.screen.note(f"  → {hint}")


def _candidates(candidates: Sequence[Mapping[str, object]]) -> tuple[list[str], list[list[object]]]:
    names = dict.fromkeys([*_FIRST, *(name for candidate in candidates for name in candidate)])
    return list(names), [[candidate.get(name) for name in names] for candidate in candidates]
