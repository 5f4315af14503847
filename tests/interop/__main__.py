"""Ours and Fietsboek 0.11 on the same instances, in both directions.

    python3 tests/interop BINARY VENV DIRECTORY

BINARY is ours under its own name, VENV the virtual environment with the original, DIRECTORY an empty
one to work in. `tests/interop.sh` makes the last two.
"""

import pathlib
import sys

import parts
import report
from instance import Program, redis, tiles


def main(binary, venv, directory):
    directory = pathlib.Path(directory).resolve()
    names = directory / "bin"
    names.mkdir()
    for name in ("fietsboek-serve", "fietsctl", "fietscron", "fietsupdate"):
        (names / name).symlink_to(pathlib.Path(binary).resolve())
    ours = Program("ours", names, "fietsboek-serve")
    original = Program("the original", pathlib.Path(venv).resolve() / "bin", "pserve")
    with redis(directory) as store, tiles() as provider:
        parts.run(directory, ours, original, {"redis__url": store}, provider)
    print(f"{report.passed} passed, {report.failed} failed" + (f", {len(report.waiting)} not there yet" if report.waiting else ""))
    return 1 if report.failed else 0


sys.exit(main(*sys.argv[1:]))
