"""A JSONL file as a table; its objects need not all have the same keys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from groundfact.errors import SourceUnavailable
from groundfact_connectors.files.json_rows import JsonRow, json_rows
from groundfact_connectors.files.opening import Opened
from groundfact_connectors.files.options import FileOptions
from groundfact_connectors.files.row_ids import as_id, hashed, joined, looked_up

__all__ = ["JsonTable", "json_columns"]

_SAMPLE = 100


class JsonTable:
    """A JSONL file; a row lacks what its object lacks."""

    def __init__(self, options: FileOptions, file: Opened, fields: Sequence[str]) -> None:
        self._file, self._options = file, options
        # A path such as `address.city` needs the whole of `address`.
        self._wanted = tuple(dict.fromkeys(key for path in fields for key in (path, path.partition(".")[0])))

    def rows(self) -> Iterator[JsonRow]:
        """Every object; a file without a single line is no listing."""
        row = None
        for row in json_rows(self._file.stream):
            yield row
        if row is None:
            raise SourceUnavailable(f"{self._file.name} is empty: it has only blank lines", hint="export it")

    def key(self, values: dict[str, Any]) -> str:
        """The id of the object, or its hash."""
        ids = self._options.id_columns
        return joined([as_id(looked_up(values, path)) for path in ids]) if ids else hashed(values)

    def is_blank(self, values: dict[str, Any]) -> bool:
        """Whether it says nothing at all."""
        return not values

    def take(self, values: dict[str, Any]) -> tuple[str, Mapping[str, Any], Any]:
        """The id, the wanted keys that the object has, the value with the time of the last change."""
        stamp = self._options.updated_at
        data = {name: values[name] for name in self._wanted if name in values}
        return self.key(values), data, looked_up(values, stamp) if stamp else None


def json_columns(file: Opened) -> dict[str, str]:
    """The paths in the first objects and the types of their values."""
    found: dict[str, str] = {}
    for _, values, _, _ in islice(json_rows(file.stream), _SAMPLE):
        _collect(values, "", found)
    return found


def _collect(values: Mapping[str, Any], above: str, found: dict[str, str]) -> None:
    for name, value in values.items():
        if isinstance(value, Mapping):
            _collect(value, f"{above}{name}.", found)
        else:
            found.setdefault(f"{above}{name}", type(value).__name__)
