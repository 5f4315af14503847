"""wapiti against the site over https, as a stranger and as Alice; what it finds, and what of it is known."""

import concurrent.futures
import contextlib
import http.client
import json
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "interop"))

from instance import free_port  # noqa: E402
from visitor import Visitor  # noqa: E402

BINARY, SECONDS = sys.argv[1], int(sys.argv[2])
SITE = pathlib.Path(__file__).resolve().parents[1] / "data/fietsboek-0.11"
# Without those that need the network, or guess passwords, which is slowed after ten, or names of files, of which none
# are served (and which ends when it will).
MODULES = "all,-nikto,-wapp,-ssrf,-brute_login_form,-buster"
# What it says and why that is how it shall be: a part of its words, where, the reason.
KNOWN = [
    ("HttpOnly flag is not set in the cookie : csrf_token", r".*",
     "the original's scripts read the cookie, and do not get another one after a way back"),
    ("X-XSS-Protection is not set", r".*",
     "it wants the filter on, which browsers have dropped because it could be turned against a page"),
    ("not properly checked in backend", r"^POST /(logout|me|me/force-logout)$",
     "the answer is the proxy's below, whatever the token; access_tests/tokens.rs tries them all at the site"),
]
NGINX = """
daemon off; user root; pid {here}/nginx.pid; worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off; client_max_body_size 1g;
    client_body_temp_path {here}/body; proxy_temp_path {here}/proxy; fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
    ssl_certificate {here}/tls.pem; ssl_certificate_key {here}/tls.key;
    proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
    server {{ listen 127.0.0.1:{stranger} ssl; location / {{ proxy_pass http://127.0.0.1:{site}; }} }}
    {alice}
}}
"""
# It follows every link and sends every form, and would log itself out: this one keeps the cookies of a browser, and the
# ways out shut.
ALICE = """
    server {{ listen 127.0.0.1:{port} ssl;
        proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme;
        proxy_set_header X-Forwarded-Host $http_host; proxy_set_header X-Forwarded-For $remote_addr;
        proxy_set_header Cookie "{cookies}"; proxy_hide_header Set-Cookie;
        location ~ ^/(me/force-logout|logout)$ {{ return 204; }}
        location = /me {{ limit_except GET {{ deny all; }} proxy_pass http://127.0.0.1:{site}; }}
        location / {{ proxy_pass http://127.0.0.1:{site}; }} }}
"""


@contextlib.contextmanager
def running(command, port, log):
    with open(log, "w") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        for _ in range(400):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            assert process.poll() is None, log.read_text()
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(20)


class Secure(Visitor):
    """A browser on https, without an eye on who made the certificate. Each cookie must be for https alone."""

    def connect(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=60, context=context)

    def ask(self, method, path, body=None, headers=None):
        origin = {"Origin": f"https://127.0.0.1:{self.port}"}
        return super().ask(method, path, body, origin | (headers or {}))

    def keep(self, cookie):
        assert "; Secure" in cookie, cookie
        super().keep(cookie)


def logged_in(port):
    """The cookies of Alice's browser."""
    alice = Secure(port)
    status = alice.log_in("alice@example.org", "alice-password-1").status
    assert status == 302 and alice.is_known(), status
    return "; ".join(f"{name}={value}" for name, value in alice.cookies.items())


def scan(here, who, base, *more):
    """Everything that it says: words, method and path, and the rest."""
    found = set()
    store, out = here / who, here / f"{who}.json"
    command = ["nice", "wapiti", "-u", f"{base}/", "-m", MODULES, "--flush-session", "--no-bugreport", "-f", "json",
               "-o", out, "--store-session", store, "--store-config", store, "--max-scan-time", str(2 * SECONDS),
               "--max-attack-time", str(SECONDS),
               # Instead of its maker's, where it would look for calls from outside.
               "--endpoint", "http://127.0.0.1:9/", *more]
    with open(here / f"{who}.log", "w") as log:
        subprocess.run(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True)
    report = json.loads(out.read_text())
    for kind in ("vulnerabilities", "anomalies", "additionals"):
        for category, entries in report.get(kind, {}).items():
            for entry in entries:
                what = f"{category}, {entry['level']}, {entry['parameter']}"
                found.add((entry["info"], f"{entry['method']} {entry['path']}", what))
    return found


def main():
    here = pathlib.Path(tempfile.mkdtemp())
    shutil.copytree(SITE, here / "site")
    site, stranger, alice = free_port(), free_port(), free_port()
    ini = here / "site/production.ini"
    text = ini.read_text().replace("listen = 127.0.0.1:6543", f"listen = 127.0.0.1:{site}\ntrusted_proxy = 127.0.0.1\n"
        "trusted_proxy_headers = x-forwarded-proto x-forwarded-host x-forwarded-for")
    ini.write_text(text.replace("[app:main]\n", "[app:main]\nfietsboek.hsts = 31536000\n", 1))
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-keyout", here / "tls.key", "-out", here / "tls.pem"], check=True, capture_output=True)
    conf, log = here / "nginx.conf", here / "site.log"
    nginx = ["nginx", "-e", here / "nginx.log", "-c", conf]
    unknown = 0
    with running([BINARY, "serve", ini], site, log):
        conf.write_text(NGINX.format(here=here, site=site, stranger=stranger, alice=""))
        with running(nginx, stranger, here / "nginx.out"):
            cookies = logged_in(stranger)
        server = ALICE.format(port=alice, cookies=cookies, site=site)
        conf.write_text(NGINX.format(here=here, site=site, stranger=stranger, alice=server))
        with running(nginx, alice, here / "nginx.out"):
            inside = f"https://127.0.0.1:{alice}"
            visitors = [("stranger", f"https://127.0.0.1:{stranger}", ()),
                        ("alice", inside, ("-s", f"{inside}/me", "-s", f"{inside}/upload"))]
            with concurrent.futures.ThreadPoolExecutor() as pool:
                found = list(pool.map(lambda visitor: scan(here, visitor[0], visitor[1], *visitor[2]), visitors))
    for (who, _, _), findings in zip(visitors, found):
        for info, where, what in sorted(findings):
            reason = next((why for words, place, why in KNOWN if words in info and re.search(place, where)), None)
            unknown += reason is None
            print(f"{'known' if reason else 'FAILED'}: {who}: {where}: {info} ({what}){': ' + reason if reason else ''}")
        lines = (here / f"{who}.log").read_text().splitlines()
        print(f"{who}: {sum('Launching module' in line for line in lines)} modules")
    failures = [line for line in log.read_text().splitlines() if "panic" in line or " ERROR " in line]
    for line in failures:
        print(f"FAILED: in the log: {line[:300]}")
    return unknown + len(failures)


sys.exit(1 if main() else 0)
