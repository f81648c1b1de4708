"""A verdict as a sentence for a person: what to use, and how far the others are from it."""

from __future__ import annotations

from modellab_core.harness.comparing.verdict import Comparison, Pair
from modellab_core.harness.figures.wording import interval, number, plural

DISPLAY_NAMES = {"dummy": "the dummy", "linear": "the linear model", "xgboost": "XGBoost"}


def display_name(name: str) -> str:
    """How a model is called inside a sentence."""
    return DISPLAY_NAMES.get(name, name)


def verdict_sentence(comparison: Comparison) -> str:
    """What to use; then what cannot be told apart from it, else what it beats, with the numbers of the nearest one."""
    chosen = comparison.recommended
    if chosen is None:
        return f"No model can be recommended: {comparison.label} is undefined for all of them."
    if len(comparison.names) == 1:
        return f"Only {display_name(chosen)} was scored, so there is nothing to compare it with."
    tied = [name for name in comparison.top_set if name != chosen]
    beaten = [name for name in comparison.names if _beats(comparison, chosen, name)]
    first = f"Use {display_name(chosen)}."
    if tied:
        numbers = _numbers(comparison, chosen, _nearest(comparison, tied))
        if _unseen(comparison, chosen, _nearest(comparison, tied)):
            return f"{first} {_too_few(comparison)} to tell {_listed(tied, 'or')} from it: {numbers}."
        return f"{first} {_cannot(tied)} be told apart from it: {numbers}."
    if beaten:
        against = _nearest(comparison, beaten)
        return f"{first} It beats {_listed(beaten, 'and')}: {_numbers(comparison, chosen, against)}."
    return f"{first} {comparison.label} is undefined for the others."


def _unseen(comparison: Comparison, chosen: str, other: str) -> bool:
    """Whether the two differ, and the rows are so few that not even an interval of the difference can be told."""
    pair = comparison.pair(chosen, other)
    return bool(pair.difference) and pair.low is None


def _too_few(comparison: Comparison) -> str:
    """`These 6 test rows are too few`, or the groups where whole groups were drawn."""
    units = plural(comparison.n, "test row") if comparison.groups is None else plural(comparison.groups, "group")
    return f"{units} are too few" if comparison.n > 1 else f"{units} is too little"


def _beats(comparison: Comparison, chosen: str, other: str) -> bool:
    if other == chosen:
        return False
    pair = comparison.pair(chosen, other)
    return pair.verdict == ("better" if pair.candidate == chosen else "worse")


def _nearest(comparison: Comparison, names: list[str]) -> str:
    """The one of `names` that is the hardest to beat: by it the recommendation is judged."""
    return max(names, key=lambda name: sum(_gain(pair, name) for pair in comparison.pairs))


def _gain(pair: Pair, name: str) -> float:
    sign = {pair.candidate: 1.0, pair.baseline: -1.0}.get(name, 0.0)
    return sign * (pair.difference or 0.0)


def _numbers(comparison: Comparison, chosen: str, other: str) -> str:
    """Values of the two and their difference, seen from the one that is spoken of as better."""
    pair = comparison.pair(chosen, other)
    tied = other in comparison.top_set
    ahead, behind = (other, chosen) if tied else (chosen, other)
    turned = pair.candidate != ahead
    low, high = (pair.low, pair.high) if not turned else (_minus(pair.high), _minus(pair.low))
    difference = _minus(pair.difference) if turned else pair.difference
    values = f"{number(comparison.value(ahead), low, high)} against {number(comparison.value(behind), low, high)}"
    ends = interval(low, high)
    why = ends or f"without an interval: {pair.note.rstrip('.').lower()}"
    return f"{comparison.label} {values}, difference {number(difference, low, high)} ({why})"


def _minus(value: float | None) -> float | None:
    return None if value is None else -value


def _cannot(names: list[str]) -> str:
    if len(names) == 1:
        return f"{_capital(display_name(names[0]))} cannot"
    if len(names) == 2:
        return f"Neither {display_name(names[0])} nor {display_name(names[1])} can"
    return f"{_capital(_listed(names, 'and'))} cannot"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(names: list[str], word: str) -> str:
    shown = [display_name(name) for name in names]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} {word} {shown[-1]}"


def charged_sentence(comparison: Comparison) -> str:
    """What the verdict was charged for, and what it is not: empty where nobody counted looks at these rows."""
    if comparison.looks is None:
        return ""
    gone = comparison.looks - comparison.models
    told = f"The claims hold together over all {plural(comparison.models, 'stored model')} of this split"
    told += f" and are charged for {plural(gone, 'look')} at models that are gone." if gone > 0 else "."
    if comparison.optimism is not None and comparison.models > 1:
        told += (
            f" The best of {comparison.models} equally good models would look {number(comparison.optimism)} too good "
            f"in {comparison.label}."
        )
    return f"{told} Tuning a model against these test rows is not covered."


def equivalence_sentence(comparison: Comparison) -> str:
    """Which pairs are equivalent within the margin; empty without a margin."""
    if comparison.margin is None:
        return ""
    within = f"within {number(comparison.margin)} of {comparison.label}"
    pairs = [pair for pair in comparison.pairs if pair.equivalent]
    if not pairs:
        return f"No two of them are shown to be equivalent {within}."
    told = [f"{display_name(pair.candidate)} and {display_name(pair.baseline)}" for pair in pairs]
    return f"Equivalent {within}: {'; '.join(told)}."
