"""What the rooms of the Lab stand on: the folder, the catalog of rows and the blobs."""

from __future__ import annotations

from pathlib import Path

from modellab_core.settings import Settings
from modellab_core.store.catalog import Catalog


class Base:
    """A workspace folder, opened: its rows (`catalog`), its bytes (`blobs`) and the settings of this process."""

    def __init__(self, folder: Path, catalog: Catalog, *, is_new: bool = False) -> None:
        self.folder = folder
        self.catalog = catalog
        self.blobs = catalog.blobs
        self.settings = Settings.read()
        self.is_new = is_new

    @property
    def scratch(self) -> Path:
        """Folder for files that may vanish; it lies in the same file system as the blobs."""
        return self.catalog.workspace.temporary
