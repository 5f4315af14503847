"""An instance that ours makes, and the original goes on with."""

import deeds
from compare import Shown, lists
from deeds import EXPECTED, Made, visitors
from figures import MEASURES, TRANSFORMED, expected_figures, recomputed, unequal
from instance import Instance
from report import check, not_yet, same
from swap import edit, new_link, new_password, repaired


def ours_makes(directory, ours, keys, provider):
    instance = Instance(directory)
    made = ours.tool_alone("fietsctl", "init", directory, "--listen", f"127.0.0.1:{instance.port}")
    check("fietsctl init", made.returncode == 0, made)
    instance.use(keys, provider)
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


def transformed(instance, all, tracks):
    """Each file once more with one of the repairs."""
    repairs = ["fix-null-elevation", "fix-elevation-jumps", "remove-breaks"]
    for number, (file, expected) in enumerate(sorted(EXPECTED.items())):
        repair = repairs[number % 3]
        wanted = TRANSFORMED.get(f"{file}|{repair}", {})
        if expected["points"] < 2 or "error" in wanted:
            continue
        title = f"{file} {repair}"
        made = deeds.finish(
            all["alice"],
            deeds.upload(all["alice"], file),
            {"title": title, "visibility": "LOGGED_IN", f"transformer[{repair}]": "on"},
        )
        row = instance.figures().get(title, dict.fromkeys(MEASURES))
        differ = unequal(row, row | wanted, [name for name in MEASURES if name in wanted])
        check(f"{file}: figures after {repair} as expected", not differ, (made, differ))


def tags_in_capitals(instance, all):
    made = deeds.finish(
        all["zoë"],
        deeds.upload(all["zoë"], "track_with_speed.gpx"),
        {"title": "Tags", "tag[]": ["Hike", "hike", "HIKE", "Übung", "übung"]},
    )
    check("Zoë has a track", isinstance(made, str), made)
    tags = instance.rows("select tag from tags join tracks on id = track_id where title = 'Tags'")
    check("a tag in several capitalisations is one tag", set(tags) == {("Hike",), ("Übung",)}, tags)


def photos(instance):
    found = [photo.read_bytes() for photo in instance.data.glob("tracks/*/images/*")]
    if not found:
        return not_yet("photos in the form")
    check("photos are kept to the byte", set(found) == {deeds.PHOTO}, len(found))
    rows = instance.rows("select distinct description from image_metadata")
    check("photos have their descriptions", rows == [("Der Gipfel",)], rows)


def original_goes_on(made, ours, original):
    instance = made.instance
    recomputed(instance, ours, original)
    before = instance.figures()
    with original.serving(instance):
        all = visitors(instance)
        for id, title in instance.rows("select id, title from tracks order by id"):
            edit(all["admin"], id, {"description": "Neu: äöü & <i>"}, f"the original edits {title}")
        same("an edit without another file leaves the figures", before, instance.figures())
        deeds.finish_waiting(instance, all["alice"])
        repaired(instance, all, "the original")
        new_link(instance, all["alice"], 1)
        deeds.delete(
            instance, all["alice"], instance.rows("select max(id) from tracks where title like '%breaks'")[0][0]
        )
    recomputed(instance, ours, original, names=MEASURES)
    people = new_password(instance, original)
    with ours.serving(instance):
        seen = Shown(instance, visitors(instance, people))
    broken = [key for key, status in seen.status.items() if status >= 500]
    check("ours shows what the original edited", not broken and not seen.untold, (broken, seen.untold))
    lists(instance, ours, original)
