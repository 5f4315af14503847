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
import re
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
GPX = ROOT / "tests/data/gpx"
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
    .map(v => v.id + ': ' + v.nodes.slice(0, 2).map(n => n.html.slice(0, 120) + ' ' + n.any.map(a => a.message).join(' ')).join(' | '))),
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

    def __init__(self, language="en", port=0):
        """`port`: another for each browser that is open at the same time."""
        self.port = 9500 + os.getpid() % 400 + 400 * port
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
        # In one step: between two the page may be another, and one that is just coming has no body yet.
        return self.run("return document.body ? document.body.innerText : ''")

    def url(self):
        return self.do("GET", "/url")

    def window(self, width, theme):
        # A bar at the side would take its width from some pages and not from their pictures.
        self.devtools("Emulation.setScrollbarsHidden", hidden=True)
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=WIDTHS[width], deviceScaleFactor=1, mobile=False)
        # Without motion, or a colour that fades from theme to theme is measured on its way.
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme},
                                                              {"name": "prefers-reduced-motion", "value": "reduce"}])

    def scripts(self, on):
        self.devtools("Emulation.setScriptExecutionDisabled", value=not on)

    def faults(self):
        lines = self.do("POST", "/se/log", {"type": "browser"})
        return [l["message"] for l in lines if l["level"] == "SEVERE" and "status of 503" not in l["message"]
                and not any(f"status of {code}" in l["message"] for code in (403, 404, 415))]

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
        self.make()
        self.log = self.path / "log"
        self.server = subprocess.Popen([binary, "serve", "-q", self.ini], stdout=subprocess.PIPE, stderr=self.log.open("w"), text=True)
        self.base = self.server.stdout.readline().split()[-1]

    def make(self):
        shutil.copytree(ROOT / "tests/data/fietsboek-0.11", self.path, dirs_exist_ok=True)
        self.ini = self.path / "production.ini"
        (self.path / "about.md").write_text(OWN_PAGE)
        (self.path / "scripted.md").write_text(SCRIPTED)
        pages = f"[app:main]\nfietsboek.pages = {self.path}/about.md {self.path}/scripted.md"
        self.ini.write_text(self.ini.read_text().replace("127.0.0.1:6543", "127.0.0.1:0").replace("[app:main]", pages))

    def maintenance(self, *arguments):
        subprocess.run([self.binary, "ctl", "maintenance-mode", "-c", self.ini, *arguments], check=True, stdout=subprocess.DEVNULL)

    def close(self):
        self.server.terminate()
        code = self.server.wait(15)
        log = self.log.read_text()
        check("the log holds nothing but mails", " ERROR " not in log and " WARN " not in log, log[-2000:])
        check("the server ends with 0", code == 0, code)
        shutil.rmtree(self.path)


class New(Site):
    """An instance with nothing in it but an account."""

    def make(self):
        self.ini = self.path / "fietsboek.ini"
        run = lambda *arguments: subprocess.run([self.binary, "ctl", *arguments], check=True, stdout=subprocess.DEVNULL)
        run("init", "--listen", "127.0.0.1:0", "--url", "http://127.0.0.1", self.path)
        run("user", "add", "-c", self.ini, "--email", "first@example.org", "--name", "First", "--password", EMPTY_PASSWORD)


def log_out(browser, site):
    browser.go(site.base + "/")
    browser.press(".account summary")
    browser.press(".account .panel form button")
    check("logging out works", wait_for(lambda: "Log in" in browser.text()), browser.text()[:200])


def log_in(browser, site, email="alice@example.org", password="alice-password-1"):
    browser.go(site.base + "/login")
    browser.type("input[name=email]", email)
    browser.type("input[name=password]", password)
    browser.press("main form button.primary")
    check("logging in leads home", wait_for(lambda: browser.url() == site.base + "/"), browser.url())


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
                    frame(browser, what)
                    white = browser.run(WHITE) if theme == "dark" else []
                    check(f"{what} has no white box in the dark", not white, white)
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


def wait_for(holds):
    """Whether something comes to hold within ten seconds. A page that is just being left answers with an error,
    which is a no."""
    def now():
        try:
            return holds()
        except RuntimeError:
            return False
    until = time.time() + 10
    while not now() and time.time() < until:
        time.sleep(0.1)
    return now()


def choose(browser, site, *files):
    browser.go(site.base + "/upload")
    browser.type("input[type=file]", "\n".join(str(file) for file in files))


def upload(browser, site, title, scripts=True):
    """With scripts a file is sent as soon as it is chosen."""
    choose(browser, site, GPX / "korita-zbevnica.gpx")
    if not scripts:
        browser.press("main form button:not([type])")
    wait_for(lambda: "/upload/" in browser.url())
    check("one file leads to its form", "/upload/" in browser.url(), browser.url())
    form = browser.url()
    browser.clear("input[name=title]")
    browser.type("input[name=title]", title)
    return form


def save(browser, site, title):
    browser.press("button.primary")
    check("saving leads to the track", wait_for(lambda: "/track/" in browser.url()), browser.url())
    shown = wait_for(lambda: title in browser.text() and "15.3" in browser.text())
    check("the track shows its title and length", shown, browser.text()[:300])


def sending(browser, site, pictures, axe):
    """Several files, one of them there already and one refused; then one that is cancelled on its way."""
    bad = site.path / "notes.gpx"
    bad.write_text("not a track")
    choose(browser, site, GPX / "korita-zbevnica.gpx", bad, GPX / "route.gpx", GPX / "Mojstrovka.gpx")
    done = "return document.querySelectorAll('.sending li').length === 4 && !document.querySelector('.sending progress')"
    check("four files become four rows", wait_for(lambda: browser.run(done)), browser.text())
    rows = browser.run("return [...document.querySelectorAll('.sending li')].map(row => row.innerText)")
    for row, part in zip(rows, ["You have this one already", "isn't a GPX", "Ready", "Mojstrovka – čez prelaz"]):
        check(f"a row says: {part}", part in row, rows)
    spoken = browser.run("return document.querySelector('p[role=status].hidden').textContent")
    check("the end is announced", any(name in spoken for name in ["korita", "notes", "route", "Mojstrovka"]), spoken)
    look_as_it_is(browser, pictures, "upload-sent", axe)
    browser.go(site.base + "/")
    check("they wait at home", "uploads are waiting" in browser.text(), browser.text()[:300])
    large = [site.path / f"large{n}.gpx" for n in range(3)]
    for file in large:
        file.write_text("<gpx>" + " " * 3_000_000)
    browser.devtools("Network.enable")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1}
    browser.devtools("Network.emulateNetworkConditions", uploadThroughput=200_000, **slow)
    choose(browser, site, *large)
    moving = "return [...document.querySelectorAll('.sending progress')].filter(bar => bar.value).length"
    check("two are on their way", wait_for(lambda: browser.run(moving) == 2), browser.run(moving))
    states = browser.run("return [...document.querySelectorAll('.sending .what > .meta')].map(state => state.textContent)")
    check("the third waits for its turn", states[2] == "Waiting", states)
    leave = "const event = new Event('beforeunload', {cancelable: true}); dispatchEvent(event); return event.defaultPrevented"
    check("leaving asks", browser.run(leave))
    look_as_it_is(browser, pictures, "upload-sending", axe)
    for _ in large:
        browser.press(".sending button")
    check("cancelled files are gone", not browser.run("return document.querySelectorAll('.sending li').length"), "")
    check("leaving asks no more", not browser.run(leave))
    browser.devtools("Network.emulateNetworkConditions", uploadThroughput=-1, **slow)
    browser.go(site.base + "/upload")
    check("and do not wait", "large" not in browser.text(), browser.text())
    check("sending logs no fault", not (faults := browser.faults()), faults)


