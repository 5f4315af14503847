"""One line a check, and the sum at the end."""

import time
import traceback

passed, failed = 0, 0
waiting = []
begun = time.monotonic()


def check(what, holds, found=""):
    """Counts a check and prints it; what was found instead stands below one that fails."""
    global passed, failed
    if holds:
        passed += 1
        print(f"ok: {what}", flush=True)
    else:
        failed += 1
        print(f"FAILED: {what}\n    {str(found)[:2000]}", flush=True)
    return holds


def same(what, ours, original):
    """The two must be equal; only what differs is told of lists, sets and tables."""
    return check(what, ours == original, differences(ours, original))


def differences(ours, original):
    if isinstance(ours, dict) and isinstance(original, dict):
        keys = [key for key in {**ours, **original} if ours.get(key) != original.get(key)]
        return "\n    ".join(f"{key}: ours {ours.get(key)!r}, the original {original.get(key)!r}" for key in keys)
    if isinstance(ours, (list, set)) and isinstance(original, (list, set)):
        only_ours = [one for one in ours if one not in original]
        only_original = [one for one in original if one not in ours]
        return f"ours alone {only_ours!r}\n    the original alone {only_original!r}"
    return f"ours {ours!r}\n    the original {original!r}"


def part(name, run, *arguments):
    """One part of the run: what breaks it fails it, and the next part is tried all the same."""
    print(f"-- {name} ({time.monotonic() - begun:.0f} s)", flush=True)
    try:
        return run(*arguments)
    except Exception:
        check(f"{name}: to its end", False, traceback.format_exc())


def not_yet(what):
    """What the other program has and ours has not got: told once, neither passed nor failed."""
    if what not in waiting:
        waiting.append(what)
        print(f"not there yet: {what}", flush=True)
