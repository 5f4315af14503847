"""Several files sent at once, with scripts; and one without."""

from driver import wait_for
from instance import GPX
from look import look_as_it_is
from report import check
from visitor import choose


def sending(browser, site):
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
    look_as_it_is(browser, "upload-sent")
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
    look_as_it_is(browser, "upload-sending")
    for _ in large:
        browser.press(".sending button")
    check("cancelled files are gone", not browser.run("return document.querySelectorAll('.sending li').length"), "")
    check("leaving asks no more", not browser.run(leave))
    browser.devtools("Network.emulateNetworkConditions", uploadThroughput=-1, **slow)
    browser.go(site.base + "/upload")
    check("and do not wait", "large" not in browser.text(), browser.text())
    check("sending logs no fault", not (faults := browser.faults()), faults)


def refused_without_scripts(browser, site):
    choose(browser, site, site.path / "notes.gpx")
    browser.press("main form button:not([type])")
    told = wait_for(lambda: "We can't read notes.gpx" in browser.text() and "Upload" in browser.text())
    check("a refused file is told on the page", told, browser.text())
