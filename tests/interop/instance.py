"""An instance on disk, and the two programs that work on it, one after the other or in turns."""

import contextlib
import http.server
import os
import pathlib
import shutil
import socket
import sqlite3
import struct
import subprocess
import threading
import zlib

from visitor import wait_for

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURE = ROOT / "tests/data/fietsboek-0.11"
GPX = ROOT / "tests/data/gpx"
ENVIRONMENT = {"PATH": os.environ["PATH"], "TZ": "UTC", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}


class Instance:
    """INI file, database and data directory; whichever program serves it, the port is the same."""

    def __init__(self, directory, ini="fietsboek.ini"):
        self.directory, self.ini = pathlib.Path(directory), pathlib.Path(directory) / ini
        self.database, self.data = self.directory / "fietsboek.sqlite", self.directory / "data"
        self.port = free_port()

    @classmethod
    def of_fixture(cls, directory):
        """A copy of the instance that the original made long ago."""
        shutil.copytree(FIXTURE, directory)
        return cls(directory, "production.ini")

    def set(self, **keys):
        """Writes keys of the INI file anew, where they stand; dots are written as two underscores."""
        lines = self.ini.read_text().splitlines()
        for key, value in keys.items():
            key = key.replace("__", ".")
            at = next((n for n, line in enumerate(lines) if line.startswith(f"{key} =")), lines.index("[app:main]") + 1)
            lines[at : at + lines[at].startswith(f"{key} =")] = [f"{key} = {value}"]
        self.ini.write_text("\n".join(lines) + "\n")

    def use(self, keys, provider):
        """The keys that the original needs on this machine, and a map of the test's own."""
        layer = {"fietsboek__tile_layer__local__url": provider, "fietsboek__tile_layer__local": "Local"}
        self.set(**layer, fietsboek__default_tile_layers="", **keys)

    def rows(self, statement, *values):
        with contextlib.closing(sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=10)) as db:
            return db.execute(statement, values).fetchall()

    def write(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.database, timeout=10)) as db, db:
            db.execute(statement, values)

    def schema(self):
        """What the database is made of, but for what is ours alone."""
        ours = "name like 'x\\_%' escape '\\' or tbl_name like 'x\\_%' escape '\\'"
        return self.rows(f"select type, name, tbl_name, sql from sqlite_master where not ({ours}) order by 1, 2")

    def values(self):
        """Every row of every table of the original, with the types that SQLite keeps."""
        return {
            table: self.rows(
                f"select * from {table} order by 1, 2" if table != "alembic_version" else f"select * from {table}"
            )
            for (kind, table, _, _) in self.schema()
            if kind == "table"
        }

    def figures(self):
        """The cached figures by the title of their track, times and offsets as text."""
        names = [row[1] for row in self.rows("pragma table_info(track_cache)") if row[1] != "track_id"]
        columns = ", ".join(f"track_cache.{name}" for name in names)
        rows = self.rows(f"select title, {columns} from track_cache join tracks on tracks.id = track_id")
        return {title: dict(zip(names, values)) for title, *values in rows}

    def track(self, id):
        return self.data / "tracks" / str(id)


class Program:
    """One of the two: where its tools are, and what its server is called."""

    def __init__(self, name, bin, server):
        self.name, self.bin, self.server = name, pathlib.Path(bin), server

    def tool(self, instance, name, *arguments, given=""):
        return self.tool_alone(name, *arguments, "-c", instance.ini, given=given)

    def tool_alone(self, name, *arguments, given=""):
        return subprocess.run(
            [self.bin / name, *arguments], input=given, capture_output=True, text=True, env=ENVIRONMENT, timeout=120
        )

    @contextlib.contextmanager
    def serving(self, instance):
        """The site served by this program; what it logs is kept beside the instance."""
        log = instance.directory.parent / f"{instance.directory.name}.{self.name.split()[-1]}.log"
        with open(log, "ab") as out:
            server = subprocess.Popen([self.bin / self.server, instance.ini], stdout=out, stderr=out, env=ENVIRONMENT)
        try:
            if not wait_for(instance.port, lambda: server.poll() is None):
                raise AssertionError(f"{self.name} does not serve: {log.read_text()[-2000:]}")
            yield
        finally:
            server.terminate()
            try:
                server.wait(15)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def redis(directory):
    """What the original keeps its tiles in; nothing of it is written to a disk. Yields its URL."""
    path = pathlib.Path(directory) / "redis.sock"
    command = [
        "redis-server",
        "--port",
        "0",
        "--unixsocket",
        path,
        "--save",
        "",
        "--appendonly",
        "no",
        "--dir",
        directory,
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        yield f"unix://{path}"
    finally:
        server.terminate()
        server.wait(15)


@contextlib.contextmanager
def tiles():
    """A map provider on this machine: one grey tile for everything. Yields its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(TILE)))
            self.end_headers()
            self.wfile.write(TILE)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/{{z}}/{{x}}/{{y}}.png"
    finally:
        server.shutdown()


def png(side, colour):
    """A square of one colour."""

    def chunk(kind, content):
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    lines = (b"\0" + bytes(colour) * side) * side
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(lines)) + chunk(b"IEND", b"")


TILE = png(256, (221, 221, 221))
