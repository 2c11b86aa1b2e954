"""JSONL, one object a line: whatever could not be stored or would be read two ways is said to be wrong."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

import orjson

from groundfact_connectors.files.bounds import MOST_COLUMNS, MOST_FIELD, MOST_ROW

__all__ = ["JsonRow", "json_rows"]

JsonRow = tuple[int, dict[str, Any], bytes, str]
"""Line, object, the line as it stands in the file, and what is wrong with it ("" if nothing is)."""

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_DEEPEST = 50


def json_rows(stream: BinaryIO) -> Iterator[JsonRow]:
    """Yield every line that is not blank."""
    number = 0
    while line := stream.readline(MOST_ROW + 1):
        number += 1
        if len(line) > MOST_ROW:
            _skip_rest(stream, line)
            yield number, {}, line, f"is longer than {MOST_ROW:,} bytes"
            continue
        if number == 1:
            line = line.removeprefix(b"\xef\xbb\xbf")
        if not line.isspace() and line:
            try:
                yield number, _object(line), line, ""
            except RecursionError:
                yield number, {}, line, f"nests deeper than {_DEEPEST} levels"
            except ValueError as error:
                yield number, {}, line, _why(error)


def _skip_rest(stream: BinaryIO, line: bytes) -> None:
    while len(line) > MOST_ROW and not line.endswith(b"\n"):
        line = stream.readline(MOST_ROW + 1)


def _object(line: bytes) -> dict[str, Any]:
    found = _DECODER.decode(line.decode())
    if not isinstance(found, dict):
        raise ValueError("is not an object")
    if len(found) > MOST_COLUMNS:
        raise ValueError(f"has more than {MOST_COLUMNS:,} keys")
    if len(line) > MOST_FIELD and any(isinstance(v, str) and len(v) > MOST_FIELD for v in found.values()):
        raise ValueError(f"has a field of more than {MOST_FIELD:,} characters")
    if line.count(b"{") + line.count(b"[") > _DEEPEST and _depth(found) > _DEEPEST:
        raise RecursionError
    if b"\\u" in line:
        if _NUL.search(line):
            raise ValueError("holds a NUL character")
        # The json module takes half a surrogate pair for a character; no store does.
        orjson.loads(line)
    return found


def _why(error: ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "is not valid utf-8"
    if isinstance(error, json.JSONDecodeError):
        return f"is not JSON: {error.msg} (column {error.colno})"
    return str(error)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"has the key `{twice[:100]}` twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(f"holds {name}, which is not JSON")


def _whole(text: str) -> int | str:
    # What no store keeps exactly stays as it was written.
    return int(text) if len(text) < 20 and -(2**63) <= int(text) < 2**63 else text


def _real(text: str) -> float | str:
    number = float(text)
    return number if math.isfinite(number) else text


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole, parse_float=_real)
