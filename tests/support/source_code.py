"""Our own source files, as the architecture tests look at them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCES = ("core/groundfact", "connectors/groundfact_connectors", "plugins/groundfact_plugins")
_NOT_OURS = {".git", ".venv", "__pycache__", "dist", "build"}


@cache
def modules() -> Sequence[Path]:
    """Every module of the three source roots; migrations, which are written once and never edited, excluded."""
    found = [path for source in SOURCES for path in sorted((ROOT / source).rglob("*.py"))]
    assert len(found) > 100
    return [path for path in found if "migrations" not in path.parts]


@cache
def tree(path: Path) -> ast.Module:
    """A module's syntax."""
    return ast.parse(path.read_text("utf-8"))


@cache
def committed() -> Sequence[Path]:
    """Every file that is committed or is about to be; without git, every file that a copy holds."""
    try:
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        told = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
        found = [ROOT / name for name in told.decode().split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        found = [path for path in ROOT.rglob("*") if not _NOT_OURS.intersection(path.parts)]
    return [path for path in found if path.is_file()]


def name_of(path: Path) -> str:
    """A file as a person would name it."""
    return str(path.relative_to(ROOT))
