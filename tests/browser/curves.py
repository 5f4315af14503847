"""The curves below a track's map: which are shown, stretches of them, photos and the time of day."""

import math
import time

import maps
from driver import wait_for
from report import check
from tiles import taken_at
from visitor import choose

LAT, LON = 48.0, 7.5


def place(n):
    """The n-th place of a ride in a bow, about 11 m from the one before."""
    return LAT + n * 1e-4, LON + math.sin(n / 300) / 40


def ride(points, step=5):
    """A ride over a hill with everything that a sensor tells, from noon on in a zone two hours east."""
    lines = []
    for n in range(points):
        (lat, lon), seconds = place(n), n * step
        clock = f"{12 + seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}+02:00"
        lines.append(f"<trkpt lat='{lat:.6f}' lon='{lon:.6f}'><ele>{300 + 200 * math.sin(n / points * math.pi):.1f}</ele><time>2024-07-01T{clock}</time>"
                     f"<extensions><power>{150 + n % 40}</power><g:TrackPointExtension><g:atemp>{20 + n % 3}</g:atemp><g:hr>{120 + n % 30}</g:hr>"
                     f"<g:cad>{80 + n % 9}</g:cad></g:TrackPointExtension></extensions></trkpt>")
    half = points // 2
    segments = "</trkseg><trkseg>".join("".join(part) for part in (lines[:half], lines[half:]))
    return ("<gpx version='1.1' creator='x' xmlns='http://www.topografix.com/GPX/1/1' xmlns:g='http://www.garmin.com/xmlschemas/TrackPointExtension/v1'>"
            f"<trk><name>Over the hill</name><trkseg>{segments}</trkseg></trk></gpx>")


def bring_in(browser, site, text):
    """A ride becomes a track; its path."""
    file = site.path / "ride.gpx"
    file.write_text(text)
    choose(browser, site, file)
    wait_for(lambda: "/upload/" in browser.url())
    browser.press("button.primary")
    check("a ride becomes a track", wait_for(lambda: "/track/" in browser.url()), browser.url())
    return browser.url().removeprefix(site.base)


SHOWN = "return [...document.querySelectorAll('.trackpage .chart')].filter(c => c.getClientRects().length).map(c => c.dataset.name)"
STRETCH = "return document.querySelector('.stretch.shown span') ? document.querySelector('.stretch span').textContent : null"
READOUT = "return [...document.querySelectorAll('.readout span')].filter(s => !s.hidden).map(s => s.textContent)"


