"""Models judged against each other: one verdict for all of a split, the gate, cross-validation."""
