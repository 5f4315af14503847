"""The checks that failed, one by one, and the sum at the end. Parts may run side by side."""

import threading
import time
import traceback

passed, failed = 0, 0
begun = time.monotonic()
_turn = threading.Lock()


def check(what, holds, found=""):
    """Counts a check; one that fails is printed with what was found instead."""
    global passed, failed
    with _turn:
        if holds:
            passed += 1
        else:
            failed += 1
            print(f"FAILED: {what}: {str(found)[:3000]}", flush=True)
    return holds


def part(name, run, *arguments):
    """One part of the run: what breaks it fails it, and the others are tried all the same."""
    start = time.monotonic()
    try:
        run(*arguments)
    except Exception:
        check(f"{name}: to its end", False, traceback.format_exc())
    now = time.monotonic()
    print(f"-- {name}: {now - start:.0f} s, until {now - begun:.0f} s", flush=True)