def look_as_it_is(browser, pictures, name, axe=None):
    """The page as it stands, without asking for it again."""
    for width in WIDTHS:
        for theme in ["light", "dark"]:
            browser.window(width, theme)
            check(f"{name} {width} {theme} looks right", not (faults := browser.run(LOOK)), faults[:4])
            if axe and width in (390, 1280):
                browser.run(axe)
                found = browser.do("POST", "/execute/async", {"script": AXE, "args": []})
                check(f"{name} {width} {theme} passes axe", not found, found)
            if pictures and width in (390, 1280):
                browser.picture(pictures / f"{name}-{width}-{theme}-en.png")
    browser.window(1280, "light")


def refused_without_scripts(browser, site):
    choose(browser, site, site.path / "notes.gpx")
    browser.press("main form button:not([type])")
    told = wait_for(lambda: "We can't read notes.gpx" in browser.text() and "Upload" in browser.text())
    check("a refused file is told on the page", told, browser.text())


PHOTOS = ROOT / "tests/data/fietsboek-0.11/data/tracks/1/images"
PICTURES = "return [...document.querySelectorAll('.photos img')].map(i => [i.complete && i.naturalWidth > 0, i.alt])"


def replaced(browser, site, path, scripts=True):
    """Opens the form of a track, and afterwards saves it."""
    browser.go(site.base + path + "/edit")
    yield
    browser.press(".save button.primary")
    check("saving leads back to the track", wait_for(lambda: browser.url() == site.base + path), browser.url())


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=10).status
    except urllib.error.HTTPError as e:
        return e.code


def editing(browser, site, path, pictures, scripts=True):
    """Title, two photos, one of them gone again, another recording, another link."""
    for _ in replaced(browser, site, path):
        browser.clear("input[name=title]")
        browser.type("input[name=title]", "Under the hills")
        browser.type("#new-photos", "\n".join(str(PHOTOS / name) for name in ["moodn_view.png", "qiaft_evil_name.png"]))
        if scripts:
            captions = browser.run("return document.querySelectorAll('.pictures canvas + .what input').length")
            check("each photo has a line for its caption at once", captions == 2, captions)
            browser.type("#new-caption-0", "From <below>")
            look_as_it_is(browser, pictures, "edit-photos")
    check("the title is another", wait_for(lambda: "Under the hills" in browser.text()), browser.text()[:200])
    browser.run("for (const i of document.querySelectorAll('.photos img')) i.loading = 'eager'")
    browser.run("scrollTo(0, document.body.scrollHeight / 2)")
    check("two photos are shown", wait_for(lambda: [p[0] for p in browser.run(PICTURES)] == [True, True]), browser.run(PICTURES))
    if scripts:
        check("a photo has its caption", "From <below>" in browser.text())
    for _ in replaced(browser, site, path):
        browser.press("input[name='delete-image[]']")
        browser.type("#gpx", str(GPX / "Mojstrovka.gpx"))
    check("one photo is left", wait_for(lambda: len(browser.run(PICTURES)) == 1), browser.run(PICTURES))
    check("the recording is another", "15.3" not in browser.text() and "3.0" in browser.text(), browser.text()[:400])
    refused_edit(browser, site, path, pictures)
    browser.go(site.base + path)
    if scripts:
        browser.press(".twostep summary")
        old = browser.run("return document.querySelector('#share-link').value")
        check("the private link works", status(old) == 200, old)
        browser.press(".panel .field .button")
        check("it is copied", wait_for(lambda: "Copied" in browser.text()), browser.text()[:300])
        browser.press(".panel .twostep summary")
        look_as_it_is(browser, pictures, "share")
        browser.press(".panel .twostep form button")
        check("replacing the link leads back", wait_for(lambda: "The old one is useless" in browser.text()), browser.text()[:300])
        new = browser.run("return document.querySelector('#share-link').value")
        check("the link is another", new != old and status(old) == 403 and status(new) == 200, (old, new))
    check("editing logs no fault", not (faults := browser.faults()), faults)


def refused_edit(browser, site, path, pictures):
    browser.go(site.base + path + "/edit")
    browser.type("#new-photos", str(ROOT / "Cargo.toml"))
    browser.type("#gpx", str(ROOT / "README.md"))
    browser.clear("input[name=title]")
    browser.type("input[name=title]", "Kept")
    browser.press(".save button.primary")
    said = wait_for(lambda: "Cargo.toml isn't a picture" in browser.text() and "We can't read README.md" in browser.text())
    check("refused files are told by name", said, browser.text()[:600])
    kept = browser.run("return document.querySelector('input[name=title]').value")
    check("what was typed is kept", kept == "Kept" and "Choose the files again" in browser.text(), kept)
    look_as_it_is(browser, pictures, "edit-refused")


TAB, ENTER, END, HOME, RIGHT = "\ue004", "\ue007", "\ue010", "\ue011", "\ue014"


def shown_password(browser, site, pictures):
    browser.go(site.base + "/login")
    browser.type("#password", "seen")
    browser.press(".measured button")
    kind = browser.run("const i = document.querySelector('#password'); return [i.type, i.value]")
    check("a password can be looked at", kind == ["text", "seen"], kind)
    look_as_it_is(browser, pictures, "login-shown")
    browser.press(".measured button")
    kind = browser.run("return document.querySelector('#password').type")
    check("and hidden again", kind == "password", kind)


TAGS = "return [...document.querySelectorAll(\"[name='tag[]']\")].map(field => field.value).filter(tag => tag)"


