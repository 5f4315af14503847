#!/usr/bin/env python3
"""The site in a real browser: headless Chromium, driven through chromedriver with nothing but the
standard library.

    tests/browser.py target/debug/fietsboek [PICTURES]

Every page at five widths, in both themes and languages: nothing scrolls sideways, nothing is too
small, nothing breaks the content policy, axe (if AXE names its script) finds nothing serious. Then
the way of a newcomer: log in, upload, see it, maintenance on and off; and all of it without scripts.
PICTURES is a folder for screenshots.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
WIDTHS = {320: 700, 360: 740, 390: 844, 768: 1024, 1280: 800}
LOOK = """
const wide = document.documentElement, faults = [];
if (wide.scrollWidth > window.innerWidth) {
  const out = [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > window.innerWidth + 0.5)
    .slice(-1).map(e => e.tagName + '.' + e.getAttribute('class'));
  faults.push('scrolls sideways: ' + wide.scrollWidth + ' of ' + window.innerWidth + ' (' + out + ')');
}
for (const e of document.querySelectorAll('body *')) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim()) || !e.getClientRects().length) continue;
  const s = getComputedStyle(e);
  if (parseFloat(s.fontSize) < 13 && !e.closest('.fig, figure, dl, .unit, small')) faults.push('small text: ' + s.fontSize + ' ' + e.textContent.trim().slice(0, 30));
  if (parseInt(s.fontWeight) < 400) faults.push('light text: ' + e.textContent.trim().slice(0, 30));
}
for (const e of document.querySelectorAll('input:not([type=checkbox]):not([type=radio]):not([type=hidden]), textarea, select'))
  if (e.getClientRects().length && parseFloat(getComputedStyle(e).fontSize) < 16) faults.push('small input: ' + e.name);
if (document.querySelectorAll('h1').length !== 1) faults.push('h1: ' + document.querySelectorAll('h1').length);
if (!document.querySelector('main')) faults.push('no main landmark');
return faults;
"""
AXE = """
const done = arguments[arguments.length - 1];
axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']}).then(
  r => done(r.violations.filter(v => ['serious', 'critical'].includes(v.impact))
    .map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 120)).join(' | '))),
  e => done(['axe failed: ' + e]));
