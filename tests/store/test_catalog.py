from __future__ import annotations

import pytest
from store.making import batch_in, catalog_in, result_in, version_in, worker

from modellab_core.errors import BadInput, Conflict, NotFound
from modellab_core.store.catalog import Catalog
from modellab_core.store.catalog_datasets import NewVersion
from modellab_core.store.catalog_runs import NewRun
from modellab_core.store.damage import seal
from modellab_core.store.evidence_tables import ScoreRow


@pytest.fixture
def catalog(tmp_path):
    return catalog_in(tmp_path)


def claim(catalog: Catalog, lease: str = "lease", limit: int = 1):
    return catalog.queue.claim(limit, worker(lease))


def test_a_project_name_is_taken_whatever_its_case(catalog):
    """Two projects cannot have names that differ only in case or Unicode form."""
    catalog.projects.create("Café")
    with pytest.raises(Conflict, match="'Café' already"):
        catalog.projects.create("CAFE\u0301")
    assert catalog.projects.ensure("CAFÉ").name == "Café"


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "a\x00b", "a\nb"])
def test_what_is_no_name_is_refused(catalog, name):
    """Blank, overlong and control characters give one sentence."""
    with pytest.raises(BadInput):
        catalog.projects.create(name)


def test_a_project_can_be_renamed_described_archived_and_restored(catalog):
    """Each change is kept and given back; a project may change the case of its own name."""
    project = catalog.projects.create("one")
    catalog.projects.create("two")
    assert catalog.projects.rename(project.id, "ONE").name == "ONE"
    with pytest.raises(Conflict):
        catalog.projects.rename(project.id, "Two")
    assert catalog.projects.describe(project.id, "<b>text</b>").description == "<b>text</b>"
    catalog.projects.archive(project.id)
    assert [each.project.name for each in catalog.projects.all()] == ["two"]
    assert [each.project.name for each in catalog.projects.all(archived=True)] == ["ONE"]
    with pytest.raises(Conflict, match="in the archive"):
        catalog.projects.create("one")
    catalog.projects.restore(project.id)
    assert catalog.projects.find("one").archived_at is None


def test_a_project_is_found_by_name_id_and_beginning_of_its_id(catalog):
    """A name goes before an id; what fits nothing names the choices."""
    project = catalog.projects.create("churn")
    assert catalog.projects.find(" CHURN ").id == project.id
    assert catalog.projects.find(project.id).id == project.id
    assert catalog.projects.find(project.id[:6].upper()).id == project.id
    with pytest.raises(NotFound, match="did you mean churn"):
        catalog.projects.find("chrun")
    with pytest.raises(NotFound):
        catalog.projects.find("%")


def test_an_ambiguous_beginning_is_refused(catalog):
    """When several ids begin so, the sentence names them."""
    ids = [catalog.projects.create(f"project {number:02}").id for number in range(17)]
    digit = next(digit for digit in "0123456789abcdef" if sum(each[0] == digit for each in ids) > 1)
    with pytest.raises(BadInput, match="means several projects"):
        catalog.projects.find(digit)


def test_the_list_counts_and_puts_live_projects_first(catalog):
    """Counts are of the project alone; one with waiting runs stands before a later one without."""
    batch_in(catalog, project="busy")
    later = catalog.projects.create("later")
    version_in(catalog, later)
    busy, quiet = catalog.projects.all()
    assert (busy.project.name, busy.datasets, busy.runs, busy.running) == ("busy", 1, 3, 3)
    assert (quiet.project.name, quiet.datasets, quiet.runs, quiet.running) == ("later", 1, 0, 0)
    assert quiet.last_activity > quiet.project.created_at


