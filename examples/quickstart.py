"""Evaluate any model: a scikit-learn forest on the churn table, in five steps.

    python examples/quickstart.py

Writes the report into the folder `report` here: open `report/report.html`.
"""

from pathlib import Path

import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from modellab_core import evaluate_model

# 1. a table, and rows that no model sees before the end
table = pd.read_csv(Path(__file__).parent / "data" / "customer_churn.csv")
X = table.select_dtypes("number").fillna(-1)
y = table["churned"]
X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.3, random_state=42, stratify=y)

# 2. a model, and something simpler to hold it against
model = HistGradientBoostingClassifier(random_state=42).fit(X_train, y_train)
simple = make_pipeline(StandardScaler(), LogisticRegression()).fit(X_train, y_train)

# 3. one call
report = evaluate_model(model, X_test, y_test, train=(X_train, y_train), baselines={"logistic": simple})

# 4. what it says
print(f"ROC AUC {report['roc_auc'].value:.3f} ({report['roc_auc'].low:.3f} to {report['roc_auc'].high:.3f})")
for sentence in report.sentences:
    print("·", sentence)

# 5. keep it: tables as JSON, pictures, one HTML page; the same bytes each time
print("written to", report.save("report"))
