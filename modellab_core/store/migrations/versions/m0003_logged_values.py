"""What a script logs is kept each time it is logged: parameters, and values, files and words more than once.

Revision ID: 0003
Revises: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
CHANGES: tuple[str, ...] = ()
"""Tables whose rows this step changes; a change of any other is refused."""

ONCE = {
    "metric": "uq_metric_run_id_name_step",
    "artifact": "uq_artifact_run_id_name",
    "tag": "uq_tag_run_id_name",
}


def upgrade() -> None:
    """Add the table of parameters, and let a name be logged again for the same run."""
    op.create_table(
        "param",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_param_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_param"),
    )
    op.create_index("ix_param_run_id", "param", ["run_id"])
    for name, constraint in ONCE.items():
        with op.batch_alter_table(name, recreate="always") as table:
            table.drop_constraint(constraint, type_="unique")
        op.create_index(f"ix_{name}_run_id", name, ["run_id"])
