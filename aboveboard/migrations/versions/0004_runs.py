"""Runs say now and then that they live, so that one whose process was killed isn't taken for running for ever."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    # A run of an older desk that still says it is running is a stray: it gave no sign of life, ever.
    op.add_column("runs", sa.Column("alive_until", sa.Double, nullable=False, server_default="0"))
