"""Asking for help loads next to nothing."""

from __future__ import annotations

import json
import subprocess
import sys

from support.source_code import ROOT

_HELP = """
import json, sys
from groundfact.cli.main import main
code = main(["--help"])
print(json.dumps([code, sorted({name.partition(".")[0] for name in sys.modules})]))
"""
_UNWANTED = {
    "alembic", "httpx2", "hubspot", "hypothesis", "mako", "numpy", "orjson", "pluggy", "pydantic", "pygments",
    "rapidfuzz", "requests", "rich", "ruamel", "simple_salesforce", "sqlalchemy", "sqlite3", "sqlmodel", "structlog",
    "tenacity", "zeep", "groundfact_connectors", "groundfact_plugins",
}  # fmt: skip


def test_help_loads_only_the_command_line() -> None:
    """`groundfact --help` loads no database, no plugin, no SDK and nothing that draws: it is there at once."""
    ran = subprocess.run([sys.executable, "-c", _HELP], capture_output=True, text=True, check=True, cwd=ROOT)
    code, loaded = json.loads(ran.stdout.splitlines()[-1])
    assert (code, "Usage: groundfact" in ran.stdout) == (0, True)
    assert _UNWANTED.intersection(loaded) == set()
