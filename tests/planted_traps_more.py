"""More made-up tables with the traps of public ones; see `planted_traps.py`."""

from __future__ import annotations

import numpy as np
import pandas as pd
from planted_traps import Trap, _rng, logistic, trap


@trap
def houses() -> Trap:
    """House prices: an Id, kinds of houses as numbers, NA for no alley, a column of the price in dollars."""
    rng, n = _rng("houses"), 1460
    kinds = np.array([20, 30, 40, 45, 50, 60, 70, 75, 80, 85, 90, 120, 160, 180, 190])
    kind = rng.choice(kinds, n)
    worth = dict(zip(kinds, rng.permutation(len(kinds)), strict=True))
    area = rng.lognormal(7.2, 0.33, n).round().astype(int)
    price = (90 * area + 9000 * np.array([worth[k] for k in kind]) + rng.normal(0, 20_000, n)).clip(35_000).round()
    frame = pd.DataFrame(
        {
            "Id": np.arange(1, n + 1),
            "MSSubClass": kind,
            "LotFrontage": np.where(rng.random(n) < 0.18, np.nan, rng.normal(70, 20, n).round()),
            "Street": np.where(rng.random(n) < 0.001, "Grvl", "Pave"),
            "Alley": rng.choice(["NA", "Grvl", "Pave"], n, p=[0.9, 0.05, 0.05]),
            "GrLivArea": area,
            "OverallQual": rng.integers(1, 11, n),
            "PriceText": [f"${value:,.0f}" for value in rng.lognormal(8, 1, n)],
            "SalePrice": price.astype(int),
        }
    )
    found = [("id_like", "Id"), ("number_codes", "MSSubClass"), ("hidden_missing", "Alley")]
    more = [("almost_constant_columns", "Street"), ("numbers_as_text", "PriceText")]
    return Trap(frame, "SalePrice", (*found, *more))


@trap
def flights() -> Trap:
    """Flights: times of day as HHMM, air time and distance, the delay at departure, a part of it alone at arrival."""
    rng, n = _rng("flights"), 6000
    hour, minute = rng.integers(5, 24, n), rng.integers(0, 12, n) * 5
    left = rng.exponential(12, n).round() - 6
    frame = pd.DataFrame(
        {
            "carrier": rng.choice(["UA", "AA", "DL", "B6", "WN"], n),
            "sched_dep_time": hour * 100 + minute,
            "distance": rng.integers(80, 4983, n),
            "dep_delay": left.astype(int),
            "arr_delay": (left - 6 + rng.normal(0, 7, n)).round().astype(int),
        }
    )
    return Trap(frame, "arr_delay", (("clock_times", "sched_dep_time"), ("known_afterwards", "dep_delay")))


@trap
def patients() -> Trap:
    """Several visits of each patient, whose own traits and level stay the same."""
    rng, people = _rng("patients"), 150
    who = np.repeat(np.arange(people), rng.integers(3, 8, people))
    n = len(who)
    own = rng.normal(size=(people, 4))
    frame = pd.DataFrame(
        {
            "patient_id": 1000 + rng.permutation(people)[who],
            "age": (55 + 9 * own[:, 0]).round()[who].astype(int),
            "height": (170 + 9 * own[:, 1]).round(1)[who],
            "visit": np.concatenate([np.arange(k) for k in np.bincount(who)]),
            "voice": rng.normal(size=n) + own[who, 2],
        }
    )
    frame["score"] = 20 + 6 * own[who, 3] + rng.normal(0, 1.5, n)
    return Trap(frame, "score", (("groups_across_split", "patient_id"),))


@trap
def machines() -> Trap:
    """Measurements of machines, some of which fail; machines are named by texts."""
    rng, number = _rng("machines"), 120
    which = rng.integers(0, number, 1800)
    fails = rng.normal(0, 2.0, number)
    frame = pd.DataFrame(
        {
            "machine": [f"M-{k:04d}" for k in which],
            "vibration": rng.normal(size=1800) + 0.3 * fails[which],
            "oil": (rng.normal(size=number) * 3)[which].round(2),
            "load": rng.uniform(0, 100, 1800),
        }
    )
    frame["failed"] = np.where(logistic(rng, fails[which] - 0.7) == 1, "yes", "no")
    return Trap(frame, "failed", (("groups_across_split", "machine"),))


@trap
def electricity() -> Trap:
    """Prices of electricity in half hours of which neighbours are alike."""
    rng, n = _rng("electricity"), 4000
    level = np.cumsum(rng.normal(0, 0.12, n))
    moment = pd.Timestamp("2019-05-07") + pd.to_timedelta(np.arange(n) * 30, "min")
    demand = np.sin(2 * np.pi * np.arange(n) / 48) + rng.normal(0, 0.3, n)
    frame = pd.DataFrame({"when": moment, "demand": demand, "transfer": rng.normal(size=n)})
    frame["price"] = 40 + 6 * level + 3 * demand + rng.normal(0, 1, n)
    frame["up"] = np.where(frame["price"] > frame["price"].rolling(48, min_periods=1).mean().median(), "UP", "DOWN")
    return Trap(frame.drop(columns="price"), "up", (("time_order", "when"),))


