"""`groundfact`: the entry point, and the one place where errors become messages and exit codes."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper

from typer.exceptions import Abort, TyperException

from groundfact.cli.app import tree
from groundfact.cli.failures import BROKEN_PIPE, BUG, INTERRUPTED, report, report_usage
from groundfact.cli.setup import Setup

__all__ = ["main", "run"]


def run() -> None:
    """Run the command line of this process."""
    sys.exit(main(sys.argv[1:]))


def main(args: Sequence[str]) -> int:
    """Run a command line; the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            # Pipes get UTF-8 wherever they are; a terminal that cannot show a character gets a question mark.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    # A mistake in the command line itself ends it before `--json` is read.
    setup = Setup(json="--json" in args)
    code = _guarded(args, setup)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE
    return code


def _guarded(args: Sequence[str], setup: Setup) -> int:
    try:
        result = tree().main(list(args), prog_name="groundfact", standalone_mode=False, obj=setup)
    except TyperException as error:
        return report_usage(error, setup)
    except Abort:
        sys.stderr.write("aborted\n")
        return BUG
    except SystemExit as ended:
        # So ends whoever reads no further, as click has it; its own exit code would mean a bug here.
        if isinstance(ended.__context__, BrokenPipeError):
            return BROKEN_PIPE
        raise
    except KeyboardInterrupt:
        result = INTERRUPTED
    except Exception as error:
        return report(error, setup)
    if result == INTERRUPTED:
        sys.stderr.write("interrupted; what was committed is kept\n")
    return result if isinstance(result, int) else 0


if __name__ == "__main__":
    run()
