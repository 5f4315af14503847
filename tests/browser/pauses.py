"""Pages with little on them: the break for maintenance, what is lost, and an instance with nothing in it."""

from driver import WIDTHS, Browser
from instance import EMPTY_PASSWORD, New
from look import keep, look, look_at_all
from report import check
from visitor import log_in


def maintenance(browser, site):
    site.maintenance("Back at noon\n<b>or</b> later")
    for path in ["/", "/track/", "/static/nothing", "/login"]:
        browser.go(site.base + path)
        shown = browser.text()
        check(f"{path} says so", "A short break" in shown and "<b>or</b> later" in shown, shown)
    for width in WIDTHS:
        for theme in ["light", "dark"]:
            browser.window(width, theme)
            look(browser, f"the break at {width}")
            if width in (390, 1280):
                keep(browser, f"maintenance-{width}-{theme}-en")
    requests = browser.run("return performance.getEntriesByType('resource').map(e => e.name)")
    check("the page asks for nothing else", not requests, requests)
    check("the break logs no fault", not (faults := browser.faults()), faults)
    site.maintenance("--disable")
    browser.go(site.base + "/")
    check("all is back, still logged in", "A short break" not in browser.text(), browser.text()[:200])
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


def empty(binary):
    """A new instance with nothing in it, before and after its first account."""
    with New(binary) as site, Browser() as browser:
        look_at_all(browser, site, [("empty-welcome", "/"), ("empty-explore-out", "/track/")])
        log_in(browser, site, "first@example.org", EMPTY_PASSWORD)
        pages = [("empty-home", "/"), ("empty-explore", "/track/"), ("empty-upload", "/upload")]
        look_at_all(browser, site, pages)
        browser.go(site.base + "/")
        ways = browser.run("return [...document.querySelectorAll('.empty a.button')].map(a => a.getAttribute('href'))")
        check("an empty home says what to do", ways == ["/upload"], ways)


def break_in_german(binary):
    """Nothing is asked of who visits, so the browser's language is the page's."""
    with New(binary) as site, Browser("de") as german:
        site.maintenance("Bin gleich zurück")
        german.go(site.base + "/")
        check("a German browser gets the German break", "Kurze Pause" in german.text(), german.text())
        site.maintenance("--disable")
