"""One instance, two programs: what is tried on it whoever made it. Each program serves in its turn on
the same port, so that visitors with their cookies go on where they were, as on the day of the swap.
"""

import html

from compare import Shown, draw_maps, lists, shown_alike
from deeds import EXPECTED, PEOPLE, values_for, visitors
from figures import MEASURES, TRANSFORMED, unequal
from report import check, not_yet, same
from visitor import Visitor, with_values


def both(made, ours, original):
    """Visitors stay logged in over the swap, in both directions, and see the same from either."""
    instance, all = made.instance, made.all
    lists(instance, ours, original)
    draw_maps(instance, ours)
    schema, rows = instance.schema(), None
    with ours.serving(instance):
        who_is_known(all, "ours", "before the swap")
        seen_by_ours = Shown(instance, all)
        rows = instance.values()
    with original.serving(instance):
        who_is_known(all, "the original", "with the cookies of before")
        old_form(all["alice"], "the original")
        seen_by_original = Shown(instance, all)
        afresh = visitors(instance)
    same("neither changed a row by showing it", rows, instance.values())
    with ours.serving(instance):
        who_is_known(afresh, "ours", "with cookies that the original made")
        old_form(afresh["alice"], "ours")
        check("fietscron of ours runs", ours.tool(instance, "fietscron").returncode == 0)
        afresh = visitors(instance)
    shown_alike(instance, seen_by_ours, seen_by_original)
    same("the schema stays what it was", schema, instance.schema())
    with original.serving(instance):
        who_is_known(afresh, "the original", "with cookies that ours made")
        forged = afresh["alice"].only("session", "csrf_token")
        forged.cookies["session"] = forged.cookies["session"][:-8] + "AAAAAAAA"
        check("the original does not know a session that was tampered with", not forged.is_known())


def for_good(made, ours, original):
    """Everything of ours is taken out again: the original finds what it would have made itself, and goes on."""
    instance = made.instance
    people = new_password(instance, ours)
    with ours.serving(instance):
        all = visitors(instance, people)
        before = Shown(instance, all)
        kept = all["alice"].only("session")
    rows = instance.values()
    refused = ours.tool(instance, "fietsctl", "swap-back", "-f")
    check("swap-back is refused while the site is in service", refused.returncode == 1, refused)
    ours.tool(instance, "fietsctl", "maintenance-mode", REASON)
    done = ours.tool(instance, "fietsctl", "swap-back", "-f")
    check("swap-back takes out what is ours", done.returncode == 0, done)
    left = instance.rows("select type, name from sqlite_master where name like 'x\\_%' escape '\\'")
    same("no table, index or trigger of ours is left", [], left)
    names = {"images", "lock", "preview.png", "track.bck.gpx.br", "track.gpx.br"}
    files = {path.name for path in instance.data.glob("tracks/*/*")} - names
    check("no file of ours is left beside a track's own", not files, files)
    beside = {path.name for path in instance.data.iterdir()}
    check("nor in the data directory", beside <= {"MAINTENANCE", "VERSION", "tracks", "users", "stale"}, beside)
    same("and no row of the original's is another", rows, instance.values())
    original.tool(instance, "fietsctl", "maintenance-mode", "--disable")
    with original.serving(instance):
        check("the original knows a session from before", kept.is_known())
        shown_alike(instance, before, Shown(instance, visitors(instance, people)))
        edit(all["admin"], 1, {"description": "Zurück"}, "the original edits a track after that")
    cron = original.tool(instance, "fietscron")
    check("fietscron of the original runs", cron.returncode == 0, cron)


def who_is_known(all, where, how):
    for name, visitor in all.items():
        if name != "stranger":
            check(f"{where} knows {name}'s session {how}", visitor.only("session").is_known(), visitor.cookies)
            check(f"{where} remembers {name} {how}", visitor.only("auth_tkt").is_known(), visitor.cookies)


