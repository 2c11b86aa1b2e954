"""An audited sample, as somebody wrote it down: CSV or JSONL with entity, attribute and value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from groundfact.errors import UsageError

__all__ = ["read_audit"]

_NEEDED = ("entity", "attribute", "value")
_HINT = "columns (or keys) entity, attribute and value; kind where it is no account"


def read_audit(path: Path) -> list[dict[str, Any]]:
    """The facts of the file, in its order. Raises UsageError with the line that cannot be read."""
    try:
        return [_audited(path, number, row) for number, row in _rows(path)]
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UsageError(f"{path} cannot be read ({reason})", hint="name the audited sample: --audit FILE") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not UTF-8", hint="save it as UTF-8") from error


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    import csv
    import json

    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() == ".csv":
            reader = csv.DictReader(file)
            for row in reader:
                yield reader.line_num, row
            return
        for number, line in enumerate(file, 1):
            if not line.strip():
                continue
            try:
                yield number, json.loads(line)
            except ValueError as error:
                raise UsageError(f"{path}:{number} is no JSON: {error}", hint=_HINT) from None


def _audited(path: Path, number: int, row: Any) -> dict[str, Any]:
    if not isinstance(row, Mapping) or any(row.get(name) in (None, "") for name in _NEEDED):
        raise UsageError(f"{path}:{number} lacks one of {', '.join(_NEEDED)}", hint=_HINT)
    told = {"entity": str(row["entity"]), "attribute": str(row["attribute"]), "value": row["value"]}
    return {**told, "kind": str(row.get("kind") or "account")}
