"""`python -m hevesy` and the `hevesy` command."""

from hevesy.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
