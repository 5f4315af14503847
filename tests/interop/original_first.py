"""An instance that the original makes, and one that it made long ago, and ours goes on with."""

import deeds
from compare import Shown, answers, draw_maps, lists, shown_alike
from deeds import EXPECTED, PEOPLE, Made, visitors
from figures import CLOCKS, MEASURES, recomputed, unequal
from instance import FIXTURE, Instance
from report import check, not_yet, same
from swap import edit, new_link, new_password, repaired, who_is_known


def original_makes(directory, original, keys, provider):
    directory.mkdir()
    instance = Instance(directory)
    instance.data.mkdir()
    instance.ini.write_text((FIXTURE / "production.ini").read_text())
    instance.use({"listen": f"127.0.0.1:{instance.port}"} | keys, provider)
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
        # The original drops the seconds of the date; ours may keep them.
        shown = [{name: one[file].get(name, "") for name in fields} for one in (begun, begun_there)]
        same(f"{file}: the form begins with the same", *[one | {"date": one["date"][:16]} for one in shown])
    titles = set(theirs.rows("select title from tracks")) & set(mine.rows("select title from tracks"))
    by_title = {
        "tracks": "select title, owner_id, substr(date_raw, 1, 16), length(date_raw), date_tz, visibility, type, "
        # Line breaks are stored as \n by ours, and as the form sends them by the original.
        "replace(description, char(13), ''), typeof(transformers), length(link_secret) from tracks t where 1",
        "tags": "select title, tag from tags join tracks t on t.id = track_id where 1",
        "people": "select title, user_id from track_people_assoc join tracks t on t.id = track_id where 1",
        "badges": "select title, badge_id from track_badge_assoc join tracks t on t.id = track_id where 1",
        "stars": "select title, user_id from track_favourite_assoc join tracks t on t.id = track_id where 1",
        "comments": "select t.title, author_id, c.title, c.text, typeof(c.date), length(c.date) from comments c "
        "join tracks t on t.id = track_id where 1",
    }
    for name, statement in by_title.items():
        rows = [sorted(row for row in one.rows(statement) if row[:1] in titles) for one in (mine, theirs)]
        same(f"the same {name}", *rows)
    ours, original = mine.figures(), theirs.figures()
    for (title,) in sorted(titles):
        same(f"{title}: the same figures", {}, unequal(ours[title], original[title], MEASURES + CLOCKS))
    types = "select distinct typeof(length), typeof(uphill), typeof(moving_time), typeof(max_speed) from track_cache"
    same("figures have the same types", *[sorted(one.rows(types)) for one in (mine, theirs)])
    same("the schema is the same", schema_of_parts(mine), schema_of_parts(theirs))


def schema_of_parts(instance):
    """Names, types and rules of all columns; how a statement is spelt does not matter."""
    found = {}
    for kind, name, table, _ in instance.schema():
        if kind == "table":
            found[name] = sorted(
                (column, type, must, bool(key))
                for _, column, type, must, _, key in instance.rows(f"pragma table_info({name})")
            )
        else:
            found[name] = (kind, table, instance.rows(f"pragma index_info('{name}')"))
    return found


def ours_goes_on(made, ours, original):
    instance, schema = made.instance, made.instance.schema()
    with ours.serving(instance):
        all = visitors(instance)
        deeds.finish_waiting(instance, all["alice"])
        deeds.delete(instance, all["alice"], instance.rows("select track_id from image_metadata")[0][0])
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
    same("the schema stays what it was", instance.schema(), schema)
    lists(instance, ours, original)


def fixture(directory, ours, original, keys):
    instance = Instance.of_fixture(directory)
    instance.set(listen=f"127.0.0.1:{instance.port}", **keys)
    people = PEOPLE[:2]
    before = instance.schema(), instance.values()
    lists(instance, ours, original)
    answers(Instance.of_fixture(directory.with_name("fixture-for-tools")), ours, original)
    draw_maps(instance, ours)
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
