"""The steps from each form of the tables to the next; `versions` holds one file a step, run by `store/migrate.py`."""

HEAD = "0003"
"""The revision of this program's tables: that of the last step, which a test checks."""
