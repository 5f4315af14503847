"""The personal area, with Alice in one browser and Bob in another."""

import json
import sqlite3
import urllib.error
import urllib.request

from driver import Browser, wait_for
from instance import GPX
from look import LOOK, keep, look_at_all
from report import check
from visitor import at, log_in, send


def people(browser, site):
    """The personal area, with Alice in one browser and Bob in another."""
    db = sqlite3.connect(site.path / "fietsboek.sqlite")
    with db:
        db.execute("DELETE FROM friend_requests")
        db.execute("INSERT INTO friend_requests (sender_id, recipient_id, date) VALUES (4, 2, '2026-11-22 09:00:00.000000')")
        db.execute("INSERT INTO friend_requests (sender_id, recipient_id, date) VALUES (2, 1, '2026-11-22 09:00:00.000000')")
    db.close()
    look_at_all(browser, site, [("me", "/me")])
    with Browser() as other:
        log_in(other, site, "bob@example.org", "bob-password-1")
        friendship(browser, other, site)
        programs(browser, site)
        passwords(browser, other, site)
        leaving(other, site)
        check("the personal area logs no fault", not (faults := browser.faults() + other.faults()), faults)


def friendship(alice, bob, site):
    at(site, "/me", alice)
    send(alice, "/me/withdraw-friend")
    check("a request is withdrawn", "Request withdrawn." in alice.text(), alice.text()[:300])
    send(alice, "/me/decline-friend")
    check("a request is declined", "Declined; Carol isn't told." in alice.text(), alice.text()[:300])
    send(alice, "/me/delete-friend")
    shown = alice.text()
    check("a friend is removed", "You and Bob are no longer friends." in shown and "bob@" not in shown, shown[:300])
    check("for the other too", "alice@example.org" not in at(site, "/me", bob), bob.text()[:300])
    send(alice, "/me/send-friend-request", friend_email="nobody@example.org")
    check("an address that is nobody's is told and kept", "Nobody here uses nobody@example.org." in alice.text()
          and alice.run("return document.querySelector('[name=friend-email]').value") == "nobody@example.org", alice.text()[:300])
    send(alice, "/me/send-friend-request", friend_email="Bob@example.org")
    check("a friend is asked", "Asked Bob." in alice.text(), alice.text()[:300])
    shown = at(site, "/me", bob)
    check("the request waits, without an address", "Wants to be your friend" in shown and "alice@" not in shown, shown[:400])
    send(bob, "/me/accept-friend")
    check("they are friends", "You and Alice are friends now." in bob.text() and "alice@example.org" in bob.text(), bob.text()[:300])
    check("from both sides", "bob@example.org" in at(site, "/me", alice), alice.text()[:300])
    for width in (390, 1280):
        alice.window(width, "light")
        alice.run("for (const d of document.querySelectorAll('main details')) d.open = true")
        check(f"open panels at {width} look right", not (faults := alice.run(LOOK)), faults)
        keep(alice, f"me-panels-{width}")


def programs(browser, site):
    at(site, "/me", browser)
    send(browser, "/me/make-token", token_name="My clock")
    token = browser.run("return document.querySelector('#token').value")
    check("a token is shown", token.startswith("fietsboek_"), token)
    for width in (390, 1280):
        browser.window(width, "dark" if width == 390 else "light")
        check(f"a new token at {width} looks right", not (faults := browser.run(LOOK)), faults)
        keep(browser, f"me-token-{width}")
    browser.window(1280, "light")
    check("once", token not in at(site, "/me", browser) and "My clock" in browser.text(), browser.text()[:300])

    def ask(path, body=None, token=token):
        request = urllib.request.Request(site.base + path, body, {"Authorization": f"Bearer {token}"})
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as e:
            return e.code, json.load(e)

    gpx = (GPX / "korita-zbevnica.gpx").read_bytes().replace(b"</trkseg>", b'<trkpt lat="45.5" lon="14.2"/></trkseg>', 1)
    code, made = ask("/api/tracks?title=By+a+program&visibility=FRIENDS&tag=clock", gpx)
    check("a program uploads", code == 201, (code, made))
    code, again = ask("/api/tracks", gpx)
    check("the same is known", (code, again.get("url")) == (409, made["url"]), (code, again))
    code, listed = ask("/api/tracks?limit=1")
    check("a program lists", (code, listed["tracks"][0]["id"]) == (200, made["id"]), (code, listed))
    check("the track is there", "By a program" in at(site, f"/track/{made['id']}", browser), browser.text()[:300])
    check("a wrong token is refused", ask("/api/tracks", token="fietsboek_x")[0] == 401)
    check("its use is noted", "last used on" in at(site, "/me", browser), browser.text()[:300])
    send(browser, "/me/revoke-token")
    check("a token is revoked", "The token is revoked." in browser.text() and ask("/api/tracks")[0] == 401, browser.text()[:300])


def passwords(browser, other, site):
    """Alice takes Bob's seat in the other browser: another session of hers."""
    other.go(site.base + "/logout")
    log_in(other, site)
    at(site, "/me", browser)
    send(browser, "/me", name="Alice", password="short", repeat_password="shorter")
    check("two different passwords are refused", "The two entries differ." in browser.text(), browser.text()[:300])
    send(browser, "/me", name="Alice", password="alice-password-2", repeat_password="alice-password-2")
    check("a password is changed", "Saved." in browser.text(), browser.text()[:300])
    check("this session stays", "Access for programs" in at(site, "/me", browser), browser.text()[:300])
    other.go(site.base + "/me")
    check("the other session is out", "Access for programs" not in other.text(), other.text()[:300])
    log_in(other, site, "alice@example.org", "alice-password-2")
    at(site, "/me", browser)
    send(browser, "/me/force-logout")
    check("all are logged out", "You are logged out everywhere." in browser.text(), browser.text()[:300])
    other.go(site.base + "/me")
    check("the other one too", "Access for programs" not in other.text(), other.text()[:300])
    log_in(browser, site, "alice@example.org", "alice-password-2")


def leaving(browser, site):
    """Bob takes his data and goes."""
    log_in(browser, site, "bob@example.org", "bob-password-1")
    at(site, "/me", browser)
    export = browser.run("return fetch('/me/export').then(a => a.status + ' ' + a.headers.get('content-type'))")
    check("the data come along", export == "200 application/zip", export)
    send(browser, "/me/delete", current_password="wrong-password")
    check("a wrong password deletes nothing", "The password isn't right." in browser.text(), browser.text()[:300])
    send(browser, "/me/delete", current_password="bob-password-1")
    check("an account is deleted", "Your account is deleted." in browser.text(), browser.text()[:300])
    browser.go(site.base + "/login")
    browser.type("input[name=email]", "bob@example.org")
    browser.type("input[name=password]", "bob-password-1")
    browser.press("main form button.primary")
    wait_for(lambda: "isn't right" in browser.text())
    check("nobody logs in to it", "isn't right" in browser.text(), browser.text()[:300])
