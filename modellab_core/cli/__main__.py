"""`python -m modellab_core.cli` is the `modellab` command."""

from modellab_core.cli import main

if __name__ == "__main__":
    main()
