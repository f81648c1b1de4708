"""What every number stands on: cells and counts, resamples of rows or of bundles of rows, and sums over them."""
