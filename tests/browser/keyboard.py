"""By keyboard: each stop has a ring that is seen; a password that is looked at."""

from driver import TAB
from look import look_as_it_is
from report import check

# Whether what has the focus shows it, with a ring of at least 2 px.
RING = """
const e = document.activeElement, s = getComputedStyle(e.matches('.choices input') ? e.closest('label') : e);
return [e.tagName + ' ' + (e.name || e.textContent.trim().slice(0, 20)), s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) >= 2];
"""


def by_keyboard(browser, site, path, stops):
    """Tab through a page: each stop has a ring that is seen."""
    browser.go(site.base + path)
    for stop in range(stops):
        browser.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": [
            {"type": "keyDown", "value": TAB}, {"type": "keyUp", "value": TAB}]}]})
        name, seen = browser.run(RING)
        check(f"stop {stop + 1} of {path} has a ring", seen, name)


def shown_password(browser, site):
    browser.go(site.base + "/login")
    browser.type("#password", "seen")
    browser.press(".measured button")
    kind = browser.run("const i = document.querySelector('#password'); return [i.type, i.value]")
    check("a password can be looked at", kind == ["text", "seen"], kind)
    look_as_it_is(browser, "login-shown")
    browser.press(".measured button")
    kind = browser.run("return document.querySelector('#password').type")
    check("and hidden again", kind == "password", kind)
