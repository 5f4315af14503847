"""Instances that are served for a part of the run, each on a free port with a folder of its own."""

import contextlib
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile

from report import check

ROOT = pathlib.Path(__file__).resolve().parents[2]
GPX = ROOT / "tests/data/gpx"
SCRIPTED = "title: Scripted\nlink-name: Scripted\nslug: scripted\n\n<script>document.title = 'ran'</script> Words\n"
OWN_PAGE = "title: About us\nlink-name: About us\nslug: about\nindex: 1\n\n# Who we are\n\nWe <b>ride</b>.\n"
EMPTY_PASSWORD = "an-empty-house"


class Site:
    """A copy of the instance that Fietsboek 0.11 made, served on a free port."""

    def __init__(self, binary):
        self.binary = binary
        self.path = pathlib.Path(tempfile.mkdtemp())
        self.make()
        self.log = self.path / "log"
        self.serve()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def make(self):
        shutil.copytree(ROOT / "tests/data/fietsboek-0.11", self.path, dirs_exist_ok=True)
        self.ini = self.path / "production.ini"
        (self.path / "about.md").write_text(OWN_PAGE)
        (self.path / "scripted.md").write_text(SCRIPTED)
        self.set("listen = 127.0.0.1:6543", "listen = 127.0.0.1:0")
        self.set("[app:main]", f"[app:main]\nfietsboek.pages = {self.path}/about.md {self.path}/scripted.md")

    def set(self, old, new):
        """Changes the INI file: a text that must stand there."""
        text = self.ini.read_text()
        assert old in text, f"{old} is not in {self.ini}"
        self.ini.write_text(text.replace(old, new))

    def serve(self):
        command = [self.binary, "serve", "-q", self.ini]
        with self.log.open("a") as log:
            self.server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True)
        self.base = self.server.stdout.readline().split()[-1]

    def ctl(self, *arguments):
        subprocess.run([self.binary, "ctl", *arguments], check=True, stdout=subprocess.DEVNULL)

    def maintenance(self, *arguments):
        self.ctl("maintenance-mode", "-c", self.ini, *arguments)

    def rows(self, statement, *values):
        with contextlib.closing(sqlite3.connect(self.path / "fietsboek.sqlite", timeout=10)) as db:
            return db.execute(statement, values).fetchall()

    def stop(self):
        self.server.terminate()
        code = self.server.wait(15)
        self.server.stdout.close()
        check("the server ends with 0", code == 0, code)

    def close(self):
        self.stop()
        log = self.log.read_text()
        check("the log holds nothing but mails", " ERROR " not in log and " WARN " not in log, log[-2000:])
        shutil.rmtree(self.path)


class New(Site):
    """An instance with nothing in it but an account."""

    def make(self):
        self.ini = self.path / "fietsboek.ini"
        self.prepare("127.0.0.1:0", "http://127.0.0.1")
        self.add("first@example.org", "First", EMPTY_PASSWORD)

    def prepare(self, here, url):
        """Without map layers: no test asks the map servers of the world for anything."""
        self.ctl("init", "--listen", here, "--url", url, self.path)
        self.set("[app:main]", "[app:main]\nfietsboek.default_tile_layers =")

    def add(self, email, name, password):
        self.ctl("user", "add", "-c", self.ini, "--email", email, "--name", name, "--password", password)


class Open(New):
    """A new instance where visitors make their own accounts, and mail goes to a server. `url` is what visitors type, if
    a proxy stands in front."""

    def __init__(self, binary, mail, url=None):
        self.mail, self.url = mail, url
        super().__init__(binary)

    def make(self):
        self.ini = self.path / "fietsboek.ini"
        here = f"127.0.0.1:{free_port()}"
        self.prepare(here, self.url or f"http://{here}")
        self.set("enable_account_registration = false", "enable_account_registration = true")
        self.set("email.smtp_url = debug://", f"email.smtp_url = smtp://127.0.0.1:{self.mail.port}")


def free_port():
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