"""

passed, failed = 0, 0


def check(what, holds, found=""):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {what}: {found}", flush=True)


class Browser:
    """A WebDriver session."""

    def __init__(self, language="en"):
        self.port = 9500 + os.getpid() % 400
        self.driver = subprocess.Popen(["chromedriver", f"--port={self.port}", "--log-level=OFF"], stdout=subprocess.DEVNULL)
        self.profile = tempfile.mkdtemp()
        flags = "headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking"
        flags = ["--" + f for f in (flags + " disable-component-update disable-sync disable-dev-shm-usage").split()]
        flags += [f"--user-data-dir={self.profile}", f"--accept-lang={language}", f"--lang={language}"]
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                  "goog:chromeOptions": {"binary": shutil.which("chromium"), "args": flags,
                                         "prefs": {"intl.accept_languages": language}}}
        self.session = ""
        for _ in range(100):
            try:
                self.session = "/session/" + self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})["sessionId"]
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.1)

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.port}{path}"
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{method} {path}: {e.read().decode()[:300]}") from None

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def devtools(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, css):
        return next(iter(self.do("POST", "/element", {"using": "css selector", "value": css}).values()))

    def type(self, css, text):
        self.do("POST", f"/element/{self.find(css)}/value", {"text": text})

    def press(self, css):
        self.do("POST", f"/element/{self.find(css)}/click", {})

    def clear(self, css):
        self.do("POST", f"/element/{self.find(css)}/clear", {})

    def text(self):
        return self.do("GET", f"/element/{self.find('body')}/text")

    def url(self):
        return self.do("GET", "/url")

    def window(self, width, theme):
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=WIDTHS[width], deviceScaleFactor=1, mobile=False)
        # Without motion, or a colour that fades from theme to theme is measured on its way.
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme},
                                                              {"name": "prefers-reduced-motion", "value": "reduce"}])

    def scripts(self, on):
        self.devtools("Emulation.setScriptExecutionDisabled", value=not on)

    def faults(self):
        lines = self.do("POST", "/se/log", {"type": "browser"})
        return [l["message"] for l in lines if l["level"] == "SEVERE" and "status of 503" not in l["message"]
                and "status of 404" not in l["message"] and "status of 403" not in l["message"]]

    def picture(self, path):
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        try:
            self.do("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            shutil.rmtree(self.profile, ignore_errors=True)


class Site:
    """A copy of the instance that Fietsboek 0.11 made, served on a free port."""

    def __init__(self, binary):
        self.binary = binary
        self.path = pathlib.Path(tempfile.mkdtemp())
        shutil.copytree(ROOT / "tests/data/fietsboek-0.11", self.path, dirs_exist_ok=True)
        self.ini = self.path / "production.ini"
        self.ini.write_text(self.ini.read_text().replace("127.0.0.1:6543", "127.0.0.1:0"))
        self.server = subprocess.Popen([binary, "serve", "-q", self.ini], stdout=subprocess.PIPE, text=True)
        self.base = self.server.stdout.readline().split()[-1]

    def maintenance(self, *arguments):
        subprocess.run([self.binary, "ctl", "maintenance-mode", "-c", self.ini, *arguments], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        self.server.terminate()
        code = self.server.wait(15)
        check("the server ends with 0", code == 0, code)
        shutil.rmtree(self.path)


def log_in(browser, site):
    browser.go(site.base + "/login")
    browser.type("input[name=email]", "alice@example.org")
    browser.type("input[name=password]", "alice-password-1")
    browser.press("main button[type=submit], main form button")
    until = time.time() + 10
    while browser.url() != site.base + "/" and time.time() < until:
        time.sleep(0.1)
    check("logging in leads home", browser.url() == site.base + "/", browser.url())


def look_at_all(browser, site, pages, pictures, axe):
    for name, path in pages:
        for language in ["en", "de"]:
            browser.go(f"{site.base}/?lang={language}")
            browser.go(site.base + path)
            for width in WIDTHS:
                for theme in ["light", "dark"]:
                    browser.window(width, theme)
                    what = f"{name} {width} {theme} {language}"
                    faults = browser.run(LOOK)
                    check(f"{what} looks right", not faults, faults[:4])
                    spoken = browser.run("return document.documentElement.lang")
                    check(f"{what} is in its language", spoken == language, spoken)
                    if axe and width in (390, 1280) and language == "en":
                        browser.run(axe)
                        found = browser.do("POST", "/execute/async", {"script": AXE, "args": []})
                        check(f"{what} passes axe", not found, found)
                    if pictures and width in (390, 1280):
                        browser.picture(pictures / f"{name}-{width}-{theme}-{language}.png")
        check(f"{name} logs no fault", not (faults := browser.faults()), faults)
    browser.go(f"{site.base}/?lang=en")
    browser.window(1280, "light")


def upload(browser, site, title):
    browser.go(site.base + "/upload")
    browser.type("input[type=file]", str(ROOT / "tests/data/gpx/korita-zbevnica.gpx"))
    browser.press("main form button[type=submit], main form button:not([type])")
    until = time.time() + 10
    while "/upload/" not in browser.url() and time.time() < until:
        time.sleep(0.1)
    check("one file leads to its form", "/upload/" in browser.url(), browser.url())
    form = browser.url()
    browser.clear("input[name=title]")
    browser.type("input[name=title]", title)
    return form


def save(browser, site, title):
    browser.press("button.primary")
    until = time.time() + 10
    while "/track/" not in browser.url() and time.time() < until:
        time.sleep(0.1)
    check("saving leads to the track", "/track/" in browser.url(), browser.url())
    shown = browser.text()
    check("the track shows its title and length", title in shown and "15.3" in shown, shown[:300])


def maintenance(browser, site, pictures):
    site.maintenance("Back at noon\n<b>or</b> later")
    for path in ["/", "/track/", "/static/nothing", "/login"]:
        browser.go(site.base + path)
        shown = browser.text()
        check(f"{path} says so", "A short break" in shown and "<b>or</b> later" in shown, shown)
    for width in WIDTHS:
        for theme in ["light", "dark"]:
            browser.window(width, theme)
            check(f"the break at {width} looks right", not (faults := browser.run(LOOK)), faults)
            if pictures and width in (390, 1280):
                browser.picture(pictures / f"maintenance-{width}-{theme}-en.png")
    requests = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    check("the page asks for nothing else", not requests, requests)
    check("the break logs no fault", not (faults := browser.faults()), faults)
    site.maintenance("--disable")
    browser.go(site.base + "/")
    check("all is back, still logged in", "A short break" not in browser.text(), browser.text()[:200])
    browser.window(1280, "light")


def main():
    binary = pathlib.Path(sys.argv[1]).resolve()
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    axe = pathlib.Path(os.environ["AXE"]).read_text() if os.environ.get("AXE") else None
    site, browser = Site(binary), Browser()
    try:
        public = [("welcome", "/"), ("login", "/login"), ("explore-out", "/track/"), ("track-out", "/track/1"),
                  ("forbidden-out", "/track/3"), ("missing", "/nothing-here")]
        look_at_all(browser, site, public, pictures, axe)
        log_in(browser, site)
        form = upload(browser, site, "Over the hills")
        look_at_all(browser, site, [("finish", form.removeprefix(site.base))], pictures, axe)
        browser.go(form)
        browser.clear("input[name=title]")
        browser.type("input[name=title]", "Over the hills")
        save(browser, site, "Over the hills")
        track = browser.url().removeprefix(site.base)
        private = [("home", "/"), ("explore", "/track/"), ("track-photos", "/track/1"), ("track", track), ("upload", "/upload"),
                   ("forbidden", "/admin/"), ("planned", "/track/6")]
        look_at_all(browser, site, private, pictures, axe)
        maintenance(browser, site, pictures)
        browser.scripts(False)
        upload(browser, site, "Without scripts")
        save(browser, site, "Without scripts")
        browser.scripts(True)
        browser.close()
        german = Browser("de")
        try:
            site.maintenance("Bin gleich zurück")
            german.go(site.base + "/")
            check("a German browser gets the German break", "Kurze Pause" in german.text(), german.text())
            site.maintenance("--disable")
        finally:
            german.close()
    finally:
        if browser.driver.poll() is None:
            browser.close()
        site.close()
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
