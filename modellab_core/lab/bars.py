"""Progress bars by tqdm: in a notebook, and on a terminal where a person watches; none in a pipe or a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from modellab_core.lab.pace import share
from modellab_core.store.tables import Run


@contextmanager
def bar_of_runs() -> Iterator[Callable[[list[Run]], None]]:
    """What shows how far runs are, called with them several times a second."""
    with _bar(total=1.0, bar_format="{desc} {bar} {elapsed}") as bar:

        def show(runs: list[Run]) -> None:
            bar.n = sum(map(share, runs)) / max(len(runs), 1)
            now = next((run for run in runs if run.state == "running"), None)
            waits = any(run.live for run in runs)
            bar.set_description_str(f"{now.model} · {now.phase}" if now else "waiting" if waits else "done", True)

        yield show


@contextmanager
def bar_of_steps(what: str) -> Iterator[Callable[[int, int], None]]:
    """What shows `(done, total)` steps."""
    with _bar(desc=what, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def _bar(**options: Any) -> Any:
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    notebook = getattr(shell, "kernel", None) is not None
    if notebook and find_spec("ipywidgets") is not None:
        from tqdm.notebook import tqdm
    else:
        from tqdm import tqdm
    return tqdm(file=sys.stderr, disable=not (notebook or sys.stderr.isatty()), **options)
