"""The site in a real browser.

    AXE=axe.min.js python3 tests/browser BINARY [PART]

BINARY is ours under its own name, AXE axe's script; `tests/browser.sh` gets it. PART runs only the parts with that in their names. SCREENSHOTS names a folder for
pictures. Needs chromium, chromedriver, nginx and openssl.
"""

import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

import look
import report
from accounts import accounts
from crowd import crowd
from driver import Browser
from editing import editing
from flow import flow
from flow_words import WORDS
from form import chips, finish_form, many_friends
from https import https
from instance import Site
from keyboard import by_keyboard, shown_password
from lists import lists
from maps import maps
from pauses import break_in_german, empty, lost, maintenance
from people import people
from profiles import profiles
from report import part
from track import bare, cursor, on_paper, seldom, stages
from uploading import refused_without_scripts, sending
from visitor import log_in, save, upload
from zones import zones


def whole(binary):
    """Every page of the instance that Fietsboek 0.11 made, at five widths, in both themes and languages; then what is
    done on them, and all of it without scripts."""
    with Site(binary) as site, Browser() as browser:
        public = [("welcome", "/"), ("login", "/login"), ("explore-out", "/track/"), ("track-out", "/track/1"),
                  ("forbidden-out", "/track/3"), ("missing", "/nothing-here")]
        look.look_at_all(browser, site, public)
        shown_password(browser, site)
        by_keyboard(browser, site, "/login", 12)
        log_in(browser, site)
        form = upload(browser, site, "Over the hills")
        look.look_at_all(browser, site, [("finish", form.removeprefix(site.base))])
        browser.go(form)
        browser.clear("input[name=title]")
        browser.type("input[name=title]", "Over the hills")
        save(browser, site, "Over the hills")
        track = browser.url().removeprefix(site.base)
        private = [("home", "/"), ("explore", "/track/"), ("track-photos", "/track/1"), ("track", track), ("upload", "/upload"),
                   ("forbidden", "/admin/"), ("planned", "/track/6"), ("edit", "/track/1/edit")]
        look.look_at_all(browser, site, private)
        by_keyboard(browser, site, "/upload", 12)
        finish_form(browser, site, "/track/1/edit")
        lost(browser, site)
        on_paper(browser, site)
        sending(browser, site)
        chips(browser, site, track)
        seldom(browser, site, track)
        cursor(browser, site, track)
        editing(browser, site, track)
        profiles(browser, site)
        people(browser, site)
        crowd(site)
        lists(browser, site)
        stages(browser, site)
        many_friends(browser, site)
        maintenance(browser, site)
        browser.scripts(False)
        refused_without_scripts(browser, site)
        upload(browser, site, "Without scripts", scripts=False)
        save(browser, site, "Without scripts")
        path = browser.url().removeprefix(site.base)
        bare(browser, site, path)
        editing(browser, site, path, scripts=False)


def main(binary, only=""):
    binary = pathlib.Path(binary).resolve()
    if look.PICTURES:
        look.PICTURES.mkdir(parents=True, exist_ok=True)
    parts = {
        "every page": (whole,),
        "accounts": (accounts,),
        "maps": (maps,),
        "an empty instance": (empty,),
        "a German break": (break_in_german,),
        "a new password over https": (https,),
        "privacy zones": (zones,),
    }
    for language in WORDS:
        for width in (look.PHONE, look.DESK):
            parts[f"the life of an account, {language}, {width}"] = (flow, language, width)
    # The longest stands first, and the others go on beside it.
    with ThreadPoolExecutor(2) as side_by_side:
        for name, (run, *arguments) in parts.items():
            if only in name:
                side_by_side.submit(part, name, run, binary, *arguments)
    print(f"{report.passed} passed, {report.failed} failed")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