def curves(browser, site):
    """Switches, read-out and stretches, by mouse, keyboard and finger."""
    path = bring_in(browser, site, ride(1000))
    images = site.path / f"data{path.replace('/track/', '/tracks/')}/images"
    images.mkdir(exist_ok=True)
    (images / "a_hill.jpg").write_bytes(taken_at(*place(400)))
    preview = site.path / f"data{path.replace('/track/', '/tracks/')}/preview.png"
    check("its picture is drawn at once", wait_for(preview.exists), preview)
    browser.go(site.base + path)
    maps.ready(browser)
    names = browser.run("return [...document.querySelectorAll('.switch')].map(s => s.textContent)")
    check("each curve has a switch", names == ["Height", "Speed", "Heart rate", "Cadence", "Power", "Temperature"], names)
    check("the heights are shown", browser.run(SHOWN) == ["Height"], browser.run(SHOWN))
    browser.press(".switch:nth-child(3)")
    browser.press(".switch:nth-child(1)")
    check("a switch shows a curve and hides another", browser.run(SHOWN) == ["Heart rate"], browser.run(SHOWN))
    browser.press(".switch:nth-child(3)")
    check("the last one stays", browser.run(SHOWN) == ["Heart rate"], browser.run(SHOWN))
    browser.press(".switch:nth-child(1)")
    browser.run("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    left, top, width, height = maps.box(browser, ".chart .x")
    maps.mouse(browser, "mouseMoved", left + width * 0.5, top + 40)
    told = browser.run(READOUT)
    check("the read-out tells way, time at the place, height and beats", told[1] == "12:41" and told[2] == "500\u202fm" and "bpm" in told[3], told)

    bare = maps.browser_ink(browser)
    maps.drag(browser, left + width * 0.25, top + 40, left + width * 0.75, top + 40)
    stretch = browser.run(STRETCH)
    check("dragging measures a stretch", stretch and stretch.startswith("Stretch: ") and all(part in stretch for part in (" up", " down", "min", "km/h")), stretch)
    check("which stands out on the map", wait_for(lambda: maps.browser_ink(browser) > bare + 50), (bare, maps.browser_ink(browser)))
    before = maps.state(browser)["scale"]
    browser.press(".stretch button")
    check("and can be looked at there", wait_for(lambda: maps.state(browser)["scale"] != before), before)
    browser.keys("\ue00c")
    check("Escape takes it away", browser.run(STRETCH) is None, browser.run(STRETCH))

    browser.run("document.querySelector('.along').focus()")
    browser.keys("\ue011\ue007" + "\ue014" * 10)
    stretch = browser.run(STRETCH)
    check("keys measure too", stretch and "Stretch: 1.2\u202fkm" in stretch, stretch)
    spoken = browser.run("return document.querySelector('.along').getAttribute('aria-valuetext')")
    check("the slider says the time", "12:07" in spoken, spoken)
    browser.keys("\ue00c")
    check("and take it away", browser.run(STRETCH) is None)

    ticks = browser.run("return [...document.querySelectorAll('.tick')].map(t => parseFloat(t.style.left))")
    check("a photo stands where it was taken", len(ticks) == 1 and 38 < ticks[0] < 42, ticks)
    browser.press(".tick")
    check("and opens", wait_for(lambda: browser.run("return document.querySelector('dialog.viewer').open")))
    browser.press(".viewer .shut")

    maps.window(browser, 390, "dark", 2)
    browser.devtools("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    browser.go(site.base + path + "?lang=de")
    browser.go(site.base + path)
    maps.ready(browser)
    browser.run("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    left, top, width, height = maps.box(browser, ".chart .x")
    maps.touch(browser, "touchStart", (left + 40, top + 40))
    for step in range(1, 8):
        maps.touch(browser, "touchMove", (left + 40 + 20 * step, top + 40))
    maps.touch(browser, "touchEnd")
    stretch = browser.run(STRETCH)
    check("a finger measures in German", stretch and stretch.startswith("Abschnitt: ") and "bergauf" in stretch, stretch)
    maps.look.look(browser, "curves-390-dark")
    maps.look.axe(browser, "curves-390-dark")
    maps.look.keep(browser, "curves-390-dark")
    maps.touch(browser, "touchStart", (left + width - 10, top + 40))
    maps.touch(browser, "touchEnd")
    check("a tap beside takes it away", wait_for(lambda: browser.run(STRETCH) is None), browser.run(STRETCH))
    browser.devtools("Emulation.setTouchEmulationEnabled", enabled=False)
    browser.go(site.base + path + "?lang=en")
    maps.window(browser, 1280, "light")
    browser.go(site.base + path)
    maps.ready(browser)
    for n in range(2, 7):
        browser.press(f".switch:nth-child({n})")
    left, top, width, height = maps.box(browser, ".chart .x")
    browser.run("scrollTo(0, 0)")
    maps.drag(browser, left + width * 0.25, top + 40, left + width * 0.5, top + 40)
    maps.look.keep(browser, "curves-1280-light")


def failing(browser, site):
    """Tiles that fail are asked for again, and not in a storm."""
    site.provider.fails, asked = True, len(site.provider.asked)
    browser.go(site.base + "/track/6")
    check("tiles fail", wait_for(lambda: len(site.provider.asked) > asked + 4) and not maps.state(browser)["loaded"], maps.state(browser))
    time.sleep(1)
    first = len(site.provider.asked) - asked
    site.provider.fails = False
    came = wait_for(lambda: maps.state(browser)["loaded"]) or maps.ready(browser)
    check("they come when they can be had", came and maps.ready(browser), maps.state(browser))
    twice = len(site.provider.asked) - asked
    check("each is asked for a few times at most", twice <= 4 * first, (first, twice))
    browser.faults()


FRAMES = """
const done = arguments[arguments.length - 1], view = document.querySelector('.view'), box = view.getBoundingClientRect();
const times = [], begun = performance.now(); let last = begun;
const send = (kind, x) => view.dispatchEvent(new PointerEvent(kind, {pointerId: 1, pointerType: 'mouse', clientX: box.left + x, clientY: box.top + 100, bubbles: true, button: 0}));
view.setPointerCapture = () => {};
send('pointerdown', 100);
const frame = (now) => {
  times.push(now - last); last = now;
  send('pointermove', 100 + 200 * Math.sin((now - begun) / 200));
  if (now - begun < 2000) requestAnimationFrame(frame);
  else { send('pointerup', 100); times.shift(); times.sort((a, b) => a - b); done([times.length, times[times.length >> 1], times[Math.floor(times.length * .95)]]); }
};
requestAnimationFrame(frame);
"""


def large(browser, site):
    """A hundred thousand points move as smoothly as a few."""
    file = site.path / "ride.gpx"
    path = bring_in(browser, site, ride(100_000, 1))
    browser.go(site.base + path)
    check("its map comes", maps.ready(browser), maps.state(browser))
    count, median, late = browser.do("POST", "/execute/async", {"script": FRAMES, "args": []})
    print(f"-- 100,000 points: {count} frames in 2 s, the middle one {median:.1f} ms, of 20 the slowest {late:.1f} ms")
    check("it moves smoothly", median < 40, (count, median, late))
    file.unlink()


def as_others(browser, site):
    """The owner of a zone looks with the eyes of others."""
    browser.go(site.base + "/me/zones?track=1")
    maps.send(browser, "/me/zones", zone_name="Home", radius="300")
    browser.go(site.base + "/track/1")
    maps.ready(browser)
    whole = maps.browser_ink(browser)
    browser.press("a[href*='as=other']")
    check("a link leads there", wait_for(lambda: "as=other" in browser.url() and "as others do" in browser.text()), browser.url())
    check("the map lacks the hidden part", maps.ready(browser) and maps.browser_ink(browser) != whole, whole)
    asked = browser.run("return performance.getEntriesByType('resource').map(e => e.name).filter(n => n.includes('/track/1'))")
    check("whatever the page asks for is cut", asked and all("as=other" in name for name in asked if "/images/" not in name), asked)
    maps.look.axe(browser, "as-others")
    maps.look.keep(browser, "as-others")
    browser.press("main .msg a")
    check("and another back", wait_for(lambda: browser.url() == site.base + "/track/1"), browser.url())
    browser.go(site.base + "/me/zones")
    maps.send(browser, "/me/delete-zone")
