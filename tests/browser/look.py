"""How a page looks: nothing scrolls sideways, nothing is too small, nothing glares in the dark, axe finds nothing
serious. And its picture, for whoever wants to see for themselves.

AXE names axe's script. SCREENSHOTS names a folder for pictures; without it there are none.
"""

import os
import pathlib

from driver import WIDTHS
from report import check

SCRIPT = pathlib.Path(os.environ["AXE"]).read_text()
PICTURES = pathlib.Path(os.environ["SCREENSHOTS"]) if os.environ.get("SCREENSHOTS") else None
# Where pictures are taken and axe looks.
PHONE, DESK = 390, 1280
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
# What is shut has boxes all the same, and axe takes them for the ground of what is really there.
SHUT = """
const sheet = new CSSStyleSheet();
sheet.replaceSync('details:not([open]) > :not(summary) { display: none !important; }');
document.adoptedStyleSheets = [sheet];
"""
# Brighter than any surface of the dark theme.
# What stands on a map is as bright as that.
WHITE = """
return [...document.querySelectorAll('body, body *')].filter(e => e.checkVisibility() && !e.matches('.map .scale, .map .credit') && getComputedStyle(e).backgroundColor.match(/[\\d.]+/g).every((n, at) => at === 3 ? +n > 0 : +n > 200))
  .map(e => e.outerHTML.slice(0, 80)).slice(0, 3);
"""
PURPLE = """
const course = getComputedStyle(document.documentElement).getPropertyValue('--course').trim(), probe = document.createElement('i');
probe.style.color = course; document.body.append(probe);
const purple = getComputedStyle(probe).color; probe.remove();
return [...document.querySelectorAll('body *')].filter(e => !e.closest('svg')).filter(e => { const s = getComputedStyle(e);
  return [s.color, s.backgroundColor, s.borderTopColor, s.borderLeftColor].includes(purple); }).map(e => e.outerHTML.slice(0, 80)).slice(0, 3);
"""


def look_at_all(browser, site, pages):
    for name, path in pages:
        for language in ["en", "de"]:
            browser.go(f"{site.base}/?lang={language}")
            browser.go(site.base + path)
            for width in WIDTHS:
                for theme in ["light", "dark"]:
                    browser.window(width, theme)
                    what = f"{name} {width} {theme} {language}"
                    look(browser, what)
                    frame(browser, what)
                    in_the_dark(browser, what, theme)
                    spoken = browser.run("return document.documentElement.lang")
                    check(f"{what} is in its language", spoken == language, spoken)
                    if width in (PHONE, DESK):
                        if language == "en":
                            axe(browser, what)
                        keep(browser, f"{name}-{width}-{theme}-{language}")
        check(f"{name} logs no fault", not (faults := browser.faults()), faults)
    browser.go(f"{site.base}/?lang=en")
    browser.window(DESK, "light")


def look_as_it_is(browser, name, scripts=True):
    """The page as it stands, without asking for it again."""
    for width in WIDTHS:
        for theme in ["light", "dark"]:
            browser.window(width, theme)
            look(browser, f"{name} {width} {theme}")
            if width in (PHONE, DESK):
                if scripts:
                    axe(browser, f"{name} {width} {theme}")
                keep(browser, f"{name}-{width}-{theme}")
    browser.window(DESK, "light")


def look(browser, what):
    faults = browser.run(LOOK)
    check(f"{what} looks right", not faults, faults[:4])


def in_the_dark(browser, what, theme):
    white = browser.run(WHITE) if theme == "dark" else []
    check(f"{what} has no white box in the dark", not white, white)


def axe(browser, what):
    browser.run(SCRIPT)
    browser.run(SHUT)
    found = browser.do("POST", "/execute/async", {"script": AXE, "args": []})
    browser.run("document.adoptedStyleSheets = []")
    check(f"{what} passes axe", not found, found)


def keep(browser, name):
    """A picture of the whole page."""
    if PICTURES:
        browser.picture(PICTURES / f"{name}.png")


def frame(browser, what):
    width = browser.run("return innerWidth")
    header = browser.run("return document.querySelector('header').getBoundingClientRect().height")
    check(f"{what}: the header is one row", width < 350 or header <= (57 if width < 1024 else 65), header)
    purple = browser.run(PURPLE)
    check(f"{what}: purple is the track's alone", not purple, purple)