def old_form(visitor, where):
    """A form that was opened before the swap is sent after it: the star is set and taken off again."""
    answers = [visitor.post("/me/toggle-favourite", [("track-id", "1")], accept="*/*") for _ in range(2)]
    check(f"{where} takes a form that the other showed", [one.status for one in answers] == [200, 200], answers)


def edit(visitor, id, values, what):
    """Sends the form of a track with some fields written anew."""
    answer = visitor.post(
        f"/track/{id}/edit", with_values(visitor.form(f"/track/{id}/edit"), values), [("gpx", "", b"")]
    )
    return check(what, (answer.status, answer.location) == (302, f"/track/{id}"), answer)


def repaired(instance, all, name):
    """A program repairs from the backup that the other wrote, and measures what it was expected to."""
    for number, (file, expected) in enumerate(sorted(EXPECTED.items())):
        title = values_for(number, file)["title"]
        wanted = TRANSFORMED.get(f"{file}|remove-breaks", {"error": True})
        found = instance.rows("select id from tracks where title = ?", title)
        if found and expected["points"] and "error" not in wanted:
            edit(all["admin"], found[0][0], {"transformer[remove-breaks]": "on"}, f"{name} repairs {file}")
            row = instance.figures()[title]
            differ = unequal(row, row | wanted, [m for m in MEASURES if m in wanted])
            check(f"{file}: {name} repairs the other's backup as the file itself", not differ, differ)


def new_password(instance, program):
    """Bob gets another password by a tool; everybody as they log in now."""
    done = program.tool(instance, "fietsctl", "user", "passwd", "-e", "bob@example.org", "--password", "Neu: ß 中 12")
    check(f"fietsctl user passwd of {program.name}", done.returncode == 0, done)
    return [(name, email, "Neu: ß 中 12" if name == "Bob" else password) for name, email, password in PEOPLE]


def new_link(instance, owner, id):
    """The owner has a new private link made; the old one is void."""
    ((old,),) = instance.rows("select link_secret from tracks where id = ?", id)
    answer = owner.post(f"/track/{id}/invalidate-link")
    if answer.status == 404:
        return not_yet("/track/…/invalidate-link")
    ((new,),) = instance.rows("select link_secret from tracks where id = ?", id)
    stranger = Visitor(instance.port)
    seen = [stranger.get(f"/track/{id}?secret={secret}").status for secret in (old, new)]
    check("a new private link makes the old one void", (len(new), seen) == (27, [403, 200]), (old, new, seen, answer))


REASON = "Zurück um <zwölf>"


def maintenance(instance, ours, original):
    """What one program's tool switches holds for the other's server, tools and cron job."""
    instance.write("delete from track_cache where track_id = 1")
    for setter, server in ((ours, original), (original, ours), (ours, ours)):
        with server.serving(instance):
            is_down(instance, setter, server, (ours, original))
            done = setter.tool(instance, "fietsctl", "maintenance-mode", "--disable")
            answer = Visitor(instance.port).get("/track/")
            back = (done.returncode, answer.status) == (0, 200)
            check(f"{setter.name} brings it back: {server.name} serves", back, (done, answer))


def is_down(instance, setter, server, programs):
    done = setter.tool(instance, "fietsctl", "maintenance-mode", REASON)
    answer = Visitor(instance.port).get("/track/")
    down = (done.returncode, answer.status) == (0, 503) and REASON in html.unescape(answer.text)
    check(f"{setter.name} takes the site down: {server.name} answers 503 with the reason", down, (done, answer))
    for program in programs:
        told = program.tool(instance, "fietsctl", "maintenance-mode")
        check(f"{program.name} tells the reason", told.returncode == 0 and REASON in told.stdout, told)
        done = program.tool(instance, "fietscron")
        idle = instance.rows("select 1 from track_cache where track_id = 1") == []
        check(f"fietscron of {program.name} does nothing", done.returncode == 0 and idle, done)
