"""Who is compared: an instance for each, filled alike, and the programs that serve it."""

import contextlib
import datetime
import json
import math
import os
import pathlib
import shutil
import sqlite3
import subprocess
import time

from instance import ENVIRONMENT, ROOT, Instance, Program, free_port, redis, tiles
from visitor import Visitor, wait_for, with_values

POINTS = 3_500
TRACKS = 10_000
DIARY = 2_000
PEOPLE = 21
DIARIST = ("Diarist", "diarist@example.org", "diarist-password-1")
TICKS = os.sysconf("SC_CLK_TCK")


def gpx(seed, points=POINTS):
    """A ride of so many points, another one for each seed."""
    begin = datetime.datetime(2024, 5, 1, 8, tzinfo=datetime.timezone.utc)
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append('<gpx version="1.1" creator="compare" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>')
    for n in range(points):
        lat = 49 + seed / 1000 + n / 40_000 + math.sin(n / 90) / 700
        lon = 8 + n / 30_000 + math.cos(n / 70) / 900
        at = (begin + datetime.timedelta(seconds=3 * n)).strftime("%Y-%m-%dT%H:%M:%SZ")
        ele = 200 + 80 * math.sin(n / 200) + math.sin(n * 1.7)
        lines.append(f'<trkpt lat="{lat:.7f}" lon="{lon:.7f}"><ele>{ele:.1f}</ele><time>{at}</time></trkpt>')
    lines.append("</trkseg></trk></gpx>")
    return "\n".join(lines).encode()


class Rivals:
    """Ours and the original, each over a copy of one instance, and what else there is to compare with."""

    def __init__(self, directory, venv, rounds, seconds):
        self.directory, self.rounds, self.seconds = directory, rounds, seconds
        self.binary, self.bare_binary = build()
        names = directory / "bin"
        names.mkdir()
        for name in ("fietsboek-serve", "fietsctl", "fietscron", "fietsupdate"):
            (names / name).symlink_to(self.binary)
        self.ours = Program("ours", names, "fietsboek-serve")
        self.original = Program("the original", venv / "bin", "pserve")
        self.python = venv / "bin/python"
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        store = self.stack.enter_context(redis(self.directory))
        self.store = child_of(os.getpid(), "redis-server")
        # Without tiles the original takes no upload.
        provider = self.stack.enter_context(tiles())
        first = self.make(self.directory / "ours", store, provider)
        shutil.copytree(first.directory, self.directory / "original")
        self.sites = {"ours": first, "original": Instance(self.directory / "original")}
        for site in self.sites.values():
            site.set(listen=f"127.0.0.1:{site.port}")
        return self

    def __exit__(self, *_):
        self.stack.close()

    def make(self, place, store, provider):
        """An instance with a track of real points, and the rows of ten thousand."""
        self.ours.tool_alone("fietsctl", "init", str(place))
        instance = Instance(place)
        instance.use({"redis__url": store, "listen": f"127.0.0.1:{instance.port}"}, provider)
        for name, email, password in [DIARIST] + [
            (f"Person {n}", f"person{n}@example.org", f"person-password-{n}") for n in range(1, PEOPLE)
        ]:
            self.ours.tool(
                instance, "fietsctl", "user", "add", "--email", email, "--name", name, "--password", password
            )
        with self.ours.serving(instance):
            self.first_track = upload(logged_in(instance), gpx(0), "The first")
        fill(instance)
        return instance

    def second_site(self, name, **keys):
        """The same instance behind another INI file, with another port."""
        site = self.sites[name]
        other = Instance(site.directory, "second.ini")
        shutil.copy(site.ini, other.ini)
        other.set(listen=f"127.0.0.1:{other.port}", **keys)
        return other

    def serving(self, name, **keys):
        """One of the two over its instance, with keys of the INI file changed. Yields the process."""
        site = self.sites[name]
        site.set(**keys)
        return served({"ours": self.ours, "original": self.original}[name], site)


def build():
    """The release build, and the bare loop that the bench of the maintenance mode brings."""
    command = ["cargo", "bench", "--no-run", "--bench", "maintenance", "--message-format=json"]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout
    made = {}
    for line in said.splitlines():
        message = json.loads(line)
        if message.get("executable"):
            made[message["target"]["name"]] = pathlib.Path(message["executable"])
    return made["fietsboek"], made["maintenance"]


@contextlib.contextmanager
def served(program, site):
    server = subprocess.Popen(
        [program.bin / program.server, site.ini],
        stdout=subprocess.DEVNULL,
        stderr=open(site.directory.parent / f"{site.directory.name}.log", "ab"),
        env=ENVIRONMENT,
    )
    try:
        # A pause as long as a start would be measured in its place.
        if not wait_for(site.port, lambda: server.poll() is None, pause=0.001):
            raise SystemExit(f"{program.name} does not serve, see its log")
        yield server
    finally:
        server.terminate()
        server.wait(20)


