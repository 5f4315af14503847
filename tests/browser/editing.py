"""A track is edited: title, photos, another recording, another private link."""

from driver import status, wait_for
from instance import GPX, ROOT
from look import look_as_it_is
from report import check

PHOTOS = ROOT / "tests/data/fietsboek-0.11/data/tracks/1/images"
PICTURES = "return [...document.querySelectorAll('.photos img')].map(i => [i.complete && i.naturalWidth > 0, i.alt])"


def replaced(browser, site, path, scripts=True):
    """Opens the form of a track, and afterwards saves it."""
    browser.go(site.base + path + "/edit")
    yield
    browser.press(".save button.primary")
    check("saving leads back to the track", wait_for(lambda: browser.url() == site.base + path), browser.url())


def editing(browser, site, path, scripts=True):
    """Title, two photos, one of them gone again, another recording, another link."""
    for _ in replaced(browser, site, path):
        browser.clear("input[name=title]")
        browser.type("input[name=title]", "Under the hills")
        browser.type("#new-photos", "\n".join(str(PHOTOS / name) for name in ["moodn_view.png", "qiaft_evil_name.png"]))
        if scripts:
            captions = browser.run("return document.querySelectorAll('.pictures canvas + .what input').length")
            check("each photo has a line for its caption at once", captions == 2, captions)
            browser.type("#new-caption-0", "From <below>")
            look_as_it_is(browser, "edit-photos")
    check("the title is another", wait_for(lambda: "Under the hills" in browser.text()), browser.text()[:200])
    browser.run("for (const i of document.querySelectorAll('.photos img')) i.loading = 'eager'")
    browser.run("scrollTo(0, document.body.scrollHeight / 2)")
    check("two photos are shown", wait_for(lambda: [p[0] for p in browser.run(PICTURES)] == [True, True]), browser.run(PICTURES))
    if scripts:
        check("a photo has its caption", "From <below>" in browser.text())
    for _ in replaced(browser, site, path):
        browser.press("input[name='delete-image[]']")
        browser.type("#gpx", str(GPX / "Mojstrovka.gpx"))
    check("one photo is left", wait_for(lambda: len(browser.run(PICTURES)) == 1), browser.run(PICTURES))
    check("the recording is another", "15.3" not in browser.text() and "3.0" in browser.text(), browser.text()[:400])
    refused_edit(browser, site, path, scripts)
    browser.go(site.base + path)
    if scripts:
        browser.press(".twostep summary")
        old = browser.run("return document.querySelector('#share-link').value")
        check("the private link works", status(old) == 200, old)
        browser.press(".panel .field .button")
        check("it is copied", wait_for(lambda: "Copied" in browser.text()), browser.text()[:300])
        browser.press(".panel .twostep summary")
        look_as_it_is(browser, "share")
        browser.press(".panel .twostep form button")
        check("replacing the link leads back", wait_for(lambda: "The old one is useless" in browser.text()), browser.text()[:300])
        new = browser.run("return document.querySelector('#share-link').value")
        check("the link is another", new != old and status(old) == 403 and status(new) == 200, (old, new))
    check("editing logs no fault", not (faults := browser.faults()), faults)


def refused_edit(browser, site, path, scripts):
    browser.go(site.base + path + "/edit")
    browser.type("#new-photos", str(ROOT / "Cargo.toml"))
    browser.type("#gpx", str(ROOT / "README.md"))
    browser.clear("input[name=title]")
    browser.type("input[name=title]", "Kept")
    browser.press(".save button.primary")
    said = wait_for(lambda: "Cargo.toml isn't a picture" in browser.text() and "We can't read README.md" in browser.text())
    check("refused files are told by name", said, browser.text()[:600])
    kept = browser.run("return document.querySelector('input[name=title]').value")
    check("what was typed is kept", kept == "Kept" and "Choose the files again" in browser.text(), kept)
    look_as_it_is(browser, "edit-refused" if scripts else "edit-refused-bare", scripts)
