"""Alembic's entry: runs the migrations on the connection that `migrate.py` hands over."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import groundfact.store.tables  # noqa: F401 - fills the metadata


def ours(thing: object, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Leave the full-text index and its shadow tables alone: migrations write them by hand."""
    return not (kind == "table" and name is not None and name.startswith("passage_index"))


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    include_object=ours,
    render_as_batch=True,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
