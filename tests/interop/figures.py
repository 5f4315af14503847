"""The figures of tracks: what is expected of a file, and what both programs make of what is stored."""

import json
import math
import re

from deeds import EXPECTED, values_for, visitors
from instance import GPX
from report import check, not_yet, same

TRANSFORMED = json.loads((GPX / "transformers.expected.json").read_text())
MEASURES = ["length", "uphill", "downhill", "moving_time", "stopped_time", "max_speed", "avg_speed"]
CLOCKS = ["start_time_raw", "start_time_tz", "end_time_raw", "end_time_tz"]


def close(one, other):
    return one == other or None not in (one, other) and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12)


def unequal(row, other, names):
    """The figures in which two rows differ."""
    alike = {True: lambda a, b: a == b, False: close}
    return {name: (row[name], other[name]) for name in names if not alike[name in CLOCKS](row[name], other[name])}


def expected_row(expected):
    """What `metrics.expected.json` says, as the table holds it."""
    row = {name: expected[name] for name in MEASURES}
    for end in ("start", "end"):
        wall = re.sub(r"[+-]\d\d:\d\d$", "", expected[f"{end}_time"]).replace("T", " ")
        row[f"{end}_time_raw"] = wall if "." in wall else wall + ".000000"
        row[f"{end}_time_tz"] = expected["timezone_minutes"]
    return row


def expected_figures(instance, tracks):
    figures = instance.figures()
    for number, (file, expected) in enumerate(sorted(EXPECTED.items())):
        if tracks[file] is None or not expected["points"]:
            continue
        differ = unequal(figures[values_for(number, file)["title"]], expected_row(expected), MEASURES + CLOCKS)
        check(f"{file}: figures as expected", not differ, differ)


def recomputed(instance, ours, original, names=MEASURES + CLOCKS):
    """Both programs compute the figures of every stored file anew."""
    kept = instance.rows("select * from track_cache")
    instance.write("delete from track_cache")
    done = original.tool(instance, "fietscron")
    check("fietscron of the original runs over it", done.returncode == 0, done.stderr[-2000:])
    theirs = instance.figures()
    same("the original measures every stored file", len(theirs), len(kept))
    instance.write("delete from track_cache")
    ours.tool(instance, "fietscron")
    with ours.serving(instance):
        for visitor in visitors(instance).values():
            # The home page measures what it lists, so much of it at a time.
            found = None
            while found != (found := len(instance.figures())):
                visitor.get("/")
    mine = instance.figures()
    differ = {title: unequal(mine[title], theirs[title], names) for title in mine}
    differ = {title: names for title, names in differ.items() if names}
    check("both measure every stored file alike", mine and not differ, differ)
    if len(mine) < len(theirs):
        not_yet("fietscron measures what has no figures")
    instance.write("delete from track_cache")
    for row in kept:
        instance.write(f"insert into track_cache values ({', '.join('?' * len(row))})", *row)
