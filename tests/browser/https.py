"""The way to a new password over real https: nginx in front, with a certificate of its own making."""

import contextlib
import subprocess

from driver import Browser, wait_for
from instance import Open, free_port
from look import look_as_it_is
from mail_server import Mailbox
from report import check
from visitor import fill

ADDRESS, NAME = "zoe@example.org", "Zoë"
NGINX = """
daemon off;
pid {here}/nginx.pid;
error_log {here}/nginx.log warn;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {here}/body;
    proxy_temp_path {here}/proxy;
    fastcgi_temp_path {here}/fastcgi;
    uwsgi_temp_path {here}/uwsgi;
    scgi_temp_path {here}/scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {here}/certificate.pem;
        ssl_certificate_key {here}/key.pem;
        location / {{
            proxy_pass {to};
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-For $remote_addr;
        }}
    }}
}}
"""
# The two ways to tell the program that the site is reached over https.
WAYS = {
    "url_scheme": "url_scheme = https",
    "trusted_proxy": "trusted_proxy = 127.0.0.1\ntrusted_proxy_headers = x-forwarded-proto x-forwarded-for",
}


def https(binary):
    port = free_port()
    with Mailbox() as mail, Open(binary, mail, f"https://127.0.0.1:{port}") as site:
        site.add(ADDRESS, NAME, "zoe-password-1")
        with nginx(site, port) as base, Browser(flags=["ignore-certificate-errors"]) as browser:
            listen = "threads = 4"
            for turn, (way, keys) in enumerate(WAYS.items(), 1):
                site.stop()
                site.set(listen, f"{listen}\n{keys}")
                site.serve()
                new_password(browser, base, mail, way, turn)
                site.set(f"\n{keys}", "")
                mail.mails.clear()


@contextlib.contextmanager
def nginx(site, port):
    """In front of the site on that port. Yields what visitors type."""
    here = site.path / "nginx"
    here.mkdir()
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", here / "key.pem", "-out", here / "certificate.pem"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(made, check=True, capture_output=True)
    settings = here / "nginx.conf"
    settings.write_text(NGINX.format(here=here, port=port, to=site.base))
    proxy = subprocess.Popen(["nginx", "-e", here / "nginx.log", "-c", settings], stderr=subprocess.PIPE, text=True)
    try:
        there = wait_for(lambda: (here / "nginx.pid").exists() and (here / "nginx.pid").read_text().strip())
        assert there and proxy.poll() is None, proxy.stderr.read() if proxy.poll() is not None else "nginx does not start"
        yield f"https://127.0.0.1:{port}"
    finally:
        proxy.terminate()
        proxy.wait(15)
        proxy.stderr.close()


def new_password(browser, base, mail, way, turn):
    """Ask for a link, open it, be refused once, set the password and log in with it."""
    says = lambda text: check(f"{way}: {text}", wait_for(lambda: text in browser.text()), browser.text()[:400])
    browser.go(base + "/password-reset")
    fill(browser, email=ADDRESS)
    says("a link is on its way")
    link = mail.link(ADDRESS, "Set a new password")
    check(f"{way}: the link is of the site as it is typed", link.startswith(f"{base}/token/"), link)
    browser.go(link)
    check(f"{way}: the link opens", wait_for(lambda: "New password" in browser.text()), browser.text()[:400])
    fill(browser, password="short", repeat_password="short")
    says("Use at least 8 characters.")
    check(f"{way}: the refused form stands at the same address", browser.url() == link, browser.url())
    look_as_it_is(browser, f"https-new-password-{way}")
    fill(browser, password=f"zoe-password-{turn}-new", repeat_password=f"zoe-password-{turn}-new")
    says("Your new password is set.")
    fill(browser, email=ADDRESS, password=f"zoe-password-{turn}-new")
    says(f"Good to see you, {NAME}.")
    cookies = browser.do("GET", "/cookie")
    check(f"{way}: there are cookies", {"csrf_token", "session"} <= {cookie["name"] for cookie in cookies}, cookies)
    check(f"{way}: every cookie is secure", all(cookie["secure"] for cookie in cookies), cookies)
    browser.go(link)
    check(f"{way}: the link is good once", "New password" not in browser.text(), browser.text()[:300])
    says("ask for a new one")
    browser.go(base + "/logout")
    check(f"{way}: no fault is logged", not (faults := browser.faults()), faults)
