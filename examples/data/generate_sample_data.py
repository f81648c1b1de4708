"""Make the five example tables: the same bytes on every machine, as only `random.random` of Python is drawn from.

python examples/data/generate_sample_data.py [FOLDER]        FOLDER is this one when it is left out

What is true in each table is written in README.md beside this file.
"""

from __future__ import annotations

import datetime
import math
import random
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from sklearn.datasets import load_iris

Row = Sequence[object]


class Chance:
    """Draws from common distributions, built on uniform numbers alone, whose sequence Python promises to keep."""

    def __init__(self, seed: int) -> None:
        self.uniform = random.Random(seed).random  # noqa: S311 - examples, no secrets

    def normal(self, mean: float = 0.0, spread: float = 1.0) -> float:
        """Normal, by Box and Muller."""
        return mean + spread * math.sqrt(-2.0 * math.log(1.0 - self.uniform())) * math.cos(math.tau * self.uniform())

    def logistic(self) -> float:
        """Standard logistic: noise that turns a score of log odds into classes."""
        share = min(max(self.uniform(), 1e-12), 1.0 - 1e-12)
        return math.log(share / (1.0 - share))

    def pick(self, options: Sequence[str], weights: Sequence[float]) -> str:
        """One of `options` by weight; the weights sum to 1."""
        reached, drawn = 0.0, self.uniform()
        for option, weight in zip(options, weights, strict=True):
            reached += weight
            if drawn < reached:
                return option
        return options[-1]

    def count(self, mean: float) -> int:
        """Poisson, by Knuth's product of uniform numbers."""
        limit, product, drawn = math.exp(-mean), self.uniform(), 0
        while product > limit:
            product *= self.uniform()
            drawn += 1
        return drawn

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return low + int(self.uniform() * (high - low + 1))


def between(value: float, low: float, high: float) -> float:
    """`value`, but at least `low` and at most `high`."""
    return min(max(value, low), high)


