"""What both programs show of one instance: their lists, and every page for everybody."""

import contextlib
import hashlib
import html
import io
import json
import re
import sqlite3
import zipfile

from report import check, not_yet, same

# Where ours answers otherwise on purpose: path, who, status of ours and of the original, and the reason.
ON_PURPOSE = [
    (r"/admin/", "admin", 200, 500, "D-08: the original's overview fails while the folder users/ is not there"),
]
# Bodies that are data, not pages: equal to the byte.
DATA = re.compile(r"/tile/.*\?stored$|/gpx$|/archive\?|/gpx\?|/images/|\.json$|preview\.gpx$|^/badge/")
ENCODINGS = ["identity", "br", "gzip", "gzip;q=0.5, br;q=0.4, identity;q=0", "*"]
QUERIES = [
    "", "sort=DATE_ASC", "sort=LENGTH_DESC", "sort=DURATION_ASC", "type[]=SYNTHETIC", "type[]=ORGANIC&type[]=SYNTHETIC",
    "search-terms=jezero", "search-terms=100%25", "tags=hike", "tags=Hike%26%26peak 1", "tagged-person=bob",
    "tagged-person=Alice%26%26Bob", "min-length=2", "max-length=4", "min-date=2010-08-01", "max-date=2010-12-14",
    "show-only[]=mine", "show-only[]=friends", "show-only[]=user-tagged", "favourite=true", "favourite=no",
]  # fmt: skip


PAGES = [
    "/", "/login", "/upload", "/track/", "/track/?page=2", "/track/999", "/track/x", "/track", "/login/", "/nothing",
    "/me", "/me/friends.json", "/me/summary.json", "/admin/", "/admin/badges/", "/create-account", "/password-reset",
    "/resend-verification", "/track/archive?track_id[]=1&track_id[]=2", "/track/archive?track_id[]=5", "/static/nothing",
]  # fmt: skip


def lists(instance, ours, original):
    """What the tools tell, to the byte."""
    for words in (["user", "list"], ["track", "list"]):
        told = [program.tool(instance, "fietsctl", *words) for program in (ours, original)]
        same(f"fietsctl {' '.join(words)}", *[(one.returncode, one.stdout) for one in told])
    told = original.tool(instance, "fietsupdate", "status")
    check("the original's fietsupdate has nothing to do", "All updates applied!" in told.stdout, told)


# What the tools are asked besides: what they say, on which stream, and how they end is an interface.
QUESTIONS = [
    ["fietsctl", "user", "add", "--email", "ALICE@example.org", "--name", "A", "--password", "x"],
    ["fietsctl", "user", "del", "-e", "nobody@example.org", "-f"],
    ["fietsctl", "user", "del", "-e", "bob@example.org"],
    ["fietsctl", "user", "modify", "-i", "99", "--admin"],
    ["fietsctl", "user", "modify", "-e", "alice@example.org", "--set-email", "Bob@example.org"],
    ["fietsctl", "user", "modify", "-e", "bob@example.org", "--verified", "--no-admin"],
    ["fietsctl", "user", "passwd", "-e", "bob@example.org", "--password", "bob-password-1"],
    ["fietsctl", "user", "hittekaart", "-i", "99"],
    ["fietsctl", "user", "hittekaart", "-e", "bob@example.org", "--delete"],
    ["fietsctl", "track", "del", "-i", "999", "-f"],
    ["fietsctl", "track", "del", "-i", "1"],
    ["fietsupdate", "status"],
    ["fietsupdate", "update", "-f"],
]


def answers(instance, ours, original):
    """The tools say the same; a question of theirs is answered with no."""
    for tool, *words in QUESTIONS:
        told = [program.tool(instance, tool, *words, given="n\n") for program in (ours, original)]
        # Ours ends the line of a question also where no terminal does it.
        said = [one.stdout.replace("[y/N]: \n", "[y/N]: ") for one in told]
        same(f"{tool} {' '.join(words)}", *[(one.returncode, text, one.stderr) for one, text in zip(told, said)])


def paths(instance, who):
    """Every page of the site; links with a secret are for strangers."""
    users = [id for (id,) in instance.rows("select id from users order by id")]
    all = list(PAGES)
    for id in users:
        all += [f"/user/{id}/", f"/user/{id}/graphs", f"/user/{id}/calendar/", f"/user/{id}/calendar/2024/2"]
        # The last two are empty where there is a map.
        all += [f"/user/{id}/tile/heatmap/{tile}" for tile in ("0/0/0", "1/0/1", "1/5/5")]
        all += [f"/user/{id}/tile/{tile}?stored" for tile in tiles_of(instance, id)]
        all.append(f"/user/{id}/tile/nothing/0/0/0")
    all += [f"/badge/{id}" for (id,) in instance.rows("select id from badges")] + ["/badge/999"]
    for (id,) in instance.rows("select id from uploads"):
        all += [f"/upload/{id}", f"/upload/{id}/preview.gpx"]
    for id, secret in instance.rows("select id, link_secret from tracks order by id"):
        all += [f"/track/{id}", f"/track/{id}/gpx", f"/track/{id}/edit"]
        if who == "stranger":
            all += [f"/track/{id}?secret={secret}", f"/track/{id}/gpx?secret={secret}", f"/track/{id}?secret=wrong"]
        all += [f"/track/{id}/images/{photo.name}" for photo in sorted(instance.track(id).glob("images/*"))]
    return all