def test_deleting_a_project_takes_its_rows_and_leaves_others_and_the_blobs(catalog):
    """All rows of the project go, none of another; blobs wait for `clean`."""
    _, runs = batch_in(catalog, project="gone")
    batch_in(catalog, project="stays")
    gone = catalog.projects.find("gone")
    with pytest.raises(Conflict, match="3 runs in progress"):
        catalog.projects.delete(gone.id)
    run = catalog.queue.claim(1, worker(), runs[0].batch_id)
    catalog.queue.finish(run.id, "lease", result_in(catalog))
    for each in runs[1:]:
        catalog.queue.cancel(each.id)
    contents = catalog.projects.contents(gone.id)
    assert (contents.datasets, contents.versions, contents.runs) == (1, 1, 3)
    assert contents.blobs == frozenset(result_in(catalog).files.values())  # the data is shared with the other project
    catalog.projects.delete(gone.id)
    assert catalog.evidence.counts() | {"action": 0} == {
        **dict.fromkeys(catalog.evidence.counts(), 0),
        **{"project": 1, "dataset": 1, "dataset_version": 1, "batch": 1, "run": 3},
    }
    assert all(catalog.blobs.has(digest) for digest in contents.blobs)


def test_adding_the_same_bytes_again_gives_the_version_that_is_there(catalog):
    """A version is unique per dataset, bytes and reading; other bytes or another reading make the next number."""
    project = catalog.projects.create("p")
    digest = catalog.blobs.put(b"x")
    reading = {"types": {"b": "text", "a": "number"}}
    new = NewVersion(digest, 1, 1, 1, reading, seal(reading))
    first, is_new = catalog.datasets.add(project.id, "T.csv", new)
    again, is_new_again = catalog.datasets.add(project.id, "t.CSV", new)
    otherwise = NewVersion(digest, 1, 1, 1, {"types": {}}, seal({"types": {}}))
    other, _ = catalog.datasets.add(project.id, "t.csv", otherwise)
    assert (is_new, is_new_again, again.id, other.number) == (True, False, first.id, 2)
    assert list(catalog.datasets.version(first.id[:8]).reading["types"]) == ["b", "a"]
    assert catalog.datasets.latest(first.dataset_id).id == other.id
    assert [len(each.versions) for each in catalog.datasets.all(project.id)] == [2]


def test_a_dataset_is_renamed_within_its_project(catalog):
    """It may change the case of its own name and not take that of another."""
    project = catalog.projects.create("p")
    one, two = version_in(catalog, project, "one"), version_in(catalog, project, "two")
    assert catalog.datasets.rename(one.dataset_id, "ONE").name == "ONE"
    with pytest.raises(Conflict, match="'two' in this project already"):
        catalog.datasets.rename(one.dataset_id, "Two")
    assert catalog.datasets.get(two.dataset_id).name == "two"
    catalog.datasets.delete(two.dataset_id)
    with pytest.raises(NotFound, match="deleted"):
        catalog.datasets.latest(two.dataset_id)


def test_one_name_may_be_a_dataset_in_two_projects(catalog):
    """Without a project the name is ambiguous, with it the right one is found."""
    one, two = catalog.projects.create("one"), catalog.projects.create("two")
    version_in(catalog, one)
    version_in(catalog, two)
    with pytest.raises(BadInput, match="several datasets"):
        catalog.datasets.find("t.csv")
    assert catalog.datasets.find("T.CSV", two.id).project_id == two.id


def test_a_deleted_dataset_leaves_its_finished_runs_and_what_their_packs_need(catalog):
    """The rows of the dataset go, its runs stay, and the bytes they were trained on count as used."""
    _, runs = batch_in(catalog)
    dataset = catalog.datasets.find("t.csv")
    with pytest.raises(Conflict, match="in progress"):
        catalog.datasets.delete(dataset.id)
    for run in runs:
        catalog.queue.cancel(run.id)
    catalog.datasets.delete(dataset.id)
    assert [run.version_id for run in catalog.runs.all()] == [None] * 3
    assert runs[0].recipe["sha256"] in catalog.evidence.blobs_referenced()


def test_a_double_click_makes_one_batch(catalog):
    """The same key gives the batch and the runs of the first time."""
    batch, runs = batch_in(catalog, key="click-1")
    again, runs_again = batch_in(catalog, key="click-1")
    other, _ = batch_in(catalog, key="click-2")
    assert (again.id, [run.id for run in runs_again]) == (batch.id, [run.id for run in runs])
    assert other.id != batch.id
    assert catalog.evidence.counts()["run"] == 6


