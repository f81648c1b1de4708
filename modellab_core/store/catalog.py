"""The catalog binds everything that is stored: one attribute per noun, each with all SQL about it.

| attribute | noun |
|---|---|
| `projects` | projects |
| `datasets` | datasets and their versions |
| `runs` | batches, runs and scores |
| `lines` | runs as lines of long lists |
| `queue` | the moves of a job |
| `slices` | named slices of projects |
| `logged` | runs that a script logs: their values, files and words |
| `evidence` | verifications, looks at a split, counts, blobs named by rows |
| `blobs` | files by their SHA-256 |

Every method is one transaction and gives plain rows that can be used without a session.
"""

from __future__ import annotations

from pathlib import Path

from modellab_core.store.blobs import Blobs
from modellab_core.store.catalog_datasets import Datasets
from modellab_core.store.catalog_evidence import Evidence
from modellab_core.store.catalog_lines import Lines
from modellab_core.store.catalog_logged import Logged
from modellab_core.store.catalog_projects import Projects
from modellab_core.store.catalog_queue import Queue
from modellab_core.store.catalog_runs import Runs
from modellab_core.store.catalog_slices import Slices
from modellab_core.store.engine import Doors
from modellab_core.store.migrate import bring_up_to_date
from modellab_core.store.workspace import Workspace


class Catalog:
    """What is stored in a workspace that is up to date; see the table at the top of this file."""

    def __init__(self, workspace: Workspace) -> None:
        doors = Doors(workspace.database)
        self.workspace = workspace
        self.blobs = Blobs(workspace)
        self.projects = Projects(doors)
        self.datasets = Datasets(doors)
        self.runs = Runs(doors, self.blobs)
        self.lines = Lines(doors)
        self.queue = Queue(doors, self.blobs)
        self.slices = Slices(doors)
        self.logged = Logged(doors, self.blobs)
        self.evidence = Evidence(doors)


def open_catalog(folder: Path) -> Catalog:
    """The catalog of the workspace in `folder`, which is made or migrated when it must be.

    BadInput when the folder cannot be used or its database is newer than this program; Conflict when another process
    holds its lock.
    """
    workspace = Workspace(folder.expanduser().absolute())
    workspace.create()
    bring_up_to_date(workspace)
    workspace.collect()
    return Catalog(workspace)