def csv_text(header: Sequence[str], rows: Iterable[Row]) -> bytes:
    """Comma-separated lines; None is a blank."""
    lines = [",".join(header)]
    lines += [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    return ("\n".join(lines) + "\n").encode()


def top(scores: Sequence[float], number: int) -> set[int]:
    """The places of the `number` highest scores."""
    return set(sorted(range(len(scores)), key=lambda place: (-scores[place], place))[:number])


def iris() -> bytes:
    """Fisher's iris flowers, 150 rows, 3 classes."""
    held = load_iris()
    header = ("sepal_length", "sepal_width", "petal_length", "petal_width", "species")
    names = [str(name) for name in held.target_names]
    return csv_text(header, [(*map(float, row), names[code]) for row, code in zip(held.data, held.target, strict=True)])


CHURN = (
    "customer_id,signed_on,age,region,plan,contract,payment_method,monthly_charge,data_gb,calls_per_week,support_tickets,"
    "late_payments,satisfaction,discount,household_size,churned"
)


def customer_churn() -> bytes:
    """1,000 customers of a telephone company, of whom 200 left."""
    chance = Chance(20240501)
    customers = [_customer(chance) for _ in range(1000)]
    left = top([_leaving(customer) + 1.25 * chance.logistic() for customer in customers], 200)
    numbers = sorted(range(1000), key=lambda place: (customers[place][0], place))
    ids = {place: f"C-{10000 + 7 * rank}" for rank, place in enumerate(numbers)}
    rows = [
        (ids[place], *_with_gaps(chance, customer), "yes" if place in left else "no")
        for place, customer in enumerate(customers)
    ]
    return csv_text(CHURN.split(","), rows)


def _customer(chance: Chance) -> list[object]:
    signed = datetime.date(2019, 1, 1) + datetime.timedelta(days=chance.whole(0, 1825))
    age = int(between(chance.normal(44, 15), 18, 90))
    region = chance.pick(("north", "south", "east", "west", "islands"), (0.3, 0.25, 0.22, 0.18, 0.05))
    plan = chance.pick(("basic", "standard", "premium"), (0.45, 0.35, 0.2))
    contract = chance.pick(("month to month", "one year", "two years"), (0.52, 0.28, 0.2))
    payment = chance.pick(("card", "direct debit", "invoice", "wallet"), (0.35, 0.35, 0.2, 0.1))
    base = {"basic": 19.0, "standard": 34.0, "premium": 58.0}[plan]
    charge = round(between(base + chance.normal(0, 5), 9, 90), 2)
    usage = round(math.exp(chance.normal({"basic": 1.2, "standard": 2.1, "premium": 2.9}[plan], 0.7)), 1)
    calls = chance.count(6.0)
    tickets = chance.count(1.1)
    late = chance.count(0.9 if payment == "invoice" else 0.3)
    satisfaction = int(between(round(chance.normal(3.9 - 0.45 * tickets, 0.9)), 1, 5))
    discount = "yes" if chance.uniform() < 0.25 else "no"
    household = 1 + chance.count(1.3)
    return [
        signed, age, region, plan, contract, payment, charge, usage, calls, tickets, late, satisfaction, discount,
        household,
    ]  # fmt: skip


def _leaving(customer: Sequence[object]) -> float:
    """Log odds of leaving, up to a constant. Age, region, calls and the id say nothing."""
    signed, _, _, plan, contract, _, charge, usage, _, tickets, late, satisfaction, discount, household = customer
    free = contract == "month to month"
    score = {"month to month": 0.9, "one year": 0.2, "two years": -0.8}[str(contract)]
    score += (0.9 if free else -0.1) * min(float(tickets), 4)  # trouble drives away those who are free to go
    score += 0.6 * min(float(late), 4) - 0.45 * (float(satisfaction) - 3)
    waste = float(charge) / {"basic": 19.0, "standard": 34.0, "premium": 58.0}[str(plan)] - 1
    score += 2.5 * waste + (1.8 if plan == "premium" and float(usage) < 8 else 0.0)  # pays for what is not used
    years = (datetime.date(2024, 1, 1) - signed).days / 365.25
    score += 2.0 if 0.8 < years < 1.4 else -0.15 * years  # the first anniversary is when offers come
    score -= 0.7 if discount == "yes" and years < 2 else 0.0
    return score - 0.25 * min(int(household) - 1, 3)


def _with_gaps(chance: Chance, customer: Sequence[object]) -> list[object]:
    """Blanks as they come about: people who called for help are asked how satisfied they are more often."""
    row = [cell.isoformat() if isinstance(cell, datetime.date) else cell for cell in customer]
    if chance.uniform() < (0.22 if row[9] == 0 else 0.06):
        row[11] = None
    if chance.uniform() < 0.04:
        row[7] = None
    if chance.uniform() < 0.03:
        row[5] = None
    return row


HOUSES = "area_m2,lot_m2,rooms,bathrooms,year_built,distance_km,district,condition,garage,price"


def house_prices() -> bytes:
    """500 houses and what they were sold for."""
    chance = Chance(20240502)
    districts = ("old town", "riverside", "hillside", "harbour", "garden city", "new east")
    premium = dict(zip(districts, (0.34, 0.26, 0.18, 0.02, -0.06, -0.22), strict=True))
    state = {"poor": -0.22, "fair": -0.08, "good": 0.05, "renovated": 0.2}
    rows = []
    for _ in range(500):
        district = chance.pick(districts, (0.12, 0.16, 0.17, 0.15, 0.22, 0.18))
        area = between(math.exp(chance.normal(4.75, 0.36)), 35, 420)
        rooms = int(between(round(area / 27 + chance.normal(0, 0.9)), 1, 12))
        bathrooms = int(between(round(area / 75 + chance.normal(0, 0.5)), 1, 5))
        lot = between(area * math.exp(chance.normal(1.0, 0.5)), 60, 4000)
        built = int(between(chance.normal(1972, 27), 1880, 2023))
        distance = between(abs(chance.normal(0, 6.5)) + (0.4 if district == "old town" else 2.5), 0.2, 30)
        condition = chance.pick(tuple(state), (0.12, 0.33, 0.38, 0.17))
        garage = chance.uniform() < 0.55
        value = 8.15 + 0.86 * math.log(area) + 0.07 * math.log(lot) + 0.035 * bathrooms + premium[district]
        value += state[condition] - 0.028 * distance + (0.045 if garage else 0.0)
        value += 0.16 if built < 1915 and condition == "renovated" else 0.0018 * (built - 1970)
        price = round(math.exp(value + chance.normal(0, 0.13)) / 500) * 500
        rows.append(
            (round(area, 1), round(lot), rooms, bathrooms, built, round(distance, 1), district, condition,
             "yes" if garage else "no", price)
        )  # fmt: skip
    return csv_text(HOUSES.split(","), rows)


CREDIT = (
    "age,income,employment,years_employed,housing,purpose,amount,months,rate,open_credits,used_share,late_2_years,"
    "inquiries,savings,dependants,opened_on,risk"
)


def credit_risk() -> bytes:
    """800 loans in three classes of risk: 440 low, 240 medium, 120 high."""
    chance = Chance(20240503)
    loans = [_loan(chance) for _ in range(800)]
    scores = [_risk(loan) + 0.6 * chance.logistic() for loan in loans]
    high, above_low = top(scores, 120), top(scores, 360)
    risk = ["high" if place in high else "medium" if place in above_low else "low" for place in range(800)]
    return csv_text(CREDIT.split(","), [(*loan, risk[place]) for place, loan in enumerate(loans)])


def _loan(chance: Chance) -> list[object]:
    age = int(between(chance.normal(41, 12), 19, 78))
    employment = chance.pick(
        ("employed", "self-employed", "civil servant", "retired", "unemployed"), (0.55, 0.17, 0.12, 0.1, 0.06)
    )
    pay = {"employed": 10.45, "self-employed": 10.5, "civil servant": 10.55, "retired": 10.1, "unemployed": 9.5}
    income = round(math.exp(chance.normal(pay[employment], 0.4)) / 100) * 100
    years = 0 if employment in ("retired", "unemployed") else int(between(abs(chance.normal(0, 9)), 0, age - 18))
    housing = chance.pick(("rent", "own", "mortgage", "with family"), (0.42, 0.2, 0.28, 0.1))
    purpose = chance.pick(
        ("car", "furniture", "repairs", "education", "business", "debts"), (0.28, 0.18, 0.16, 0.1, 0.1, 0.18)
    )
    amount = round(between(math.exp(chance.normal(9.0, 0.65)), 500, 60000) / 50) * 50
    months = (12, 24, 36, 48, 60)[chance.whole(0, 4)]
    rate = round(between(chance.normal(7.5, 2.2), 2.5, 18), 2)
    credits = chance.count(2.2)
    used = round(between(chance.normal(0.42, 0.27), 0, 1), 2)
    late = chance.count(0.45)
    inquiries = chance.count(1.2)
    savings = chance.pick(("none", "under 1000", "1000 to 5000", "over 5000"), (0.27, 0.33, 0.25, 0.15))
    dependants = chance.count(0.8)
    opened = datetime.date(2020, 1, 1) + datetime.timedelta(days=chance.whole(0, 1460))
    return [
        age, income, employment, years, housing, purpose, amount, months, rate, credits, used, late, inquiries, savings,
        dependants, opened.isoformat(),
    ]  # fmt: skip


def _risk(loan: Sequence[object]) -> float:
    """How risky a loan is; the date, the purposes but one, and dependants of large earners say nothing."""
    _, income, employment, years, housing, purpose, amount, months, rate, _, used, late, inquiries, savings, kids, _ = (
        loan
    )
    burden = float(amount) / float(months) * 12 / float(income)
    score = 5.0 * min(burden, 1.0) + 0.8 * min(float(late), 4) + 0.22 * min(float(inquiries), 5)
    score += 2.2 * max(float(used) - 0.5, 0.0)  # only beyond one half does it matter
    score += {"none": 0.7, "under 1000": 0.25, "1000 to 5000": -0.2, "over 5000": -0.8}[str(savings)]
    score += {"unemployed": 1.3, "self-employed": 0.35, "civil servant": -0.5}.get(str(employment), 0.0)
    score += 0.6 if purpose == "debts" and float(used) > 0.5 else 0.0
    score -= 0.06 * min(float(years), 12) + (0.35 if housing in ("own", "mortgage") else 0.0)
    return score + 0.1 * (float(rate) - 7.5) + (0.2 * float(kids) if float(income) < 35000 else 0.0)


CLINIC = "age,temperature,heart_rate,crp,ward,smoker,admitted_again"


def small_with_missing() -> bytes:
    """100 patients; exactly 60 of the 600 cells of the features, one in ten, are missing: blank, ? or NA."""
    chance = Chance(20240504)
    rows: list[list[object]] = []
    for _ in range(100):
        age = int(between(chance.normal(58, 16), 20, 95))
        crp = round(math.exp(chance.normal(2.6, 0.9)), 1)
        temperature = round(between(36.7 + 0.25 * math.log(crp) + chance.normal(0, 0.45), 35.2, 41), 1)
        heart = int(between(chance.normal(62 + 9 * (temperature - 36.5), 10), 45, 150))
        ward = chance.pick(("surgery", "medicine", "cardiology"), (0.35, 0.4, 0.25))
        smoker = "yes" if chance.uniform() < 0.3 else "no"
        score = 0.045 * (age - 58) + 0.9 * (math.log(crp) - 2.6) + (0.9 if smoker == "yes" else 0) + chance.logistic()
        rows.append([age, temperature, heart, crp, ward, smoker, int(score > 0.7)])
    wish = [[chance.uniform() * (0.6 if column == 3 and row[6] else 1.0) for column in range(6)] for row in rows]
    cells = sorted((wish[row][column], row, column) for row in range(100) for column in range(6))[:60]
    for _, row, column in cells:
        numeric = column < 4
        rows[row][column] = chance.pick(("", "?", "NA"), (0.5, 0.3, 0.2)) if numeric else ""
    return csv_text(CLINIC.split(","), rows)


TABLES: dict[str, Callable[[], bytes]] = {
    "iris.csv": iris,
    "customer_churn.csv": customer_churn,
    "house_prices.csv": house_prices,
    "credit_risk.csv": credit_risk,
    "small_with_missing.csv": small_with_missing,
}


def main(folder: Path) -> None:
    """Write the five tables into `folder`."""
    for name, make in TABLES.items():
        (folder / name).write_bytes(make())
        sys.stdout.write(f"{folder / name}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
