"""A metric of your own: one function under a decorator; intervals, slices and comparisons follow.

    python examples/custom_metric.py

A seller of houses quotes prices. A quote below the market loses money at once; one above it only takes longer to sell.
So an error of the same size does not cost the same.
"""

from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression, QuantileRegressor
from sklearn.model_selection import train_test_split

from modellab_core import Plan, compare, evaluate_model, metric


@metric("regret", "Cost of the quotes, % of the price", "regression", -1)
def regret(predictions, weight):
    """Mean cost in percent of the price: what a quote is too low counts whole, too high a quarter; lower is better."""
    off = (predictions.y_pred - predictions.y_true) / predictions.y_true
    return np.average(100 * np.where(off < 0, -off, off / 4), weights=weight)


houses = pd.read_csv(Path(__file__).parent / "data" / "house_prices.csv")
X, price = houses.select_dtypes("number").drop(columns="price"), houses["price"]
X = X.fillna(X.median())
X_train, X_test, y_train, y_test = train_test_split(X, price, test_size=0.4, random_state=1)
scale = X_train.abs().max()

usual = LinearRegression().fit(X_train / scale, y_train)
upper = QuantileRegressor(quantile=0.8, alpha=0).fit(X_train / scale, y_train)  # 1 / (1 + 1/4): the cost says so

plan = Plan(metrics=("mae", "regret"), headline="regret")
reports = {
    name: evaluate_model(lambda rows, model=model: model.predict(rows / scale), X_test, y_test, plan=plan)
    for name, model in {"the mean": usual, "the 80 % quantile": upper}.items()
}
for name, report in reports.items():
    mae, cost = report["mae"], report["regret"]
    print(f"quotes by {name}: MAE {mae.value:,.0f} ({mae.low:,.0f} to {mae.high:,.0f}), ", end="")
    print(f"cost {cost.value:.1f} % ({cost.low:.1f} to {cost.high:.1f})")

print("by the error:", compare(*reports.values(), metric="mae").sentence)
print("by the cost: ", compare(*reports.values()).sentence)
