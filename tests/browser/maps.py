"""The map, on tiles of a provider of our own."""

import time

import curves
import look
from driver import WIDTHS, Browser, status, wait_for
from instance import Site
from report import check
from tiles import Provider, taken_at
from visitor import log_in, send


class Layered(Site):
    """With layers of a provider on this machine; `more` lines of settings."""

    def __init__(self, binary, provider, more=""):
        self.provider, self.more = provider, more
        super().__init__(binary)

    def make(self):
        super().make()
        for n, (lat, lon) in enumerate([(46.4330, 13.7445)]):
            (self.path / f"data/tracks/1/images/photo_{n}.jpg").write_bytes(taken_at(lat, lon))
        lines = [self.layer("plain", "base", "© <a href='https://example.org'>Plain</a>"), self.layer("satellite", "base", "Sky"),
                 self.layer("opensea", "overlay", "OpenSeaMap"), self.layer("hiking", "overlay", "Ways"),
                 self.layer("club", "base", "Club"), "fietsboek.tile_layer.club.access = restricted",
                 # The provider draws its tiles, and the machine may be busy.
                 "fietsboek.tile_proxy.timeout = 10000", self.more]
        text = self.ini.read_text()
        kept = [line for line in text.splitlines() if not line.startswith(("fietsboek.default_tile_layers", "fietsboek.tile_layer."))]
        self.ini.write_text("\n".join(kept) + "\n")
        self.set("[app:main]", "\n".join(["[app:main]", "fietsboek.default_tile_layers =", *lines]))

    def layer(self, id, kind, credit):
        key, url = f"fietsboek.tile_layer.{id}", self.provider.base + f"/{id}/{{z}}/{{x}}/{{y}}"
        return f"{key} = {id.title()}\n{key}.url = {url}\n{key}.type = {kind}\n{key}.zoom = 19\n{key}.attribution = {credit}"


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


def browser_ink(browser):
    """How much of the map has the colour of the track."""
    return browser.run(INK)["n"]


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


# A place on the map where nothing can be pressed, not even by a thick finger: a tap goes to what is near.
BARE = """
    const box = document.querySelector('.map .view').getBoundingClientRect(), near = [-40, -20, 0, 20, 40];
    const is_bare = (x, y) => document.elementFromPoint(x, y)?.closest('.view') && !document.elementFromPoint(x, y).closest('button, a, .card');
    for (const [across, down] of [[.5, .5], [.3, .5], [.3, .3], [.5, .3], [.3, .7], [.5, .7]]) {
        const [x, y] = [box.left + across * box.width, box.top + down * box.height];
        if (near.every(aside => near.every(below => is_bare(x + aside, y + below)))) return [x, y];
    }
    throw new Error('something stands everywhere on the map');
"""


def rest(browser):
    """Until the map has stopped moving."""
    seen = [None]
    wait_for(lambda: seen[-1] == (seen.append(browser.run(INK)) or seen[-1]))


def key(browser, name, code=None):
    keys = {"+": 107, "-": 109, "ArrowLeft": 37, "ArrowRight": 39, "0": 48, "Home": 36}
    text = {} if len(name) > 1 else {"text": name}
    browser.devtools("Input.dispatchKeyEvent", type="keyDown", key=name, windowsVirtualKeyCode=keys.get(name, 0), **text)
    browser.devtools("Input.dispatchKeyEvent", type="keyUp", key=name, windowsVirtualKeyCode=keys.get(name, 0))


def window(browser, width, theme, dense=1):
    browser.window(width, theme)
    browser.devtools("Emulation.setDeviceMetricsOverride", width=width, height=WIDTHS[width], deviceScaleFactor=dense, mobile=False)


def moves(browser, site):
    browser.go(site.base + "/track/1")
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


def in_step(browser, site):
    """The place that is looked at, from the profile to the map and back."""
    browser.go(site.base + "/track/1")
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
    check("which stands in it", browser.run("return document.querySelector('.stage').classList.contains('at')"))
    mouse(browser, "mouseMoved", x + 5, y + 200)


def chosen_layers(browser, site):
    browser.go(site.base + "/track/1")
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
    check("those who made them are named", "Sky" in credit and "OpenSeaMap" in credit, credit)