def tiles_of(instance, user):
    """A tile of each zoom of each map that a user has."""
    found = []
    for file, map in (("heatmap.sqlite", "heatmap"), ("tilehunt.sqlite", "tilehunt")):
        path = instance.data / "users" / str(user) / file
        if path.exists():
            with contextlib.closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as db:
                rows = db.execute("select zoom, max(x), y from tiles group by zoom order by zoom")
                found += [f"{map}/{zoom}/{x}/{y}" for zoom, x, y in rows]
    return found


def draw_maps(instance, ours):
    """Ours draws both maps of somebody."""
    modes = ["--mode", "heatmap", "--mode", "tilehunter"]
    done = ours.tool(instance, "fietsctl", "user", "hittekaart", "-e", "alice@example.org", *modes)
    told = done.stdout.splitlines()[1:]
    check("ours draws the overlay maps", (done.returncode, told) == (0, ["Generated heatmap", "Generated tilehunter"]), done)
    ((user,),) = instance.rows("select id from users where email = 'alice@example.org'")
    tiles = tiles_of(instance, user)
    check("they have tiles of all zooms down to 16", len(tiles) == 2 * 17, tiles)


class Shown:
    """What one program, serving now, shows to everybody."""

    def __init__(self, instance, visitors):
        self.status, self.data, self.listed, self.packed = {}, {}, {}, {}
        self.untold = []
        titles = dict(instance.rows("select id, title from tracks"))
        for who, visitor in visitors.items():
            for path in paths(instance, who):
                answer = visitor.get(path)
                self.status[who, path] = answer.status
                if answer.status == 200 and DATA.search(path):
                    self.data[who, path] = content(path, answer)
                page = re.fullmatch(r"/track/(\d+)", path)
                if page and answer.status == 200:
                    self.untold += [(who, path)] * ((titles[int(page[1])] or "") not in html.unescape(answer.text))
            # Whoever sends no token is told so, and before that whoever may not.
            self.status[who, "no token"] = visitor.ask("POST", "/upload", b"").status
            for query in QUERIES if who in ("stranger", "alice", "bob") else QUERIES[:1]:
                self.listed[who, query] = browse(visitor, query)
        reader = visitors["alice"]
        for id in list(titles)[:3]:
            for wanted in ENCODINGS:
                answer = reader.get(f"/track/{id}/gpx", Accept_Encoding=wanted)
                packing = answer.headers.get("Content-Encoding")
                as_stored = answer.body == (instance.track(id) / "track.gpx.br").read_bytes()
                self.packed[id, wanted] = (answer.status, packing, as_stored)


def content(path, answer):
    """A file as it arrives. Ours names a badge's type, where the original says `text/html`, and says the
    file's name once more in the newer form.
    """
    kind = (answer.headers.get("Content-Type") or "").split(";")[0]
    name = (answer.headers.get("Content-Disposition") or "").split("; filename*")[0]
    body = answer.body
    if kind == "application/json":
        # A sum depends in its last digit on the order of what is added up, which nobody promises.
        figures = json.loads(body, parse_float=lambda digits: float(f"{float(digits):.12g}"))
        body = json.dumps(figures, sort_keys=True).encode()
    if kind == "application/zip":
        files = zipfile.ZipFile(io.BytesIO(body))
        body = b"".join(name.encode() + files.read(name) for name in sorted(files.namelist()))
    return hashlib.sha256(body).hexdigest()[:12], len(body), "" if path.startswith("/badge/") else kind, name


def browse(visitor, query):
    """The ids on all pages of the list, in their order."""
    ids = []
    for page in range(1, 20):
        text = visitor.get(f"/track/?{query}&page={page}").text
        found = [int(id) for id in re.findall(r'/track/(\d+)["?]', text)]
        fresh = list(dict.fromkeys(id for id in found if id not in ids))
        ids += fresh
        if len(fresh) < 20:
            break
    return ids


def shown_alike(instance, ours, original):
    """The two looks at one instance differ only where it is meant."""
    statuses = {}
    for (who, path), status in original.status.items():
        mine = ours.status[who, path]
        if mine == 404 and status != 404 and not re.match(r"/track/\d+(/gpx)?(\?|$)", path):
            not_yet(re.sub(r"\d+", "…", path.split("?")[0]))
        elif (mine, status) not in [(o, t) for p, w, o, t, _ in ON_PURPOSE if re.fullmatch(p, path) and w == who]:
            statuses[who, path] = mine, status
    same(
        "everybody may see the same pages",
        {k: v[0] for k, v in statuses.items()},
        {k: v[1] for k, v in statuses.items()},
    )
    for name, shown in (("ours", ours), ("the original", original)):
        on_purpose = [p for p, _, _, theirs, _ in ON_PURPOSE if theirs == 500 and shown is original]
        broken = [
            key
            for key, status in shown.status.items()
            if status >= 500 and not any(re.fullmatch(p, key[1]) for p in on_purpose)
        ]
        check(f"{name}: no page fails", not broken, broken)
        check(f"{name}: every track's page tells its title", not shown.untold, shown.untold)
    same(
        "files and data are equal to the byte",
        {k: v for k, v in ours.data.items() if k in original.data},
        {k: v for k, v in original.data.items() if k in ours.data},
    )
    same("files come in the same encodings", ours.packed, original.packed)
    same(
        "everybody finds the same tracks", *[{k: sorted(v) for k, v in one.listed.items()} for one in (ours, original)]
    )
    lone = {key for key in ours.listed if "DATE" in key[1] or not key[1]}
    same(
        "lists by date have the same order",
        *[{k: dates(instance, v) for k, v in one.listed.items() if k in lone} for one in (ours, original)],
    )


def dates(instance, ids):
    """The list as it can be compared: equal dates may stand in any order."""
    at = dict(instance.rows("select id, date_raw from tracks"))
    return [at[id] for id in ids]
