"""What a person reads in a pack: how to use it, and what the model is."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from modellab_core.repro.comparing import shown

EXIT_CODES = {
    0: "reproduced: every number is identical or within its tolerance",
    1: "a number is outside its tolerance, or the training failed",
    2: "a checksum is wrong: a file was altered, is missing or was added, or the files contradict one another",
    3: "the environment could not be built, or with --here: this Python holds other versions",
    4: "wrong usage",
    5: "the data must be fetched first",
}


def guide(config: Mapping[str, Any], info: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """`reproduce.md`: the steps, the expected numbers, the exit codes, and the warning that this runs code."""
    recipe, run = config["recipe"], config["run"]
    rows = [[code(entry["id"]), *numbers_of(entry), str(entry["n"]), within(entry)] for entry in expected["metrics"]]
    exits = [[str(number), meaning] for number, meaning in EXIT_CODES.items()]
    return f"""# Train this run again

{code(recipe["model"])} of the template {code(recipe["template"])}, predicting {code(recipe["target"])}
({recipe["task"]}) from {code(info["name"])}: {info["rows"]} rows, {len(info["columns"])} columns.
Run {code(run["id"])}.

**This runs code that came with the file.** It runs in a fresh temporary folder with your rights. Look at
`__main__.py`, `reproduce.py` and `code/` first if you do not trust where it came from.

## Steps

With Python 3.11 or newer, in the folder of the ZIP file:

```
python PACK.zip                 check the files, build the environment, train again, compare every number
python PACK.zip --here          the same with this Python, if it holds the versions of environment.txt
python PACK.zip data            which data the run used, and whether they are here
python PACK.zip env DIR         build the environment in a folder
python PACK.zip extract DIR     write the files to a folder
```

`--json` prints the verdict as JSON, `--data FILE` gives the data when the pack does not hold them
({code(info["file"])}, SHA-256 {code(info["sha256"])}), `--no-uv` builds with venv and pip although uv is there.
Without the runner: extract, `sha256sum -c manifest-sha256.txt`, `uv run reproduce.py`.

## Expected numbers

{table(["number", "value", "low", "high", "n", "tolerance (same platform / across)"], rows)}

Metrics that see only the predicted class are compared in flipped predictions, all others by relative difference.
A difference is positive when its first model is better.

## Exit codes

{table(["code", "meaning"], exits)}
"""


def model_card(config: Mapping[str, Any], info: Mapping[str, Any], expected: Mapping[str, Any]) -> str:
    """`artifacts/model/README.md`: a model card with the front matter of the Hugging Face hub."""
    recipe = config["recipe"]
    scores = [entry for entry in expected["metrics"] if entry["kind"] == "score" and entry["value"] is not None]
    kind = "tabular-regression" if recipe["task"] == "regression" else "tabular-classification"
    library = "xgboost" if recipe["model"] == "xgboost" else "sklearn"
    index = {
        "name": f"{recipe['model']} for {recipe['target']}",
        "results": [
            {
                "task": {"type": kind},
                "dataset": {"name": info["name"], "type": "tabular", "revision": info["sha256"]},
                "metrics": [
                    {"type": entry["metric"], "name": entry["id"], "value": entry["value"]} for entry in scores
                ],
            }
        ],
    }
    front = {"library_name": library, "pipeline_tag": kind, "tags": ["tabular", "modellab"], "model-index": [index]}
    matter = "\n".join(f"{key}: {json.dumps(value, ensure_ascii=True)}" for key, value in front.items())
    rows = [[code(entry["id"]), *numbers_of(entry), str(entry["n"])] for entry in scores]
    return f"""---
{matter}
---

# {code(recipe["model"])} for {code(recipe["target"])}

Trained by ModelLab's template {code(recipe["template"])} (seed {recipe["seed"]}, split {code(recipe["split"])}) on
{code(info["name"])}, SHA-256 {code(info["sha256"])}.

## Files

`model.json` describes the inputs; the fitted core is `model.ubj` (XGBoost's own format) or `model.skops`. No pickle.
Open them with `modellab_core.training.persistence.load`, which lies in the pack's `code/`.

## Evaluation

On {scores[0]["n"] if scores else 0} test rows that took no part in training or in any choice.

{table(["metric", "value", "low", "high", "n"], rows)}

## Limits

These numbers hold for rows like the test rows. Slices, stress tests and failures are in `artifacts/eval/`. The model
knows nothing about causes, and nothing about groups of people that the data do not name.
"""


def numbers_of(entry: Mapping[str, Any]) -> list[str]:
    """Value and ends as text; a dash where no interval is given."""
    ends = ["-" if entry[key] is None else f"{entry[key]:.6g}" for key in ("low", "high")]
    return [shown(entry["value"]), *ends]


def within(entry: Mapping[str, Any]) -> str:
    """A tolerance in words."""
    tolerance = entry["tolerance"]
    unit = " flipped" if tolerance["kind"] == "flips" else " relative"
    return f"{tolerance['same']:g} / {tolerance['across']:g}{unit}"


def code(text: Any) -> str:
    """`text` as code in Markdown: nothing in a name from outside can become markup."""
    plain = "".join(letter if letter.isprintable() else "?" for letter in str(text)).replace("|", "¦")
    fence = "``" if "`" in plain else "`"
    return f"{fence}{' ' * (fence == '``')}{plain}{' ' * (fence == '``')}{fence}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, its columns aligned."""
    wide = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(size) for cell, size in zip(row, wide, strict=True)) + " |" for row in rows]
    first = "| " + " | ".join(cell.ljust(size) for cell, size in zip(head, wide, strict=True)) + " |"
    return "\n".join([first, "|" + "|".join("-" * (size + 2) for size in wide) + "|", *lines])
