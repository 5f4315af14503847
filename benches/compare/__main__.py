"""This program beside the others, in one run: Fietsboek 0.11, a bare tiny_http loop, and nginx.

    python3 benches/compare VENV [ROUNDS [SECONDS]]

VENV is a virtual environment with `pip install fietsboek==0.11.0`. It needs cargo, wrk, redis-server and nginx
(Debian: wrk redis-server nginx-light), takes some ten minutes, and prints a table for the README. Every figure is
a ratio of two neighbours in one round; the median of the rounds counts, beside the smallest and the largest. What
the machine does besides shows in that spread: run it while nothing else runs.
"""

import pathlib
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests/interop"))

import work  # noqa: E402
from rivals import Rivals  # noqa: E402
from table import Table  # noqa: E402


def main(venv, rounds="5", seconds="2"):
    directory = pathlib.Path(tempfile.mkdtemp(prefix="fietsboek-compare-"))
    table = Table()
    try:
        with Rivals(directory, pathlib.Path(venv).resolve(), int(rounds), float(seconds)) as rivals:
            for part in (work.starts, work.commands, work.pages, work.downloads, work.uploads, work.imports, work.memory):
                part(rivals, table)
            work.maintenance(rivals, table)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    print(table.text())
    return 0 if table.all_hold() else 1


sys.exit(main(*sys.argv[1:]))
