"""Bringing a store to this version's schema. Alembic is imported only where there is something to do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from groundfact.errors import StoreError
from groundfact.store.engine import WAIT, Store, damaged, explained

if TYPE_CHECKING:
    from alembic.config import Config as AlembicConfig

__all__ = ["HEAD", "open_store", "pending_changes", "schema_version"]

HEAD = "0001"
_KNOWN = ("0001",)
_OURS = "belief_commit"
"""A table that every store of ours has: other programs use Alembic, too."""


def schema_version(path: Path) -> str | None:
    """The schema version of a store file; None for one that is missing or empty."""
    if not path.exists() or path.stat().st_size == 0:
        return None
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        try:
            tables = {row[0] for row in connection.execute("select name from sqlite_master where type = 'table'")}
            if not tables:
                return None
            if not {"alembic_version", _OURS} <= tables:
                message = f"store {path} is an SQLite file of something else"
                raise StoreError(message, hint="choose another `store: {path: …}`; nothing was written to it")
            row = connection.execute("select version_num from alembic_version").fetchone()
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise explained(error, path) from error
    except UnicodeDecodeError as error:
        raise damaged(path, str(error)) from error
    return str(row[0]) if row else None


def open_store(path: Path, wait: timedelta = WAIT) -> Store:
    """Open a store, creating or upgrading it first; one written by a newer groundfact is refused untouched.

    `wait` is how long a transaction waits for another process that is writing.
    """
    version = schema_version(path)
    if version is not None and version not in _KNOWN:
        message = f"store {path} was written by a newer groundfact (schema {version}, this one knows {HEAD})"
        raise StoreError(message, hint="upgrade groundfact; nothing was changed")
    if version != HEAD:
        if not path.parent.is_dir():
            raise StoreError(f"there is no folder {path.parent} for the store", hint=f"mkdir -p {path.parent}")
        _with_alembic(path, _upgrade)
    return Store(path, wait=wait)


def pending_changes(path: Path) -> list[Any]:
    """What Alembic would generate to make the schema equal to the tables: empty when the migrations are complete."""
    found: list[Any] = []

    def compare(config: AlembicConfig, connection: Any) -> None:
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext
        from sqlmodel import SQLModel

        import groundfact.store.tables  # noqa: F401 - fills the metadata

        context = MigrationContext.configure(
            connection,
            opts={"include_object": lambda o, n, k, r, c: not (k == "table" and str(n).startswith("passage_index"))},
        )
        found.extend(compare_metadata(context, SQLModel.metadata))

    _with_alembic(path, compare)
    return found


def _upgrade(config: AlembicConfig, connection: Any) -> None:
    from alembic import command

    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _with_alembic(path: Path, work: Callable[[AlembicConfig, Any], None]) -> None:
    from alembic.config import Config
    from sqlalchemy import URL, create_engine, event
    from sqlalchemy.exc import DBAPIError

    config = Config()
    config.set_main_option("script_location", "groundfact.store:migrations")
    # Put together, not written out: a "?" in a path would begin the options of an address.
    address = URL.create("sqlite", database=str(path))
    engine = create_engine(address, connect_args={"isolation_level": None})
    # Python's sqlite3 would commit each statement that changes the schema: a crash would leave half a store behind.
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("begin immediate"))
    try:
        with engine.begin() as connection:
            work(config, connection)
    except DBAPIError as error:
        if isinstance(error.orig, sqlite3.Error):
            raise explained(error.orig, path) from error
        raise
    finally:
        engine.dispose()
