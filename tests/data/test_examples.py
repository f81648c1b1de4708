"""The example tables: their bytes, and what is promised of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from modellab_core.data.parquet import frame_of

FOLDER = Path(__file__).resolve().parents[2] / "examples" / "data"
NAMES = ("iris", "customer_churn", "house_prices", "credit_risk", "small_with_missing")


def frame(parsed: Callable[[bytes], Any], name: str) -> pd.DataFrame:
    """An example as the program reads it."""
    return frame_of(parsed((FOLDER / f"{name}.csv").read_bytes()).table)


def test_generator_makes_the_same_bytes(tmp_path: Path) -> None:
    """The generator writes the very tables that are kept here."""
    subprocess.run(
        [sys.executable, str(FOLDER / "generate_sample_data.py"), str(tmp_path)], check=True, capture_output=True
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(f"{name}.csv" for name in NAMES)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (FOLDER / path.name).read_bytes()


@pytest.mark.parametrize(
    ("name", "shape", "target", "classes"),
    [
        ("iris", (150, 5), "species", {"setosa": 50, "versicolor": 50, "virginica": 50}),
        ("customer_churn", (1000, 16), "churned", {"no": 800, "yes": 200}),
        ("house_prices", (500, 10), "price", None),
        ("credit_risk", (800, 17), "risk", {"low": 440, "medium": 240, "high": 120}),
        ("small_with_missing", (100, 7), "admitted_again", None),
    ],
)
def test_shapes(parsed: Any, name: str, shape: tuple[int, int], target: str, classes: dict[str, int] | None) -> None:
    """Rows, columns and classes are as promised, and the target has no gaps."""
    table = frame(parsed, name)
    assert table.shape == shape
    assert table[target].notna().all()
    if classes:
        assert table[target].value_counts().to_dict() == classes


def test_one_cell_in_ten_is_missing(parsed: Any) -> None:
    """Of the 600 cells of features in the small table 60 are missing once it is read."""
    assert frame(parsed, "small_with_missing").drop(columns="admitted_again").isna().sum().sum() == 60


def test_iris_is_the_real_one(parsed: Any) -> None:
    """The flowers are those of scikit-learn."""
    from sklearn.datasets import load_iris

    table = frame(parsed, "iris")
    assert (table.drop(columns="species").to_numpy() == load_iris().data).all()


def test_churn_has_the_signal_it_tells_of(parsed: Any) -> None:
    """Tickets drive away those with a monthly contract and not the others; the region says nothing."""
    table = frame(parsed, "customer_churn")
    left = table["churned"] == "yes"
    free = table["contract"] == "month to month"
    many = table["support_tickets"] >= 2
    assert left[free & many].mean() - left[free & ~many].mean() > 0.2
    assert abs(left[~free & many].mean() - left[~free & ~many].mean()) < 0.1
    assert table["customer_id"].is_unique
    assert str(table["signed_on"].dtype).startswith("datetime64")
