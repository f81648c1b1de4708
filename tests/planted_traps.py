"""Tables like the public ones that are known for their traps, made up from what is known of them.

Each gives a frame, the target, and where its traps are: (code of the check, column or None).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from modellab_core.data.table import ColumnType, Reading, Table


@dataclass(frozen=True)
class Trap:
    """A table and what must be found in it; `found` holds (code, column), column None where it is about no column."""

    frame: pd.DataFrame
    target: str
    found: tuple[tuple[str, str | None], ...]


TRAPS: dict[str, Callable[[], Trap]] = {}


def trap(make: Callable[[], Trap]) -> Callable[[], Trap]:
    """Add a table to `TRAPS` under its name."""
    TRAPS[make.__name__] = make
    return make


def table_of(frame: pd.DataFrame) -> Table:
    """The table that reading `frame` as a file would give."""
    frame = frame.copy()
    types: dict[str, ColumnType] = {}
    for name in frame.columns:
        column = frame[name]
        if pd.api.types.is_bool_dtype(column.dtype):
            types[name] = "boolean"
        elif pd.api.types.is_numeric_dtype(column.dtype):
            types[name] = "number"
        elif pd.api.types.is_datetime64_any_dtype(column.dtype):
            types[name] = "date"
        else:
            types[name], frame[name] = "text", column.astype("str")
    return Table(frame.reset_index(drop=True), Reading("csv", types), "0" * 64, 0)


def _rng(name: str) -> np.random.Generator:
    return np.random.default_rng(sum(map(ord, name)))


def logistic(rng: np.random.Generator, score: np.ndarray) -> np.ndarray:
    """0 or 1 by a log odds."""
    return (rng.random(len(score)) < 1 / (1 + np.exp(-score))).astype(int)


@trap
def adult() -> Trap:
    """Census incomes: `?` among texts, a sampling weight, two columns of education that say the same."""
    rng, n = _rng("adult"), 4000
    level = rng.integers(1, 17, n)
    names = np.array([f"grade {k}" for k in range(17)])
    work = rng.choice(["Private", "Self-emp", "Local-gov", "?"], n, p=[0.7, 0.14, 0.1, 0.06])
    age = rng.integers(17, 90, n)
    frame = pd.DataFrame(
        {
            "age": age,
            "workclass": work,
            "fnlwgt": rng.integers(12_000, 1_400_000, n),
            "education": names[level],
            "education-num": level,
            "occupation": np.where(work == "?", "?", rng.choice(["Sales", "Craft", "Tech", "Clerical"], n)),
            "capital-gain": np.where(
                rng.random(n) < 0.92, 0, np.round(rng.lognormal(8.5, 0.9, n), -1).clip(114, 41310)
            ),
            "hours": rng.normal(40, 10, n).round().clip(1, 98).astype(int),
            "native": rng.choice(["US", "Mexico", "?"], n, p=[0.9, 0.08, 0.02]),
        }
    )
    frame.loc[rng.choice(n, 30, replace=False), "capital-gain"] = 99999
    frame["income"] = np.where(logistic(rng, 0.3 * (level - 11) + 0.03 * (age - 40)) == 1, ">50K", "<=50K")
    found = [("hidden_missing", name) for name in ("workclass", "occupation", "native")]
    more = [("weight_column", "fnlwgt"), ("duplicate_columns", "education-num"), ("sentinel_numbers", "capital-gain")]
    return Trap(frame, "income", (*found, *more))


@trap
def bank() -> Trap:
    """Calls of a bank: unknown among texts, -1 for never called before, the duration that is known only afterwards."""
    rng, n = _rng("bank"), 4000
    duration = rng.lognormal(5.2, 0.8, n).round().astype(int)
    never = rng.random(n) < 0.82
    frame = pd.DataFrame(
        {
            "age": rng.integers(18, 88, n),
            "job": rng.choice(["admin.", "technician", "services", "unknown"], n, p=[0.4, 0.3, 0.28, 0.02]),
            "balance": rng.normal(1400, 2500, n).round().astype(int),
            "contact": rng.choice(["cellular", "telephone", "unknown"], n, p=[0.6, 0.1, 0.3]),
            "duration": duration,
            "campaign": rng.geometric(0.4, n),
            "pdays": np.where(never, -1, rng.integers(1, 400, n)),
            "poutcome": np.where(never, "unknown", rng.choice(["failure", "success"], n)),
            "month": rng.choice(["may", "jun", "jul", "aug"], n),
        }
    )
    frame["y"] = np.where(logistic(rng, 2.1 * (np.log(duration) - 6.3)) == 1, "yes", "no")
    found = [("hidden_missing", name) for name in ("job", "contact", "poutcome")]
    return Trap(frame, "y", (*found, ("sentinel_numbers", "pdays"), ("known_afterwards", "duration")))


@trap
def bank_additional() -> Trap:
    """The same bank in its other file, where 999 stands for never called before."""
    made = bank()
    frame = made.frame.assign(pdays=made.frame["pdays"].replace(-1, 999).where(made.frame["pdays"] < 28, 999))
    return Trap(frame, "y", (("sentinel_numbers", "pdays"),))


@trap
def bikes() -> Trap:
    """Rented bikes by day: casual and registered add up to the count, which grows over two years."""
    rng, n = _rng("bikes"), 731
    days = np.arange(n)
    season = np.sin(2 * np.pi * days / 365)
    temp = 0.5 + 0.25 * season + rng.normal(0, 0.06, n)
    casual = (np.maximum(0, 850 + 900 * season + rng.normal(0, 350, n))).round().astype(int)
    registered = (2200 + 2.4 * days + 1100 * season + rng.normal(0, 420, n)).round().clip(20).astype(int)
    frame = pd.DataFrame(
        {
            "instant": days + 1,
            "dteday": pd.Timestamp("2011-01-01") + pd.to_timedelta(days, "D"),
            "season": (days % 365) // 92 + 1,
            "weekday": days % 7,
            "temp": temp,
            "atemp": temp * 0.9 + 0.03 + rng.normal(0, 0.01, n),
            "hum": rng.uniform(0.3, 0.9, n),
            "windspeed": rng.gamma(4, 0.05, n),
            "casual": casual,
            "registered": registered,
        }
    )
    frame["cnt"] = casual + registered
    found = (("target_from_columns", "casual"), ("target_from_columns", "registered"), ("time_order", "dteday"))
    return Trap(frame, "cnt", (*found, ("id_like", "instant")))


@trap
def wine_quality() -> Trap:
    """Wines of which about a fifth of the rows is repeated."""
    rng, n = _rng("wine"), 4000
    alcohol = rng.normal(10.5, 1.2, n).round(1)
    frame = pd.DataFrame({f"acid {k}": rng.gamma(5, 1.3, n).round(2) for k in range(6)} | {"alcohol": alcohol})
    frame["density"] = (0.998 - 0.0008 * (alcohol - 10) + rng.normal(0, 0.001, n)).round(5)
    frame["quality"] = (5.8 + 0.35 * (alcohol - 10.5) + rng.normal(0, 0.7, n)).round().clip(3, 9).astype(int)
    again = frame.iloc[rng.choice(n, 900)]
    frame = pd.concat([frame, again]).sample(frac=1, random_state=1, ignore_index=True)
    return Trap(frame, "quality", (("repeated_rows", None), ("rows_across_split", None)))


@trap
def titanic() -> Trap:
    """Passengers: a boat only for those who lived, a body only for those who did not."""
    rng, n = _rng("titanic"), 1309
    sex = rng.choice(["male", "female"], n, p=[0.64, 0.36])
    pclass = rng.choice([1, 2, 3], n, p=[0.25, 0.21, 0.54])
    lived = logistic(rng, np.where(sex == "female", 1.6, -1.4) - 0.5 * (pclass - 2))
    boat = np.where((lived == 1) & (rng.random(n) < 0.955), rng.integers(1, 17, n).astype(str), None)
    boat = np.where((lived == 0) & (rng.random(n) < 0.011), "A", boat)
    frame = pd.DataFrame(
        {
            "pclass": pclass,
            "name": [f"Passenger {k}" for k in range(n)],
            "sex": sex,
            "age": np.where(rng.random(n) < 0.2, np.nan, rng.normal(30, 14, n).clip(0.4, 80).round()),
            "fare": rng.lognormal(3, 0.9, n).round(2),
            "boat": boat,
            "body": np.where((lived == 0) & (rng.random(n) < 0.15), rng.integers(1, 329, n), np.nan),
            "survived": lived,
        }
    )
    return Trap(
        frame, "survived", (("target_from_missing", "boat"), ("target_from_missing", "body"), ("id_like", "name"))
    )


@trap
def attrition() -> Trap:
    """Employees: constants, and a number for each of them."""
    rng, n = _rng("hr"), 1470
    income = rng.lognormal(8.6, 0.6, n).round().astype(int)
    frame = pd.DataFrame(
        {
            "Age": rng.integers(18, 61, n),
            "EmployeeCount": 1,
            "EmployeeNumber": np.cumsum(rng.integers(1, 3, n)),
            "MonthlyIncome": income,
            "Over18": "Y",
            "OverTime": rng.choice(["Yes", "No"], n),
            "StandardHours": 80,
            "YearsAtCompany": rng.geometric(0.14, n),
        }
    )
    frame["Attrition"] = np.where(logistic(rng, -1.6 - (np.log(income) - 8.6)) == 1, "Yes", "No")
    found = [("constant_columns", name) for name in ("EmployeeCount", "Over18", "StandardHours")]
    return Trap(frame, "Attrition", (*found, ("id_like", "EmployeeNumber")))


@trap
def rain() -> Trap:
    """Weather: the millimetres of tomorrow decide whether it rains tomorrow."""
    rng, n = _rng("rain"), 5000
    humidity = rng.normal(60, 18, n).clip(5, 100).round()
    risk = np.where(logistic(rng, 0.05 * (humidity - 80)) == 1, rng.gamma(0.8, 8, n), 0).round(1)
    frame = pd.DataFrame(
        {
            "Location": rng.choice(["Albury", "Cobar", "Sydney", "Perth", "Darwin"], n),
            "MinTemp": rng.normal(12, 6, n).round(1),
            "Humidity3pm": humidity,
            "RISK_MM": risk,
            "RainTomorrow": np.where(risk > 1, "Yes", "No"),
        }
    )
    return Trap(frame, "RainTomorrow", (("target_given_away", "RISK_MM"),))


@trap
def glucose() -> Trap:
    """Patients with zeros where nothing was measured."""
    rng, n = _rng("glucose"), 768
    sugar = rng.normal(121, 30, n).clip(44, 199).round().astype(int)
    pressure = rng.normal(72, 12, n).clip(24, 122).round().astype(int)
    bmi = rng.normal(32.4, 6.9, n).clip(18.2, 67.1).round(1)
    frame = pd.DataFrame(
        {
            "Pregnancies": rng.geometric(0.2, n) - 1,
            "Glucose": np.where(rng.random(n) < 0.009, 0, sugar),
            "BloodPressure": np.where(rng.random(n) < 0.046, 0, pressure),
            "BMI": np.where(rng.random(n) < 0.015, 0, bmi),
            "Age": (21 + rng.gamma(1.3, 10, n)).round().astype(int),
            "Outcome": logistic(rng, 0.035 * (sugar - 135)),
        }
    )
    return Trap(frame, "Outcome", tuple(("impossible_zeros", name) for name in ("Glucose", "BloodPressure", "BMI")))
