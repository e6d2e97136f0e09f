"""The desk: people and what lets them in, comments, runs, replies to idempotency keys, webhooks."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

KEY = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    _people()
    _comments()
    _runs()
    _replies()
    _hooks()
    op.create_index("drafts_counted", "drafts", ["state", "channel", "language", "plan_id", "id"])
    op.create_index("findings_counted", "findings", ["plan_id", "draft_id", "severity", "rule"])


def _text(name: str, *, unique: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, unique=unique)


def _time(name: str, *, nullable: bool = False) -> sa.Column[datetime]:
    return sa.Column(name, TIME, nullable=nullable)


def _people() -> None:
    op.create_table(
        "people",
        sa.Column("id", sa.Text, primary_key=True),
        _text("name"),
        _text("email", unique=True),
        _text("role"),
        sa.Column("password", sa.Text),
        sa.Column("subject", sa.Text, unique=True),
        sa.Column("active", sa.Boolean, nullable=False),
        _time("created_at"),
    )
    op.create_table(
        "passes",
        sa.Column("digest", sa.Text, primary_key=True),
        *(_text(name) for name in ("kind", "person_id", "name")),
        sa.Column("scopes", sa.JSON, nullable=False),
        _time("created_at"),
        _time("expires_at"),
        _time("used_at", nullable=True),
    )
    op.create_index("passes_of_person", "passes", ["person_id", "kind"])


def _comments() -> None:
    op.create_table(
        "comments",
        sa.Column("number", KEY, primary_key=True),
        *(_text(name) for name in ("plan_id", "draft", "author", "text")),
        _time("at"),
        sa.ForeignKeyConstraint(["plan_id", "draft"], ["drafts.plan_id", "drafts.id"]),
    )
    op.create_index("comments_of_draft", "comments", ["plan_id", "draft"])


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text(name) for name in ("brief", "actor", "state", "told")),
        sa.Column("plan_id", sa.Text),
        _time("started_at"),
        _time("finished_at", nullable=True),
    )


def _replies() -> None:
    op.create_table(
        "replies",
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        _text("request"),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.JSON, nullable=False),
        _time("created_at"),
    )


def _hooks() -> None:
    op.create_table(
        "hooks",
        sa.Column("id", sa.Text, primary_key=True),
        *(_text(name) for name in ("url", "secret", "told")),
        sa.Column("kinds", sa.JSON, nullable=False),
        sa.Column("cursor", sa.Integer, nullable=False),
        sa.Column("failures", sa.Integer, nullable=False),
        _time("next_at"),
        sa.Column("active", sa.Boolean, nullable=False),
        _time("created_at"),
    )
