"""Log your own model: a forest fitted in a script becomes a run with a page, beside the models that ModelLab trained.

    python examples/log_your_own_model.py

Start `modellab ui` in the same folder before or after: the run is there, and can be ticked on the page Compare. Logging
never stops a training; what cannot be kept is a line on stderr and a note of the run.
"""

from pathlib import Path

from sklearn.compose import make_column_transformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from modellab_core import Lab, evaluate_model

lab = Lab.open()

# Trained by ModelLab: dummy, linear and XGBoost. Their test rows are those on which yours has to stand the test.
batch = lab.train_from(str(Path(__file__).parent / "data" / "customer_churn.csv"), "churned", project="churn")
trained = {run.model: run for run in lab.follow(batch)}
train, test = lab.split_of(trained["linear"])
leave_out = ["churned", "customer_id", "signed_on"]
X_train, y_train = train.drop(columns=leave_out), train["churned"]
X_test, y_test = test.drop(columns=leave_out), test["churned"]

# Yours: anything with `predict` or `predict_proba`.
numbers = list(X_train.select_dtypes("number"))
words = [name for name in X_train if name not in numbers]
columns = make_column_transformer((SimpleImputer(), numbers), (OneHotEncoder(handle_unknown="ignore"), words))
with lab.start_run(project="churn", name="my forest", seed=7) as run:
    run.log_params(kind="random forest", leaf=5)
    forest = RandomForestClassifier(min_samples_leaf=5, oob_score=True, random_state=7, warm_start=True)
    model = make_pipeline(columns, forest)
    for trees in (50, 100, 200, 400):
        forest.set_params(n_estimators=trees)
        model.fit(X_train, y_train)
        run.log_metrics(out_of_bag=forest.oob_score_, step=trees)
    report = evaluate_model(model, X_test, y_test, positive="yes", train=(X_train, y_train))
    run.log_report(report)
    run.log_model(model, X_test.head(20))
    run.log_script()

print(report.sentences[0])
print(lab.compare([trained["linear"].id, run.id]).sentence)
logged = lab.logged(run.id)
print("logged:", dict(logged.params), dict(zip(logged.series["step"], logged.series["value"], strict=True)))
