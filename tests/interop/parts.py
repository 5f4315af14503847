"""The parts of the run. Each program serves in its turn on the same port, so that visitors with their
cookies go on where they were, as on the day of the swap.
"""

import html
import math
import re

import deeds
from compare import Shown, answers, lists, shown_alike
from deeds import EXPECTED, PEOPLE, visitors
from instance import FIXTURE, GPX, Instance
from report import check, not_yet, part, same
from visitor import Visitor, with_values

TRANSFORMED = deeds.json.loads((GPX / "transformers.expected.json").read_text())
MEASURES = ["length", "uphill", "downhill", "moving_time", "stopped_time", "max_speed", "avg_speed"]
CLOCKS = ["start_time_raw", "start_time_tz", "end_time_raw", "end_time_tz"]


def run(directory, ours, original, keys, provider):
    made = part("ours makes an instance", ours_makes, directory / "ours", ours, keys, provider)
    theirs = part("the original makes an instance", original_makes, directory / "theirs", original, keys, provider)
    if made and theirs:
        part("the same deeds leave the same rows", same_rows, made, theirs)
    if made:
        part("both programs on the instance that ours made", both, made, ours, original)
        part("the original goes on with what ours made", original_goes_on, made, ours, original)
        part("the maintenance mode is shared", maintenance, made.instance, ours, original)
    if theirs:
        part("both programs on the instance that the original made", both, theirs, ours, original)
        part("ours goes on with what the original made", ours_goes_on, theirs, ours, original)
    part("both programs on an instance that the original made long ago", fixture, directory / "fixture", ours, original, keys)


class Made:
    """An instance with the people who were at it, and what their forms began with."""

    def __init__(self, instance, all, begun):
        self.instance, self.all, self.begun = instance, all, begun


def add_provider(instance, keys, provider):
    """The keys that the original needs on this machine, and a map of the test's own."""
    instance.set(**{
        "fietsboek__tile_layer__local__url": provider, "fietsboek__tile_layer__local": "Local",
        "fietsboek__default_tile_layers": "", **keys,
    })  # fmt: skip


def close(one, other):
    return one == other or (one is not None and other is not None and math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12))


def unequal(row, other, names):
    """The figures in which two rows differ."""
    alike = {True: lambda a, b: a == b, False: close}
    return {name: (row[name], other[name]) for name in names if not alike[name in CLOCKS](row[name], other[name])}


# --- A: ours first


def ours_makes(directory, ours, keys, provider):
    instance = Instance(directory)
    made = ours.tool_alone("fietsctl", "init", directory, "--listen", f"127.0.0.1:{instance.port}")
    check("fietsctl init", made.returncode == 0, made)
    add_provider(instance, keys, provider)
    deeds.make_people(instance, ours)
    with ours.serving(instance):
        all = visitors(instance)
        deeds.befriend(instance, all)
        begun, tracks = deeds.upload_all(all)
        expected_files(tracks)
        expected_figures(instance, tracks)
        transformed(instance, all, tracks)
        tags_in_capitals(instance, all)
        deeds.talk(instance, all)
        photos(instance)
        check("an upload waits", deeds.upload(all["alice"], "track_with_speed.gpx"))
    return Made(instance, all, begun)


def expected_files(tracks):
    """What has points becomes a track; what has none is refused with a message, except a route, which may
    become a planned track.
    """
    for file, expected in EXPECTED.items():
        if expected["points"]:
            check(f"{file} becomes a track", tracks[file], tracks[file])
        elif not expected["routes"]:
            check(f"{file}, which has no points, is refused", tracks[file] is None, tracks[file])
    if tracks["route.gpx"] is None:
        not_yet("a route without a track becomes a planned track")


def expected_figures(instance, tracks):
    figures = instance.figures()
    for number, (file, expected) in enumerate(sorted(EXPECTED.items())):
        if tracks[file] is None or not expected["points"]:
            continue
        row = figures[deeds.values_for(number, file)["title"]]
        check(f"{file}: figures as expected", not unequal(row, row | expected_row(expected), MEASURES + CLOCKS), (row, expected))


def expected_row(expected):
    """What `metrics.expected.json` says, as the table holds it."""
    row = {name: expected[name] for name in MEASURES}
    for end in ("start", "end"):
        wall = re.sub(r"[+-]\d\d:\d\d$", "", expected[f"{end}_time"]).replace("T", " ")
        row[f"{end}_time_raw"] = wall if "." in wall else wall + ".000000"
        row[f"{end}_time_tz"] = expected["timezone_minutes"]
    return row


