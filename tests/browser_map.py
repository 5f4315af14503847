#!/usr/bin/env python3
"""The map in a real browser, with tiles of a server of our own on loopback.

    tests/browser_map.py target/debug/fietsboek [PICTURES]
"""

import base64
import http.client
import http.server
import json
import pathlib
import socketserver
import struct
import sys
import tempfile
import threading
import time
import zlib

import browser as base
from browser import WIDTHS, Browser, Site, check, log_in, wait_for

DIGITS = ["757557", "262227", "717447", "717117", "557111", "747117", "747557", "711111", "757557", "757117"]


# A small picture of a hill.
HILL = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDABQODxIPDRQSEBIXFRQYHjIhHhwcHj0sLiQySUBMS0dARkVQWnNiUFVtVkVGZIhlbXd7gYKBTmCNl4"
    "x9lnN+gXz/2wBDARUXFx4aHjshITt8U0ZTfHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHx8fHz/wAARCAAk"
    "ADADASIAAhEBAxEB/8QAFwABAQEBAAAAAAAAAAAAAAAAAAUEAf/EACMQAAICAgECBwAAAAAAAAAAAAABAgMEIRIRYTJBQlFicaH/xAAYAQEAAw"
    "EAAAAAAAAAAAAAAAAAAQMEAv/EABsRAQACAwEBAAAAAAAAAAAAAAABAgMSMRET/9oADAMBAAIRAxEAPwDaADWyAAAAAACfZnyeq4pd3sz2W2We"
    "ObfbyKLZqxx1qo2ZdMPVyftHYrzKZ65cX8tEsFf3t6nVaTTSafVM6RoWTrfWEnH6NFefZHU4qf4yyuaJ6jVlABkdgAAAAD//2Q==")


def taken_at(lat, lon):
    """The hill as a camera writes it that knows where it is (degrees; north and east)."""
    entry = lambda tag, kind, count, value: struct.pack(">HHI", tag, kind, count) + value
    part = lambda degrees: struct.pack(">6I", int(degrees), 1, 0, 1, round(degrees % 1 * 3600 * 1000), 1000)
    gps = struct.pack(">H", 4) + entry(1, 2, 2, b"N\0\0\0") + entry(2, 5, 3, struct.pack(">I", 80)) + entry(3, 2, 2, b"E\0\0\0") \
        + entry(4, 5, 3, struct.pack(">I", 104)) + bytes(4)
    tiff = b"MM\0*" + struct.pack(">IH", 8, 1) + entry(0x8825, 4, 1, struct.pack(">I", 26)) + bytes(4) + gps + part(lat) + part(lon)
    return HILL[:2] + b"\xff\xe1" + struct.pack(">H", len(tiff) + 8) + b"Exif\0\0" + tiff + HILL[2:]


