"""Opening a file, plain or gzipped, and noticing when it is replaced while it is read."""

from __future__ import annotations

import gzip
import io
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from groundfact.errors import SourceRefused, SourceUnavailable

__all__ = ["Opened", "opened"]

_GZIP = b"\x1f\x8b"
_RATIO = 100
_HARMLESS = 10_000_000
"""Bytes that a gzip file may always unpack to: short files can be very repetitive."""
_MOST = 10_000_000_000


@dataclass(frozen=True)
class Opened:
    """A file that is being read."""

    name: str
    path: str
    stream: BinaryIO
    raw: io.FileIO
    state: tuple[int, int, int, int]

    @property
    def cursor(self) -> dict[str, int]:
        """Which state of the file was read, for people: a read never skips because of it."""
        _, inode, size, modified = self.state
        return {"size": size, "mtime_ns": modified, "inode": inode}

    def share(self) -> float:
        """How much of the file has been taken in, above 0 and at most 1."""
        return min(1.0, max(1, self.raw.tell()) / max(1, self.state[2]))

    def must_be_the_same(self) -> None:
        """Raise if the path no longer leads to what was opened: half of each version would be neither."""
        if _state(os.stat(self.path)) != self.state:
            raise SourceUnavailable(
                f"{self.name} was replaced or written to while it was read",
                hint="sync again; let the export write to another name and rename it when it is done",
            )


@contextmanager
def opened(name: str, path: str) -> Iterator[Opened]:
    """Open the bytes of a file; gzip is known by its first bytes, not by its name."""
    with io.FileIO(path) as raw:
        state = _state(os.fstat(raw.fileno()))
        if not state[2]:
            raise SourceUnavailable(f"{name} is empty (0 bytes)", hint="export it again; was it being written?")
        head = raw.read(2)
        raw.seek(0)
        if head != _GZIP:
            yield Opened(name, path, io.BufferedReader(raw, 1 << 16), raw, state)
            return
        most = min(_MOST, max(_HARMLESS, _RATIO * state[2]))
        with gzip.GzipFile(fileobj=cast(BinaryIO, io.BufferedReader(raw, 1 << 16))) as packed:
            guarded = io.BufferedReader(_Unpacked(packed, most, name), 1 << 16)
            yield Opened(name, path, guarded, raw, state)


class _Unpacked(io.RawIOBase):
    """Unpacked bytes, up to a bound: a small archive can unpack to more than a disk holds."""

    def __init__(self, packed: gzip.GzipFile, most: int, name: str) -> None:
        self._packed, self._left, self._most, self._name = packed, most, most, name

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        count = self._packed.readinto(buffer)
        self._left -= count
        if self._left < 0:
            raise SourceRefused(
                f"{self._name} unpacks to more than {self._most:,} bytes, which no honest export does",
                hint="if it is one, unpack it and point `path:` at the unpacked file",
            )
        return count


def _state(found: os.stat_result) -> tuple[int, int, int, int]:
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
