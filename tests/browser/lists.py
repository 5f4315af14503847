"""Home and Explore with 2,000 tracks: rows, cards, ticks and filters."""

from driver import wait_for
from look import LOOK, frame, keep
from report import check

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


def lists(browser, site):
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
            keep(browser, f"many-home-{width}-{theme}-{language}")
            browser.go(site.base + "/track/?page=2&sort=DATE_ASC&min-length=1&tags=")
            what = f"2,000 tracks in Explore {width} {language}"
            check(f"{what} look right", not (faults := browser.run(LOOK) + browser.run(CARDS)), faults)
            frame(browser, what)
            keep(browser, f"many-explore-{width}-{theme}-{language}")
    browser.go(site.base + "/?lang=en")
    ticking(browser, site)
    filtering(browser, site)


def ticking(browser, site):
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
        keep(browser, f"ticked-{width}")
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


def filtering(browser, site):
    browser.window(390, "light")
    browser.go(site.base + "/track/")
    browser.press(".filters > summary")
    browser.type("#min-length", "1")
    browser.type("#tags", "Donaudampfschifffahrtsgesellschaft 1 && donaudampfschifffahrtsgesellschaft 2")
    check("the open filters look right", not (faults := browser.run(LOOK)), faults)
    keep(browser, "filters-390")
    browser.press(".filters button.primary")
    wait_for(lambda: "min-length=1" in browser.url() and "Filters (" in browser.text())
    check("what is empty is left out", "max-length" not in browser.url() and "min-length=1" in browser.url(), browser.url())
    check("the filter finds one track", "1 track" in browser.text() and "Filters (" in browser.text(), browser.text()[:300])
    check("chips look right", not (faults := browser.run(LOOK)), faults)
    for width in [390, 1280]:
        browser.window(width, "dark")
        keep(browser, f"chips-{width}")
    browser.press(".chip")
    gone = wait_for(lambda: "Gesellschaft+1" not in browser.url().title())
    check("a chip takes its filter off", gone, browser.url())
    browser.go(site.base + "/track/?search-terms=nothing-like-this&favourite=true")
    check("nothing found says so", "Nothing matches these filters" in browser.text(), browser.text()[:300])
    keep(browser, "nothing-found-1280")
    browser.go(site.base + "/track/?min-length=far&max-date=soon")
    check("wrong filters look right", not (faults := browser.run(LOOK)), faults)
    check("wrong filters have the focus at what is wrong", browser.run("return document.activeElement.matches('.summary')"))
    keep(browser, "wrong-filters-1280")
    browser.faults()
