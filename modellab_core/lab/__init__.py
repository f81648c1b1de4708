"""The Lab: a workspace folder and the verbs that the app, the command and a notebook share.

One file a noun (projects, datasets, changes, checking, training, runs, judging, crossing, contrast, scoring, scripts,
slices, starting, showing, timing, packs, receiving, pace, upkeep); the class only binds them.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from modellab_core.errors import ModelLabError
from modellab_core.jobs import recover
from modellab_core.lab.changes import Changes
from modellab_core.lab.checking import Checking
from modellab_core.lab.contrast import Contrast
from modellab_core.lab.crossing import Crossing
from modellab_core.lab.pace import Paces
from modellab_core.lab.projects import Projects
from modellab_core.lab.receiving import Receiving
from modellab_core.lab.scripts import Scripts
from modellab_core.lab.showing import Showing
from modellab_core.lab.slices import NamedSlices
from modellab_core.lab.timing import Timing
from modellab_core.lab.upkeep import Upkeep
from modellab_core.settings import workspace_folder
from modellab_core.store.catalog import open_catalog


class Lab(
    Crossing,
    Contrast,
    Changes,
    Checking,
    Projects,
    NamedSlices,
    Scripts,
    Timing,
    Showing,
    Receiving,
    Paces,
    Upkeep,
):
    """Everything in one folder, which may be moved, copied or deleted.

    `Lab.open()` takes the folder that `MODELLAB_HOME` names, else the `.modellab` here or in a folder above, else makes
    one here (`is_new` says so). Verbs take names, ids, or unambiguous beginnings of ids, and give plain rows.
    """

    @classmethod
    def open(cls, folder: Path | str | None = None) -> Lab:
        """The workspace in `folder`, made or migrated when it must be; runs whose worker was killed are ended.

        BadInput when it cannot be used.
        """
        place = workspace_folder() if folder is None else Path(folder)
        is_new = not (place / "modellab.db").exists()
        catalog = open_catalog(place)
        with suppress(ModelLabError):  # a full or read-only disk: it can be looked at all the same
            recover(catalog)
        return cls(catalog.workspace.folder, catalog, is_new=is_new)


__all__ = ["Lab"]
