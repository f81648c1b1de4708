"""The first tables.

Revision ID: 0001
Revises:
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
CHANGES: tuple[str, ...] = ()
"""Tables whose rows this step changes; a change of any other is refused."""


def upgrade() -> None:
    """Make all tables in an order in which what is pointed at comes first."""
    _work()
    _run()
    _evidence()
    _words()


def _work() -> None:
    op.create_table(
        "project",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("description", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("archived_at", sa.String(32), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_project"),
        sa.UniqueConstraint("name_key", name="uq_project_name_key"),
    )
    op.create_table(
        "dataset",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("project_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("name_key", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_dataset_project_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_dataset"),
        sa.UniqueConstraint("project_id", "name_key", name="uq_dataset_project_id_name_key"),
    )
    op.create_table(
        "dataset_version",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("dataset_id", sa.String(12), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("columns", sa.Integer(), nullable=False),
        sa.Column("file_name", sa.String(), nullable=False),
        sa.Column("reading", sa.JSON(), nullable=False),
        sa.Column("reading_key", sa.String(64), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(
            ["dataset_id"], ["dataset.id"], name="fk_dataset_version_dataset_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_dataset_version"),
        sa.UniqueConstraint("dataset_id", "number", name="uq_dataset_version_dataset_id_number"),
        sa.UniqueConstraint(
            "dataset_id", "sha256", "reading_key", name="uq_dataset_version_dataset_id_sha256_reading_key"
        ),
    )
    op.create_index("ix_dataset_version_sha256", "dataset_version", ["sha256"])
    op.create_table(
        "batch",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("project_id", sa.String(12), nullable=False),
        sa.Column("version_id", sa.String(12), nullable=True),
        sa.Column("template", sa.String(), nullable=False),
        sa.Column("request", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_batch_project_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["version_id"], ["dataset_version.id"], name="fk_batch_version_id", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_batch"),
    )
    op.create_index("ix_batch_project_id", "batch", ["project_id"])
    op.create_index("ix_batch_version_id", "batch", ["version_id"])


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("project_id", sa.String(12), nullable=False),
        sa.Column("batch_id", sa.String(12), nullable=True),
        sa.Column("parent_id", sa.String(12), nullable=True),
        sa.Column("version_id", sa.String(12), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("model", sa.String(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("recipe", sa.JSON(), nullable=False),
        sa.Column("fingerprint", sa.String(64), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lease", sa.String(), nullable=True),
        sa.Column("pid", sa.Integer(), nullable=True),
        sa.Column("process", sa.String(), nullable=True),
        sa.Column("heartbeat_at", sa.String(32), nullable=True),
        sa.Column("cancel_requested", sa.Boolean(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(), nullable=True),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("message", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.Column("started_at", sa.String(32), nullable=True),
        sa.Column("ended_at", sa.String(32), nullable=True),
        sa.Column("headline", sa.JSON(), nullable=True),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.Column("files", sa.JSON(), nullable=False),
        sa.Column("log", sa.String(64), nullable=True),
        sa.CheckConstraint("kind IN ('template', 'logged', 'imported')", name="ck_run_kind"),
        sa.CheckConstraint("state <> 'running' OR lease IS NOT NULL", name="ck_run_lease"),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted')", name="ck_run_state"
        ),
        sa.CheckConstraint("attempt >= 1", name="ck_run_attempt"),
        sa.ForeignKeyConstraint(["batch_id"], ["batch.id"], name="fk_run_batch_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["parent_id"], ["run.id"], name="fk_run_parent_id", ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_run_project_id", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["version_id"], ["dataset_version.id"], name="fk_run_version_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_run"),
    )
    op.create_index("ix_run_batch_id", "run", ["batch_id"])
    op.create_index("ix_run_fingerprint", "run", ["fingerprint"])
    op.create_index("ix_run_parent_id", "run", ["parent_id"])
    op.create_index("ix_run_project_id", "run", ["project_id"])
    op.create_index("ix_run_state", "run", ["state"])
    op.create_index("ix_run_version_id", "run", ["version_id"])


def _evidence() -> None:
    op.create_table(
        "score",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("low", sa.Float(), nullable=True),
        sa.Column("high", sa.Float(), nullable=True),
        sa.Column("method", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("cls", sa.String(), nullable=True),
        sa.Column("slice", sa.String(), nullable=False),
        sa.Column("stress", sa.String(), nullable=False),
        sa.Column("severity", sa.Float(), nullable=True),
        sa.Column("repeat", sa.Integer(), nullable=True),
        sa.Column("level", sa.Float(), nullable=False),
        sa.Column("resamples", sa.Integer(), nullable=False),
        sa.Column("null_low", sa.Float(), nullable=True),
        sa.Column("null_high", sa.Float(), nullable=True),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_score_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_score"),
    )
    op.create_index("ix_score_run_id", "score", ["run_id"])
    op.create_table(
        "metric",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.Column("value", sa.Float(), nullable=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_metric_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_metric"),
        sa.UniqueConstraint("run_id", "name", "step", name="uq_metric_run_id_name_step"),
    )
    op.create_table(
        "artifact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_artifact_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_artifact"),
        sa.UniqueConstraint("run_id", "name", name="uq_artifact_run_id_name"),
    )
    op.create_table(
        "verification",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.Column("machine", sa.String(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state IN ('never', 'reproduced', 'within_tolerance', 'failed')", name="ck_verification_state"
        ),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_verification_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_verification"),
    )
    op.create_index("ix_verification_run_id", "verification", ["run_id"])
    op.create_table(
        "split_look",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("split", sa.String(64), nullable=False),
        sa.Column("predictions", sa.String(64), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_split_look"),
        sa.UniqueConstraint("split", "predictions", name="uq_split_look_split_predictions"),
    )


def _words() -> None:
    op.create_table(
        "tag",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["run_id"], ["run.id"], name="fk_tag_run_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_tag"),
        sa.UniqueConstraint("run_id", "name", name="uq_tag_run_id_name"),
    )
    op.create_table(
        "saved_slice",
        sa.Column("id", sa.String(12), nullable=False),
        sa.Column("project_id", sa.String(12), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("created_at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_saved_slice_project_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_slice"),
        sa.UniqueConstraint("project_id", "name", name="uq_saved_slice_project_id_name"),
    )
    op.create_table(
        "acceptance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.String(12), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("expires", sa.String(32), nullable=True),
        sa.Column("at", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["project_id"], ["project.id"], name="fk_acceptance_project_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_acceptance"),
        sa.UniqueConstraint("project_id", "finding", name="uq_acceptance_project_id_finding"),
    )
    op.create_table(
        "action",
        sa.Column("key", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.Column("at", sa.String(32), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_action"),
    )
    op.create_index("ix_action_result", "action", ["result"])