def transformed(instance, all, tracks):
    """Each file once more with one of the repairs."""
    repairs = ["fix-null-elevation", "fix-elevation-jumps", "remove-breaks"]
    for number, (file, expected) in enumerate(sorted(EXPECTED.items())):
        repair = repairs[number % 3]
        wanted = TRANSFORMED.get(f"{file}|{repair}", {})
        if expected["points"] < 2 or "error" in wanted:
            continue
        title = f"{file} {repair}"
        made = deeds.finish(all["alice"], deeds.upload(all["alice"], file), {"title": title, "visibility": "LOGGED_IN", f"transformer[{repair}]": "on"})
        row = instance.figures().get(title, dict.fromkeys(MEASURES))
        check(f"{file}: figures after {repair} as expected", not unequal(row, row | wanted, [m for m in MEASURES if m in wanted]), (made, row, wanted))


def tags_in_capitals(instance, all):
    made = deeds.finish(all["zoë"], deeds.upload(all["zoë"], "track_with_speed.gpx"), {"title": "Tags", "tag[]": ["Hike", "hike", "HIKE", "Übung", "übung"]})
    tags = [tag for (tag,) in instance.rows("select tag from tags join tracks on id = track_id where title = 'Tags' order by tags.rowid")]
    same("a tag in several capitalisations is one tag", tags, ["Hike", "Übung"])
    check("Zoë has a track", isinstance(made, str), made)


def photos(instance):
    found = [photo.read_bytes() for photo in instance.data.glob("tracks/*/images/*")]
    if not found:
        return not_yet("photos in the form")
    check("photos are kept to the byte", set(found) == {deeds.PHOTO}, len(found))
    rows = instance.rows("select distinct description from image_metadata")
    check("photos have their descriptions", rows == [("Der Gipfel",)], rows)


# --- B: one instance, two programs


def both(made, ours, original):
    """Visitors stay logged in over the swap, in both directions, and see the same from either."""
    instance, all = made.instance, made.all
    lists(instance, ours, original)
    schema, rows = instance.schema(), None
    with ours.serving(instance):
        who_is_known(all, "ours", "before the swap")
        seen_by_ours = Shown(instance, all)
        rows = instance.values()
    with original.serving(instance):
        who_is_known(all, "the original", "with the cookies of before")
        seen_by_original = Shown(instance, all)
        afresh = visitors(instance)
    same("neither changed a row by showing it", rows, instance.values())
    with ours.serving(instance):
        who_is_known(afresh, "ours", "with cookies that the original made")
        check("fietscron of ours runs", ours.tool(instance, "fietscron").returncode == 0)
        afresh = visitors(instance)
    shown_alike(instance, seen_by_ours, seen_by_original)
    same("the schema stays what it was", schema, instance.schema())
    with original.serving(instance):
        who_is_known(afresh, "the original", "with cookies that ours made")
        forged = afresh["alice"].only("session", "csrf_token")
        forged.cookies["session"] = forged.cookies["session"][:-8] + "AAAAAAAA"
        check("the original does not know a session that was tampered with", not forged.is_known())


def who_is_known(all, where, how):
    for name, visitor in all.items():
        if name != "stranger":
            check(f"{where} knows {name}'s session {how}", visitor.only("session").is_known(), visitor.cookies)
            check(f"{where} remembers {name} {how}", visitor.only("auth_tkt").is_known(), visitor.cookies)


# --- the original goes on with an instance of ours


def original_goes_on(made, ours, original):
    instance = made.instance
    recomputed(instance, ours, original)
    before = instance.figures()
    with original.serving(instance):
        all = visitors(instance)
        for id, title in instance.rows("select id, title from tracks order by id"):
            edit(all["admin"], id, {"description": "Neu: äöü & <i>"}, f"the original edits {title}")
        finished = deeds.finish(all["alice"], "/upload/{}".format(*instance.rows("select max(id) from uploads")[0]), {"title": "Waited"})
        check("the original finishes an upload of ours", isinstance(finished, str), finished)
        same("an edit without another file leaves the figures", before, {k: v for k, v in instance.figures().items() if k != "Waited"})
        repaired(instance, all, "the original")
        new_link(instance, all["alice"], 1)
        gone = instance.rows("select max(id) from tracks where title like '%remove-breaks'")[0][0]
        check("the original deletes a track of ours", all["alice"].post(f"/track/{gone}/delete").status == 302 and not instance.track(gone).exists())
    recomputed(instance, ours, original, names=MEASURES)
    people = new_password(instance, original)
    with ours.serving(instance):
        seen = Shown(instance, visitors(instance, people))
    broken = [key for key, status in seen.status.items() if status >= 500]
    check("ours shows what the original edited", not broken and not seen.untold, (broken, seen.untold))
    lists(instance, ours, original)


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