def fingers(browser, site):
    window(browser, 390, "light", 2)
    browser.devtools("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    browser.go(site.base + "/track/1")
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
    rest(browser)
    # To press may have scrolled, and a photo that is tapped opens.
    browser.run("scrollTo(0, 0)")
    x, y = browser.run(BARE)
    touch(browser, "touchStart", (x, y))
    touch(browser, "touchEnd")
    check("a tap makes the map active", wait_for(lambda: browser.run("return document.querySelector('.map').classList.contains('active')")))
    touch(browser, "touchStart", (x, y))
    for step in range(1, 6):
        touch(browser, "touchMove", (x + 10 * step, y))
    touch(browser, "touchEnd")
    check("then one finger moves it", wait_for(lambda: browser.run(INK)["x"] - ink["x"] > 60), (ink, browser.run(INK)))
    browser.devtools("Emulation.setTouchEmulationEnabled", enabled=False)


def photos(browser, site):
    """Photos stand on the line, where their owner wants them to."""
    browser.go(site.base + "/track/1")
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
    browser.go(site.base + "/track/1/edit")
    browser.run("const all = document.querySelectorAll('select[name^=image-place]'); for (const one of all) one.value = 'nowhere'")
    browser.press("form .save .primary")
    check("the choice is kept", wait_for(lambda: browser.url() == site.base + "/track/1") and ready(browser) and not thumbs(), (browser.url(), thumbs()))


def overviews(browser, site):
    """Many tracks: on the map of Explore and on the profile."""
    browser.go(site.base + "/")
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
    browser.go(site.base + "/track/?search-terms=moj&view=map")
    check("the filter holds on the map", ready(browser) and wait_for(lambda: len(listed()) == 1), listed())
    browser.go(site.base + "/user/2/")
    check("the profile has a map", ready(browser) and browser.run(INK)["n"] > 20, state(browser))


def without_scripts(browser, site):
    browser.scripts(False)
    browser.go(site.base + "/track/1")
    seen = browser.find(".map img, .map svg")
    check("a picture stands in the map's place", browser.do("GET", f"/element/{seen}/displayed"))
    browser.go(site.base + "/track/?view=map")
    check("the list is there", browser.do("GET", f"/element/{browser.find('.cards')}/displayed"))
    check("the map is not", not browser.do("GET", f"/element/{browser.find('.map')}/displayed"))
    browser.scripts(True)


def looks(browser, site):
    for name, path in [("track", "/track/3"), ("loop", "/track/1"), ("explore", "/track/?view=map"), ("profile", "/user/2/"), ("edit", "/track/1/edit")]:
        for width in (390, 1280):
            for theme in ("light", "dark"):
                window(browser, width, theme)
                browser.go(site.base + path)
                ready(browser)
                # The list beside the map comes when that rests.
                time.sleep(0.3)
                what = f"map-{name}-{width}-{theme}"
                look.look(browser, what)
                look.axe(browser, what)
                look.keep(browser, what)


def own_maps(browser, site):
    """The heat map and the reached tiles lie on the profile's map."""
    site.ctl("user", "hittekaart", "-c", site.ini, "--email", "alice@example.org", "--mode", "heatmap", "--mode", "tilehunter")
    browser.go(site.base + "/user/2/")
    layers = lambda: browser.run("return [...new Set([...document.querySelectorAll('.tiles img.loaded')].map(t => new URL(t.src).pathname.split('/').slice(1, -3).join('/')))].sort()")
    heat = ["tile/plain", "user/2/tile/heatmap"]
    check("the heat map is shown", wait_for(lambda: layers() == heat), layers())
    browser.press(".layers summary")
    names = browser.run("return [...document.querySelectorAll('.layers input[type=checkbox]')].map(i => i.parentNode.textContent + i.checked)")
    check("and the reached tiles may be", names[:2] == ["Heat maptrue", "Tiles reachedfalse"], names)
    browser.run("document.querySelectorAll('.layers input[type=checkbox]')[1].click()")
    check("a tick shows them", wait_for(lambda: layers() == [*heat, "user/2/tile/tilehunt"]), layers())


def cut_off(browser, site):
    """A privacy zone round the start: nobody else sees it, nor a mark where it begins; its owner sees it dotted."""
    browser.go(site.base + "/track/1")
    ready(browser)
    before = browser.run(INK)["n"]
    browser.go(site.base + "/me/zones?track=1")
    send(browser, "/me/zones", zone_name="Home", radius="300")
    browser.go(site.base + "/track/1")
    check("its owner is told", ready(browser) and "dotted on the map" in browser.text(), browser.text()[:300])
    check("the hidden part is dotted", browser.run(INK)["n"] < before, (before, browser.run(INK)))
    look.keep(browser, "map-dotted")
    browser.go(site.base + "/me/zones")
    send(browser, "/me/delete-zone")


def strangers(binary, provider):
    """Who is not logged in gets the public layers, and tiles through the site."""
    with Layered(binary, provider) as site, Browser() as browser:
        window(browser, 1280, "light")
        browser.go(site.base + "/track/1")
        check("a stranger has a map", ready(browser), state(browser))
        browser.press(".layers summary")
        names = browser.run("return [...document.querySelectorAll('.layers input[type=radio]')].map(i => i.parentNode.textContent)")
        check("without the restricted layer", names == ["Plain", "Satellite"], names)
        check("and not by its address", status(site.base + "/tile/club/3/4/2") == 400)


def without_the_proxy(binary, provider):
    """Browsers ask the provider, and the policy lets them."""
    with Layered(binary, provider, "fietsboek.tile_proxy.disable = true") as site, Browser() as browser:
        window(browser, 1280, "light")
        browser.go(site.base + "/track/1")
        loaded = lambda: browser.run("return [...document.querySelectorAll('.tiles img.loaded')].map(t => t.src)")
        check("tiles come from the provider", wait_for(loaded) and all(src.startswith(provider.base) for src in loaded()), loaded()[:3])
        check("which is no fault", not (faults := browser.faults()), faults)


def maps(binary):
    """The map: by mouse, wheel, fingers and keys; in step with the profile; one track and all of them; through the site's
    own route for tiles, and without."""
    provider = Provider()
    with Layered(binary, provider) as site, Browser() as browser:
        browser.window(1280, "light")
        log_in(browser, site)
        along = (curves.curves, curves.as_others, curves.large, curves.failing)
        for run in (moves, in_step, chosen_layers, fingers, photos, overviews, own_maps, cut_off, without_scripts, looks, *along):
            window(browser, 1280, "light")
            run(browser, site)
            check(f"{run.__name__} logs no fault", not (faults := browser.faults()), faults)
            if run is looks:
                twice = {path for path in provider.asked if provider.asked.count(path) > 1}
                check("the provider is asked once for a tile", provider.asked and not twice, sorted(twice)[:3])
        resources = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
        strange = [name for name in resources if not name.startswith((site.base, "data:"))]
        check("no request leaves the site", resources and not strange, strange)
    strangers(binary, provider)
    without_the_proxy(binary, provider)
    provider.shutdown()
    provider.server_close()
