"""Promises about when a number counts as reproduced."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modellab_core.repro import comparing
from modellab_core.repro.comparing import compared, differences, same_platform

MOVED = {"same": 1e-9, "across": 1e-4, "flips": {"same": 0, "across": 1}}
RELATIVE = {"kind": "relative", "same": 1e-9, "across": 1e-6, "scale": 0.9}
FLIPS = {"kind": "flips", "same": 0, "across": 1, "exact": 1e-9, "scale": 0.9}


def entry(value: float | None = 0.8, low: float | None = 0.7, high: float | None = 0.9, **more: Any) -> dict[str, Any]:
    """A number with its interval."""
    return {"id": "m", "value": value, "low": low, "high": high, "n": 10, "tolerance": RELATIVE, **more}


def verdict(
    recorded: dict[str, Any],
    again: dict[str, Any] | None,
    *,
    same: bool = True,
    flipped: int = 0,
    largest: float = 0.0,
    from_recorded: list[dict[str, Any]] | None = None,
) -> list[str]:
    """How the lines agree."""
    result = {
        "metrics": [again] if again else [],
        "from_recorded": from_recorded,
        "predictions": {"rows": 10, "same_rows": True, "flipped": flipped, "largest": largest},
        "stored_model": None,
    }
    lines = compared({"metrics": [recorded], "predictions": {"tolerance": MOVED}}, result, same)
    return [line.agreement for line in lines]


@pytest.mark.parametrize("key", ["value", "low", "high"])
@pytest.mark.parametrize(
    ("apart", "same", "expected"),
    [
        (0.0, True, "identical"),
        (1e-11, True, "within tolerance"),
        (1e-8, True, "MISMATCH"),
        (1e-8, False, "within tolerance"),
        (1e-5, False, "MISMATCH"),
    ],
)
def test_continuous_metrics_have_a_relative_tolerance(key: str, apart: float, same: bool, expected: str) -> None:
    """1e-9 of the scale on one platform, 1e-6 across, for the value and for both ends of its interval."""
    moved = entry()
    moved[key] += apart
    assert verdict(entry(), moved, same=same)[0] == expected


def test_undefined_is_reproduced_by_undefined_only() -> None:
    """A number that is undefined, or has no interval, must be so again."""
    bare = entry(None, None, None)
    assert verdict(bare, bare)[0] == "identical"
    assert verdict(bare, entry())[0] == "MISMATCH"
    assert verdict(entry(low=None), entry())[0] == "MISMATCH"


def test_numbers_that_one_side_lacks_are_mismatches() -> None:
    """A recorded number that is not computed again, one that was not recorded, and another n, are mismatches."""
    assert verdict(entry(), None)[0] == "MISMATCH"
    assert verdict(entry(), entry() | {"id": "other"})[:2] == ["MISMATCH", "MISMATCH"]
    assert verdict(entry(), entry() | {"n": 11})[0] == "MISMATCH"


def test_a_threshold_metric_may_move_by_the_flips_that_explain_it() -> None:
    """One flip across platforms is within tolerance if the recorded number follows from the recorded predictions."""
    old, new = entry(tolerance=FLIPS), entry(0.9)
    told = {"flipped": 1, "largest": 1e-7}
    assert verdict(old, new, same=False, from_recorded=[entry()], **told) == ["within tolerance", "within tolerance"]
    assert verdict(old, new, same=False, from_recorded=[new], **told)[0] == "MISMATCH"
    assert verdict(old, new, same=True, from_recorded=[entry()], **told) == ["MISMATCH", "MISMATCH"]
    assert verdict(old, new, same=False, from_recorded=[entry()], flipped=2)[0] == "MISMATCH"
    assert verdict(old, new, same=False)[0] == "MISMATCH"
    assert verdict(entry(), new, same=False, from_recorded=[entry()], **told)[0] == "MISMATCH"


@given(st.floats(-1e9, 1e9), st.floats(1e-12, 1e-8), st.booleans())
def test_across_platforms_is_never_stricter(value: float, apart: float, same: bool) -> None:
    """What is within tolerance on one platform is so across platforms."""
    tolerance = RELATIVE | {"scale": abs(value)}
    old, new = entry(value, None, None, tolerance=tolerance), entry(value * (1 + apart), None, None)
    if verdict(old, new, same=True)[0] != "MISMATCH":
        assert verdict(old, new, same=False)[0] != "MISMATCH"


def test_environments_that_differ_in_a_version_are_other_platforms() -> None:
    """A version, a processor or a core type makes another platform; threads, variables and kernels do not."""
    old = {"packages": {"numpy": "1"}, "blas": {"openblas 1": {"architecture": "Zen", "num_threads": 1}}, "threads": 1}
    new = {"packages": {"numpy": "1"}, "blas": {"openblas 1": {"architecture": "Zen", "num_threads": 2}}, "threads": 2}
    assert differences(old, new) == {"blas.openblas 1.num_threads": (1, 2), "threads": (1, 2)}
    assert same_platform(differences(old, new))
    for path in ("packages", "blas"):
        assert not same_platform(differences(old, new | {path: {}}))


def test_the_table_is_aligned() -> None:
    """Every column begins, and every number ends, at the same place."""
    lines = [comparing.Line("a", "0.5", "0.25", "identical"), comparing.Line("long", "1", "100", "MISMATCH", "why")]
    assert comparing.table(lines) == [
        "number  recorded  again",
        "a            0.5   0.25  identical",
        "long           1    100  MISMATCH  why",
    ]
