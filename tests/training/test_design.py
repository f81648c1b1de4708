from __future__ import annotations

import json

import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from modellab_core.training.design import Design, learn_levels
from modellab_core.training.intake import MISSING, UNSEEN, Intake

RNG = np.random.default_rng(1)
N = 500
FRAME = pd.DataFrame(RNG.normal(size=(N, 3))).add_prefix("x")
FRAME.loc[RNG.random(N) < 0.2, "x1"] = np.nan
FRAME["c"] = pd.Series(np.array([f"v{i}" for i in RNG.zipf(1.5, N)], dtype=object), dtype="str")
FRAME["d"] = pd.Series(RNG.choice(np.array(["p", "q", None], dtype=object), N), dtype="str")
TRAIN, OTHER = np.arange(300), np.arange(300, N)


def learnt(rare_below: int = 4) -> tuple[Intake, Design]:
    """Intake and design of the training rows."""
    intake = Intake.learn(FRAME, TRAIN)
    return intake, Design.learn(intake, intake.encode(FRAME.iloc[TRAIN]), rare_below)


def test_the_matrix_is_that_of_a_careful_pipeline() -> None:
    """Imputation, indicators, scaling, one-hot and pooling give scikit-learn's columns, up to scaled indicators."""
    intake, design = learnt()
    frame = FRAME.astype({"c": object, "d": object}).replace({None: np.nan})
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    flags = SimpleImputer(strategy="median", add_indicator=True)
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=4)
    names = ["x0", "x1", "x2"]
    theirs = ColumnTransformer([("n", numbers, names), ("c", encoder, ["c", "d"])], sparse_threshold=0)
    theirs.fit(frame.iloc[TRAIN])
    flags.fit(frame.iloc[TRAIN][names])
    ours = design.matrix(intake.encode(FRAME)).toarray()
    expected = theirs.transform(frame)
    np.testing.assert_allclose(ours[:, :3], expected[:, :3], rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(ours[:, 3], flags.transform(frame[names])[:, 3])
    assert ours.shape[1] == expected.shape[1] + 1 == design.width
    mine, others = (sorted(map(tuple, part.T)) for part in (ours[:, 4:], expected[:, 3:]))
    assert mine == others


def test_rows_do_not_depend_on_other_rows() -> None:
    """A row has the same bits alone as among others."""
    intake, design = learnt()
    whole = design.matrix(intake.encode(FRAME)).toarray()
    alone = np.vstack([design.matrix(intake.encode(FRAME.iloc[[row]])).toarray() for row in OTHER])
    assert np.array_equal(whole[OTHER], alone)


def test_a_design_survives_json() -> None:
    """What is written as JSON gives the same matrix to the bit."""
    intake, design = learnt()
    again = Design.from_json(json.loads(json.dumps(design.to_json())))
    inputs = intake.encode(FRAME)
    assert (design.matrix(inputs) != again.matrix(inputs)).nnz == 0


def test_levels() -> None:
    """Rare and unseen categories share the pooled column, missing has its own where training rows miss it."""
    levels = learn_levels(np.array([0, 0, 1, 2, 2, MISSING], dtype=np.int32), 2)
    assert levels.kept.tolist() == [0, 2]
    assert levels.places(np.array([0, 2, 1, UNSEEN, MISSING, 9], dtype=np.int32)).tolist() == [0, 1, 2, 2, 3, 2]
    plain = learn_levels(np.array([0, 0], dtype=np.int32), 2)
    assert plain.places(np.array([0, UNSEEN, MISSING, 5], dtype=np.int32)).tolist() == [0, -1, -1, -1]


def test_months_are_categories_for_a_linear_model() -> None:
    """A date gives scaled days and year, and a column of 0 and 1 per month and day of the week."""
    frame = pd.DataFrame({"when": pd.date_range("2020-01-01", periods=400)})
    intake = Intake.learn(frame, np.arange(400))
    matrix = Design.learn(intake, intake.encode(frame), 2).matrix(intake.encode(frame)).toarray()
    assert matrix.shape[1] == 2 + 12 + 7
    assert set(np.unique(matrix[:, 2:])) == {0.0, 1.0}
    assert (matrix[:, 2:].sum(axis=1) == 2).all()
