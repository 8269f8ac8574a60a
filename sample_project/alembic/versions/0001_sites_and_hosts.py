"""Sites and hosts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "site",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(80), nullable=False, unique=True),
    )
    op.create_table(
        "host",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(120), nullable=False, unique=True),
        sa.Column("site_id", sa.Integer, sa.ForeignKey("site.id"), nullable=False, index=True),
        sa.Column("environment", sa.String(20), nullable=False, index=True),
        sa.Column("operating_system", sa.String(60), nullable=False),
        sa.Column("cpu_cores", sa.Integer, nullable=False),
        sa.Column("memory_gb", sa.Integer, nullable=False),
        sa.Column("disk_gb", sa.Integer, nullable=False),
        sa.Column("support_ends", sa.Date),
    )


def downgrade() -> None:
    op.drop_table("host")
    op.drop_table("site")