def chips(browser, site, path, pictures, axe):
    """Tags with scripts: added by Enter and comma, never twice, taken off, and sent with what still stands in the line."""
    browser.go(site.base + path + "/edit")
    field = "#tags input[type=text]"
    fields = browser.run("return document.querySelectorAll(arguments[0]).length", field)
    check("one line is left for tags", fields == 1, fields)
    browser.type(field, "Radfahren" + ENTER)
    browser.type(field, "Alpen, Alpen, Donaudampfschifffahrtselektrizitätenhauptbetriebswerk,")
    shown = browser.run(TAGS)
    check("tags become chips", shown[-3:] == ["Radfahren", "Alpen", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"], shown)
    check("the form is not sent", browser.url().endswith("/edit"), browser.url())
    look_as_it_is(browser, pictures, "chips-form", axe)
    browser.clear("#description")
    browser.type("#description", "*so* <i>it</i> reads")
    browser.press("[data-preview] button")
    prose = "return document.querySelector('[data-preview] .prose').innerHTML"
    check("Markdown is shown before it is saved", wait_for(lambda: "<em>so</em>" in browser.run(prose)), browser.run(prose))
    before = len(shown)
    browser.press("#tags li:last-child button")
    check("a press takes a tag off", len(browser.run(TAGS)) == before - 1, browser.run(TAGS))
    check("and leads back to the line", browser.run("return document.activeElement === document.querySelector(arguments[0])", field))
    browser.type(field, "still typed")
    browser.press(".save button.primary")
    check("saving leads back to the track", wait_for(lambda: browser.url() == site.base + path), browser.url())
    tags = browser.run("return [...document.querySelectorAll('.side .tags a')].map(tag => tag.innerText.trim())")
    check("all tags are saved", {"Radfahren", "Alpen", "still typed"} <= set(tags) and len(tags) == before, tags)
    check("chips log no fault", not (faults := browser.faults()), faults)


def many_friends(browser, site, pictures, axe):
    """From nine friends on the names can be filtered; who is ticked stays in sight."""
    browser.go(f"{site.base}/track/{CROWDED}/edit")
    names = "return [...document.querySelectorAll('#people .box')].filter(box => box.getClientRects().length).length"
    check("all names are there", browser.run(names) >= 300, browser.run(names))
    browser.run("document.querySelectorAll('#people .box input').forEach((box, at) => { box.checked = at === 0 })")
    browser.type("#people input[type=search]", "wanderin 1234" + ENTER)
    check("the filter leaves two", browser.run(names) == 2, browser.run(names))
    check("and Enter sends nothing", browser.url().endswith("/edit"), browser.url())
    look_as_it_is(browser, pictures, "filter-names", axe)


def seldom(browser, site, path, pictures, axe):
    """What is behind "More": closed at first, inside the window, dangerous only at the second step."""
    for width in [390, 1280]:
        browser.window(width, "light")
        browser.go(site.base + path)
        closed = browser.run("return !document.querySelector('.twostep[open]') && ![...document.querySelectorAll('.button.bad')].some(b => b.checkVisibility())")
        check(f"panels are closed at {width}", closed)
        browser.press(".actions > .twostep:last-child > summary")
        browser.press(".actions > .twostep:last-child .twostep > summary")
        box = browser.run("const b = document.querySelector('.actions > .twostep:last-child > .panel').getBoundingClientRect(); return [b.left, b.right, innerWidth]")
        check(f"the panel is inside at {width}", 0 <= box[0] and box[1] <= box[2], box)
        bad = browser.run("return [...document.querySelectorAll('.button.bad')].filter(b => b.checkVisibility()).map(b => b.innerText)")
        check(f"the second step deletes at {width}", bad == ["Delete track"], bad)
    look_as_it_is(browser, pictures, "more", axe)


def bare(browser, site, path):
    """Without scripts a track has its picture and its profile with labels, and no button that does nothing."""
    browser.go(site.base + path)
    shown = browser.run("return ['.map img, .map svg', '.chart.heights .curve', '.chart.heights .labels text'].map(css => !!document.querySelector(css))")
    check("a track is whole without scripts", all(shown), shown)
    dead = browser.run("return [...document.querySelectorAll('button')].filter(button => !button.form && button.checkVisibility()).map(button => button.outerHTML)")
    check("no button is dead without scripts", not dead, dead)
    check("nobody is told to switch scripts on", "JavaScript" not in browser.do("GET", "/source"))


def cursor(browser, site, path, pictures, axe):
    """A place along the way: by pointer and by key, in the curve, on the line and in words."""
    for width in [390, 1280]:
        browser.window(width, "dark")
        browser.go(site.base + path)
        browser.run("document.querySelector('.chart.heights').scrollIntoView({block: 'center'})")
        where = "const b = document.querySelector('.chart.heights .plot').getBoundingClientRect(); return [b.left, b.top, b.width, b.height]"
        left, top, wide, high = browser.run(where)
        for event in ["mouseMoved", "mouseMoved"]:
            browser.devtools("Input.dispatchMouseEvent", type=event, x=left + 0.4 * wide, y=top + high / 2)
        told = wait_for(lambda: browser.run("return document.querySelector('.readout').innerText.includes('km')"))
        check(f"the place is told at {width}", told)
        x = browser.run("return document.querySelector('line.here').getBoundingClientRect().left")
        check(f"the line stands at the pointer at {width}", abs(x - left - 0.4 * wide) < 2, (x, left, wide))
        marks = browser.run("return [...document.querySelectorAll('.map circle.here')].filter(m => m.getClientRects().length).map(m => m.cx.baseVal.value)")
        check(f"the mark stands on the line at {width}", len(marks) == 1 and marks[0] > 0, marks)
        check(f"nothing jumped at {width}", browser.run(where) == [left, top, wide, high], browser.run(where))
        if pictures:
            browser.picture(pictures / f"cursor-{width}-dark.png")
    browser.type(".along", HOME + RIGHT + RIGHT)
    state = browser.run("const s = document.querySelector('.along'); return ['role', 'aria-label', 'aria-valuenow', 'aria-valuetext'].map(a => s.getAttribute(a))")
    check("keys move the place", state[:3] == ["slider", "Place along the track", "2"], state)
    check("and it is said", re.fullmatch(r"0\.3 kilometres, \d+ metres(, [\d.]+ kilometres an hour)?", state[3] or "") is not None, state[3])
    look_as_it_is(browser, pictures, "cursor-keys", axe)
    browser.type(".along", END)
    text = browser.run("return document.querySelector('.along').getAttribute('aria-valuetext')")
    check("End is the finish", text.startswith("15.3 kilometres"), text)
    check("the cursor logs no fault", not (faults := browser.faults()), faults)


EMPTY_PASSWORD = "an-empty-house"


def empty(binary, pictures, axe):
    """A new instance with nothing in it, before and after its first account."""
    site, browser = New(binary), Browser()
    try:
        look_at_all(browser, site, [("empty-welcome", "/"), ("empty-explore-out", "/track/")], pictures, axe)
        log_in(browser, site, "first@example.org", EMPTY_PASSWORD)
        pages = [("empty-home", "/"), ("empty-explore", "/track/"), ("empty-upload", "/upload")]
        look_at_all(browser, site, pages, pictures, axe)
        browser.go(site.base + "/")
        ways = browser.run("return [...document.querySelectorAll('.empty a.button')].map(a => a.getAttribute('href'))")
        check("an empty home says what to do", ways == ["/upload"], ways)
    finally:
        browser.close()
        site.close()


LONG_TITLE = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk und von Bernkastel-Kues über die Höhen nach Traben-Trarbach hin"
CROWDED = 3000


def crowd(site):
    """What the pages must hold: 2,000 tracks of Alice's, and one with 300 people and 40 tags and a long title."""
    tracks = site.path / "data/tracks"
    db = sqlite3.connect(site.path / "fietsboek.sqlite")
    with db:
        db.executemany("INSERT INTO users (id, name, email) VALUES (?, ?, ?)",
                       [(n, f"Wanderin {n} von und zu Hohenstein", f"p{n}@example.org") for n in range(1001, 1301)])
        for n in range(1000, CROWDED + 1):
            day = f"{1990 + n // 80:04}-{1 + n % 12:02}-{1 + n % 28:02} 10:00:00.000000"
            title = LONG_TITLE if n % 2 else f"Auf den Berg {n}"
            visibility = "PUBLIC" if n == CROWDED else "FRIENDS"
            db.execute("INSERT INTO tracks (id, owner_id, title, description, date_raw, visibility, link_secret, date_tz, type, transformers)"
                       " VALUES (?, 2, ?, '', ?, ?, ?, 60, 'ORGANIC', '[]')", (n, title, day, visibility, f"secret{n}"))
            db.execute("INSERT INTO track_cache SELECT ?, length, uphill, downhill, moving_time, stopped_time, max_speed, avg_speed,"
                       " start_time_raw, end_time_raw, start_time_tz, end_time_tz FROM track_cache WHERE track_id = 1", (n,))
            (tracks / str(n)).mkdir()
            for file in ["track.gpx.br", "preview.png"]:
                if (tracks / "1" / file).exists():
                    os.link(tracks / "1" / file, tracks / str(n) / file)
        db.execute("UPDATE tracks SET title = ? WHERE id = ?", (LONG_TITLE, CROWDED))
        db.executemany("INSERT INTO track_people_assoc (track_id, user_id) VALUES (?, ?)", [(CROWDED, n) for n in range(1001, 1301)])
        db.executemany("INSERT INTO tags (track_id, tag) VALUES (?, ?)", [(CROWDED, f"Donaudampfschifffahrtsgesellschaft {n}") for n in range(40)])
    db.close()


ROWS = """
const faults = [], rows = [...document.querySelectorAll('details[open] .row')];
if (rows.length === 0) faults.push('no open year');
const high = rows.map(r => r.getBoundingClientRect().height);
if (innerWidth >= 390 && innerWidth < 640 && Math.max(...high) > 112) faults.push('a row of ' + Math.max(...high));
const at = new Set(rows.map(r => { const b = r.querySelector('.numbers b').getBoundingClientRect(); return Math.round(innerWidth < 640 ? b.left : b.right); }));
if (at.size > 1) faults.push('distances stand at ' + [...at]);
const sums = new Set([...document.querySelectorAll('.year > summary .sums')].map(s => Math.round(s.getBoundingClientRect().right)));
if (sums.size > 1) faults.push('sums end at ' + [...sums]);
if (document.querySelectorAll('.year')[0].open !== true) faults.push('the newest year is closed');
return faults;
"""
CARDS = """
const faults = [], cards = [...document.querySelectorAll('.card')], box = e => e.getBoundingClientRect();
if (cards.length !== 20) faults.push(cards.length + ' cards');
const list = box(document.querySelector('.cards')).height, most = innerWidth < 640 ? 4000 : 3000;
if (list > most) faults.push('20 cards are ' + list + ' high');
if (innerWidth >= 1024 && new Set(cards.slice(0, 4).map(c => box(c).top)).size !== 1) faults.push('not four in a row');
const sizes = new Set(cards.map(c => { const b = box(c.querySelector('.pic')); return Math.round(b.width) + 'x' + Math.round(b.height); }));
if (sizes.size !== 1 || [...sizes].some(s => s.split('x')[0] !== s.split('x')[1])) faults.push('pictures of ' + [...sizes]);
for (const c of cards) { const b = box(c.querySelector('.tickbox')); if (b.width < 44 || b.height < 44) faults.push('a small target'); }
return faults;
"""
PURPLE = """
const course = getComputedStyle(document.documentElement).getPropertyValue('--course').trim(), probe = document.createElement('i');
probe.style.color = course; document.body.append(probe);
const purple = getComputedStyle(probe).color; probe.remove();
return [...document.querySelectorAll('body *')].filter(e => !e.closest('svg')).filter(e => { const s = getComputedStyle(e);
  return [s.color, s.backgroundColor, s.borderTopColor, s.borderLeftColor].includes(purple); }).map(e => e.outerHTML.slice(0, 80)).slice(0, 3);
"""
LABELS = """
const faults = [], labels = [...document.querySelectorAll('.chart.heights text')].filter(t => t.getClientRects().length);
if (labels.length < 5) faults.push(labels.length + ' labels');
for (const t of labels) {
  const b = t.getBoundingClientRect();
  if (b.left < 0 || b.right > innerWidth) faults.push('clipped: ' + t.textContent + ' at ' + b.left);
  if (getComputedStyle(t).fontSize !== '13px') faults.push(getComputedStyle(t).fontSize + ': ' + t.textContent);
}
const units = labels.map(t => t.textContent.replace(/[^a-z]/g, '')).filter(u => u);
if (units.join() !== 'm,km') faults.push('units: ' + units);
return faults;
"""


# Brighter than any surface of the dark theme.
WHITE = """
return [...document.querySelectorAll('body, body *')].filter(e => e.checkVisibility() && getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).every((n, at) => at === 3 ? +n > 0 : +n > 200))
  .map(e => e.outerHTML.slice(0, 80)).slice(0, 3);
"""
# Whether what has the focus shows it, with a ring of at least 2 px.
RING = """
const e = document.activeElement, s = getComputedStyle(e.matches('.choices input') ? e.closest('label') : e);
return [e.tagName + ' ' + (e.name || e.textContent.trim().slice(0, 20)), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2];
"""
# The ends of fields that a bar at the foot covers while they have the focus.
COVERED = """
const bar = document.querySelector('.save'), out = [];
for (const field of document.querySelectorAll('form.form input:not([type=hidden]), form.form textarea')) {
  if (!field.checkVisibility() || bar.contains(field)) continue;
  field.focus();
  const b = field.getBoundingClientRect();
  if (b.bottom > bar.getBoundingClientRect().top + 1 && b.height < 300) out.push(field.name + ' ' + b.bottom);
}
return out;
"""
CLIPPED = """
return [...document.querySelectorAll('.choices label, .choices span')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.innerText);
"""


def by_keyboard(browser, site, path, stops):
    """Tab through a page: each stop has a ring that is seen."""
    browser.go(site.base + path)
    for stop in range(stops):
        browser.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": TAB}, {"type": "keyUp", "value": TAB}]}]})
        name, seen = browser.run(RING)
        check(f"stop {stop + 1} of {path} has a ring", seen, name)


def finish_form(browser, site, path):
    """On a phone, in German: every choice whole, no field in focus under the bar with the button."""
    browser.go(site.base + "/?lang=de")
    browser.window(390, "light")
    browser.go(site.base + path)
    check("all choices are whole", not (clipped := browser.run(CLIPPED)), clipped)
    foot = browser.run("return innerHeight - document.querySelector('.save').getBoundingClientRect().bottom")
    check("the bar is at the window's foot", abs(foot) < 1, foot)
    check("the bar covers no field in focus", not (covered := browser.run(COVERED)), covered)
    browser.go(site.base + "/?lang=en")
    browser.window(1280, "light")


def lost(browser, site):
    """Pages that say what is wrong: a small drawing, and at least two ways on."""
    for path in ["/nothing-here", "/admin/"]:
        for width in [390, 1280]:
            browser.window(width, "light")
            browser.go(site.base + path)
            high = browser.run("return document.querySelector('.oops > svg').getBoundingClientRect().height")
            check(f"the drawing of {path} is small at {width}", 20 < high < 80, high)
            ways = browser.run("return document.querySelectorAll('main a[href], main form').length")
            check(f"{path} has ways on at {width}", ways >= 2, ways)


def on_paper(browser, site):
    browser.window(1280, "dark")
    browser.go(site.base + "/track/1")
    browser.devtools("Emulation.setEmulatedMedia", media="print")
    shown = browser.run("return [...document.querySelectorAll('header, footer, form, button, .button, summary.button, .msg')].filter(e => e.checkVisibility()).map(e => e.outerHTML.slice(0, 60))")
    check("paper has no controls", not shown, shown)
    whole = browser.run("const p = document.querySelector('.map img').getBoundingClientRect(), m = document.querySelector('.map').getBoundingClientRect(); return [p.top - m.top, m.bottom - p.bottom]")
    check("the map is whole on paper", min(whole) > -1, whole)
    text = browser.text()
    check("all figures and the address are on paper", "All figures" in text and f"{site.base}/track/1" in text, text[-300:])
    browser.devtools("Emulation.setEmulatedMedia", media="")
    browser.window(1280, "light")


def frame(browser, what):
    width = browser.run("return innerWidth")
    header = browser.run("return document.querySelector('header').getBoundingClientRect().height")
    check(f"{what}: the header is one row", width < 350 or header <= (57 if width < 1024 else 65), header)
    purple = browser.run(PURPLE)
    check(f"{what}: purple is the track's alone", not purple, purple)


def lists(browser, site, pictures):
    """Home and Explore with 2,000 tracks."""
    for language in ["en", "de"]:
        browser.go(f"{site.base}/?lang={language}")
        for width, theme in [(390, "light"), (1280, "dark"), (320, "light"), (768, "light")]:
            browser.window(width, theme)
            browser.go(site.base + "/")
            what = f"2,000 tracks at home {width} {language}"
            check(f"{what} look right", not (faults := browser.run(LOOK) + browser.run(ROWS)), faults)
            rows = browser.run("return document.querySelectorAll('.row').length")
            size = browser.run("return new Blob([document.documentElement.outerHTML]).size")
            check(f"{what} are bounded", rows <= 400 and size < 400 << 10, (rows, size))
            check(f"{what} fold", browser.run("return document.querySelectorAll('.year.link a').length") > 5)
            frame(browser, what)
            if pictures:
                browser.picture(pictures / f"many-home-{width}-{theme}-{language}.png")
            browser.go(site.base + "/track/?page=2&sort=DATE_ASC&min-length=1&tags=")
            what = f"2,000 tracks in Explore {width} {language}"
            check(f"{what} look right", not (faults := browser.run(LOOK) + browser.run(CARDS)), faults)
            frame(browser, what)
            if pictures:
                browser.picture(pictures / f"many-explore-{width}-{theme}-{language}.png")
    browser.go(site.base + "/?lang=en")
    ticking(browser, site, pictures)
    filtering(browser, site, pictures)


def ticking(browser, site, pictures):
    for width in [390, 1280]:
        browser.window(width, "light")
        browser.go(site.base + "/track/")
        for n in range(1, 4):
            browser.run("document.querySelectorAll('.card')[arguments[0]].scrollIntoView({block: 'center'})", n - 1)
            browser.press(f".card:nth-child({n}) .tickbox")
        bar = browser.run("return document.querySelector('.zip.bar').innerText")
        check(f"the bar counts at {width}", "3 ticked" in bar, bar)
        browser.run("scrollTo(0, document.body.scrollHeight)")
        free = browser.run("return document.querySelector('.zip').getBoundingClientRect().top"
                           " - document.querySelector('.card:last-child').getBoundingClientRect().bottom")
        check(f"the bar covers no card at {width}", free >= 0, free)
        browser.run("scrollTo(0, 300)")
        foot = browser.run("return innerHeight - document.querySelector('.zip').getBoundingClientRect().bottom")
        check(f"the bar stands at the window's foot at {width}", abs(foot) < 1, foot)
        if pictures:
            browser.picture(pictures / f"ticked-{width}.png")
        address = browser.run("const f = document.querySelector('.zip'); return new URLSearchParams(new FormData(f)).toString()")
        check(f"three tracks are sent at {width}", address.count("track_id") == 3, address)
        kind = browser.do("POST", "/execute/async", {"script": "fetch('/track/archive?' + arguments[0]).then(r => arguments[1](r.headers.get('Content-Type')))", "args": [address]})
        check(f"a ZIP comes of it at {width}", kind == "application/zip", kind)
        browser.press(".zip button[type=button]")
        check(f"Clear takes them back at {width}", browser.run("return !document.querySelector('.zip.bar') && !document.querySelector('.tickbox :checked')"))
    pressed = "return document.querySelector('.starform button').getAttribute('aria-pressed')"
    browser.press(".starform button")
    given = wait_for(lambda: browser.run(pressed) == "true")
    check("a star is given where it stands", given and browser.url().endswith("/track/"), browser.url())
    browser.go(site.base + "/track/")
    check("and stays", browser.run(pressed) == "true")
    browser.scripts(False)
    browser.press(".starform button")
    told = wait_for(lambda: browser.run("return !!document.querySelector('.msg.ok')"))
    check("without scripts it is taken again", told and browser.run(pressed) == "false")
    browser.press(".card:nth-child(2) .tickbox")
    check("without scripts the ZIP's button is there", "Download ticked as ZIP" in browser.text())
    browser.scripts(True)


def filtering(browser, site, pictures):
    browser.window(390, "light")
    browser.go(site.base + "/track/")
    browser.press(".filters > summary")
    browser.type("#min-length", "1")
    browser.type("#tags", "Donaudampfschifffahrtsgesellschaft 1 && donaudampfschifffahrtsgesellschaft 2")
    check("the open filters look right", not (faults := browser.run(LOOK)), faults)
    if pictures:
        browser.picture(pictures / "filters-390.png")
    browser.press(".filters button.primary")
    wait_for(lambda: "min-length=1" in browser.url() and "Filters (" in browser.text())
    check("what is empty is left out", "max-length" not in browser.url() and "min-length=1" in browser.url(), browser.url())
    check("the filter finds one track", "1 track" in browser.text() and "Filters (" in browser.text(), browser.text()[:300])
    check("chips look right", not (faults := browser.run(LOOK)), faults)
    for width in [390, 1280]:
        browser.window(width, "dark")
        if pictures:
            browser.picture(pictures / f"chips-{width}.png")
    browser.press(".chip")
    gone = wait_for(lambda: "Gesellschaft+1" not in browser.url().title())
    check("a chip takes its filter off", gone, browser.url())
    browser.go(site.base + "/track/?search-terms=nothing-like-this&favourite=true")
    check("nothing found says so", "Nothing matches these filters" in browser.text(), browser.text()[:300])
    if pictures:
        browser.picture(pictures / "nothing-found-1280.png")
    browser.go(site.base + "/track/?min-length=far&max-date=soon")
    check("wrong filters look right", not (faults := browser.run(LOOK)), faults)
    check("wrong filters have the focus at what is wrong", browser.run("return document.activeElement.matches('.summary')"))
    if pictures:
        browser.picture(pictures / "wrong-filters-1280.png")
    browser.faults()


def stages(browser, site, pictures):
    """The page of a track: what stands where, and what it must hold."""
    browser.window(1280, "light")
    browser.go(site.base + "/track/1")
    end = browser.run("return document.querySelector('.chart.heights').getBoundingClientRect().bottom")
    check("header, title, map and profile fit on a desk", end <= 800, end)
    browser.window(390, "light")
    browser.go(f"{site.base}/track/{CROWDED - 1}")
    top = browser.run("return document.querySelector('.map').getBoundingClientRect().top")
    check("under a long title the map begins high", LONG_TITLE in browser.text() and top < 260, top)
    for width, theme in [(390, "light"), (1280, "dark"), (320, "dark")]:
        browser.window(width, theme)
        browser.go(f"{site.base}/track/{CROWDED}")
        check(f"300 people hold at {width}", not (faults := browser.run(LOOK)), faults)
        check(f"the labels are whole at {width}", not (faults := browser.run(LABELS)), faults)
        shown = browser.run("const h = document.querySelector('h1'); return [h.innerText, h.scrollHeight <= h.clientHeight + 1]")
        check(f"a long title is whole at {width}", shown == [LONG_TITLE, True], shown)
        frame(browser, f"a crowded track {width}")
        figures = browser.run("return document.querySelector('.figures').innerText + document.querySelector('.exact').textContent")
        check(f"without times there are dashes at {width}", figures.count("–") >= 3 and not re.search(r"1901|1977|\b0:00", figures), figures)
        if pictures:
            browser.picture(pictures / f"crowded-{width}-{theme}.png")
        browser.run("for (const d of document.querySelectorAll('details.more, details.table')) d.open = true")
        check(f"all is open and holds at {width}", not (faults := browser.run(LOOK)), faults)
    browser.window(1280, "light")
    pdf = base64.b64decode(browser.devtools("Page.printToPDF", printBackground=False)["data"])
    check("a track prints", pdf.startswith(b"%PDF"))
    browser.go(site.base + "/track/2")
    pdf = base64.b64decode(browser.devtools("Page.printToPDF", printBackground=False)["data"])
    check("a track without photos fits a sheet", pdf.count(b"/Type /Page\n") == 1, pdf.count(b"/Type /Page\n"))


def send(browser, form, **fields):
    """Fills in a form of the page, named by its address, and presses its last button; panels are opened first."""
    browser.run("for (const d of document.querySelectorAll('details')) if (d.querySelector(arguments[0])) d.open = true", f"form[action='{form}']")
    for name, value in fields.items():
        css = f"form[action='{form}'] [name='{name.replace('_', '-')}']"
        browser.clear(css)
        browser.type(css, value)
    before = browser.run("window.leaving = 1; return performance.timeOrigin")
    browser.press(f"form[action='{form}'] button")
    wait_for(lambda: browser.run("return document.readyState == 'complete' && !window.leaving && performance.timeOrigin") not in (False, None, before))


def at(site, path, browser):
    browser.go(site.base + path)
    return browser.text()


def zones(browser, site, pictures, axe):
    """A zone around the start of a track, which is then missing for others; with and without scripts."""
    look_at_all(browser, site, [("zones-none", "/me/zones")], pictures, axe)
    for scripts in [True, False]:
        browser.scripts(scripts)
        at(site, "/me/zones", browser)
        browser.go(site.base + "/me/zones?track=1")
        send(browser, "/me/zones", zone_name="Home", radius="300")
        check("a zone is saved", "300 m around" in browser.text(), browser.text()[:300])
        if scripts:
            look_at_all(browser, site, [("zones", "/me/zones?zone=1")], pictures, axe)
            look_as_it_is(browser, pictures, "zone-form")
        other = Browser(port=1)
        try:
            check("others are told", "keeps private" in at(site, "/track/1", other), other.text()[:400])
            if pictures and scripts:
                other.picture(pictures / "track-cut.png")
        finally:
            other.close()
        check("the owner sees the whole", "keeps private" not in at(site, "/track/1", browser), browser.text()[:300])
        at(site, "/me/zones", browser)
        send(browser, "/me/delete-zone")
        check("it is deleted", "No zones yet" in browser.text(), browser.text()[:300])
    browser.scripts(True)
    check("the zones log no fault", not (faults := browser.faults()), faults)


def people(browser, site, pictures, axe):
    """The personal area, with Alice in one browser and Bob in another."""
    db = sqlite3.connect(site.path / "fietsboek.sqlite")
    with db:
        db.execute("DELETE FROM friend_requests")
        db.execute("INSERT INTO friend_requests (sender_id, recipient_id, date) VALUES (4, 2, '2026-11-22 09:00:00.000000')")
        db.execute("INSERT INTO friend_requests (sender_id, recipient_id, date) VALUES (2, 1, '2026-11-22 09:00:00.000000')")
    db.close()
    look_at_all(browser, site, [("me", "/me")], pictures, axe)
    other = Browser(port=1)
    try:
        log_in(other, site, "bob@example.org", "bob-password-1")
        friendship(browser, other, site, pictures)
        programs(browser, site, pictures)
        passwords(browser, other, site)
        leaving(other, site)
        check("the personal area logs no fault", not (faults := browser.faults() + other.faults()), faults)
    finally:
        other.close()


def friendship(alice, bob, site, pictures):
    at(site, "/me", alice)
    send(alice, "/me/withdraw-friend")
    check("a request is withdrawn", "Request withdrawn." in alice.text(), alice.text()[:300])
    send(alice, "/me/decline-friend")
    check("a request is declined", "Declined; Carol isn't told." in alice.text(), alice.text()[:300])
    send(alice, "/me/delete-friend")
    shown = alice.text()
    check("a friend is removed", "You and Bob are no longer friends." in shown and "bob@" not in shown, shown[:300])
    check("for the other too", "alice@example.org" not in at(site, "/me", bob), bob.text()[:300])
    send(alice, "/me/send-friend-request", friend_email="nobody@example.org")
    check("an address that is nobody's is told and kept", "Nobody here uses nobody@example.org." in alice.text()
          and alice.run("return document.querySelector('[name=friend-email]').value") == "nobody@example.org", alice.text()[:300])
    send(alice, "/me/send-friend-request", friend_email="Bob@example.org")
    check("a friend is asked", "Asked Bob." in alice.text(), alice.text()[:300])
    shown = at(site, "/me", bob)
    check("the request waits, without an address", "Wants to be your friend" in shown and "alice@" not in shown, shown[:400])
    send(bob, "/me/accept-friend")
    check("they are friends", "You and Alice are friends now." in bob.text() and "alice@example.org" in bob.text(), bob.text()[:300])
    check("from both sides", "bob@example.org" in at(site, "/me", alice), alice.text()[:300])
    for width in (390, 1280):
        alice.window(width, "light")
        alice.run("for (const d of document.querySelectorAll('main details')) d.open = true")
        check(f"open panels at {width} look right", not (faults := alice.run(LOOK)), faults)
        if pictures:
            alice.picture(pictures / f"me-panels-{width}.png")


def programs(browser, site, pictures):
    at(site, "/me", browser)
    send(browser, "/me/make-token", token_name="My clock")
    token = browser.run("return document.querySelector('#token').value")
    check("a token is shown", token.startswith("fietsboek_"), token)
    for width in (390, 1280):
        browser.window(width, "dark" if width == 390 else "light")
        check(f"a new token at {width} looks right", not (faults := browser.run(LOOK)), faults)
        if pictures:
            browser.picture(pictures / f"me-token-{width}.png")
    browser.window(1280, "light")
    check("once", token not in at(site, "/me", browser) and "My clock" in browser.text(), browser.text()[:300])

    def ask(path, body=None, token=token):
        request = urllib.request.Request(site.base + path, body, {"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)

    gpx = (GPX / "korita-zbevnica.gpx").read_bytes().replace(b"</trkseg>", b'<trkpt lat="45.5" lon="14.2"/></trkseg>', 1)
    code, made = ask("/api/tracks?title=By+a+program&visibility=FRIENDS&tag=clock", gpx)
    check("a program uploads", code == 201, (code, made))
    code, again = ask("/api/tracks", gpx)
    check("the same is known", (code, again.get("url")) == (409, made["url"]), (code, again))
    code, listed = ask("/api/tracks?limit=1")
    check("a program lists", (code, listed["tracks"][0]["id"]) == (200, made["id"]), (code, listed))
    check("the track is there", "By a program" in at(site, f"/track/{made['id']}", browser), browser.text()[:300])
    check("a wrong token is refused", ask("/api/tracks", token="fietsboek_x")[0] == 401)
    check("its use is noted", "last used on" in at(site, "/me", browser), browser.text()[:300])
    send(browser, "/me/revoke-token")
    check("a token is revoked", "The token is revoked." in browser.text() and ask("/api/tracks")[0] == 401, browser.text()[:300])


def passwords(browser, other, site):
    """Alice takes Bob's seat in the other browser: another session of hers."""
    other.go(site.base + "/logout")
    log_in(other, site)
    at(site, "/me", browser)
    send(browser, "/me", name="Alice", password="short", repeat_password="shorter")
    check("two different passwords are refused", "The two entries differ." in browser.text(), browser.text()[:300])
    send(browser, "/me", name="Alice", password="alice-password-2", repeat_password="alice-password-2")
    check("a password is changed", "Saved." in browser.text(), browser.text()[:300])
    check("this session stays", "Access for programs" in at(site, "/me", browser), browser.text()[:300])
    other.go(site.base + "/me")
    check("the other session is out", "Access for programs" not in other.text(), other.text()[:300])
    log_in(other, site, "alice@example.org", "alice-password-2")
    at(site, "/me", browser)
    send(browser, "/me/force-logout")
    check("all are logged out", "You are logged out everywhere." in browser.text(), browser.text()[:300])
    other.go(site.base + "/me")
    check("the other one too", "Access for programs" not in other.text(), other.text()[:300])
    log_in(browser, site, "alice@example.org", "alice-password-2")


def leaving(browser, site):
    """Bob takes his data and goes."""
    log_in(browser, site, "bob@example.org", "bob-password-1")
    at(site, "/me", browser)
    export = browser.run("return fetch('/me/export').then(a => a.status + ' ' + a.headers.get('content-type'))")
    check("the data come along", export == "200 application/zip", export)
    send(browser, "/me/delete", current_password="wrong-password")
    check("a wrong password deletes nothing", "The password isn't right." in browser.text(), browser.text()[:300])
    send(browser, "/me/delete", current_password="bob-password-1")
    check("an account is deleted", "Your account is deleted." in browser.text(), browser.text()[:300])
    browser.go(site.base + "/login")
    browser.type("input[name=email]", "bob@example.org")
    browser.type("input[name=password]", "bob-password-1")
    browser.press("main form button.primary")
    wait_for(lambda: "isn't right" in browser.text())
    check("nobody logs in to it", "isn't right" in browser.text(), browser.text()[:300])




CALENDAR = """
const faults = [], rows = [...document.querySelectorAll('.calendar tbody tr')];
if (rows.some(r => r.cells.length !== 7)) faults.push('not seven columns');
const widths = [...rows[0].cells].map(c => c.getBoundingClientRect().width);
if (Math.max(...widths) - Math.min(...widths) > 1) faults.push('columns of ' + widths);
const first = [...rows[0].cells].findIndex(c => c.innerText.trim());
if (first !== arguments[0]) faults.push('the first stands in column ' + first);
for (const b of document.querySelectorAll('.calendar b')) if (b.scrollWidth > b.clientWidth + 1) faults.push('does not fit: ' + b.innerText);
const strip = document.querySelector('.strip').getClientRects().length > 0;
if (strip !== innerWidth >= 768) faults.push('the strip is ' + (strip ? 'there' : 'not there'));
return faults;
"""
BARS = """
const faults = [], shown = e => e.getClientRects().length > 0;
const labels = [...document.querySelectorAll('.bars text')].filter(shown);
for (const t of labels) {
  const b = t.getBoundingClientRect();
  if (b.left < 0 || b.right > innerWidth) faults.push('clipped: ' + t.textContent);
  if (getComputedStyle(t).fontSize !== '13px') faults.push(getComputedStyle(t).fontSize + ': ' + t.textContent);
}
const under = labels.filter(t => t.closest('.labels')).map(t => t.getBoundingClientRect());
under.forEach((b, n) => { if (n && b.left < under[n - 1].right) faults.push('labels overlap'); });
const style = e => getComputedStyle(document.querySelector(e));
if (style('.plot rect.now').fill === 'none' || style('.plot rect.before').fill !== 'none') faults.push('the year before is not hollow');
return faults;
"""
SCRIPTED = "title: Scripted\nlink-name: Scripted\nslug: scripted\n\n<script>document.title = 'ran'</script> Words\n"
OWN_PAGE = "title: About us\nlink-name: About us\nslug: about\nindex: 1\n\n# Who we are\n\nWe <b>ride</b>.\n"


def diary(site):
    """Rides of two years, on every day of September 2024 another distance."""
    db = sqlite3.connect(site.path / "fietsboek.sqlite")
    track = ("INSERT INTO tracks (owner_id, title, description, date_raw, visibility, link_secret, date_tz, type, transformers) "
             "VALUES (2, ?, '', ?, 'PRIVATE', 'x', 60, 'ORGANIC', '[]')")
    cache = ("INSERT INTO track_cache (track_id, length, uphill, downhill, moving_time, stopped_time, max_speed, avg_speed, "
             "start_time_raw, end_time_raw, start_time_tz, end_time_tz) VALUES (?, ?, ?, 900, ?, 600, 12, 5, ?, ?, 60, 60)")
    days = [f"{year}-{month:02}-{day:02}" for year in (2023, 2024) for month in range(1, 13) for day in (3, 17, 18)]
    days += [f"2024-09-{day:02}" for day in range(1, 31, 2)] + ["2024-09-21"] * 3
    for n, day in enumerate(days):
        title = "Donaudampfschifffahrtsgesellschaftskapitänsmützenknopf" if n % 3 else LONG_TITLE
        length = 4000.0 + n * 7919 % 118_000
        at = f"{day} 09:00:00.000000"
        made = db.execute(track, (title, at)).lastrowid
        db.execute(cache, (made, length, length / 80, length / 5, at, f"{day} 15:{n % 60:02}:00.000000"))
    db.commit()
    db.close()


def profiles(browser, site, pictures, axe):
    """The profile with its calendar and graphs; the administration; a page of the operator's."""
    diary(site)
    pages = [("profile", "/user/2/"), ("profile-2024", "/user/2/?year=2024"), ("profile-empty", "/user/2/?year=2021"),
             ("calendar", "/user/2/calendar/2024/9"), ("graphs", "/user/2/graphs?year=2024"),
             ("graphs-weeks", "/user/2/graphs?measure=climb&step=week&year=2024"),
             ("graphs-years", "/user/2/graphs?measure=time&step=year"), ("own-page", "/page/about")]
    look_at_all(browser, site, pages, pictures, axe)
    for width in [320, 390, 768, 1280]:
        browser.window(width, "light")
        browser.go(site.base + "/user/2/calendar/2024/9")
        check(f"September 2024 begins on Sunday at {width}", not (faults := browser.run(CALENDAR.replace("arguments[0]", "6"))), faults)
        frame(browser, f"the calendar at {width}")
        for query in ["year=2024", "measure=climb&step=week&year=2024", "measure=tracks&year=2024"]:
            browser.go(f"{site.base}/user/2/graphs?{query}")
            check(f"{query} holds at {width}", not (faults := browser.run(BARS)), faults)
    browser.go(site.base + "/user/2/calendar/2024/9")
    browser.press(".calendar a[href='#day-21']")
    check("a day with several leads to its list", browser.url().endswith("#day-21"), browser.url())
    browser.press(".turn a[rel=next]")
    check("the next month is October", "October 2024" in browser.text(), browser.text()[:200])
    browser.go(site.base + "/user/2/graphs?year=2024")
    browser.press(".choice a[href*='measure=climb']")
    check("a choice keeps the year", "year=2024" in browser.url() and "2024: " in browser.text(), browser.url())
    browser.go(site.base + "/page/about")
    check("an operator's page is shown", "Who we are" in browser.text() and "About us" in browser.run("return document.title"), browser.text())
    browser.go(site.base + "/page/scripted")
    check("a script in one does not run", "Words" in browser.text() and browser.run("return document.title") != "ran", "")
    # The policy's refusal of that script is what the browser reports.
    browser.faults()
    administration(browser, site, pictures, axe)


def administration(browser, site, pictures, axe):
    log_out(browser, site)
    log_in(browser, site, "admin@example.org", "admin-password-1")
    subprocess.run([site.binary, "cron", "-q", "-c", site.ini], check=True)
    look_at_all(browser, site, [("admin", "/admin/"), ("badges", "/admin/badges/"), ("profile-other", "/user/2/")], pictures, axe)
    browser.go(site.base + "/admin/badges/")
    browser.type("#badge-title", "Col de la Croix")
    browser.type("#badge-image", str(next(PHOTOS.glob("*.png"))))
    browser.press("section .primary")
    check("a badge is added", wait_for(lambda: "The badge is there." in browser.text()) and "Col de la Croix" in browser.text(), browser.text())
    shown = browser.run("return [...document.querySelectorAll('.badgecards img')].every(i => i.complete && i.naturalWidth > 0)")
    check("badges are pictures", shown)
    browser.press(".badgecards li:last-child .edit summary")
    browser.clear(".badgecards li:last-child [name=badge-title]")
    browser.type(".badgecards li:last-child [name=badge-title]", "Col")
    look_as_it_is(browser, pictures, "badge-edit")
    browser.press(".badgecards li:last-child .edit .primary")
    check("it has another title", wait_for(lambda: "Saved." in browser.text()), browser.text())
    browser.press(".badgecards li:last-child .twostep summary")
    look_as_it_is(browser, pictures, "badge-delete")
    browser.press(".badgecards li:last-child .button.bad")
    check("it is gone", wait_for(lambda: "The badge is gone." in browser.text()), browser.text())
    check("the administration logs no fault", not (faults := browser.faults()), faults)
    log_out(browser, site)
    log_in(browser, site)


ACCOUNT_WORDS = {
    "en": {"made": "Almost there", "subject": "Confirm your e-mail address", "confirmed": "Your address is confirmed",
           "short": "Use at least 8 characters.", "count": "2 things need another look", "asked": "a link is on its way",
           "reset": "Set a new password", "set": "Your new password is set", "hello": "Good to see you, Zoë",
           "old": "E-mail or password isn't right"},
    "de": {"made": "Fast fertig", "subject": "Bestätige deine E-Mail-Adresse", "confirmed": "Deine Adresse ist bestätigt",
           "short": "Nimm mindestens 8 Zeichen.", "count": "Noch 2 Angaben prüfen", "asked": "ist ein Link unterwegs",
           "reset": "Setze ein neues Passwort", "set": "Dein neues Passwort gilt", "hello": "Schön, dass du da bist, Zoë",
           "old": "E-Mail oder Passwort stimmt nicht"}}


def fill(browser, **fields):
    """Fills the form of the page and sends it, though the browser would find faults of its own."""
    browser.run("document.querySelector('main form').noValidate = true")
    for name, text in fields.items():
        css = f"main input[name={name.replace('_', '-')}]"
        browser.clear(css)
        browser.type(css, text)
    browser.press("main form button.primary")


def mailed_link(site, address, subject):
    """The link in the mail of that subject that the server has printed."""
    mails = lambda: [m for m in site.log.read_text().split("From: ") if f"To: {address}\nSubject: {subject}\n" in m and "/token/" in m]
    check(f"{address} gets {subject}", wait_for(mails), site.log.read_text()[-1000:])
    return next(line for line in mails()[-1].splitlines() if "/token/" in line)


def inspect(browser, pictures, name, axe):
    """The page as it stands, in both looks and by axe."""
    look_as_it_is(browser, pictures, name)
    for width in (390, 1280) if axe else ():
        for theme in ["light", "dark"]:
            browser.window(width, theme)
            browser.run(axe)
            found = browser.do("POST", "/execute/async", {"script": AXE, "args": []})
            check(f"{name} {width} {theme} passes axe", not found, found)
    browser.window(1280, "light")


def accounts(site, language, pictures, axe):
    """A newcomer: register, confirm, log in, forget the password, set a new one."""
    browser, words, address = Browser(language), ACCOUNT_WORDS[language], f"zoe-{language}@example.org"
    says = lambda what: check(f"{language}: {what}", wait_for(lambda: words[what] in browser.text()), browser.text()[:400])
    try:
        if language == "en":
            pages = [(name, "/" + name) for name in ("create-account", "password-reset", "resend-verification")]
            look_at_all(browser, site, pages, pictures, axe)
        browser.go(site.base + "/create-account")
        fill(browser, name="", email=address, password="short", repeat_password="short")
        says("count")
        says("short")
        kept = browser.run("return [...document.querySelectorAll('main form input:not([type=hidden])')].map(i => i.value)")
        check(f"{language}: the address stays and no password does", kept == ["", address, "", ""], kept)
        inspect(browser, pictures, f"create-account-wrong-{language}", axe)
        fill(browser, name="Zoë", email=address, password="zoe-password-1", repeat_password="zoe-password-1")
        says("made")
        inspect(browser, pictures, f"create-account-made-{language}", axe)
        browser.go(mailed_link(site, address, words["subject"]))
        says("confirmed")
        fill(browser, email=address, password="zoe-password-1")
        says("hello")
        browser.go(site.base + "/logout")
        browser.go(site.base + "/password-reset")
        fill(browser, email=address)
        says("asked")
        inspect(browser, pictures, f"password-reset-asked-{language}", axe)
        browser.go(mailed_link(site, address, words["reset"]))
        fill(browser, password="short", repeat_password="short")
        says("short")
        inspect(browser, pictures, f"new-password-{language}", axe)
        fill(browser, password="zoe-password-2", repeat_password="zoe-password-2")
        says("set")
        fill(browser, email=address, password="zoe-password-1")
        says("old")
        inspect(browser, pictures, f"login-wrong-{language}", axe)
        fill(browser, email=address, password="zoe-password-2")
        says("hello")
        check(f"{language}: nothing is logged in the browser", not (faults := browser.faults()), faults)
    finally:
        browser.close()


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
        shown_password(browser, site, pictures)
        by_keyboard(browser, site, "/login", 12)
        log_in(browser, site)
        form = upload(browser, site, "Over the hills")
        look_at_all(browser, site, [("finish", form.removeprefix(site.base))], pictures, axe)
        browser.go(form)
        browser.clear("input[name=title]")
        browser.type("input[name=title]", "Over the hills")
        save(browser, site, "Over the hills")
        track = browser.url().removeprefix(site.base)
        private = [("home", "/"), ("explore", "/track/"), ("track-photos", "/track/1"), ("track", track), ("upload", "/upload"),
                   ("forbidden", "/admin/"), ("planned", "/track/6"), ("edit", "/track/1/edit")]
        look_at_all(browser, site, private, pictures, axe)
        by_keyboard(browser, site, "/upload", 12)
        finish_form(browser, site, "/track/1/edit")
        lost(browser, site)
        on_paper(browser, site)
        sending(browser, site, pictures, axe)
        chips(browser, site, track, pictures, axe)
        seldom(browser, site, track, pictures, axe)
        cursor(browser, site, track, pictures, axe)
        editing(browser, site, track, pictures)
        profiles(browser, site, pictures, axe)
        zones(browser, site, pictures, axe)
        people(browser, site, pictures, axe)
        crowd(site)
        lists(browser, site, pictures)
        stages(browser, site, pictures)
        many_friends(browser, site, pictures, axe)
        maintenance(browser, site, pictures)
        browser.scripts(False)
        refused_without_scripts(browser, site)
        upload(browser, site, "Without scripts", scripts=False)
        save(browser, site, "Without scripts")
        path = browser.url().removeprefix(site.base)
        bare(browser, site, path)
        editing(browser, site, path, pictures=None, scripts=False)
        browser.scripts(True)
        browser.close()
        for language in ["en", "de"]:
            accounts(site, language, pictures, axe)
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
    empty(binary, pictures, axe)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
