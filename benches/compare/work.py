"""The kinds of work, each done by neighbours in turn, and what each ratio should be at least."""

import contextlib
import re
import shutil
import socket
import subprocess
import time

import rivals as rival
from visitor import Visitor

# A page that takes longer, in seconds, is asked for once in a round: that is its rate.
SLOW = 1.0


def drive(port, path, seconds, connections, headers=(), broken=True):
    """wrk against one address: requests a second, and milliseconds for the middle and the slowest per cent. Where
    nothing may be `broken`, every answer has to be a good one."""
    command = ["wrk", "-t2", f"-c{connections}", f"-d{seconds:.0f}s", "--latency", "--timeout", "30s"]
    for header in headers:
        command += ["-H", header]
    said = subprocess.run(
        [*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True
    ).stdout
    if not broken and re.search(r"Non-2xx|Socket errors", said):
        raise SystemExit(f"{path} on port {port} is not answered well:\n{said}")
    times = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}
    slow = {}
    for percent in ("50", "99"):
        value, unit = re.search(rf"^ +{percent}% +([\d.]+)(us|ms|s|m)$", said, re.M).groups()
        slow[percent] = float(value) * times[unit]
    return float(re.search(r"Requests/sec: +([\d.]+)", said)[1]), slow["50"], slow["99"]


def rounds(rivals, *turns):
    """Each turn once a round, another one first each time; the outcomes by turn."""
    outcomes = [[] for _ in turns]
    for number in range(rivals.rounds):
        for step in range(len(turns)):
            at = (number + step) % len(turns)
            outcomes[at].append(turns[at]())
    return outcomes


def pairs(ours, theirs, inverse=False):
    """Rates as they are; of times the inverse, so that more is better."""
    if inverse:
        return [(1 / our, 1 / their) for our, their in zip(ours, theirs)]
    return list(zip(ours, theirs))


def starts(rivals, table):
    """From the start of the process to its first answer."""

    def start(name):
        begin = time.monotonic()
        with rivals.serving(name):
            return time.monotonic() - begin

    ours, theirs = rounds(rivals, lambda: start("ours"), lambda: start("original"))
    table.add("start to first answer", "Fietsboek 0.11", 50, pairs(ours, theirs, True), "/s")


def commands(rivals, table):
    """The maintenance mode asked for, as a whole process."""

    def ask(program, site):
        return rival.command_time(program.bin / "fietsctl", "maintenance-mode", "-c", site.ini)

    ours, theirs = rounds(
        rivals,
        lambda: ask(rivals.ours, rivals.sites["ours"]),
        lambda: ask(rivals.original, rivals.sites["original"]),
    )
    table.add("`fietsctl maintenance-mode`", "Fietsboek 0.11", 300, pairs(ours, theirs, True), "/s")


def pages(rivals, table):
    """Pages, through the gate."""
    with rivals.serving("ours") as ours, rivals.serving("original") as original:
        ports = {name: site.port for name, site in rivals.sites.items()}
        known = {name: rival.logged_in(site) for name, site in rivals.sites.items()}
        stranger = {name: Visitor(port) for name, port in ports.items()}
        for work, path, who, least in (
            ("home, logged out", "/", stranger, 30),
            ("home, 2,000 tracks of one's own", "/", known, 50),
            ("browse, 10,000 tracks, with friends", "/track/", known, 50),
            ("track of 3,500 points", rivals.first_track, known, 30),
        ):

            def turn(name, process, path=path, who=who):
                used, begin = rival.processor(process.pid), time.monotonic()
                answer = who[name].get(path)
                once = time.monotonic() - begin
                if answer.status != 200:
                    raise SystemExit(f"{path} of {name}: {answer!r}")
                if once > SLOW:
                    spent = rival.processor(process.pid) - used
                    return 1 / once, once * 1e3, once * 1e3, spent * 1e3
                used = rival.processor(process.pid)
                rate, middle, slowest = drive(ports[name], path, rivals.seconds, 4, headers_of(who[name]), broken=False)
                spent = (rival.processor(process.pid) - used) / (rate * rivals.seconds) * 1e3
                return rate, middle, slowest, spent

            mine, theirs = rounds(rivals, lambda: turn("ours", ours), lambda: turn("original", original))
            table.add(
                work,
                "Fietsboek 0.11",
                least,
                pairs([one[0] for one in mine], [one[0] for one in theirs]),
                "/s",
                words_of(mine, theirs),
            )


