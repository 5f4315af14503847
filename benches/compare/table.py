"""The table: a row a kind of work, its ratios, and whether they are what they should be."""

import statistics
import sys


class Table:
    def __init__(self):
        self.rows = []

    def add(self, work, against, least, pairs, unit, note=""):
        """`pairs` are (ours, theirs) of one round each; more is better. At `least` so many times theirs."""
        ratios = sorted(ours / theirs for ours, theirs in pairs)
        row = {
            "work": work,
            "against": against,
            "ours": statistics.median(ours for ours, _ in pairs),
            "theirs": statistics.median(theirs for _, theirs in pairs),
            "unit": unit,
            "ratio": statistics.median(ratios),
            "spread": (ratios[0], ratios[-1]),
            "least": least,
            "note": note,
        }
        self.rows.append(row)
        verdict = "holds" if row["ratio"] >= least else "DOES NOT HOLD"
        print(f"{work}, {against}: {short(row['ratio'])} times, {short(least)} asked: {verdict}", file=sys.stderr)

    def all_hold(self):
        return all(row["ratio"] >= row["least"] for row in self.rows)

    def text(self):
        lines = ["| work | against | here | there | ratio (spread) | asked |", "|---|---|---|---|---|---|"]
        for row in self.rows:
            low, high = row["spread"]
            here, there = (f"{short(row[side])} {row['unit']}" for side in ("ours", "theirs"))
            note = f"; {row['note']}" if row["note"] else ""
            lines.append(
                f"| {row['work']} | {row['against']} | {here}{note} | {there} "
                f"| {short(row['ratio'])} ({short(low)}–{short(high)}) | {short(row['least'])} |"
            )
        return "\n".join(lines)


def short(value):
    """Three figures, as a reader of tables wants them."""
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}"
