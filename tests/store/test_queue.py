from __future__ import annotations

import pytest
from sqlalchemy.exc import IntegrityError
from store.making import batch_in, catalog_in, result_in, worker

from modellab_core.errors import Conflict
from modellab_core.store.catalog import Catalog
from modellab_core.store.catalog_queue import Progress
from modellab_core.store.catalog_runs import Result


@pytest.fixture
def catalog(tmp_path):
    return catalog_in(tmp_path)


def claim(catalog: Catalog, lease: str = "lease", limit: int = 1):
    return catalog.queue.claim(limit, worker(lease))


def test_runs_are_claimed_simplest_first_and_wait_for_their_siblings(catalog):
    """The limit holds, the oldest batch goes first, and a run is not taken while a simpler sibling is live."""
    _, runs = batch_in(catalog)
    _, later = batch_in(catalog)
    first = claim(catalog, "a", limit=2)
    second = claim(catalog, "b", limit=2)
    assert (first.id, second.id) == (runs[0].id, later[0].id)
    assert claim(catalog, "c", limit=2) is None
    assert claim(catalog, "c", limit=3) is None
    catalog.queue.fail(first.id, "a", "It failed.")
    assert claim(catalog, "d", limit=2).id == runs[1].id


def test_a_failed_or_cancelled_sibling_does_not_stop_the_others(catalog):
    """Whatever ends the simpler run, the next one is taken."""
    _, runs = batch_in(catalog)
    claim(catalog)
    catalog.queue.fail(runs[0].id, "lease", "It failed.")
    catalog.queue.cancel(runs[1].id)
    assert claim(catalog).id == runs[2].id


def test_finishing_publishes_everything_and_needs_the_lease(catalog):
    """Another lease changes nothing; the right one makes scores, files, headline and state visible together."""
    _, runs = batch_in(catalog)
    claim(catalog)
    with pytest.raises(Conflict, match="not this worker's"):
        catalog.queue.finish(runs[0].id, "another", result_in(catalog))
    assert catalog.runs.scores(runs[0].id) == []
    catalog.queue.finish(runs[0].id, "lease", result_in(catalog, 0.75))
    run = catalog.runs.get(runs[0].id)
    assert (run.state, run.lease, run.headline["value"]) == ("succeeded", None, 0.75)
    assert [score.value for score in catalog.runs.scores(run.id, slice_name="all", stress="none")] == [0.75]
    assert run.notes == [{"code": "x", "text": "y"}]
    with pytest.raises(Conflict):
        catalog.queue.finish(runs[0].id, "lease", result_in(catalog))


def test_a_row_never_names_a_file_that_is_not_stored(catalog):
    """Publishing with a missing blob is refused, and the run stays as it was."""
    _, runs = batch_in(catalog)
    claim(catalog)
    with pytest.raises(Conflict, match=r"eval/metrics\.json"):
        catalog.queue.finish(runs[0].id, "lease", Result(files={"eval/metrics.json": "0" * 64}))
    assert catalog.runs.get(runs[0].id).state == "running"


def test_a_broken_score_leaves_the_run_running_and_without_scores(catalog):
    """Scores and state are one transaction: when a score is refused, nothing of the result is kept."""
    _, runs = batch_in(catalog)
    claim(catalog)
    scores = [{"metric": "accuracy", "n": 1, "value": 1.0}, {"metric": None, "n": 1}]
    with pytest.raises(IntegrityError):
        catalog.queue.finish(runs[0].id, "lease", Result(scores=scores))
    assert (catalog.runs.get(runs[0].id).state, catalog.runs.scores(runs[0].id)) == ("running", [])


def test_beats_carry_progress_and_bring_back_a_cancel(catalog):
    """A beat tells whether a cancel is asked for, and None once the lease is lost."""
    _, runs = batch_in(catalog)
    claim(catalog)
    assert catalog.queue.beat(runs[0].id, worker(), Progress("fitting", 3, 9, "round 3")) is False
    run = catalog.runs.get(runs[0].id)
    assert (run.phase, run.done, run.total, run.message) == ("fitting", 3, 9, "round 3")
    assert catalog.queue.cancel(run.id).state == "running"
    assert catalog.queue.beat(run.id, worker()) is True
    assert catalog.queue.still_wanted(["lease", "other"]) == {"lease": True}
    catalog.queue.stop(run.id, "lease")
    assert catalog.queue.beat(run.id, worker()) is None
    assert catalog.queue.cancel_requested(run.id, "lease") is None


def test_a_run_that_did_not_succeed_can_be_tried_again(catalog):
    """It goes back to the queue as the next attempt, without traces of the last; a live or good run is refused."""
    _, runs = batch_in(catalog)
    claim(catalog)
    with pytest.raises(Conflict, match="is running"):
        catalog.queue.retry(runs[0].id)
    catalog.queue.beat(runs[0].id, worker(), Progress("fitting", 1, 2, "m"))
    assert catalog.queue.interrupt(runs[0].id, "lease", "Its worker ended.")
    run = catalog.queue.retry(runs[0].id)
    assert (run.state, run.attempt, run.error, run.phase, run.lease, run.done) == ("queued", 2, None, None, None, 0)
    claim(catalog)
    catalog.queue.finish(run.id, "lease", result_in(catalog))
    with pytest.raises(Conflict, match="has succeeded"):
        catalog.queue.retry(run.id)
    with pytest.raises(Conflict, match="can be cancelled"):
        catalog.queue.cancel(run.id)


def test_an_interrupted_run_counts_as_cancelled_when_that_was_asked_for(catalog):
    """Who cancels and then sees the worker die gets what was asked for."""
    _, runs = batch_in(catalog)
    claim(catalog)
    catalog.queue.cancel(runs[0].id)
    assert catalog.queue.interrupt(runs[0].id, "lease", "Its worker ended.")
    assert catalog.runs.get(runs[0].id).state == "cancelled"
    assert not catalog.queue.interrupt(runs[0].id, "lease", "Its worker ended.")
