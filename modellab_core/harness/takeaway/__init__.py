"""Five sentences that cannot lie, each number with the place where it stands."""
