"""What the checks before a training found is kept with its batch.

Revision ID: 0002
Revises: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
CHANGES: tuple[str, ...] = ()
"""Tables whose rows this step changes; a change of any other is refused."""


def upgrade() -> None:
    """Give every batch an empty list of findings."""
    with op.batch_alter_table("batch", recreate="always") as batch:
        batch.add_column(sa.Column("checks", sa.JSON(), nullable=False, server_default=sa.text("'[]'")))