def test_a_batch_appears_whole_or_not_at_all(catalog):
    """When one of its runs cannot be kept, nothing of the batch or its key is."""
    project = catalog.projects.create("p")
    version = version_in(catalog, project)
    runs = [NewRun("dummy", "dummy", {}, "f"), NewRun("linear", "linear", {"x": float("nan")}, "f")]
    with pytest.raises(Exception, match="JSON"):
        catalog.runs.create_batch(project.id, version.id, "t", {}, runs, "key")
    counts = catalog.evidence.counts()
    assert (counts["batch"], counts["run"], counts["action"]) == (0, 0, 0)


def test_runs_are_listed_by_what_is_asked(catalog):
    """Filters work together; the latest batch stands first, in it the simplest model."""
    _, runs = batch_in(catalog)
    batch, later = batch_in(catalog)
    assert [run.id for run in catalog.runs.all(limit=4)] == [run.id for run in [*later, runs[0]]]
    assert [run.id for run in catalog.runs.of_batch(batch.id)] == [run.id for run in later]
    assert catalog.runs.rename(later[0].id, "my dummy").name == "my dummy"
    assert catalog.runs.find("my dummy", later[0].project_id).id == later[0].id
    assert [run.id for run in catalog.runs.all(batch_id=batch.id, states=("queued",))] == [run.id for run in later]
    assert catalog.runs.all(states=("failed",)) == []
    assert len(catalog.runs.all(runs[0].project_id, kind="template", fingerprint="f" * 64)) == 6
    assert catalog.runs.batches(runs[0].project_id)[0].id == batch.id
    with pytest.raises(BadInput, match="several runs"):
        catalog.runs.find("linear")


def test_deleting_runs_takes_scores_and_the_empty_batch(catalog):
    """A live run is refused; scores go with the run and the batch with its last run."""
    _, runs = batch_in(catalog)
    with pytest.raises(Conflict, match="cancel it first"):
        catalog.runs.delete(runs[0].id)
    claim(catalog)
    catalog.queue.finish(runs[0].id, "lease", result_in(catalog))
    for run in runs[1:]:
        catalog.queue.cancel(run.id)
    for run in runs:
        catalog.runs.delete(run.id)
    counts = catalog.evidence.counts()
    assert (counts["run"], counts["score"], counts["batch"]) == (0, 0, 0)
    with pytest.raises(NotFound, match="deleted"):
        catalog.runs.get(runs[0].id)
    assert catalog.evidence.blobs_referenced() == {runs[0].recipe["sha256"]}


def test_predictions_from_elsewhere_become_a_run_once(catalog):
    """An imported run is there with its scores at once, and a second click with the key finds it."""
    project = catalog.projects.create("p")
    new = NewRun("my model", "imported", {}, "f" * 64)
    run = catalog.runs.add_finished(project.id, new, result_in(catalog), key="k")
    again = catalog.runs.add_finished(project.id, new, result_in(catalog), key="k")
    assert (run.state, run.kind, again.id) == ("succeeded", "imported", run.id)
    assert len(catalog.runs.scores(run.id)) == 1
    assert catalog.runs.find("my model").id == run.id


def test_verifications_and_looks_are_kept(catalog):
    """The latest try stands first; the same predictions are one look."""
    _, runs = batch_in(catalog)
    assert catalog.evidence.verifications(runs[0].id) == []
    catalog.evidence.verified(runs[0].id, "failed", "host", {"metrics": 1})
    catalog.evidence.verified(runs[0].id, "reproduced")
    assert [each.state for each in catalog.evidence.verifications(runs[0].id)] == ["reproduced", "failed"]
    assert [catalog.evidence.look("s", "p1"), catalog.evidence.look("s", "p1"), catalog.evidence.look("s", "p2")] == [
        1,
        1,
        2,
    ]
    assert (catalog.evidence.looks("s"), catalog.evidence.looks("t")) == (2, 0)
    assert catalog.evidence.run_states() == {"queued": 3}


def test_the_score_table_has_the_fields_of_the_harness():
    """What `Score.to_json` gives fits the table, whatever is added to it."""
    from modellab_core.harness.scores import Score

    assert set(Score.__dataclass_fields__) == set(ScoreRow.model_fields) - {"id", "run_id"}
