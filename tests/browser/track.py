"""The page of a track: what stands where, what is behind "More", the place along the way, and paper."""

import base64
import re

from crowd import CROWDED, LONG_TITLE
from driver import END, HOME, RIGHT, wait_for
from look import LOOK, frame, keep, look_as_it_is
from report import check

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


def seldom(browser, site, path):
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
    look_as_it_is(browser, "more")


def bare(browser, site, path):
    """Without scripts a track has its picture and its profile with labels, and no button that does nothing."""
    browser.go(site.base + path)
    shown = browser.run("return ['.map img, .map svg', '.chart.heights .curve', '.chart.heights .labels text'].map(css => !!document.querySelector(css))")
    check("a track is whole without scripts", all(shown), shown)
    dead = browser.run("return [...document.querySelectorAll('button')].filter(button => !button.form && button.checkVisibility()).map(button => button.outerHTML)")
    check("no button is dead without scripts", not dead, dead)
    check("nobody is told to switch scripts on", "JavaScript" not in browser.do("GET", "/source"))


def cursor(browser, site, path):
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
        check(f"nothing jumped at {width}", browser.run(where) == [left, top, wide, high], browser.run(where))
        keep(browser, f"cursor-{width}-dark")
    browser.type(".along", HOME + RIGHT + RIGHT)
    state = browser.run("const s = document.querySelector('.along'); return ['role', 'aria-label', 'aria-valuenow', 'aria-valuetext'].map(a => s.getAttribute(a))")
    check("keys move the place", state[:3] == ["slider", "Place along the track", "2"], state)
    check("and it is said", re.fullmatch(r"0\.3 kilometres, \d+ metres(, [\d.]+ kilometres an hour)?", state[3] or "") is not None, state[3])
    look_as_it_is(browser, "cursor-keys")
    browser.type(".along", END)
    text = browser.run("return document.querySelector('.along').getAttribute('aria-valuetext')")
    check("End is the finish", text.startswith("15.3 kilometres"), text)
    check("the cursor logs no fault", not (faults := browser.faults()), faults)


def stages(browser, site):
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
        keep(browser, f"crowded-{width}-{theme}")
        browser.run("for (const d of document.querySelectorAll('details.more, details.table')) d.open = true")
        check(f"all is open and holds at {width}", not (faults := browser.run(LOOK)), faults)
    browser.window(1280, "light")
    pdf = base64.b64decode(browser.devtools("Page.printToPDF", printBackground=False)["data"])
    check("a track prints", pdf.startswith(b"%PDF"))
    browser.go(site.base + "/track/2")
    pdf = base64.b64decode(browser.devtools("Page.printToPDF", printBackground=False)["data"])
    check("a track without photos fits a sheet", pdf.count(b"/Type /Page\n") == 1, pdf.count(b"/Type /Page\n"))


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
