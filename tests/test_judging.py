"""Runs judged: within all stored runs of their split, charged for those that are gone, and through the gate."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from command import Command

from modellab_core.errors import BadInput, Conflict
from modellab_core.experiment import predictions_to_parquet
from modellab_core.harness.comparing.comparison import judge
from modellab_core.harness.comparing.looks import spent_level
from modellab_core.harness.intervals.formulas import normal_quantile
from modellab_core.lab import Lab, crossing, judging
from modellab_core.lab.runs import split_key
from modellab_core.store.catalog_runs import NewRun, Result


@pytest.fixture
def lab(trained: tuple[Path, str], tmp_path: Path) -> tuple[Lab, list[str]]:
    """A workspace of its own with the finished batch, and the ids of its runs, simple first."""
    home = tmp_path / "workspace"
    shutil.copytree(trained[0], home)
    return Lab.open(home), [run["id"] for run in json.loads(trained[1])["runs"]]


def another(lab: Lab, like: str, seed: int, **changed: Any) -> str:
    """A further stored run on the test rows of `like`, whose chances are blurred."""
    run, some = lab.run(like), lab.predictions(like)
    rng = np.random.default_rng(seed)
    odds = np.log(some.proba + 0.05) + rng.normal(size=some.proba.shape)
    proba = np.exp(odds) / np.exp(odds).sum(axis=1, keepdims=True)
    made = replace(some, proba=proba, y_pred=proba.argmax(axis=1), **changed)
    files = dict(run.files) | {"predictions.parquet": lab.blobs.put(predictions_to_parquet(made))}
    new = NewRun(f"another {seed}", "another", dict(run.recipe), run.fingerprint)
    kept = lab.catalog.runs.add_finished(run.project_id, new, Result(files=files, headline=run.headline), kind="logged")
    lab.catalog.evidence.look(split_key(kept, made), files["predictions.parquet"])
    return kept.id


def test_the_batch_alone_is_its_own_family(lab: tuple[Lab, list[str]]) -> None:
    """With nothing else stored, the verdict over the batch is the batch's own, with its looks."""
    opened, ids = lab
    found, own = opened.compare(ids), opened.verdict(opened.run(ids[0]).batch_id)
    assert (found.models, found.looks, found.critical) == (3, 3, own.critical)
    assert [pair.verdict for pair in found.pairs] == [pair.verdict for pair in own.pairs]
    assert found.optimism == own.optimism > 0


def test_named_runs_are_judged_within_all_stored_ones(lab: tuple[Lab, list[str]]) -> None:
    """c holds over all pairs of stored runs of the split, though only the named ones are listed."""
    opened, ids = lab
    before = opened.compare(ids[1:], "log_loss")
    more = [another(opened, ids[1], seed) for seed in range(4)]
    found = opened.compare(ids[1:], "log_loss")
    everyone = {run: opened.predictions(run) for run in [*ids[1:], ids[0], *more]}
    whole = judge(everyone, "log_loss", opened.report(ids[1]).plan)
    assert found.names == tuple(ids[1:])
    assert len(found.pairs) == 1
    assert (found.models, found.looks) == (7, 7)
    assert found.critical > before.critical
    assert found.optimism == pytest.approx(whole.optimism)
    if found.resamples == whole.resamples:
        assert found.critical == pytest.approx(whole.critical)


def test_deleted_runs_stay_counted(lab: tuple[Lab, list[str]]) -> None:
    """A look at a run that is gone is charged: claims are at level .05·6/(π²k²) for look k."""
    opened, ids = lab
    gone = [another(opened, ids[1], seed) for seed in range(5)]
    for run in gone:
        opened.delete_run(run)
    found = opened.compare(ids)
    assert (found.models, found.looks) == (3, 8)
    assert found.critical == pytest.approx(normal_quantile(spent_level(8)))
    assert spent_level(8) == pytest.approx(1 - 0.05 * 6 / (np.pi**2 * 64))


def test_a_reload_is_no_look(lab: tuple[Lab, list[str]]) -> None:
    """The same predictions again are one look and one model, however many runs hold them."""
    opened, ids = lab
    run = opened.run(ids[2])
    again = NewRun("again", "xgboost", dict(run.recipe), run.fingerprint)
    kept = opened.catalog.runs.add_finished(
        run.project_id, again, Result(files=run.files, headline=run.headline), kind="logged"
    )
    opened.catalog.evidence.look(split_key(run, opened.predictions(run)), run.files["predictions.parquet"])
    assert opened.looks(kept.id) == 3
    assert opened.compare([*ids, kept.id]).models == 3


def test_many_runs_are_charged_without_being_drawn(lab: tuple[Lab, list[str]], monkeypatch: Any) -> None:
    """Above the number that can be drawn together, each pair is told apart at the level of all pairs (Bonferroni)."""
    opened, ids = lab
    for seed in range(3):
        another(opened, ids[1], seed)
    monkeypatch.setattr(judging, "MOST_TOGETHER", 5)
    found = opened.compare(ids)
    assert found.models == 6
    assert found.critical == pytest.approx(max(normal_quantile(1 - 0.05 / 15), found.critical))
    assert found.critical >= normal_quantile(1 - 0.05 / 15)
    assert found.optimism is None