def edit(visitor, id, values, what):
    """Sends the form of a track with some fields written anew."""
    answer = visitor.post(f"/track/{id}/edit", with_values(visitor.form(f"/track/{id}/edit"), values), [("gpx", "", b"")])
    return check(what, (answer.status, answer.location) == (302, f"/track/{id}"), answer)


def repaired(instance, all, name):
    """A program repairs from the backup that the other wrote, and measures what it was expected to."""
    for number, (file, expected) in enumerate(sorted(EXPECTED.items())):
        title = deeds.values_for(number, file)["title"]
        wanted = TRANSFORMED.get(f"{file}|remove-breaks", {"error": True})
        found = instance.rows("select id from tracks where title = ?", title)
        if found and expected["points"] and "error" not in wanted:
            edit(all["admin"], found[0][0], {"transformer[remove-breaks]": "on"}, f"{name} repairs {file}")
            row = instance.figures()[title]
            differ = unequal(row, row | wanted, [m for m in MEASURES if m in wanted])
            check(f"{file}: {name} repairs the other's backup as the file itself", not differ, differ)


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
            for _ in range(10):
                visitor.get("/")
    mine = instance.figures()
    unequal_files = {title: unequal(mine[title], theirs[title], names) for title in mine if title in theirs}
    check("both measure every stored file alike", mine and not any(unequal_files.values()), {k: v for k, v in unequal_files.items() if v})
    missing = len(theirs) - len(mine)
    if missing:
        not_yet("fietscron measures what has no figures")
    instance.write("delete from track_cache")
    for row in kept:
        instance.write(f"insert into track_cache values ({', '.join('?' * len(row))})", *row)


# --- C: the original first


def original_makes(directory, original, keys, provider):
    directory.mkdir()
    instance = Instance(directory)
    instance.data.mkdir()
    instance.ini.write_text((FIXTURE / "production.ini").read_text())
    add_provider(instance, {"listen": f"127.0.0.1:{instance.port}"} | keys, provider)
    done = original.tool(instance, "fietsupdate", "update", "-f")
    check("fietsupdate of the original makes the database", done.returncode == 0, done)
    deeds.make_people(instance, original)
    with original.serving(instance):
        all = visitors(instance)
        deeds.befriend(instance, all)
        begun, tracks = deeds.upload_all(all)
        made = [file for file, expected in EXPECTED.items() if expected["points"] and tracks[file] is None]
        check("the original makes a track of every file with points", not made, made)
        deeds.talk(instance, all)
        check("an upload waits", deeds.upload(all["alice"], "track_with_speed.gpx"))
    return Made(instance, all, begun)


def same_rows(made, made_there):
    """What the same people did at the two instances stands in the same words in both databases."""
    mine, theirs, begun, begun_there = made.instance, made_there.instance, made.begun, made_there.begun
    fields = ["title", "date", "date-tz", "description", "visibility", "type"]
    timed = {file for file, expected in EXPECTED.items() if not expected["start_time"].startswith("1977")}
    for file in sorted(timed & begun.keys() & begun_there.keys()):
        same(f"{file}: the form begins with the same", *[{name: one[file].get(name) for name in fields} for one in (begun, begun_there)])
    titles = {title for (title,) in theirs.rows("select title from tracks")} & {title for (title,) in mine.rows("select title from tracks")}
    by_title = {
        "tracks": "select title, owner_id, date_raw, date_tz, visibility, type, replace(description, char(13), ''), typeof(transformers), length(link_secret) from tracks t where 1",
        "tags": "select title, tag from tags join tracks t on t.id = track_id where 1",
        "people": "select title, user_id from track_people_assoc join tracks t on t.id = track_id where 1",
        "badges": "select title, badge_id from track_badge_assoc join tracks t on t.id = track_id where 1",
        "stars": "select title, user_id from track_favourite_assoc join tracks t on t.id = track_id where 1",
        "comments": "select t.title, author_id, c.title, c.text, typeof(c.date), length(c.date) from comments c join tracks t on t.id = track_id where 1",
    }
    for name, statement in by_title.items():
        rows = [sorted(row for row in one.rows(statement + " order by 1, 2") if row[0] in titles) for one in (mine, theirs)]
        same(f"the same {name}", *rows)
    ours, original = mine.figures(), theirs.figures()
    for title in sorted(titles):
        same(f"{title}: the same figures", {}, unequal(ours[title], original[title], MEASURES + CLOCKS))
    kinds = [sorted(set(one.rows("select typeof(length), typeof(uphill), typeof(downhill), typeof(moving_time), typeof(max_speed), typeof(avg_speed) from track_cache"))) for one in (mine, theirs)]
    same("figures have the same types", *kinds)
    same("the schema is the same", schema_of_parts(mine), schema_of_parts(theirs))