@trap
def loans() -> Trap:
    """Loans: -999 and 1900-01-01 for missing, a band of the amount, an amount in cents, a rate in percent as text."""
    rng, n = _rng("loans"), 2000
    income = rng.lognormal(10.5, 0.5, n).round()
    amount = (income * rng.uniform(0.1, 0.6, n)).round()
    since = pd.Timestamp("2010-01-01") + pd.to_timedelta(rng.integers(0, 4000, n), "D")
    frame = pd.DataFrame(
        {
            "income": np.where(rng.random(n) < 0.05, -999, income),
            "income_cents": np.where(rng.random(n) < -1, 0, income * 100),
            "employed_since": since.where(pd.Series(rng.random(n) >= 0.04).to_numpy(), pd.Timestamp("1900-01-01")),
            "rate": [f"{value:.1f} %" for value in rng.uniform(2, 15, n)],
            "zip": rng.integers(10_000, 99_999, n),
            "months": rng.choice([12, 24, 36, 48, 60, 9999], n, p=[0.2, 0.2, 0.2, 0.2, 0.18, 0.02]),
            "amount_band": pd.cut(amount, [0, 5_000, 10_000, 20_000, 1e9], labels=["S", "M", "L", "XL"]).astype(str),
            "amount": amount,
        }
    )
    frame["empty"] = np.nan
    found = [("sentinel_numbers", "income"), ("sentinel_numbers", "employed_since"), ("sentinel_numbers", "months")]
    more = [("numbers_as_text", "rate"), ("number_codes", "zip"), ("target_given_away", "amount_band")]
    return Trap(frame, "amount", (*found, *more, ("empty_columns", "empty")))


@trap
def sales() -> Trap:
    """Sales: price times quantity is the revenue; a mixed column; two rows decide the squared error."""
    rng, n = _rng("sales"), 1500
    price, quantity = rng.uniform(2, 90, n).round(2), rng.integers(1, 40, n)
    size = np.where(rng.random(n) < 0.6, rng.integers(34, 48, n).astype(str), rng.choice(list("SMLX"), n) + "-fit")
    frame = pd.DataFrame(
        {
            "price": price,
            "quantity": quantity,
            "shop": rng.choice(["north", "south", "east"], n),
            "size": np.where(rng.random(n) < 0.02, [f"size {k}" for k in range(n)], size),
            "revenue": (price * quantity).round(2),
        }
    )
    found = (("target_from_columns", "price"), ("target_from_columns", "quantity"), ("mixed_types", "size"))
    return Trap(frame, "revenue", found)


@trap
def fraud() -> Trap:
    """Payments of which one in 200 is a fraud, a flag made from the label, and equal rows of both kinds."""
    rng, n = _rng("fraud"), 5000
    bad = rng.random(n) < 0.006
    frame = pd.DataFrame(
        {f"v{k}": rng.normal(size=n) + bad * 0.8 for k in range(5)} | {"amount": rng.lognormal(3, 1, n)}
    )
    frame["reviewed"] = np.where(bad, "yes", np.where(rng.random(n) < 0.0005, "yes", "no"))
    frame["is_fraud"] = bad.astype(int)
    again = frame.iloc[:150].assign(is_fraud=lambda rows: 1 - rows["is_fraud"])
    frame = pd.concat([frame, again], ignore_index=True)
    return Trap(frame, "is_fraud", (("class_imbalance", "is_fraud"), ("contradicting_rows", "is_fraud")))


@trap
def copied_target() -> Trap:
    """The target under another name, with one label in a hundred changed, and its code as text."""
    rng, n = _rng("copied"), 900
    frame = pd.DataFrame({f"x{k}": rng.normal(size=n) for k in range(4)})
    label = logistic(rng, frame["x0"].to_numpy())
    noisy = np.where(rng.random(n) < 0.01, 1 - label, label)
    frame["status_code"] = np.where(noisy == 1, "closed", "open")
    frame["risk_score"] = label * 3.0 + rng.normal(0, 0.4, n)
    frame["label"] = label
    return Trap(frame, "label", (("target_given_away", "status_code"), ("target_given_away", "risk_score")))


@trap
def sorted_flowers() -> Trap:
    """Flowers sorted by kind, with a number for each."""
    rng, n = _rng("flowers"), 150
    kind = np.repeat(["setosa", "versicolor", "virginica"], 50)
    frame = pd.DataFrame({"nr": np.arange(1, n + 1), "length": rng.normal(5.8, 0.8, n), "width": rng.normal(3, 0.4, n)})
    frame["kind"] = kind
    return Trap(frame, "kind", (("target_sorted_by_row", "nr"), ("id_like", "nr")))


@trap
def genes() -> Trap:
    """Fewer patients than genes."""
    rng, n = _rng("genes"), 60
    frame = pd.DataFrame({f"gene{k}": rng.normal(size=n) for k in range(200)})
    frame["type"] = rng.choice(["a", "b"], n)
    return Trap(frame, "type", (("many_columns", None),))


@trap
def outlier() -> Trap:
    """Lengths of which one was typed in millimetres, and a class that three rows have."""
    rng, n = _rng("outlier"), 800
    frame = pd.DataFrame({"a": rng.normal(size=n), "b": rng.normal(size=n)})
    frame["length"] = 1.7 + 0.1 * frame["a"] + rng.normal(0, 0.05, n)
    frame.loc[5, "length"] = 1702.0
    return Trap(frame, "length", (("target_tail", "length"),))
