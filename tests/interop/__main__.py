"""Ours and Fietsboek 0.11 on the same instances, in both directions.

    python3 tests/interop BINARY VENV DIRECTORY

BINARY is ours under its own name, VENV the virtual environment with the original, DIRECTORY an empty
one to work in. `tests/interop.sh` makes the last two.
"""

import pathlib
import sys

import original_first
import ours_first
import report
import swap
from instance import Program, redis, tiles
from report import part


def main(binary, venv, directory):
    directory = pathlib.Path(directory).resolve()
    names = directory / "bin"
    names.mkdir()
    for name in ("fietsboek-serve", "fietsctl", "fietscron", "fietsupdate"):
        (names / name).symlink_to(pathlib.Path(binary).resolve())
    ours = Program("ours", names, "fietsboek-serve")
    original = Program("the original", pathlib.Path(venv).resolve() / "bin", "pserve")
    with redis(directory) as store, tiles() as provider:
        run(directory, ours, original, {"redis__url": store}, provider)
    print(
        f"{report.passed} passed, {report.failed} failed"
        + (f", {len(report.waiting)} not there yet" if report.waiting else "")
    )
    return 1 if report.failed else 0


def run(directory, ours, original, keys, provider):
    made = part("ours makes an instance", ours_first.ours_makes, directory / "ours", ours, keys, provider)
    theirs = part(
        "the original makes an instance", original_first.original_makes, directory / "theirs", original, keys, provider
    )
    if made and theirs:
        part("the same deeds leave the same rows", original_first.same_rows, made, theirs)
    if made:
        part("both programs on the instance that ours made", swap.both, made, ours, original)
        part("the original goes on with what ours made", ours_first.original_goes_on, made, ours, original)
        part("the maintenance mode is shared", swap.maintenance, made.instance, ours, original)
        part("back to the original for good", swap.for_good, made, ours, original)
    if theirs:
        part("both programs on the instance that the original made", swap.both, theirs, ours, original)
        part("ours goes on with what the original made", original_first.ours_goes_on, theirs, ours, original)
    part(
        "both programs on an instance that the original made long ago",
        original_first.fixture,
        directory / "fixture",
        ours,
        original,
        keys,
    )


sys.exit(main(*sys.argv[1:]))
