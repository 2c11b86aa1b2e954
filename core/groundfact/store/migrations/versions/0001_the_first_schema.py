"""the first schema"""

from __future__ import annotations

import sqlalchemy as sa
import sqlmodel
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attribute_use",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("principal", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("attribute", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("contexts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "principal", "kind", "attribute"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("principal", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("action", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("subject", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("detail", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "belief_commit",
        sa.Column("seq", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("seq"),
    )
    op.create_table(
        "checkpoint",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=False),
        sa.Column("mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("began", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream"),
    )
    op.create_table(
        "config_version",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("part", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "part", "seq"),
    )
    op.create_table(
        "undone_version",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "confirmation",
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("asserted_at", sa.BigInteger(), nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("verified_at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", "rec", "asserted_at"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "entity",
        sa.Column("id", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "facts",
        sa.Column("entity", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("doc", sa.Text(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.Column("conflicts", sa.Integer(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("entity"),
    )
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.create_index(
            "facts_due",
            ["workspace", "due"],
            unique=False,
            sqlite_where=sa.text("due IS NOT NULL"),
            postgresql_where=sa.text("due IS NOT NULL"),
        )

    op.create_table(
        "label_set",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("labels", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("giver", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workspace", "labels", "giver"),
    )
    op.create_table(
        "lease",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("holder", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("token", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "name"),
    )
    op.create_table(
        "learnt_lifetimes",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "seq"),
    )
    op.create_table(
        "refresh_wish",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "source"),
    )
    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("entity", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("keys", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(
            "link_current",
            ["stream", "rec"],
            unique=True,
            sqlite_where=sa.text("closed_seq IS NULL"),
            postgresql_where=sa.text("closed_seq IS NULL"),
        )
        batch_op.create_index("link_entity", ["entity"], unique=False)
        batch_op.create_index("link_history", ["stream", "rec", "seq"], unique=False)

    op.create_table(
        "link_decision",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("verb", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("other_stream", sa.Integer(), nullable=False),
        sa.Column("other_rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("author", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("link_decision", schema=None) as batch_op:
        batch_op.create_index("link_decision_other", ["other_stream", "other_rec"], unique=False)
        batch_op.create_index("link_decision_record", ["stream", "rec"], unique=False)

    op.create_table(
        "mark",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("stage", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("digest", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "stage"),
    )
    op.create_table(
        "belonging",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("scope", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("passage", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "scope", "at", "passage"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "passage",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("terms", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.create_index("passage_record", ["stream", "rec"], unique=False)
        batch_op.create_index("passage_version", ["version"], unique=False)

    op.create_table(
        "proposal",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("one_profile", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("other_profile", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("one_stream", sa.Integer(), nullable=False),
        sa.Column("one_rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("other_stream", sa.Integer(), nullable=False),
        sa.Column("other_rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("score", sa.Integer(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.create_index(
            "proposal_one",
            ["workspace", "kind", "one_profile"],
            unique=False,
            sqlite_where=sa.text("closed_seq IS NULL"),
            postgresql_where=sa.text("closed_seq IS NULL"),
        )
        batch_op.create_index(
            "proposal_other",
            ["workspace", "kind", "other_profile"],
            unique=False,
            sqlite_where=sa.text("closed_seq IS NULL"),
            postgresql_where=sa.text("closed_seq IS NULL"),
        )

    op.create_table(
        "term_count",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("term", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "term"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "term_statistics",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("passages", sa.Integer(), nullable=False),
        sa.Column("words", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace"),
    )
    op.create_table(
        "record_key",
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("key", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("workspace", "kind", "key", "stream", "rec", "seq"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "reject",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("stream", "digest"),
    )
    op.create_table(
        "run",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.Column("status", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("counts", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("after", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "stream",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("source", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("kind", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("confirms", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("mapping", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("workspace", "source", "name"),
    )
    op.create_table(
        "stream_pass",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("mode", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("stream_pass", schema=None) as batch_op:
        batch_op.create_index("stream_pass_latest", ["stream", "until"], unique=False)

    op.create_table(
        "version",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("workspace", sa.Integer(), nullable=False),
        sa.Column("stream", sa.Integer(), nullable=False),
        sa.Column("rec", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.Column("labels", sa.Integer(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("attributes", sa.Text(), nullable=False),
        sa.Column("changed", sa.Text(), nullable=True),
        sa.Column("field_changes", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("about", sa.Text(), nullable=True),
        sa.Column("parent_stream", sa.Integer(), nullable=True),
        sa.Column("parent_rec", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("url", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("gone", sqlmodel.sql.sqltypes.AutoString(), nullable=True),
        sa.Column("asserted_at", sa.BigInteger(), nullable=True),
        sa.Column("observed_at", sa.BigInteger(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("closed_seq", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.create_index(
            "version_current",
            ["stream", "rec"],
            unique=True,
            sqlite_where=sa.text("closed_seq IS NULL"),
            postgresql_where=sa.text("closed_seq IS NULL"),
        )
        batch_op.create_index(
            "version_gone",
            ["stream", "gone"],
            unique=False,
            sqlite_where=sa.text("gone IS NOT NULL"),
            postgresql_where=sa.text("gone IS NOT NULL"),
        )
        batch_op.create_index("version_history", ["stream", "rec", "seq"], unique=False)
        batch_op.create_index(
            "version_parent",
            ["parent_stream", "parent_rec"],
            unique=False,
            sqlite_where=sa.text("parent_rec IS NOT NULL"),
            postgresql_where=sa.text("parent_rec IS NOT NULL"),
        )

    op.create_table(
        "workspace",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("name", sqlmodel.sql.sqltypes.AutoString(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )


def downgrade() -> None:
    op.drop_table("workspace")
    with op.batch_alter_table("version", schema=None) as batch_op:
        batch_op.drop_index(
            "version_parent",
            sqlite_where=sa.text("parent_rec IS NOT NULL"),
            postgresql_where=sa.text("parent_rec IS NOT NULL"),
        )
        batch_op.drop_index("version_history")
        batch_op.drop_index(
            "version_gone", sqlite_where=sa.text("gone IS NOT NULL"), postgresql_where=sa.text("gone IS NOT NULL")
        )
        batch_op.drop_index(
            "version_current",
            sqlite_where=sa.text("closed_seq IS NULL"),
            postgresql_where=sa.text("closed_seq IS NULL"),
        )

    op.drop_table("version")
    with op.batch_alter_table("stream_pass", schema=None) as batch_op:
        batch_op.drop_index("stream_pass_latest")

    op.drop_table("stream_pass")
    op.drop_table("stream")
    op.drop_table("run")
    op.drop_table("reject")
    op.drop_table("record_key")
    with op.batch_alter_table("passage", schema=None) as batch_op:
        batch_op.drop_index("passage_version")
        batch_op.drop_index("passage_record")

    op.drop_table("passage")
    op.drop_table("term_statistics")
    op.drop_table("term_count")
    op.drop_table("belonging")
    with op.batch_alter_table("proposal", schema=None) as batch_op:
        batch_op.drop_index(
            "proposal_other", sqlite_where=sa.text("closed_seq IS NULL"), postgresql_where=sa.text("closed_seq IS NULL")
        )
        batch_op.drop_index(
            "proposal_one", sqlite_where=sa.text("closed_seq IS NULL"), postgresql_where=sa.text("closed_seq IS NULL")
        )

    op.drop_table("proposal")
    with op.batch_alter_table("link_decision", schema=None) as batch_op:
        batch_op.drop_index("link_decision_record")
        batch_op.drop_index("link_decision_other")

    op.drop_table("link_decision")
    op.drop_table("mark")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index("link_history")
        batch_op.drop_index("link_entity")
        batch_op.drop_index(
            "link_current", sqlite_where=sa.text("closed_seq IS NULL"), postgresql_where=sa.text("closed_seq IS NULL")
        )

    op.drop_table("link")
    op.drop_table("refresh_wish")
    op.drop_table("learnt_lifetimes")
    op.drop_table("lease")
    op.drop_table("label_set")
    with op.batch_alter_table("facts", schema=None) as batch_op:
        batch_op.drop_index(
            "facts_due", sqlite_where=sa.text("due IS NOT NULL"), postgresql_where=sa.text("due IS NOT NULL")
        )

    op.drop_table("facts")
    op.drop_table("entity")
    op.drop_table("confirmation")
    op.drop_table("undone_version")
    op.drop_table("config_version")
    op.drop_table("checkpoint")
    op.drop_table("belief_commit")
    op.drop_table("audit")
    op.drop_table("attribute_use")