def test_a_verdict_is_computed_once(lab: tuple[Lab, list[str]], monkeypatch: Any) -> None:
    """The same question about the same predictions is answered from memory."""
    opened, ids = lab
    first = opened.compare(ids)
    monkeypatch.setattr(judging, "judge", None)
    assert opened.compare(ids) is first


def test_other_weights_are_not_ranked(lab: tuple[Lab, list[str]]) -> None:
    """A run with other weights on the same rows cannot be ranked with the rest, and counts as seen."""
    opened, ids = lab
    other = another(opened, ids[1], 1, weight=np.linspace(1, 2, len(opened.predictions(ids[0]))))
    with pytest.raises(Conflict, match="cannot be ranked"):
        opened.compare([ids[0], other])
    assert opened.compare(ids).models == 4


def test_equivalence_needs_a_margin(lab: tuple[Lab, list[str]]) -> None:
    """Equivalent within X: only if the whole interval lies inside ±X; without X nothing is said."""
    opened, ids = lab
    assert all(pair.equivalent is None for pair in opened.compare(ids).pairs)
    wide = opened.compare(ids, margin=0.9)
    assert wide.pair(ids[1], ids[2]).equivalent is True
    assert opened.compare(ids, margin=1e-6).pair(ids[1], ids[2]).equivalent is False
    with pytest.raises(BadInput, match="above 0"):
        opened.compare(ids, margin=0)


def test_the_gate_by_command(lab: tuple[Lab, list[str]], modellab: Command) -> None:
    """`gate` exits 0 for PASS, 1 for FAIL, 3 for INCONCLUSIVE, and 2 for a margin or a metric that is none."""
    opened, (dummy, linear, xgboost) = lab
    home = opened.folder

    def gated(*words: str) -> tuple[int, Any]:
        done = modellab("gate", *words, "--json", home=home)
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr

    code, told = gated(linear, dummy, "--metric", "accuracy", "--margin", "0.1")
    assert (code, told["state"], told["looks"]) == (0, "PASS", 3)
    assert gated(dummy, linear, "--metric", "accuracy", "--margin", "0.1")[0] == 1
    code, told = gated(xgboost, linear, "--metric", "accuracy", "--margin", "0.01")
    assert (code, told["state"]) == (3, "INCONCLUSIVE")
    assert told["more"] == told["rows_needed"] - 30 > 0
    assert gated(linear, dummy, "--metric", "accuracy", "--margin", "-1")[0] == 2
    assert gated(linear, dummy, "--metric", "roc_auc", "--margin", "0.1")[0] == 2
    assert gated(linear, linear, "--metric", "accuracy", "--margin", "0.1")[0] == 2


def test_compare_says_what_it_was_charged_for(lab: tuple[Lab, list[str]], modellab: Command) -> None:
    """`compare` prints how many models the claims hold over, the optimism of the best, and what is equivalent."""
    opened, ids = lab
    done = modellab("compare", *ids, "--margin", "0.9", home=opened.folder)
    assert done.returncode == 0, done.stderr
    assert "all 3 stored models of this split" in done.stdout
    assert "too good" in done.stdout
    assert "Equivalent within 0.900" in done.stdout


def test_recipes_are_compared_by_cross_validation(lab: tuple[Lab, list[str]], modellab: Command) -> None:
    """`compare --repeat` fits the recipes again in folds: every row is tested once a repeat, and recipes are judged."""
    opened, ids = lab
    seen: list[tuple[int, int]] = []
    found = opened.cross_compare(opened.run(ids[0]).batch_id, 1, 2, told=lambda done, of: seen.append((done, of)))
    assert (found.names, found.n, found.folds, found.repeats) == (("dummy", "linear", "xgboost"), 150, 2, 1)
    assert (found.n_train, found.n_test) == (75, 75)
    assert seen == [(done, 6) for done in range(7)]
    assert found.values[0] == pytest.approx(1 / 3, abs=0.01)
    assert found.sentence.startswith("As a recipe, use ")
    assert opened.last_cross_compare(opened.run(ids[0]).batch_id or "") == found
    done = modellab("compare", *ids[:2], "--repeat", "1", "--json", home=opened.folder)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["names"] == ids[:2]
    assert told["pairs"][0]["verdict"] == "better"
    both = modellab("compare", *ids[:2], "--repeat", "1", "--margin", "0.1", home=opened.folder)
    assert both.returncode == 2


def test_what_cannot_be_fitted_again_is_refused(lab: tuple[Lab, list[str]], monkeypatch: Any) -> None:
    """Runs without a recipe, tables that are too large, and too few folds are refused in one sentence."""
    opened, ids = lab
    with pytest.raises(Conflict, match="cannot be fitted again"):
        opened.cross_compare_runs([ids[0], another(opened, ids[1], 1)])
    with pytest.raises(BadInput, match="at least 1 repeat and 2 folds"):
        opened.cross_compare_runs(ids, repeats=1, folds=1)
    monkeypatch.setattr(crossing, "MOST_ROWS", 100)
    with pytest.raises(BadInput, match="up to 100 rows, and these are 150"):
        opened.cross_compare_runs(ids)