def schema_of_parts(instance):
    """Names, types and rules of all columns; how a statement is spelt does not matter."""
    found = {}
    for kind, name, table, _ in instance.schema():
        if kind == "table":
            found[name] = sorted((column, type, must, bool(key)) for _, column, type, must, _, key in instance.rows(f"pragma table_info({name})"))
        else:
            found[name] = (kind, table, instance.rows(f"pragma index_info('{name}')"))
    return found


def ours_goes_on(made, ours, original):
    instance = made.instance
    with ours.serving(instance):
        all = visitors(instance)
        finished = deeds.finish(all["alice"], "/upload/{}".format(*instance.rows("select max(id) from uploads")[0]), {"title": "Waited"})
        check("ours finishes an upload of the original", isinstance(finished, str), finished)
        gone = instance.rows("select track_id from image_metadata")[0][0]
        check("ours deletes a track of the original, photos too", all["alice"].post(f"/track/{gone}/delete").status == 302 and not instance.track(gone).exists())
        new_link(instance, all["alice"], 1)
        before = instance.figures()
        if all["admin"].get("/track/1/edit").status == 404:
            not_yet("editing")
        else:
            for id, title in instance.rows("select id, title from tracks order by id"):
                edit(all["admin"], id, {"description": "Neu: äöü & <i>"}, f"ours edits {title}")
            same("an edit without another file leaves the figures", before, instance.figures())
            repaired(instance, all, "ours")
        answer = all["bob"].post("/track/5/comment", [("title", "Spät"), ("comment", "1 < 2 & äöü")])
        check("bob comments where ours serves now", answer.status == 302, answer)
    recomputed(instance, ours, original, names=MEASURES)
    people = new_password(instance, ours)
    with original.serving(instance):
        seen = Shown(instance, visitors(instance, people))
    broken = [key for key, status in seen.status.items() if status >= 500 and key[1] != "/admin/"]
    check("the original still shows everything", not broken and not seen.untold, (broken, seen.untold))
    lists(instance, ours, original)


# --- D: the maintenance mode


def maintenance(instance, ours, original):
    for setter, server in ((ours, original), (original, ours), (ours, ours)):
        visitor = Visitor(instance.port)
        with server.serving(instance):
            done = setter.tool(instance, "fietsctl", "maintenance-mode", "Zurück um <zwölf>")
            answer = visitor.get("/track/")
            check(f"{setter.name} takes the site down: {server.name} answers 503 with the reason", (done.returncode, answer.status) == (0, 503) and "Zurück um <zwölf>" in html.unescape(answer.text), (done, answer))
            told = [program.tool(instance, "fietsctl", "maintenance-mode") for program in (ours, original)]
            check("both tools tell the reason", all("Zurück um <zwölf>" in one.stdout and one.returncode == 0 for one in told), told)
            for program in (ours, original):
                check(f"fietscron of {program.name} does nothing", program.tool(instance, "fietscron").returncode == 0)
            done = setter.tool(instance, "fietsctl", "maintenance-mode", "--disable")
            answer = visitor.get("/track/")
            check(f"{setter.name} brings it back: {server.name} serves", (done.returncode, answer.status) == (0, 200), (done, answer))


# --- the fixture


def fixture(directory, ours, original, keys):
    instance = Instance.of_fixture(directory)
    instance.set(listen=f"127.0.0.1:{instance.port}", **keys)
    people = PEOPLE[:2]
    before = instance.schema(), instance.values()
    lists(instance, ours, original)
    answers(Instance.of_fixture(directory.with_name("fixture-for-tools")), ours, original)
    with ours.serving(instance):
        all = visitors(instance, people)
        seen_by_ours = Shown(instance, all)
    after = instance.schema(), instance.values()
    same("the schema stays what it was", after[0], before[0])
    same("no value is touched by being served", after[1], before[1])
    with original.serving(instance):
        who_is_known(all, "the original", "with cookies that ours made")
        seen_by_original = Shown(instance, all)
    shown_alike(instance, seen_by_ours, seen_by_original)
