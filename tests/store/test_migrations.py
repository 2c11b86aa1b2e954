"""The schema is what the tables say, and it survives an upgrade."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel

import groundfact.store.tables  # noqa: F401 - fills the metadata
from groundfact.errors import StoreError
from groundfact.store.migrate import HEAD, open_store, pending_changes, schema_version
from groundfact.store.passages import Texts, index_passages

PARTIAL = {
    "version_current": ("version", True, "closed_seq IS NULL"),
    "link_current": ("link", True, "closed_seq IS NULL"),
    "version_parent": ("version", False, "parent_rec IS NOT NULL"),
}


def _schema(path: Path) -> dict[str, str]:
    """Every table and index with its statement, in one spelling."""
    connection = sqlite3.connect(path)
    rows = connection.execute("select name, sql from sqlite_master where sql is not null").fetchall()
    connection.close()
    return {name: re.sub(r"[\s\"]+", " ", sql).strip() for name, sql in rows}


def _alembic(path: Path, work: Callable[[Any, Any], None]) -> None:
    """Run migrations as a later version of groundfact will: on one connection, in batch mode."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "groundfact.store:migrations")
    engine = sa.create_engine(sa.URL.create("sqlite", database=str(path)))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        work(config, connection)
    engine.dispose()


def _assert_predicates(path: Path) -> None:
    schema = _schema(path)
    for name, (table, unique, predicate) in PARTIAL.items():
        kind = "UNIQUE INDEX" if unique else "INDEX"
        assert re.fullmatch(rf"CREATE {kind} {name} ON {table} \(.*\) WHERE {predicate}", schema[name]), schema[name]


def test_autogenerate_finds_nothing(path: Path) -> None:
    """What Alembic would still change between a fresh store and the tables is nothing; the full text is left alone."""
    assert pending_changes(path) == []


def test_autogenerate_is_not_blind(path: Path) -> None:
    """A table that the tables do not have, and a column that the store lacks, are found."""
    connection = sqlite3.connect(path)
    connection.execute("create table stranger (id integer)")
    connection.execute("alter table audit drop column detail")
    connection.close()
    assert {change[0] for change in pending_changes(path)} == {"remove_table", "add_column"}


def test_the_full_text_indexes_are_there_but_not_ours(path: Path) -> None:
    """The full-text indexes that a workspace's first texts make, shadow tables too, are no change to the schema."""
    store = open_store(path)
    with store.writing() as tx:
        index_passages(tx, Texts(1, {}, (), {}), 0, 0)
    store.close()
    names = {name for name in _schema(path) if name.startswith("passage_index")}
    assert {"passage_index_1", "passage_index_1_data", "passage_index_1_hidden", "passage_index_1_hidden_idx"} <= names
    assert pending_changes(path) == []


def test_partial_indexes_hold_their_conditions(path: Path) -> None:
    """The conditions of the partial indexes stand in the store itself: without them a second version is refused."""
    _assert_predicates(path)
    partial = {index.name for table in SQLModel.metadata.tables.values() for index in table.indexes
               if index.dialect_options["sqlite"].get("where") is not None}  # fmt: skip
    assert set(PARTIAL) <= partial
    assert {name for name in partial if " WHERE " not in _schema(path)[str(name)]} == set()


def test_partial_indexes_survive_a_batch_upgrade(path: Path) -> None:
    """SQLite changes a table by copying it. A later migration that does so, reflecting what is there, keeps them."""
    before = _schema(path)

    def upgrade(config: Any, connection: Any) -> None:
        from alembic.migration import MigrationContext
        from alembic.operations import Operations

        op = Operations(MigrationContext.configure(connection, opts={"render_as_batch": True}))
        for table in ("version", "link"):
            with op.batch_alter_table(table, recreate="always") as batch:
                batch.add_column(sa.Column("later", sa.Text(), nullable=True))

    _alembic(path, upgrade)
    _assert_predicates(path)
    after = _schema(path)
    assert "later" in after["version"]
    assert {name: sql for name, sql in after.items() if name not in ("version", "link")} == {
        name: sql for name, sql in before.items() if name not in ("version", "link")
    }


def test_down_and_up_again_gives_the_same_schema(path: Path) -> None:
    """A downgrade to nothing and an upgrade again end in the same statements, conditions included."""
    from alembic import command

    before = _schema(path)
    _alembic(path, lambda config, connection: command.downgrade(config, "base"))
    assert set(_schema(path)) == {"alembic_version"}
    _alembic(path, lambda config, connection: command.upgrade(config, "head"))
    assert _schema(path) == before
    _assert_predicates(path)


def test_open_store_creates_upgrades_and_leaves_alone(tmp_path: Path) -> None:
    """A missing file is created, an empty one is filled, and one of today's schema is not written to."""
    new, empty = tmp_path / "new.db", tmp_path / "empty.db"
    empty.touch()
    assert (schema_version(new), schema_version(empty)) == (None, None)
    for path in (new, empty):
        open_store(path).close()
        assert schema_version(path) == HEAD
    written = new.read_bytes()
    open_store(new).close()
    assert new.read_bytes() == written


def test_a_path_is_a_path(tmp_path: Path) -> None:
    """Signs that mean something in an address are letters of a file's name: the store is where it was asked for."""
    folder = tmp_path / "what? 100% #1 ünï"
    folder.mkdir()
    store = open_store(folder / "a store.db")
    with store.reading() as tx:
        assert tx.one("select count(*) from version") == (0,)
    store.close()
    assert [entry.name for entry in tmp_path.iterdir()] == [folder.name]


def test_a_crash_while_a_store_is_created_leaves_nothing_half(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema is made in one transaction: a failure in its last step leaves an empty store, which can be filled."""
    from alembic.operations import Operations

    path, create = tmp_path / "half.db", Operations.create_table

    def fail(self: Operations, name: str, *columns: Any, **options: Any) -> Any:
        if name == "workspace":
            raise RuntimeError("the power is gone")
        return create(self, name, *columns, **options)

    monkeypatch.setattr(Operations, "create_table", fail)
    with pytest.raises(RuntimeError, match="power"):
        open_store(path)
    assert _schema(path) == {}
    monkeypatch.setattr(Operations, "create_table", create)
    open_store(path).close()
    assert pending_changes(path) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The error names the folder and the command that makes it."""
    with pytest.raises(StoreError, match="no folder") as found:
        open_store(tmp_path / "nowhere" / "x.db")
    assert str(tmp_path / "nowhere") in found.value.hint