def words_of(mine, theirs):
    """Latency and the processor's time of the middle round, here and there."""

    def middle(outcomes, at):
        return sorted(outcome[at] for outcome in outcomes)[len(outcomes) // 2]

    kinds = (("p50", 1), ("p99", 2), ("CPU", 3))
    return ", ".join(f"{what} {middle(mine, at):.2g} against {middle(theirs, at):.2g} ms" for what, at in kinds)


def headers_of(visitor):
    cookies = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    return ["Accept: text/html", *([f"Cookie: {cookies}"] if cookies else [])]


def downloads(rivals, table):
    """The stored file, and nginx with the same bytes as a file."""
    site = rivals.sites["ours"]
    files = rivals.directory / "files"
    files.mkdir()
    shutil.copy(next((site.data / "tracks").glob("*/track.gpx.br")), files / "track.br")
    flag = site.data / "MAINTENANCE"
    with rivals.serving("ours"), rival.nginx(rivals.directory, flag, files) as port:
        headers = [*headers_of(rival.logged_in(site)), "Accept-Encoding: br"]
        path = f"{rivals.first_track}/gpx"

        def turn(at, path):
            return drive(at, path, rivals.seconds, 8, headers, broken=False)[0]

        ours, theirs = rounds(rivals, lambda: turn(site.port, path), lambda: turn(port, "/track.br"))
    table.add("GPX download, stored br", "nginx, a file", 0.3, pairs(ours, theirs), "/s")


def uploads(rivals, table):
    """From the file to the finished track."""
    seeds = iter(range(1, 1_000))
    with rivals.serving("ours"), rivals.serving("original"):
        known = {name: rival.logged_in(site) for name, site in rivals.sites.items()}

        def turn(name):
            content = rival.gpx(next(seeds))
            begin = time.monotonic()
            rival.upload(known[name], content, "Another")
            return time.monotonic() - begin

        ours, theirs = rounds(rivals, lambda: turn("ours"), lambda: turn("original"))
    table.add("upload to track, 3,500 points", "Fietsboek 0.11", 10, pairs(ours, theirs, True), "/s")


LOOP = """
import pathlib, sys
import gpxpy
for path in sorted(pathlib.Path(sys.argv[1]).glob("*.gpx")):
    gpx = gpxpy.parse(path.read_text())
    gpx.get_moving_data(), gpx.get_uphill_downhill(), gpx.length_3d(), gpx.get_time_bounds(), gpx.to_xml()
"""


def imports(rivals, table):
    """A thousand files, against the original's engine in a loop over them: reading, figures, writing."""
    site = rivals.sites["ours"]
    ours, theirs = [], []
    for number in range(rivals.rounds):
        rides = rivals.directory / f"rides{number}"
        rival.write_rides(rides, 1_000, 1_000, 2 + number)
        importing = (rivals.ours.bin / "fietsctl", "track", "import", "-c", site.ini, "--user", "person1@example.org")
        ours.append(rival.command_time(*importing, rides))
        theirs.append(rival.command_time(rivals.python, "-c", LOOP, rides))
        shutil.rmtree(rides)
    table.add("import of 1,000 files of 1,000 points", "gpxpy in a loop", 20, pairs(ours, theirs, True), "/s")


def memory(rivals, table):
    """What each holds when nobody asks, and after pages, an upload and a map."""
    idle, busy, most = [], [], []
    for _ in range(rivals.rounds):
        with rivals.serving("ours") as ours, rivals.serving("original") as original:
            time.sleep(1)
            idle.append(held(rivals, ours, original))
            for site in rivals.sites.values():
                visitor = rival.logged_in(site)
                for path in ("/", "/track/", rivals.first_track, f"{rivals.first_track}/gpx", "/user/1"):
                    for _ in range(5):
                        visitor.get(path)
                rival.upload(visitor, rival.gpx(500 + len(idle)), "For its memory")
            time.sleep(1)
            busy.append(held(rivals, ours, original))
            most.append(held(rivals, ours, original, "VmHWM"))
    # Less is better.
    for work, least, outcomes in (
        ("memory, idle", 15, idle),
        ("memory, after use", 5, busy),
        ("memory, highest", 1, most),
    ):
        table.add(work, "Fietsboek 0.11 and Redis", least, [(1 / a, 1 / b) for a, b in outcomes], "/MiB")


def held(rivals, ours, original, line="VmRSS"):
    return rival.memory(ours.pid, line), rival.memory(original.pid, line) + rival.memory(rivals.store, line)


def maintenance(rivals, table):
    """The answer while the mode is on."""
    sites = rivals.sites
    for program, site in ((rivals.ours, sites["ours"]), (rivals.original, sites["original"])):
        program.tool(site, "fietsctl", "maintenance-mode", "Back at noon")
    # What was changed a moment ago is read anew for every answer; nobody needs to measure that.
    time.sleep(4)
    flag, headers = sites["ours"].data / "MAINTENANCE", ["Accept: text/html"]
    with contextlib.ExitStack() as stack:
        stack.enter_context(rivals.serving("ours"))
        stack.enter_context(rivals.serving("original"))
        off = rivals.second_site("ours", fietsboek__gate="off")
        stack.enter_context(rival.served(rivals.ours, off))
        size = answer_size(sites["ours"].port)
        bare = stack.enter_context(rival.bare(rivals, flag, size))
        nginx = stack.enter_context(rival.nginx(rivals.directory, flag, rivals.directory))
        ports = {
            "gate off": off.port,
            "gate on": sites["ours"].port,
            "bare tiny_http": bare,
            "Fietsboek 0.11": sites["original"].port,
            "nginx": nginx,
        }
        for connections in (8, 256):
            turns = [
                lambda port=port: drive(port, "/track/", rivals.seconds, connections, headers)[0]
                for port in ports.values()
            ]
            found = dict(zip(ports, rounds(rivals, *turns)))
            for against, least_off, least_on in (
                ("bare tiny_http", 0.95, 0.5),
                ("Fietsboek 0.11", 15, 8),
                ("nginx", 0.4, 0.25),
            ):
                for gate, least in (("gate off", least_off), ("gate on", least_on)):
                    work = f"503, {connections} connections, {gate}"
                    table.add(work, against, least, pairs(found[gate], found[against]), "/s")


def answer_size(port):
    """Bytes of a whole answer, head and body, as wrk asks for it."""
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"GET /track/ HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\nConnection: close\r\n\r\n")
        return sum(map(len, iter(lambda: client.recv(65536), b"")))
