"""Names and cells are text: in a terminal, in JSON, in CSV, in the database and in the names of files."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from command import Command
from hostile import CONTROLS, EVERYTHING, FORMULAS, NAMES
from hypothesis import given
from hypothesis import strategies as st

from modellab_core.cli.terminal import json_text, shown_lines
from modellab_core.lab import Lab
from modellab_core.lab.spreadsheet import FORMULA_STARTS, csv_bytes
from modellab_core.letters import shown

TEXT = st.one_of(st.sampled_from(EVERYTHING), st.text(max_size=40))


def commands(text: str) -> list[str]:
    """The letters of `text` by which a terminal could be commanded, or a reader misled."""
    return [letter for letter in text if unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def safe(text: str) -> bool:
    """Whether nothing but line ends and joiners of emoji is left of these."""
    return set(commands(text)) <= set("\n\u200c\u200d")


@given(TEXT)
def test_a_terminal_gets_letters_only(text: str) -> None:
    """No control character, escape or turning mark comes through, and plain text comes through as it is."""
    assert safe(shown(text))
    assert "\n" not in shown(text)
    assert shown(text) == text or commands(text) or any(not letter.isprintable() for letter in text)
    assert shown_lines(f"a\n{text}").startswith("a\n")


@given(st.recursive(TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3)))
def test_json_is_exact_and_commands_nothing(value: Any) -> None:
    """What a program reads is what was meant, letter by letter, and a terminal may show it."""
    text = json_text(value)
    assert json.loads(text) == value
    assert safe(text)


@given(st.lists(st.tuples(TEXT, TEXT), max_size=6), st.lists(TEXT, min_size=2, max_size=2))
def test_no_cell_of_a_csv_is_a_formula(rows: list[tuple[str, str]], names: list[str]) -> None:
    """Cells and names that would be formulas get one apostrophe, all others come back as they were."""
    frame = pd.DataFrame(rows, columns=names, dtype=object)
    read = list(csv.reader(io.StringIO(csv_bytes(frame).decode(errors="surrogatepass"), newline="")))
    given_rows = [names, *map(list, rows)]
    flat = [
        (cell, given) for one, two in zip(read, given_rows, strict=True) for cell, given in zip(one, two, strict=True)
    ]
    for cell, given_cell in flat:
        plain = given_cell.encode(errors="backslashreplace").decode()
        assert cell == (f"'{plain}" if given_cell.startswith(FORMULA_STARTS) else plain)
        assert not cell.startswith(FORMULA_STARTS)


def test_numbers_dates_and_gaps_keep_their_form_in_a_csv() -> None:
    """Only text is touched: a negative number stays one, in every kind of column that a table has."""
    frame = pd.DataFrame(
        {
            "n": [-1.5, None],
            "whole": pd.array([-3, None], dtype="Int64"),
            "kind": pd.Categorical(["=a", "b"]),
            "mixed": pd.Series([-1, "-x"], dtype=object),
            "when": pd.to_datetime(["2020-01-02", None]),
        }
    )
    twice = pd.concat([frame, pd.DataFrame({"n": ["=z", "y"]})], axis=1)
    lines = csv_bytes(twice).decode().splitlines()
    assert lines == ["n,whole,kind,mixed,when,n", "-1.5,-3,'=a,-1,2020-01-02,'=z", ",,b,'-x,,y"]


def test_every_name_is_text_to_the_command_and_the_database(modellab: Command, tmp_path: Path) -> None:
    """Projects called like markup, formulas, paths and SQL are kept, listed, renamed and deleted by their own names."""
    for name in NAMES:
        done = modellab("projects", "create", "--json", "--", name)
        assert done.returncode == 0, (name, done.stderr)
        assert json.loads(done.stdout)["name"] == unicodedata.normalize("NFC", name).strip()
    listed = modellab("projects", "list")
    assert safe(listed.stdout)
    assert len(json.loads(modellab("projects", "list", "--json").stdout)) == len(NAMES)
    for name in NAMES[:3]:
        assert modellab("projects", "delete", "--yes", "--", name).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["workspace"]


@pytest.mark.parametrize("name", CONTROLS)
def test_names_with_control_characters_are_refused_in_a_safe_sentence(name: str, modellab: Command) -> None:
    """The refusal shows the name without letting it command the terminal."""
    done = modellab("projects", "create", "--", name)
    assert done.returncode == 2
    assert safe(done.stderr)


def hostile_table() -> bytes:
    """A table whose names, cells and classes are hostile."""
    out = io.StringIO()
    writer = csv.writer(out)
    texts = [one for one in EVERYTHING if "\x00" not in one and len(one) < 1000]
    writer.writerow(["=cmd|'x'!A1", "<script>alert(1)</script>", "../../up", "n\x1b[31m", "class"])
    for row in range(len(texts) * 4):
        text = texts[row % len(texts)]
        writer.writerow([text, texts[(row * 7) % len(texts)], row % 5, row % 3, (FORMULAS[0], "<b>no</b>")[row % 2]])
    return out.getvalue().encode()


@pytest.mark.slow
def test_a_hostile_table_is_trained_scored_and_written_as_text(modellab: Command, tmp_path: Path) -> None:
    """From the file to predictions in CSV: all that is printed is safe, no formula is written, no file elsewhere."""
    (tmp_path / "=1+1 <b>.csv").write_bytes(hostile_table())
    done = modellab("train", "=1+1 <b>.csv", "--target", "class", "--project", "=p<script>", "--json")
    assert done.returncode == 0, done.stderr
    assert safe(done.stderr)
    assert safe(done.stdout)
    run = json.loads(done.stdout)["runs"][1]["id"]
    for arguments in (("runs", "list"), ("runs", "show", run), ("datasets", "list"), ("compare", run, run)):
        assert safe(modellab(*arguments).stdout), arguments
    done = modellab("predict", run, "=1+1 <b>.csv", "-o", "out.csv")
    assert done.returncode == 0, done.stderr
    assert safe(done.stdout)
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as stream:
        cells = [cell for line in csv.reader(stream) for cell in line]
    formulas = [cell for cell in cells if cell.startswith(FORMULA_STARTS)]
    assert not [cell for cell in formulas if not _is_number(cell)]
    assert "'=1+1" in cells
    lab = Lab.open(tmp_path / "workspace")
    html = lab.file(run, "eval/report.html").decode()
    assert "<script" not in html
    assert "<b>no" not in html
    assert {path.name for path in tmp_path.iterdir()} == {"=1+1 <b>.csv", "out.csv", "workspace"}


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
