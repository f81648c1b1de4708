"""How often the tags of failing rows are right, printed: `python tests/benchmarks/failure_tags.py`.

2 % of the labels are flipped, 2 % of the test rows lie outside of the training range in one feature, 2 % repeat a
training row with the other label. Each line is the sum over the seeds; every test row is looked at, not only the 50
that a report shows. Likely label errors are not looked for where classes overlap: then nothing is tagged.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from planted import FAULTS, caught, planted

SEEDS = 10
SEPARATIONS = (2.0, 3.0, 4.0, 5.0)


def main() -> None:
    """Print precision and recall of each tag by model and by how far the classes are apart."""
    print(f"{'model':9} {'AUC':>5}  {'tag':28} {'tagged':>6} {'precision':>9} {'recall':>6}")
    for boosted in (False, True):
        for separation in SEPARATIONS:
            made = [planted(seed, separation, boosted=boosted) for seed in range(SEEDS)]
            totals = {tag: np.sum([caught(one)[tag] for one in made], axis=0) for tag in FAULTS}
            auc = np.mean([one.auc for one in made])
            for tag, (tagged, right, there) in totals.items():
                precision = f"{right / tagged:9.3f}" if tagged else "        –"
                name = "boosted" if boosted else "logistic"
                print(f"{name:9} {auc:5.3f}  {tag:28} {tagged:6d} {precision} {right / there:6.3f}")


if __name__ == "__main__":
    main()
