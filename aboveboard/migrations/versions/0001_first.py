"""The first schema: plans, drafts, findings, decisions, calls, ledger, keepsakes; the record is append-only."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

KEY = sa.Integer().with_variant(sa.BigInteger(), "postgresql")
TIME = sa.DateTime(timezone=True)
APPEND_ONLY = ("ledger", "decisions")


def upgrade() -> None:
    _plans()
    _drafts()
    _findings()
    _decisions()
    _calls()
    _ledger()
    _keepsakes()
    forbid_changes()


def _plans() -> None:
    op.create_table(
        "plans",
        sa.Column("number", KEY, primary_key=True),
        sa.Column("id", sa.Text, nullable=False, unique=True),
        sa.Column("campaign", sa.Text, nullable=False),
        sa.Column("brief", sa.JSON, nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("policy", sa.Text, nullable=False),
        sa.Column("triggered_by", sa.Text, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )
    op.create_index("ix_plans_campaign", "plans", ["campaign"])


def _drafts() -> None:
    texts = ("slot_id", "variant", "channel", "language", "state")
    documents = ("draft", "inspection", "verdict", "attempts", "usage")
    op.create_table(
        "drafts",
        sa.Column("plan_id", sa.Text, sa.ForeignKey("plans.id"), primary_key=True),
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, nullable=False),
        sa.Column("at", TIME, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        *(sa.Column(name, sa.JSON, nullable=False) for name in documents),
    )
    op.create_index("drafts_waiting", "drafts", ["state", "at"])
    op.create_index("drafts_by_id", "drafts", ["id"])


def _findings() -> None:
    texts = ("rule", "severity", "asset", "quote", "layer")
    op.create_table(
        "findings",
        sa.Column("plan_id", sa.Text, primary_key=True),
        sa.Column("draft_id", sa.Text, primary_key=True),
        sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("start", sa.Integer, nullable=False),
        sa.Column("end", sa.Integer, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.ForeignKeyConstraint(["plan_id", "draft_id"], ["drafts.plan_id", "drafts.id"]),
    )
    op.create_index("findings_by_rule", "findings", ["rule", "plan_id", "draft_id"])


def _decisions() -> None:
    texts = ("plan_id", "draft", "action", "actor", "role", "reason", "seen", "policy")
    op.create_table(
        "decisions",
        sa.Column("number", KEY, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in texts),
        sa.Column("at", TIME, nullable=False),
        sa.Column("replacement", sa.Text),
        sa.ForeignKeyConstraint(["plan_id", "draft"], ["drafts.plan_id", "drafts.id"]),
    )
    op.create_index("decisions_of_draft", "decisions", ["plan_id", "draft"])


def _calls() -> None:
    op.create_table(
        "calls",
        sa.Column("digest", sa.Text, primary_key=True),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("model", "state", "request")),
        sa.Column("status", sa.Integer),
        sa.Column("body", sa.LargeBinary),
        sa.Column("content_type", sa.Text),
        sa.Column("milliseconds", sa.Integer),
        sa.Column("created_at", TIME, nullable=False),
        sa.Column("finished_at", TIME),
    )
    op.create_index("ix_calls_state", "calls", ["state"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("seq", KEY, primary_key=True, autoincrement=False),
        sa.Column("at", TIME, nullable=False),
        sa.Column("body", sa.JSON, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("plan_id", "kind", "body_digest")),
        *(sa.Column(name, sa.Text, nullable=False, unique=True) for name in ("prev", "hash")),
    )
    op.create_index("ix_ledger_plan_id", "ledger", ["plan_id"])


def _keepsakes() -> None:
    op.create_table(
        "keepsakes",
        sa.Column("kind", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("created_at", TIME, nullable=False),
    )


def forbid_changes() -> None:
    """Let the database itself refuse to change or remove what has been recorded."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
        )
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(_refusal(table, change))


def _refusal(table: str, change: str) -> str:
    name = f"{table}_refuses_{change.lower()}"
    if op.get_bind().dialect.name == "postgresql":
        when = f"BEFORE {change}" + (" OR TRUNCATE" if change == "DELETE" else "")
        return f"CREATE TRIGGER {name} {when} ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    return (
        f"CREATE TRIGGER {name} BEFORE {change} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
    )
