"""What a visitor does on many pages: log in, choose a file, fill in a form."""

from driver import wait_for
from instance import GPX
from report import check


def log_in(browser, site, email="alice@example.org", password="alice-password-1"):
    browser.go(site.base + "/login")
    browser.type("input[name=email]", email)
    browser.type("input[name=password]", password)
    browser.press("main form button.primary")
    check("logging in leads home", wait_for(lambda: browser.url() == site.base + "/"), browser.url())


def log_out(browser, site):
    browser.go(site.base + "/")
    browser.press(".account summary")
    browser.press(".account .panel form button")
    check("logging out works", wait_for(lambda: "Log in" in browser.text()), browser.text()[:200])


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


def fill(browser, **fields):
    """Fills the form of the page and sends it, though the browser would find faults of its own."""
    browser.run("document.querySelector('main form').noValidate = true")
    for name, text in fields.items():
        css = f"main input[name={name.replace('_', '-')}]"
        browser.clear(css)
        browser.type(css, text)
    browser.press("main form button.primary")


def send(browser, form, **fields):
    """Fills in a form of the page, named by its address, and presses its last button; panels are opened first."""
    browser.run("for (const d of document.querySelectorAll('details')) if (d.querySelector(arguments[0])) d.open = true", f"form[action='{form}']")
    for name, value in fields.items():
        css = f"form[action='{form}'] [name='{name.replace('_', '-')}']"
        browser.clear(css)
        browser.type(css, value)
    before = browser.run("window.leaving = 1; return performance.timeOrigin")
    browser.press(f"form[action='{form}'] button:not([type=button])")
    wait_for(lambda: browser.run("return document.readyState == 'complete' && !window.leaving && performance.timeOrigin") not in (False, None, before))


def at(site, path, browser):
    browser.go(site.base + path)
    return browser.text()
