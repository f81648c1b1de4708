"""The `modellab` command: parse, call a verb of the Lab, print.

One file a noun; `door.py` holds what they share. Exit codes: 0 done, 1 the answer is no, 2 your input is wrong,
3 inconclusive, 70 an unexpected failure, 130 Ctrl-C; `verify` uses the pack's own codes.
"""

from __future__ import annotations

import os
import sys
import traceback
from typing import Annotated

import typer

from modellab_core import __version__
from modellab_core.cli import (
    changes,
    checking,
    datasets,
    evaluation,
    gate,
    latency,
    packs,
    projects,
    runs,
    selfcheck,
    training,
    upkeep,
)
from modellab_core.cli.terminal import shown_lines
from modellab_core.errors import ModelLabError, of_disk

app = typer.Typer(
    name="modellab",
    help="Train baselines on a table, compare them honestly, and hand over evidence that re-runs to the same bytes.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)
_ROOMS = (upkeep, projects, datasets, changes, checking, training, evaluation, runs, gate, latency, selfcheck, packs)
for _room in _ROOMS:
    _room.register(app)


def _say_version(asked: bool) -> None:
    if asked:
        print(f"modellab {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Say it.")] = False,
) -> None: ...


def main() -> None:
    """Run the command of this process and leave with its exit code."""
    try:
        app()
    except ModelLabError as error:
        print(shown_lines(str(error)), file=sys.stderr)
        sys.exit(2)
    except SystemExit as left:
        sys.exit(4 if left.code == 2 and "verify" in sys.argv[1:2] else left.code)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # somebody read enough, as `head` does; a second complaint at exit helps nobody
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except Exception as error:
        told = of_disk(error) if isinstance(error, OSError) else None
        print(shown_lines(str(told) if told else traceback.format_exc().rstrip()), file=sys.stderr)
        sys.exit(2 if told else 70)
