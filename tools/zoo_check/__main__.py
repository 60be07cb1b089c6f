"""Check every row and write the page: python -m tools.zoo_check [--only GLOB].

An interrupted check goes on where it stopped: what was found is kept in the user's cache folder,
by versions and by the code that decides it.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
import time

from tools.zoo_check import page
from tools.zoo_check.memory import Memory
from tools.zoo_check.process import check_row
from tools.zoo_check.rows import all_rows


def main() -> int:
    """Check what is not known yet; 1 where sizewise is wrong or dead somewhere."""
    parser = argparse.ArgumentParser(prog="zoo_check")
    parser.add_argument("--only", metavar="GLOB", default="*", help="rows to check")
    only = parser.parse_args().only
    rows, memory = all_rows(), Memory()
    for number, row in enumerate(rows, 1):
        if fnmatch.fnmatchcase(row.key, only):
            start = time.monotonic()
            cells = check_row(row, memory)
            shown = ", ".join(f"{column} {cell['verdict']}" for column, cell in cells.items())
            seconds = f"{time.monotonic() - start:.0f} s"
            print(f"[{number}/{len(rows)}] {row.key}: {shown} ({seconds})", flush=True)
    table = {row.key: memory.cells(row) for row in rows}
    if missing := [key for key, cells in table.items() if cells is None]:
        print(f"{len(missing)} rows are not checked: the page stays as it was")
        return 0
    page.write(rows, table, memory.environment)
    bad = [
        f"{key}, {column}: {cell['verdict']} ({cell['reason']})"
        for key, cells in table.items()
        for column, cell in cells.items()
        if column.startswith("sizewise") and cell["verdict"] in ("wrong", "dead")
    ]
    print("\n".join(bad) or "sizewise is nowhere wrong or dead")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
