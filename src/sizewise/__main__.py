"""``python -m sizewise`` is ``sizewise``."""

from sizewise.cli import main

if __name__ == "__main__":
    main()
