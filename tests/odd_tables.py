"""Tables as people have them, made from a seed: each is (name, frame, target) and goes through a CSV file."""

from __future__ import annotations

import numpy as np
import pandas as pd

Table = tuple[str, pd.DataFrame, str]


def binary_text(rows: int = 600) -> Table:
    """Numbers, text with blanks, dates, an id, a constant and `?` for missing; string labels."""
    rng = np.random.default_rng(1)
    age, plan = rng.normal(45, 12, rows), rng.choice(["basic", "plus", "premium"], rows, p=[0.5, 0.3, 0.2])
    income = np.exp(rng.normal(10, 0.6, rows))
    chance = 1 / (1 + np.exp(-(0.06 * (age - 45) + (plan == "premium") * 1.2 - 0.7 * (np.log(income) - 10))))
    frame = pd.DataFrame(
        {
            "customer": [f"C{number:06d}" for number in rng.permutation(rows)],
            "age": np.where(rng.random(rows) < 0.1, "?", age.round(1).astype(str)),
            "plan": np.where(rng.random(rows) < 0.05, "", plan),
            "income": income.round(2),
            "since": pd.to_datetime("2020-01-01") + pd.to_timedelta(rng.integers(0, 1500, rows), unit="D"),
            "constant": "same",
            "active": rng.choice(["True", "False"], rows),
            "left": np.where(rng.random(rows) < chance, "yes", "no"),
        }
    )
    return "binary_text", frame, "left"


def labels_one_two(rows: int = 400) -> Table:
    """Labels 1 and 2 without any signal: the honest answer is a tie."""
    rng = np.random.default_rng(2)
    frame = pd.DataFrame(rng.normal(size=(rows, 4)), columns=list("abcd"))
    return "labels_one_two", frame.assign(label=rng.integers(1, 3, rows)), "label"


def many_levels(rows: int = 12_000) -> Table:
    """A category of 10,000 levels, most of them rare, beside two useful columns; labels 0 and 1."""
    rng = np.random.default_rng(3)
    level = rng.zipf(1.3, rows) % 10_000
    effect = rng.normal(0, 1, 10_000)
    x, y = rng.normal(size=rows), rng.normal(size=rows)
    chance = 1 / (1 + np.exp(-(effect[level] + x)))
    frame = pd.DataFrame({"shop": [f"shop {number}" for number in level], "x": x, "y": y})
    return "many_levels", frame.assign(bought=(rng.random(rows) < chance).astype(int)), "bought"


def rare_classes(rows: int = 500) -> Table:
    """Ten classes as text, one with two members and one with a single one."""
    rng = np.random.default_rng(4)
    label = rng.integers(0, 8, rows)
    label[:3] = [8, 8, 9]
    x = rng.normal(size=(rows, 3)) + label[:, None] * [1.0, 0.5, 0.0]
    frame = pd.DataFrame(x, columns=["u", "v", "w"])
    return "rare_classes", frame.assign(kind=[f"kind {number}" for number in label]), "kind"


def skewed_number(rows: int = 900) -> Table:
    """A price with a heavy tail, from size, place and a column with gaps."""
    rng = np.random.default_rng(5)
    size, place = rng.gamma(4, 25, rows), rng.choice(["centre", "north", "south", "coast"], rows)
    worth = pd.Series(place).map({"centre": 0.6, "north": 0.0, "south": 0.1, "coast": 0.8}).to_numpy()
    price = np.exp(10 + 0.008 * size + worth + rng.normal(0, 0.35, rows))
    year = pd.Series(rng.integers(1900, 2024, rows)).astype("Int64").where(rng.random(rows) > 0.15)
    return "skewed_number", pd.DataFrame({"size": size, "place": place, "year": year, "price": price.round()}), "price"


def quoted_multiclass(rows: int = 450) -> Table:
    """Three classes whose labels hold commas and quotes."""
    rng = np.random.default_rng(6)
    label = rng.integers(0, 3, rows)
    names = np.array(['red, "dark"', "green", "blue; light"])
    frame = pd.DataFrame(
        {"a b": rng.normal(label, 0.8), "[c]<d": rng.normal(-label, 1.0), "e": rng.integers(0, 5, rows)}
    )
    return "quoted_multiclass", frame.assign(**{"the colour": names[label]}), "the colour"


TABLES = (binary_text, labels_one_two, many_levels, rare_classes, skewed_number, quoted_multiclass)
