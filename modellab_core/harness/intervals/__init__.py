"""Intervals: their formulas, and the rules by which a number gets one of them or none."""
