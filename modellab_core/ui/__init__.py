"""What the pages are made of. A page enters `page`, reads widgets, calls one verb of the Lab, shows what it gives."""

from __future__ import annotations

from modellab_core.ui.cards import cards_of, show_cards
from modellab_core.ui.checks import before_training, checked, what_stands_in_the_way
from modellab_core.ui.choices import (
    add_table,
    delete_dataset,
    need_project,
    need_run,
    pick_batch,
    pick_other,
    told_batch,
    told_data,
    told_report,
    undo_reading,
)
from modellab_core.ui.columns import columns_of
from modellab_core.ui.compare import names_of, not_comparable, pick_runs, runs_to_compare
from modellab_core.ui.contrast import beside, curves, flipped, settings, standing
from modellab_core.ui.crossing import cross_validation
from modellab_core.ui.decide import threshold
from modellab_core.ui.empty import no_runs
from modellab_core.ui.errors import errors
from modellab_core.ui.evaluation import calibration, class_curves, difference_to
from modellab_core.ui.files import download_report
from modellab_core.ui.findings import classes, importance
from modellab_core.ui.follow import follow
from modellab_core.ui.frame import actions, at_the_bottom, context, guard, page, tell_damage
from modellab_core.ui.help import VIEWS as HELP_VIEWS
from modellab_core.ui.help import about, definitions, ways_in
from modellab_core.ui.latency import latency
from modellab_core.ui.logged import logged, logged_run
from modellab_core.ui.notes import by_meaning, notes_in_short
from modellab_core.ui.packs import (
    came_from,
    contents,
    download,
    look_at,
    no_pack,
    rate,
    rerun_here,
    state_of,
    watch_rerun,
    what_a_pack_is,
)
from modellab_core.ui.pictures import figures
from modellab_core.ui.place import go, link, stop
from modellab_core.ui.projects import new_project, project_list
from modellab_core.ui.rereading import read_differently, refused, way_back
from modellab_core.ui.rows import any_rows, rows_of
from modellab_core.ui.run_list import show_runs
from modellab_core.ui.scores import overall, score_table
from modellab_core.ui.scoring import score_button
from modellab_core.ui.sent import check_sent
from modellab_core.ui.service import opened
from modellab_core.ui.setup import choose_details, choose_rest, choose_target, choose_target_alone, train
from modellab_core.ui.slices import slices
from modellab_core.ui.start import begin, welcome
from modellab_core.ui.stress import stress
from modellab_core.ui.tables import how_read, pick_version, show_notes
from modellab_core.ui.takeaway import takeaway
from modellab_core.ui.told import found_out
from modellab_core.ui.verdict import (
    charged,
    forest,
    margin_given,
    next_steps,
    pairs_table,
    pick_margin,
    scope,
    sentence,
    smallest_visible,
)
from modellab_core.ui.versions import show_versions
from modellab_core.ui.words import esc, plural
from modellab_core.ui.workspace import choose_room, show_workspace

__all__ = [
    "HELP_VIEWS",
    "about",
    "actions",
    "add_table",
    "any_rows",
    "at_the_bottom",
    "before_training",
    "begin",
    "beside",
    "by_meaning",
    "calibration",
    "came_from",
    "cards_of",
    "charged",
    "check_sent",
    "checked",
    "choose_details",
    "choose_rest",
    "choose_room",
    "choose_target",
    "choose_target_alone",
    "class_curves",
    "classes",
    "columns_of",
    "contents",
    "context",
    "cross_validation",
    "curves",
    "definitions",
    "delete_dataset",
    "difference_to",
    "download",
    "download_report",
    "errors",
    "esc",
    "figures",
    "flipped",
    "follow",
    "forest",
    "found_out",
    "go",
    "guard",
    "how_read",
    "importance",
    "latency",
    "link",
    "logged",
    "logged_run",
    "look_at",
    "margin_given",
    "names_of",
    "need_project",
    "need_run",
    "new_project",
    "next_steps",
    "no_pack",
    "no_runs",
    "not_comparable",
    "notes_in_short",
    "opened",
    "overall",
    "page",
    "pairs_table",
    "pick_batch",
    "pick_margin",
    "pick_other",
    "pick_runs",
    "pick_version",
    "plural",
    "project_list",
    "rate",
    "read_differently",
    "refused",
    "rerun_here",
    "rows_of",
    "runs_to_compare",
    "scope",
    "score_button",
    "score_table",
    "sentence",
    "settings",
    "show_cards",
    "show_notes",
    "show_runs",
    "show_versions",
    "show_workspace",
    "slices",
    "smallest_visible",
    "standing",
    "state_of",
    "stop",
    "stress",
    "takeaway",
    "tell_damage",
    "threshold",
    "told_batch",
    "told_data",
    "told_report",
    "train",
    "undo_reading",
    "watch_rerun",
    "way_back",
    "ways_in",
    "welcome",
    "what_a_pack_is",
    "what_stands_in_the_way",
]
