"""The settings of the manual's REVERSE PROXY, filled in with free ports, tried over real https."""

import contextlib
import http.client
import json
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse

BINARY = sys.argv[1]
MANUAL = pathlib.Path(__file__).resolve().parents[2] / "man/fietsboek.7"
HOST = "rides.example.org"
AROUND = """
daemon off;
user root;
pid {here}/nginx.pid;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
{example}
}}
"""
POINTS = "".join(f'<trkpt lat="48.{n:04}" lon="7.5"><time>2025-11-24T10:00:{n:02}Z</time></trkpt>' for n in range(60))
LARGE = 60 << 20
passed = failed = 0


def check(what, holds, seen=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}\n{str(seen)[:1000]}")


def examples():
    """The literal displays of the section, by their first line; as the reader sees them."""
    section = MANUAL.read_text().split(".Sh REVERSE PROXY\n")[1].split("\n.Sh ")[0]
    shown = re.findall(r"^\.Bd -literal.*?\n(.*?)\n\.Ed$", section, re.M | re.S)
    shown = [text.replace("\\-", "-").replace("\\&", "").replace("\\e", "\\") for text in shown]
    nginx = next(text for text in shown if text.startswith("server {"))
    over_tcp = next(text for text in shown if "trusted_proxy = 127.0.0.1" in text)
    over_unix = next(text for text in shown if "unix_socket = " in text)
    line = re.search(r"proxy_pass http://unix:\S+?;", section.replace("\\&", ""))
    assert line, "the line for a Unix socket is not there"
    return nginx, over_tcp, over_unix, line[0]


def replaced(text, old, new):
    assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in\n{text}"
    return text.replace(old, new)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(holds):
    until = time.monotonic() + 20
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


def ctl(ini, *words, stdin=None):
    return subprocess.run([BINARY, "ctl", "-c", ini, *words], input=stdin, text=True, check=True, capture_output=True)


@contextlib.contextmanager
def running(command, is_ready, log):
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        assert wait_for(lambda: process.poll() is not None or is_ready()) and process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(20)


def settings(here, example):
    """What the manual says, under the sections of the INI file that `fietsctl init` makes."""
    ini = here / "site/fietsboek.ini"
    subprocess.run([BINARY, "ctl", "init", here / "site"], check=True, capture_output=True)
    text = re.sub(r"(?m)^(listen|fietsboek\.base_url) = .*\n", "", ini.read_text())
    for section, lines in re.findall(r"^\[(.+?)\]\n(.*?)(?=^\[|\Z)", example, re.M | re.S):
        text = replaced(text, f"[{section}]\n", f"[{section}]\n{lines.strip()}\n")
    ini.write_text(text)
    ctl(ini, "user", "add", "--email", "zoe@example.org", "--name", "Zoe", "--password-stdin", stdin="zoe-password-1\n")
    return ini


class Visitor:
    def __init__(self, port):
        self.port, self.cookies, self.set = port, {}, []

    def ask(self, method, path, body=None, **headers):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        if method == "POST":
            # As browsers do.
            headers["Origin"] = f"https://{HOST}:{self.port}"
        headers = {"Host": f"{HOST}:{self.port}", "Accept": "text/html", **({"Cookie": jar} if jar else {}), **headers}
        connection.request(method, path, body, headers)
        reply = connection.getresponse()
        reply.body = reply.read().decode(errors="replace")
        connection.close()
        self.set = reply.headers.get_all("Set-Cookie") or []
        for line in self.set:
            name, _, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return reply

    def post(self, path, fields, **headers):
        body = urllib.parse.urlencode({**fields, "csrf_token": self.cookies.get("csrf_token", "")})
        return self.ask("POST", path, body, Content_Type="application/x-www-form-urlencoded", **headers)

    def upload(self, gpx):
        part = lambda name, more, value: f'--xxx\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{value}\r\n'
        body = part("csrf_token", "", self.cookies.get("csrf_token", ""))
        body += part("gpx", '; filename="ride.gpx"', gpx) + "--xxx--\r\n"
        return self.ask("POST", "/upload", body.encode(), Content_Type="multipart/form-data; boundary=xxx")


def large():
    pad = "<!-- " + "x" * 1000 + " -->\n"
    return f'<gpx version="1.1"><trk><trkseg>{POINTS}</trkseg></trk>{pad * (LARGE // len(pad) + 1)}</gpx>'