def tile(layer, z, x, y):
    """A numbered tile: 256 × 256, a field of its own shade, its zoom and place in figures."""
    over = layer in ("opensea", "hiking", "cycling")
    shade = 236 + 6 * ((x + y) % 2)
    ground = (shade, shade, shade - 8, 0 if over else 255)
    if layer == "satellite":
        ground = (52, 74 + 8 * ((x + y) % 2), 48, 255)
    rows = [[ground] * 256 for _ in range(256)]
    ink = (200, 60, 40, 255) if over else (150, 160, 150, 255)
    for at in range(256):
        rows[0][at] = rows[at][0] = ink
    if not over:
        for at in range(256):
            # Something like a road and a river.
            rows[at][(at * 3 // 5 + 40) % 256] = rows[at][(at * 3 // 5 + 41) % 256] = (240, 200, 120, 255)
            for wide in range(6):
                rows[(at // 4 + 120 + wide) % 256][at] = (170, 211, 223, 255)
    for line, number in enumerate([z, x, y]):
        for place, digit in enumerate(str(number)):
            for down, bits in enumerate(DIGITS[int(digit)]):
                for right in range(3):
                    if int(bits) >> (2 - right) & 1:
                        for dy in range(3):
                            for dx in range(3):
                                rows[20 + line * 24 + down * 3 + dy][20 + place * 14 + right * 3 + dx] = ink
    raw = b"".join(b"\0" + b"".join(bytes(point) for point in row) for row in rows)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    head = struct.pack(">IIBBBBB", 256, 256, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(raw, 1)) + chunk(b"IEND", b"")


class Layered(Site):
    """With a few of the built-in layers before its own."""

    def make(self):
        super().make()
        for n, (lat, lon) in enumerate([(46.4330, 13.7445)]):
            (self.path / f"data/tracks/1/images/photo_{n}.jpg").write_bytes(taken_at(lat, lon))
        wanted = "fietsboek.default_tile_layers = osm satellite osmde opensea hiking"
        self.ini.write_text(self.ini.read_text().replace("fietsboek.default_tile_layers =", wanted))


class Front(socketserver.ThreadingMixIn, http.server.HTTPServer):
    """Stands before the site and answers for the provider of tiles; all that was asked for is kept."""
    daemon_threads = True

    def __init__(self, site):
        self.site, self.asked, self.made = site, [], {}
        super().__init__(("127.0.0.1", 0), Answers)
        self.base = f"http://127.0.0.1:{self.server_port}"
        self.handle_error = lambda *_: None  # A browser that goes on hangs up.
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Answers(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self.server.asked.append(self.path)
        parts = self.path.split("/")
        if parts[1] == "tile":
            key = (parts[2], *map(int, parts[3:6]))
            picture = self.server.made.get(key) or self.server.made.setdefault(key, tile(*key))
            self.send_response(200)
            self.send_header("Content-Type", "image/png")
            self.send_header("Content-Length", str(len(picture)))
            self.end_headers()
            self.wfile.write(picture)
            return
        self.forward()

    def do_POST(self):
        self.forward()

    def forward(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        there = http.client.HTTPConnection(self.server.site.base.split("//")[1], timeout=30)
        there.request(self.command, self.path, body, dict(self.headers))
        answer = there.getresponse()
        content = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "connection", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


STATE = """
const tiles = [...document.querySelectorAll('.tiles img')];
return {tiles: tiles.length, loaded: tiles.filter(t => t.classList.contains('loaded')).length,
  zooms: [...new Set(tiles.map(t => t.src.split('/')[5]))], layers: [...new Set(tiles.map(t => t.src.split('/')[4]))],
  scale: (document.querySelector('.scale') || {}).textContent, first: tiles[0] && tiles[0].style.transform};
"""
# Whether the colour of the track's line is seen round a spot of the map.
INK = """
const canvas = document.querySelector('.view canvas'), brush = canvas.getContext('2d');
const data = brush.getImageData(0, 0, canvas.width, canvas.height).data;
let n = 0, x = 0, y = 0;
for (let at = 0; at < data.length; at += 4) if (data[at] === 0x9c && data[at + 1] === 0x0f && data[at + 2] === 0x71) {
  n++; x += at / 4 % canvas.width; y += Math.floor(at / 4 / canvas.width); }
return {n, x: x / n, y: y / n};
"""


def state(browser):
    return browser.run(STATE)


def ready(browser):
    """The map has all its tiles, and nothing moves."""
    return wait_for(lambda: (now := state(browser))["tiles"] and now["tiles"] == now["loaded"] and now == state(browser))


def box(browser, css=".view"):
    return browser.run("const b = document.querySelector(arguments[0]).getBoundingClientRect(); return [b.left, b.top, b.width, b.height]", css)


def mouse(browser, kind, x, y, **more):
    more = {"button": "left" if kind != "mouseMoved" or more.get("buttons") else "none", "clickCount": 1, **more}
    browser.devtools("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)


def drag(browser, x, y, to_x, to_y):
    mouse(browser, "mousePressed", x, y)
    for step in range(1, 6):
        mouse(browser, "mouseMoved", x + (to_x - x) * step / 5, y + (to_y - y) * step / 5, buttons=1)
    # Held for a moment, so that nothing rolls on.
    time.sleep(0.2)
    mouse(browser, "mouseReleased", to_x, to_y)


def touch(browser, kind, *points):
    browser.devtools("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y, "id": n} for n, (x, y) in enumerate(points)])


def key(browser, name, code=None):
    keys = {"+": 107, "-": 109, "ArrowLeft": 37, "ArrowRight": 39, "0": 48, "Home": 36}
    text = {} if len(name) > 1 else {"text": name}
    browser.devtools("Input.dispatchKeyEvent", type="keyDown", key=name, windowsVirtualKeyCode=keys.get(name, 0), **text)
    browser.devtools("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=keys.get(name, 0))


def window(browser, width, theme, dense=1, height=None):
    browser.devtools("Emulation.setScrollbarsHidden", hidden=True)
    browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height or WIDTHS[width], deviceScaleFactor=dense, mobile=False)
    browser.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme},
                                                             {"name": "prefers-reduced-motion", "value": "reduce"}])


def moves(browser, front):
    browser.go(front.base + "/track/1")
    check("all tiles come", ready(browser), state(browser))
    ink = browser.run(INK)
    check("the line is drawn", ink["n"] > 500, ink)
    left, top, width, height = box(browser)
    check("the track is in the middle", abs(ink["x"] - width / 2) < width / 5 and abs(ink["y"] - height / 2) < height / 4, (ink, width, height))
    before = state(browser)
    middle = (left + width / 2, top + height / 2)

    drag(browser, *middle, middle[0] + 120, middle[1] + 40)
    ready(browser)
    moved = browser.run(INK)
    check("dragging takes the map along", abs(moved["x"] - ink["x"] - 120) < 8 and abs(moved["y"] - ink["y"] - 40) < 8, (ink, moved))

    # A gesture of the wheel that begins on the map.
    time.sleep(0.4)
    mouse(browser, "mouseWheel", *middle, deltaX=0, deltaY=-120)
    check("the wheel zooms in", wait_for(lambda: state(browser)["zooms"] != before["zooms"]) and ready(browser), state(browser))
    check("the scale is another", state(browser)["scale"] != before["scale"], state(browser))
    time.sleep(0.4)
    mouse(browser, "mouseWheel", *middle, deltaX=0, deltaY=120)
    check("and out again", wait_for(lambda: state(browser)["scale"] == before["scale"]), state(browser))
    ready(browser)

    for count in (1, 2):
        mouse(browser, "mousePressed", *middle, clickCount=count)
        mouse(browser, "mouseReleased", *middle, clickCount=count)
    check("a double click zooms in", wait_for(lambda: state(browser)["zooms"] != before["zooms"]), state(browser))
    browser.press(".tools.right [aria-label='Show the whole track']")
    check("the track fits again", wait_for(lambda: state(browser)["scale"] == before["scale"]) and ready(browser), state(browser))
    check("where it was", abs(browser.run(INK)["x"] - ink["x"]) < 3, browser.run(INK))

    browser.run("document.querySelector('.view').focus()")
    name = browser.run("return document.activeElement.getAttribute('aria-label')")
    check("the map has a name", name.startswith("Map of "), name)
    key(browser, "ArrowRight")
    check("arrows move the map", wait_for(lambda: abs(ink["x"] - browser.run(INK)["x"] - 64) < 8), browser.run(INK))
    key(browser, "+")
    check("plus zooms", wait_for(lambda: state(browser)["zooms"] != before["zooms"]), state(browser))
    key(browser, "-")
    key(browser, "0")
    check("nought fits the track", wait_for(lambda: state(browser)["scale"] == before["scale"] and abs(browser.run(INK)["x"] - ink["x"]) < 3), browser.run(INK))


def profile(browser, front):
    """The place that is looked at, from the profile to the map and back."""
    browser.go(front.base + "/track/1")
    ready(browser)
    bare = browser.run(INK)["n"]
    left, top, width, height = box(browser, ".chart .x")
    spots = []
    for part in (0.2, 0.7):
        mouse(browser, "mouseMoved", left + width * part, top + 40)
        check("the profile shows the place on the map", wait_for(lambda: browser.run(INK)["n"] != bare), (bare, browser.run(INK)))
        spots.append(browser.run(INK))
    check("and another one elsewhere", spots[0] != spots[1], spots)
    said = lambda: browser.run("return document.querySelector('.along').getAttribute('aria-valuenow')")
    check("the profile knows it", abs(int(said()) - 70) < 2, said())
    # The pointer over the line: its place in the profile.
    x, y, *_ = box(browser)
    spot = browser.run("""const canvas = document.querySelector('.view canvas'), brush = canvas.getContext('2d');
      const data = brush.getImageData(0, 0, canvas.width, canvas.height).data;
      for (let at = 0; at < data.length; at += 4) if (data[at] === 0x9c && data[at + 1] === 0x0f) return [at / 4 % canvas.width, Math.floor(at / 4 / canvas.width)];""")
    was = said()
    mouse(browser, "mouseMoved", x + spot[0], y + spot[1])
    check("the map shows the place in the profile", wait_for(lambda: said() != was), (was, said()))
    check("which stands in it", browser.run("return document.querySelector('.chart').classList.contains('at')"))
    mouse(browser, "mouseMoved", x + 5, y + 200)


def layers(browser, front):
    browser.go(front.base + "/track/1")
    ready(browser)
    first = state(browser)["layers"]
    browser.press(".layers summary")
    names = browser.run("return [...document.querySelectorAll('.layers label')].map(l => l.textContent)")
    check("there are layers to choose from", len(names) > 4, names)
    chosen = browser.run("return document.querySelector('.layers input[type=radio]:checked').parentNode.textContent")
    check("the first is chosen", chosen == names[0] and len(first) == 1, (chosen, first))
    browser.run("document.querySelectorAll('.layers input[type=radio]')[1].click()")
    check("another takes its place", wait_for(lambda: (now := state(browser)["layers"]) != first and len(now) == 1), state(browser))
    browser.run("document.querySelector('.layers input[type=checkbox]').click()")
    check("an overlay lies on it", wait_for(lambda: len(state(browser)["layers"]) == 2), state(browser))
    credit = browser.run("return document.querySelector('.credit').textContent")
    check("those who made them are named", " · " in credit and "OpenSeaMap" in credit, credit)


def fingers(browser, front):
    window(browser, 390, "light", 2)
    browser.devtools("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    browser.go(front.base + "/track/1")
    check("a dense screen gets finer tiles", ready(browser), state(browser))
    before, ink = state(browser), browser.run(INK)
    left, top, width, height = box(browser)
    x, y = left + width / 2, top + height / 2
    touch(browser, "touchStart", (x, y))
    for step in range(1, 8):
        touch(browser, "touchMove", (x, y - 12 * step))
    touch(browser, "touchEnd")
    check("one finger does not move the map", abs(browser.run(INK)["y"] - ink["y"]) < 3, (ink, browser.run(INK)))
    told = browser.run("return document.querySelector('.told').textContent")
    check("and it says how to", "Two fingers" in told, told)
    browser.run("scrollTo(0, 0)")
    touch(browser, "touchStart", (x - 30, y), (x + 30, y))
    for step in range(1, 8):
        touch(browser, "touchMove", (x - 30 - 10 * step, y), (x + 30 + 10 * step, y))
    touch(browser, "touchEnd")
    check("two fingers zoom", wait_for(lambda: state(browser)["zooms"] != before["zooms"]), state(browser))
    browser.press(".tools.right [aria-label='Show the whole track']")
    ready(browser)
    touch(browser, "touchStart", (x, y))
    touch(browser, "touchEnd")
    check("a tap makes the map active", wait_for(lambda: browser.run("return document.querySelector('.map').classList.contains('active')")))
    touch(browser, "touchStart", (x, y))
    for step in range(1, 6):
        touch(browser, "touchMove", (x + 10 * step, y))
    touch(browser, "touchEnd")
    check("then one finger moves it", wait_for(lambda: browser.run(INK)["x"] - ink["x"] > 60), (ink, browser.run(INK)))
    browser.devtools("Emulation.setTouchEmulationEnabled", enabled=False)


def photos(browser, front):
    """Photos stand on the line, where their owner wants them to."""
    browser.go(front.base + "/track/1")
    thumbs = lambda: browser.run("return [...document.querySelectorAll('.thumb')].map(t => t.title)")
    check("a photo that knows its place is on the map", ready(browser) and wait_for(lambda: len(thumbs()) == 1), thumbs())
    browser.press(".thumb")
    check("a press shows it larger", wait_for(lambda: browser.run("return !!document.querySelector('.view .card img')")))
    browser.press(".view .card a")
    check("and the card opens it", wait_for(lambda: browser.run("return document.querySelector('dialog.viewer').open")))
    browser.press(".viewer .shut")
    browser.press(".layers summary")
    browser.run("[...document.querySelectorAll('.layers label')].at(-1).click()")
    check("photos can be left out", wait_for(lambda: not thumbs()), thumbs())
    browser.go(front.base + "/track/1/edit")
    browser.run("const all = document.querySelectorAll('select[name^=image-place]'); for (const one of all) one.value = 'nowhere'")
    browser.press("form .save .primary")
    check("the choice is kept", wait_for(lambda: browser.url() == front.base + "/track/1") and ready(browser) and not thumbs(), (browser.url(), thumbs()))


def overviews(browser, front):
    """Many tracks: on the map of Explore and on the profile."""
    browser.go(front.base + "/")
    browser.press("a[href*='view=map']")
    check("home leads to the map of all", wait_for(lambda: "view=map" in browser.url()) and ready(browser), browser.url())
    listed = lambda: browser.run("return [...document.querySelectorAll('.inview a')].map(a => a.textContent)")
    check("the tracks in view are listed", wait_for(lambda: len(listed()) > 2), listed())
    shown = browser.run("return [...document.querySelectorAll('.cards, .pages')].some(e => e.getClientRects().length)")
    check("the plain list gives way", not shown)
    before = browser.run(INK)
    check("the lines are drawn", before["n"] > 20, before)
    left, top, *_ = box(browser, ".inview a")
    mouse(browser, "mouseMoved", left + 20, top + 10)
    check("pointing in the list brings the track out", wait_for(lambda: browser.run(INK)["n"] != before["n"]), browser.run(INK))
    browser.run("document.querySelector('.view').scrollIntoView({block: 'center'})")
    # A press on a line; a mark reaches farther than one can be missed.
    spots = browser.run("""const canvas = document.querySelector('.view canvas'), brush = canvas.getContext('2d'), found = [];
      const data = brush.getImageData(0, 0, canvas.width, canvas.height).data;
      for (let at = 0; at < data.length; at += 4) if (data[at] === 0x9c && data[at + 1] === 0x0f) found.push([at / 4 % canvas.width, Math.floor(at / 4 / canvas.width)]);
      return found.filter((_, n) => n % Math.ceil(found.length / 12) === 0);""")
    left, top, *_ = box(browser)
    link = lambda: browser.run("const a = document.querySelector('.view .card a'); return a && a.getAttribute('href')")
    for x, y in spots:
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            mouse(browser, kind, left + x, top + y)
        if link():
            break
    check("a press tells which track it is", wait_for(lambda: (link() or "").startswith("/track/")), link())
    key(browser, "Escape")
    check("Escape closes the card", wait_for(lambda: not link()))
    browser.go(front.base + "/track/?search-terms=moj&view=map")
    check("the filter holds on the map", ready(browser) and wait_for(lambda: len(listed()) == 1), listed())
    browser.go(front.base + "/user/2/")
    check("the profile has a map", ready(browser) and browser.run(INK)["n"] > 20, state(browser))


def without_scripts(browser, front):
    browser.scripts(False)
    browser.go(front.base + "/track/1")
    seen = browser.find(".map img, .map svg")
    check("a picture stands in the map's place", browser.do("GET", f"/element/{seen}/displayed"))
    browser.go(front.base + "/track/?view=map")
    check("the list is there", browser.do("GET", f"/element/{browser.find('.cards')}/displayed"))
    check("the map is not", not browser.do("GET", f"/element/{browser.find('.map')}/displayed"))
    browser.scripts(True)


def picture(browser, pictures, name):
    if pictures:
        ready(browser)
        time.sleep(0.5)
        browser.picture(pictures / f"{name}.png")


def looks(browser, front, pictures):
    for name, path in [("track", "/track/3"), ("loop", "/track/1"), ("explore", "/track/?view=map"), ("profile", "/user/2/"), ("edit", "/track/1/edit")]:
        for width in (390, 1280):
            for theme in ("light", "dark"):
                window(browser, width, theme)
                browser.go(front.base + path)
                check(f"{name} {width} {theme}: nothing scrolls sideways", not (faults := browser.run(base.LOOK)), faults)
                picture(browser, pictures, f"map-{name}-{width}-{theme}")


def main():
    pictures = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    site = Layered(sys.argv[1])
    front, browser = Front(site), Browser()
    try:
        window(browser, 1280, "light")
        front_site = type("Here", (), {"base": front.base})
        log_in(browser, front_site)
        for part in (moves, profile, layers, fingers, photos, overviews, without_scripts):
            window(browser, 1280, "light")
            part(browser, front)
            check(f"{part.__name__} logs no fault", not (faults := browser.faults()), faults)
        looks(browser, front, pictures)
        check("no picture logs a fault", not (faults := browser.faults()), faults)
        resources = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
        strange = [name for name in resources if not name.startswith((front.base, "data:"))]
        check("no request leaves the site", resources and not strange, strange)
    finally:
        browser.close()
        front.shutdown()
        site.close()
    print(f"{base.passed} passed, {base.failed} failed")
    sys.exit(1 if base.failed else 0)


if __name__ == "__main__":
    main()