@contextlib.contextmanager
def bare(rivals, flag, size):
    """A bare tiny_http loop that looks at the flag and sends so many bytes. Yields its port."""
    server = subprocess.Popen([rivals.bare_binary, "--bare", flag, str(size)], stdout=subprocess.PIPE, text=True)
    try:
        yield int(server.stdout.readline().rsplit(":", 1)[1])
    finally:
        server.kill()
        server.wait()


@contextlib.contextmanager
def nginx(directory, flag, files):
    """nginx as it is usually made to do this: 503 while the flag stands, else files. Yields its port."""
    port, place = free_port(), directory / "nginx"
    place.mkdir(exist_ok=True)
    (place / "503.html").write_text("<h1>Back at noon</h1>\n" + "x" * 2_000)
    (place / "nginx.conf").write_text(f"""
user root; daemon off; worker_processes auto; pid {place}/pid; error_log {place}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; sendfile on; keepalive_requests 100000000;
  client_body_temp_path {place}/1; proxy_temp_path {place}/2; fastcgi_temp_path {place}/3;
  uwsgi_temp_path {place}/4; scgi_temp_path {place}/5;
  server {{
    listen 127.0.0.1:{port};
    error_page 503 @off;
    location @off {{ root {place}; rewrite ^ /503.html break; }}
    location / {{ if (-f {flag}) {{ return 503; }} root {files}; }}
  }}
}}
""")
    server = subprocess.Popen(["nginx", "-c", place / "nginx.conf"], stderr=subprocess.DEVNULL)
    try:
        wait_for(port, lambda: server.poll() is None)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def logged_in(site, who=DIARIST):
    visitor = Visitor(site.port)
    _, email, password = who
    if visitor.log_in(email, password).status != 302:
        raise SystemExit(f"{email} cannot log in")
    return visitor


def upload(visitor, content, title):
    """From the file to the track, as a browser without scripts does it; the track's path."""
    sent = visitor.post("/upload", [], [("gpx", "ride.gpx", content)])
    fields = with_values(visitor.form(sent.location), {"title": title})
    made = visitor.post(sent.location, fields)
    if made.status != 302 or not made.location.startswith("/track/"):
        raise SystemExit(f"no track came of an upload: {sent!r} {made!r}")
    return made.location


def fill(instance):
    """The rows of many tracks, tags and friendships round the first track. They have no files: no page of lists asks."""
    begin = datetime.datetime(2015, 1, 1, 8)
    with contextlib.closing(sqlite3.connect(instance.database)) as db, db:
        friends = [(1, other) for other in range(2, 12)]
        db.executemany("insert into friends_assoc (user_1_id, user_2_id) values (?, ?)", friends)
        cache = [row[1] for row in db.execute("pragma table_info(track_cache)")][1:]
        figures = dict(zip(cache, db.execute(f"select {', '.join(cache)} from track_cache").fetchone()))
        for id in range(2, TRACKS + 1):
            owner = 1 if id <= DIARY else 2 + id % (PEOPLE - 1)
            at = begin + datetime.timedelta(hours=9 * id)
            visibility = ("PUBLIC", "FRIENDS", "LOGGED_IN", "PRIVATE", "FRIENDS_TAGGED")[id % 5]
            day = at.strftime("%Y-%m-%d %H:%M:%S.%f")
            db.execute(
                "insert into tracks (id, owner_id, title, description, date_raw, date_tz, visibility, link_secret, type,"
                " transformers) values (?, ?, ?, '', ?, 0, ?, ?, 'ORGANIC', '[]')",
                (id, owner, f"Ride {id}", day, visibility, f"secret{id}"),
            )
            row = figures | {"length": 1_000.0 + id * 7, "start_time_raw": day, "end_time_raw": day}
            marks = ", ".join("?" * (len(cache) + 1))
            db.execute(f"insert into track_cache (track_id, {', '.join(cache)}) values ({marks})", (id, *row.values()))
            db.execute("insert into tags (track_id, tag) values (?, ?)", (id, f"tag {id % 300}"))
            db.execute("insert into track_people_assoc (track_id, user_id) values (?, ?)", (id, 1 + id % PEOPLE))


def child_of(parent, name):
    """The process of that name that a process started."""
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            # The name stands in parentheses and may hold anything.
            own, rest = (entry / "stat").read_text().rsplit(")", 1)
            if own.split("(", 1)[1].startswith(name) and int(rest.split()[1]) == parent:
                return int(entry.name)
    raise SystemExit(f"{name} does not run")


def memory(pid, line="VmRSS"):
    """MiB of a process: what it has, or with `VmHWM` what it has had at most."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(found.split()[1] for found in status if found.startswith(line))) / 1024


def processor(pid):
    """Seconds of the processor that a process has taken."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def command_time(*command):
    """Seconds of a whole process."""
    begin = time.monotonic()
    subprocess.run(command, env=ENVIRONMENT, stdout=subprocess.DEVNULL, check=True)
    return time.monotonic() - begin


def write_rides(directory, count, points, seed):
    """A folder of rides for an import; no two are alike, and none is of another folder."""
    directory.mkdir()
    for n in range(count):
        (directory / f"{n}.gpx").write_bytes(gpx(seed + n / count, points))
