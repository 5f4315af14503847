"""The same life for every instance: people, files, forms, comments, stars, through the pages alone."""

import json

from instance import GPX, png
from report import check, not_yet
from visitor import Visitor, with_values

EXPECTED = json.loads((GPX / "metrics.expected.json").read_text())
VISIBILITIES = ["PRIVATE", "FRIENDS", "FRIENDS_TAGGED", "LOGGED_IN", "PUBLIC"]
DESCRIPTION = "Größe **fett** & <b>mehr</b>:\r\n\r\n- eins\r\n- [zwei](https://example.org/?a=1&b=2)\r\n"
PHOTO = png(8, (20, 120, 40))
# Name, address, password; the last one administers.
PEOPLE = [
    ("Alice", "alice@example.org", "alice-password-1"),
    ("Bob", "bob@example.org", "bob-password-1"),
    ("Zoë Grün & Söhne", "zoe@example.org", "Paßwörter 中文"),
    ("Admin", "admin@example.org", "admin-password-1"),
]


class Made:
    """An instance with the people who were at it, and what their forms began with."""

    def __init__(self, instance, all, begun):
        self.instance, self.all, self.begun = instance, all, begun


def make_people(instance, program):
    for name, email, password in PEOPLE:
        made = program.tool(
            instance, "fietsctl", "user", "add", "--email", email, "--name", name, "--password", password,
            *["--admin"] * (name == "Admin"),
        )  # fmt: skip
        check(f"{program.name}: fietsctl user add {email}", made.returncode == 0, made)


def visitors(instance, people=PEOPLE):
    """Everybody logged in at whatever serves now, and a stranger."""
    all = {"stranger": Visitor(instance.port)}
    for name, email, password in people:
        visitor = Visitor(instance.port, name.split()[0].lower())
        answer = visitor.log_in(email, password, remember=True)
        check(f"{email} logs in", answer.status == 302 and visitor.is_known(), answer)
        all[visitor.name] = visitor
    return all


def befriend(instance, all):
    """Alice and Bob become friends; and there is a badge."""
    asked = all["alice"].post("/me/send-friend-request", [("friend-email", "bob@example.org")])
    if asked.status == 404:
        not_yet("/me/send-friend-request")
        instance.write("insert into friends_assoc (user_1_id, user_2_id) values (1, 2)")
    else:
        all["bob"].post("/me/send-friend-request", [("friend-email", "alice@example.org")])
    made = all["admin"].post("/admin/badges/add", [("badge-title", "Gipfel")], [("badge-image", "b.png", PHOTO)])
    if made.status == 404:
        not_yet("/admin/badges/add")
        instance.write("insert into badges (title, image) values ('Gipfel', ?)", PHOTO)
    friends, badges = instance.rows("select * from friends_assoc"), instance.rows("select title, image from badges")
    check(
        "alice and bob are friends, and there is a badge",
        (friends, badges) == ([(1, 2)], [("Gipfel", PHOTO)]),
        (friends, badges),
    )


def upload(visitor, file, content=None):
    """Sends a file; its form's path, or none when it was refused."""
    answer = visitor.post("/upload", [], [("gpx", file, (GPX / file).read_bytes() if content is None else content)])
    place = answer.location
    return place if answer.status == 302 and place.removeprefix("/upload/").isdigit() else None


def finish(visitor, place, values, files=()):
    """Sends the form with some fields of it written anew; the track's path, or the answer when there is none."""
    answer = visitor.post(place, with_values(visitor.form(place), values), files or [("image[0]", "", b"")])
    return answer.location if answer.status == 302 and answer.location.startswith("/track/") else answer


def finish_waiting(instance, visitor):
    """Finishes the upload that the other program took."""
    ((id,),) = instance.rows("select max(id) from uploads")
    made = finish(visitor, f"/upload/{id}", {"title": "Waited"})
    check("an upload is finished that the other program took", isinstance(made, str), made)


def delete(instance, visitor, id):
    answer = visitor.post(f"/track/{id}/delete")
    left = instance.rows("select id from tracks where id = ?", id), instance.track(id).exists()
    check("a track is deleted that the other program made", (answer.status, left) == (302, ([], False)), (answer, left))


def values_for(number, file):
    """What is typed into the form of a file: each visibility, each kind, umlauts, capitals."""
    values = {
        "title": f"{file} – Größe <{number}> & mehr",
        "visibility": VISIBILITIES[number % 5],
        "type": "SYNTHETIC" if number % 7 == 6 else "ORGANIC",
        "description": DESCRIPTION,
        "tag[]": ["Hike", "Übung", f"Peak {number % 3}"],
    }
    if EXPECTED[file]["start_time"].startswith("1977"):
        # Without times the form begins with the present moment: another one for each program.
        values |= {"date": "2024-02-29T12:34", "date-tz": "-210"}
    if number % 3 == 0:
        values["tagged-friend[]"] = "2"
    if number % 4 == 0:
        values["badge[]"] = "1"
    return values


def upload_all(all):
    """Every file, finished as Alice: what the form began with, and the track's path or none."""
    begun, tracks = {}, {}
    for number, file in enumerate(sorted(EXPECTED)):
        place = upload(all["alice"], file)
        if place is None:
            tracks[file] = None
            continue
        begun[file] = dict(all["alice"].form(place))
        photos = [("image[0]", "Größe.png", PHOTO)] if number % 5 == 1 else []
        values = values_for(number, file) | ({"image-description[0]": "Der Gipfel"} if photos else {})
        made = finish(all["alice"], place, values, photos)
        tracks[file] = made if isinstance(made, str) else None
        if tracks[file] is None:
            all["alice"].post(f"{place}/cancel")
    return begun, tracks


def talk(instance, all):
    """Bob comments and stars what is public; Zoë comments too, where she may."""
    for (id,) in instance.rows("select id from tracks where visibility = 'PUBLIC' order by id"):
        for name in ("bob", "zoë"):
            answer = all[name].post(
                f"/track/{id}/comment", [("title", "Schön!"), ("comment", "Größe *kursiv* <b>&</b>")]
            )
            check(f"{name} comments on track {id}", answer.status == 302, answer)
        answer = all["bob"].post("/me/toggle-favourite", [("track-id", str(id))], accept="*/*")
        check(f"bob stars track {id}", answer.status == 200 and json.loads(answer.body) == {"favourite": True}, answer)