def tried(way, ini, port):
    says = lambda what, holds, seen="": check(f"{way}: {what}", holds, seen)
    base = f"https://{HOST}:{port}"
    visitor = Visitor(port)
    page = visitor.ask("GET", "/login")
    says("a page comes through", page.status == 200, page.body)
    says("its cookies are for https alone", visitor.set and all("; secure" in line.lower() for line in visitor.set), visitor.set)
    says("a policy comes with it, once", len(page.headers.get_all("Content-Security-Policy") or []) == 1, page.headers)
    forged = {"X_Forwarded_Proto": "http", "X_Forwarded_Host": "evil.example.org", "X_Forwarded_For": "203.0.113.9"}
    reply = visitor.post("/login", {"email": "zoe@example.org", "password": "zoe-password-1"}, **forged)
    to = urllib.parse.urljoin(base + "/login", reply.headers.get("Location", ""))
    says("who logs in is sent on by https to the same host", reply.status == 302 and to == base + "/", (reply.status, to))
    says("the session is for https alone", visitor.set and all("; secure" in line.lower() for line in visitor.set), visitor.set)
    home = visitor.ask("GET", "/")
    says("the session holds", home.status == 200 and "Zoe" in home.body, home.body)
    links = re.findall(r'(?:href|action|content)="(https?://[^"]*)"', home.body)
    says("no link leads to http or another host", all(link.startswith(base) for link in links if HOST in link), links)
    gpx = large()
    reply = visitor.upload(gpx)
    form = reply.headers.get("Location", "")
    says(f"{len(gpx) >> 20} MB are uploaded", reply.status in (302, 303) and "/upload/" in form, (reply.status, reply.body))
    reply = visitor.ask("GET", urllib.parse.urlsplit(form).path)
    says("and have become a form", reply.status == 200, reply.body)
    ctl(ini, "maintenance-mode", "Back at noon", "--wait")
    for method, accept in (("GET", "text/html"), ("GET", "application/json"), ("HEAD", "text/html"), ("POST", "text/plain")):
        reply = visitor.ask(method, "/track/1", "a=b" if method == "POST" else None, Accept=accept)
        kept = reply.status, reply.headers.get("Retry-After"), reply.headers.get("Fietsboek-Maintenance")
        says(f"{method} {accept}: the break passes through", kept == (503, "120", "1"), (kept, reply.body))
        says(f"{method} {accept}: with its reason", method == "HEAD" or "Back at noon" in reply.body, reply.body)
        says(f"{method} {accept}: and nothing keeps it", reply.headers.get("Cache-Control") == "no-store", reply.headers)
    reply = visitor.ask("GET", "/", Accept="application/json")
    says("as JSON it is the problem of RFC 9457", json.loads(reply.body).get("status") == 503, reply.body)
    reply = visitor.upload(gpx)
    says("a large upload is told so too", reply.status == 503 and "Back at noon" in reply.body, (reply.status, reply.body))
    ctl(ini, "maintenance-mode", "--disable")
    reply = visitor.ask("GET", "/")
    says("and all is back", reply.status == 200 and "Zoe" in reply.body, reply.body)


def main():
    nginx, over_tcp, over_unix, unix_line = examples()
    for way in ("by port", "by Unix socket"):
        here = pathlib.Path(tempfile.mkdtemp())
        inner, port = free_port(), free_port()
        subject = ["-subj", f"/CN={HOST}", "-keyout", here / "rides.key", "-out", here / "rides.pem"]
        made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
        subprocess.run(made, check=True, capture_output=True)
        example = replaced(nginx, "listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;").replace("/etc/ssl/", f"{here}/")
        if way == "by port":
            ini = settings(here, replaced(over_tcp, "127.0.0.1:8080", f"127.0.0.1:{inner}"))
            example = replaced(example, "127.0.0.1:8080", f"127.0.0.1:{inner}")
        else:
            ini = settings(here, replaced(over_unix, "/run/fietsboek/site.sock", f"{here}/site.sock"))
            example = replaced(example, "proxy_pass http://127.0.0.1:8080;", unix_line)
            example = replaced(example, "/run/fietsboek/site.sock", f"{here}/site.sock")
        (here / "nginx.conf").write_text(AROUND.format(here=here, example=example))
        command = ["nginx", "-e", here / "nginx.log", "-c", here / "nginx.conf"]
        log, said = here / "server.log", here / "nginx.said"
        pid = here / "nginx.pid"
        with running([BINARY, "serve", ini], lambda: "listening on" in log.read_text(), log):
            with running(command, lambda: pid.exists() and pid.read_text().strip(), said):
                tried(way, ini, port)
    print(f"{passed} passed, {failed} failed")
    return failed


sys.exit(1 if main() else 0)
