"""Decisions by a threshold, and intervals of predicted numbers."""
