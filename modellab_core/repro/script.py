"""A run as a Python script that does the same."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

HEAD = '''"""{title}"""

from modellab_core import Lab
{imports}
lab = Lab.open()  # the folder that MODELLAB_HOME names, else .modellab here or in a folder above, else a new one here
'''

TRAIN = """try:
    version = lab.version({version})  # the data, as this workspace keeps it
except NotFound:  # elsewhere: the file itself
    version = lab.add_dataset({file}, project={project}, asked={asked})
if version.sha256 != {sha256}:
    raise SystemExit("This is other data than that of the run, so the numbers would be others.")

batch = lab.train(
    version,
    {target},
{options})
run = next(one for one in lab.follow(batch, lambda runs: None) if one.model == {model})
"""

CHECK = """
print(run.id, run.state, "the same recipe" if run.fingerprint == {fingerprint} else "another recipe")
expected = {expected}
for name, score in lab.headlines(run).items():
    print(f"{{name:28}} {{score.value}}", "" if score.value == expected[name] else f"was {{expected[name]}}")
"""

EVALUATE = """file = Path({file})  # the table of predictions; where it is not here, the copy that this workspace keeps
report = evaluate_table(
    file if file.exists() else lab.blobs.path({sha256}),
    Columns({columns}),
    task={task},
    positive={positive},
    metric={metric},
    seed={seed},
)

print(report)
expected = {expected}
for score in report.overall:
    print(f"{{score.metric:28}} {{score.value}}", "" if score.value == expected[score.metric] else "another value")
"""

LOOK = """run = lab.run({run})  # its code ran elsewhere; this is what it left here
print(lab.logged(run))
if lab.has_report(run):
    print(lab.report(run))
"""


@dataclass(frozen=True)
class Told:
    """What a script needs to know of a run: its row, the file and project of its data, and its values by metric."""

    run: str
    kind: str
    model: str
    recipe: Mapping[str, Any]
    fingerprint: str
    version: str
    file: str
    project: str
    expected: Mapping[str, float | None]


def script(told: Told) -> str:
    """The script that trains, evaluates or looks at a run again, and compares the numbers with those it had.

    All names from the data are Python literals, so that nothing in them is read as code.
    """
    write = {"template": _training, "imported": _evaluating}.get(told.kind, _looking)
    return write(told)


def _training(told: Told) -> str:
    recipe = told.recipe
    names = ("template", "split", "test_size", "seed", "metric", "positive", "weight", "params")
    options = {"task": _task(recipe["task"])} | {name: recipe[name] for name in names}
    options |= {"drop": tuple(recipe["drop"])}
    lines = "".join(f"    {name}={value!r},\n" for name, value in options.items() if value not in (None, (), {}))
    imports = "from modellab_core.data.reading import Asked\nfrom modellab_core.errors import NotFound\n"
    text = _head(f"Train the {told.model} model of the run {told.run} again", imports) + TRAIN.format(
        version=_text(told.version),
        file=_text(told.file),
        project=_text(told.project),
        asked=_asked(recipe["reading"]),
        sha256=_text(recipe["sha256"]),
        target=_text(recipe["target"]),
        options=lines,
        model=_text(told.model),
    )
    return text + CHECK.format(fingerprint=_text(told.fingerprint), expected=_values(told.expected))


def _evaluating(told: Told) -> str:
    recipe = told.recipe
    columns = dict(recipe.get("columns") or {"y_true": recipe["target"]})
    given = ((name, tuple(item) if isinstance(item, list) else item) for name, item in columns.items())
    imports = "from pathlib import Path\n\nfrom modellab_core.lab.imported import Columns, evaluate_table\n"
    return _head(f"Evaluate the predictions of the run {told.run} again", imports) + EVALUATE.format(
        file=_text(told.file),
        sha256=_text(recipe["sha256"]),
        columns=", ".join(f"{name}={item!r}" for name, item in given if item not in (None, ())),
        task=_text(_task(recipe["task"])),
        positive=repr(recipe.get("positive")),
        metric=repr(recipe.get("metric")),
        seed=recipe["seed"],
        expected=_values(told.expected),
    )


def _looking(told: Told) -> str:
    return _head(f"Look at the run {told.run}", "") + LOOK.format(run=_text(told.run))


def _head(title: str, imports: str) -> str:
    paths = [line for line in imports.splitlines() if line.startswith("from pathlib")]
    rest = [line for line in imports.splitlines() if line and line not in paths]
    said = f"{title}: the same data, settings and seed give the same numbers."
    text = HEAD.format(title=said, imports="\n".join([*rest, ""]))
    return text.replace("from modellab_core import Lab", "\n\n".join([*paths, "from modellab_core import Lab"]), 1)


def _task(task: str) -> str:
    return "regression" if task == "regression" else "classification"


def _text(value: str) -> str:
    return repr(str(value))


def _asked(reading: Mapping[str, Any]) -> str:
    """How the file was read, said so that it is read so again."""
    if reading["format"] != "csv":
        return "None"
    told: dict[str, Any] = {name: reading[name] for name in ("delimiter", "encoding", "header")}
    everywhere: Sequence[str] = reading.get("missing_everywhere") or ()
    told |= {"missing": tuple(everywhere)} if everywhere else {}
    told |= {"types": {name: reading["types"][name] for name in reading.get("columns", reading["types"])}}
    return f"Asked({', '.join(f'{name}={item!r}' for name, item in told.items())})"


def _values(expected: Mapping[str, float | None]) -> str:
    plain = json.loads(json.dumps(dict(expected)))
    lines = "".join(f"    {name!r}: {value!r},\n" for name, value in plain.items())
    return f"{{\n{lines}}}"
