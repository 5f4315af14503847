"""The whole life of an account, from registering to its end, with a friend in a second browser. Nothing is asked of
another host, nothing is logged as an error, and each page passed looks right and passes axe."""

from driver import ENTER, TAB, Browser, wait_for
from flow_words import WORDS
from instance import GPX, Open
from look import axe, frame, in_the_dark, keep, look
from mail_server import Mailbox
from report import check
from visitor import at, fill, send

FRIEND, FRIEND_NAME, FRIEND_PASSWORD = "fred@example.org", "Fred", "fred-password-1"
ADDRESS, NAME = "zoe@example.org", "Zoë"
FIRST_PASSWORD, SECOND_PASSWORD = "zoe-password-1", "zoe-password-2"
TITLE, COMMENT = "Zbevnica", "A *fine* ride"
# Pages that are looked at in the dark as well.
DARK = {"create-account", "home-empty", "account-friends", "finish", "track-friend", "delete"}


class Visitor:
    """A browser, and what is seen in it on the way."""

    def __init__(self, browser, site, language, width):
        self.browser, self.site, self.language, self.width = browser, site, language, width
        self.words, self.way = WORDS[language], f"flow-{language}-{width}"
        browser.window(width, "light")
        browser.faults(), browser.requests()

    def says(self, key, **names):
        text = self.words[key].format(**names)
        return check(f"{self.way}: {text}", wait_for(lambda: text in self.browser.text()), self.browser.text()[:600])

    def check(self, what, holds, found=""):
        return check(f"{self.way}: {what}", holds, found)

    def stop(self, name):
        """The page as it stands."""
        what = f"{self.way}-{name}"
        for theme in ["light", "dark"] if name in DARK else ["light"]:
            self.browser.window(self.width, theme)
            look(self.browser, f"{what} {theme}")
            frame(self.browser, f"{what} {theme}")
            in_the_dark(self.browser, what, theme)
            axe(self.browser, f"{what} {theme}")
            keep(self.browser, f"{what}-{theme}")
        self.browser.window(self.width, "light")
        spoken = self.browser.run("return document.documentElement.lang")
        self.check(f"{name} is in its language", spoken == self.language, spoken)
        self.quiet(name)

    def quiet(self, name):
        """Nothing was logged as an error, and nobody else was asked."""
        self.check(f"{name} logs no fault", not (faults := self.browser.faults()), faults)
        foreign = [url for url in self.browser.requests() if not url.startswith((self.site.base, "data:", "blob:"))]
        self.check(f"{name} asks for nothing elsewhere", not foreign, foreign[:4])

    def tab_to(self, css, most=80):
        """By the Tab key alone."""
        there = "return document.activeElement.matches(arguments[0])"
        for _ in range(most):
            if self.browser.run(there, css):
                return True
            self.browser.keys(TAB)
        return self.check(f"Tab leads to {css}", False, self.browser.run("return document.activeElement.outerHTML")[:300])

    def log_in(self, email, password, name):
        """By keyboard alone."""
        self.browser.go(self.site.base + "/")
        self.tab_to("header a[href='/login']")
        self.browser.keys(ENTER)
        wait_for(lambda: self.browser.url().endswith("/login"))
        self.tab_to("input[name=email]")
        self.browser.keys(email)
        self.tab_to("input[name=password]")
        self.browser.keys(password + ENTER)
        self.says("hello", name=name)


def flow(binary, language, width):
    with Mailbox() as mail, Open(binary, mail) as site, Browser(language) as own, Browser(language) as other:
        site.add(FRIEND, FRIEND_NAME, FRIEND_PASSWORD)
        zoe, fred = Visitor(own, site, language, width), Visitor(other, site, language, width)
        register(zoe, mail)
        befriend(zoe, fred)
        track = upload(zoe)
        seen_by_the_friend(fred, track)
        read_by_the_owner(zoe, track)
        new_password(zoe, fred)
        leave(zoe, track)
        for visitor, name in [(zoe, "all of the owner's"), (fred, "all of the friend's")]:
            visitor.quiet(name)


def register(zoe, mail):
    zoe.browser.go(zoe.site.base + "/")
    zoe.stop("welcome")
    zoe.browser.press("main a[href='/create-account']")
    zoe.stop("create-account")
    fill(zoe.browser, name=NAME, email=ADDRESS, password=FIRST_PASSWORD, repeat_password=FIRST_PASSWORD)
    zoe.says("made", mail=ADDRESS)
    zoe.stop("create-account-made")
    link = mail.link(ADDRESS, zoe.words["subject"])
    zoe.check("the mailed link is the site's", link.startswith(zoe.site.base + "/token/"), link)
    zoe.browser.go(link)
    zoe.says("confirmed")
    zoe.stop("confirmed")
    zoe.browser.go(link)
    zoe.says("used")
    zoe.stop("link-used")
    zoe.log_in(ADDRESS, FIRST_PASSWORD, NAME)
    zoe.says("empty")
    zoe.stop("home-empty")
    zoe.browser.press("main a[href='/upload']")
    zoe.stop("upload-empty")
    at(zoe.site, "/track/", zoe.browser)
    ways = zoe.browser.run("return [...document.querySelectorAll('.empty a.button')].map(a => a.getAttribute('href'))")
    zoe.check("an empty Explore says what to do", ways == ["/upload"], ways)
    zoe.stop("explore-empty")


def befriend(zoe, fred):
    at(zoe.site, "/me", zoe.browser)
    zoe.says("no friends")
    zoe.stop("account-empty")
    send(zoe.browser, "/me/send-friend-request", friend_email=FRIEND)
    zoe.says("asked", name=FRIEND_NAME)
    zoe.stop("account-asked")
    fred.log_in(FRIEND, FRIEND_PASSWORD, FRIEND_NAME)
    at(fred.site, "/me", fred.browser)
    fred.says("request")
    fred.stop("account-request")
    send(fred.browser, "/me/accept-friend")
    fred.says("friends", name=NAME)
    fred.stop("account-friends")
    at(zoe.site, "/me", zoe.browser)
    zoe.check("the friend stands in the list", FRIEND in zoe.browser.text(), zoe.browser.text()[:400])


def upload(zoe):
    """By keyboard alone, but for the choice of the file. Answers with the track's path."""
    browser = zoe.browser
    browser.go(zoe.site.base + "/")
    zoe.tab_to("header a[href='/upload']")
    browser.keys(ENTER)
    wait_for(lambda: browser.url().endswith("/upload"))
    zoe.tab_to("input[type=file]")
    browser.type("input[type=file]", str(GPX / "korita-zbevnica.gpx"))
    zoe.check("the file leads to its form", wait_for(lambda: "/upload/" in browser.url()), browser.url())
    zoe.stop("finish")
    zoe.tab_to("input[name=title]")
    # All of it is marked by the Tab key, so that typing replaces it.
    browser.keys(TITLE)
    zoe.check("typing replaces the title", browser.run("return document.activeElement.value") == TITLE)
    zoe.tab_to("input[name='tagged-friend[]']")
    browser.keys(" ")
    zoe.check("the friend is ticked", browser.run("return document.activeElement.checked"))
    zoe.tab_to(".save button.primary")
    browser.keys(ENTER)
    zoe.says("saved")
    zoe.check("the track names both", {NAME, FRIEND_NAME} <= set(browser.text().replace(",", " ").split()), browser.text()[:600])
    zoe.says("no comments")
    zoe.stop("track-new")
    track = browser.url().removeprefix(zoe.site.base)
    at(zoe.site, "/", browser)
    zoe.check("home lists it", TITLE in browser.text(), browser.text()[:600])
    zoe.says("one track")
    zoe.stop("home")
    return track


def seen_by_the_friend(fred, track):
    browser = fred.browser
    at(fred.site, "/track/", browser)
    fred.check("Explore lists it", TITLE in browser.text(), browser.text()[:600])
    fred.stop("explore-friend")
    browser.press(f".card a[href='{track}']")
    fred.check("a card leads to it", wait_for(lambda: browser.url().endswith(track)), browser.url())
    fred.says("involved")
    send(browser, f"{track}/comment", comment=COMMENT)
    fred.says("commented")
    fred.check("the comment is shown as it was meant", "A fine ride" in browser.text(), browser.text()[-600:])
    browser.press("[data-star] button")
    pressed = "return document.querySelector('[data-star] button').getAttribute('aria-pressed')"
    fred.check("the star is given", wait_for(lambda: browser.run(pressed) == "true"), browser.run(pressed))
    fred.stop("track-friend")
    text = at(fred.site, "/track/?favourite=true", browser)
    fred.check("it is one of the favourites", TITLE in text, text[:600])
    fred.stop("explore-favourites")
    text = at(fred.site, "/", browser)
    fred.check("the friend's home lists it", TITLE in text, text[:600])
    fred.stop("home-friend")


def read_by_the_owner(zoe, track):
    text = at(zoe.site, track, zoe.browser)
    zoe.check("the owner reads the comment", "A fine ride" in text and FRIEND_NAME in text, text[-600:])
    zoe.stop("track-commented")


def new_password(zoe, fred):
    """The friend lends the browser: another session of the same account."""
    fred.browser.go(fred.site.base + "/logout")
    fred.log_in(ADDRESS, FIRST_PASSWORD, NAME)
    at(zoe.site, "/me", zoe.browser)
    send(zoe.browser, "/me", password=SECOND_PASSWORD, repeat_password=SECOND_PASSWORD)
    zoe.says("changed")
    zoe.stop("account-changed")
    at(zoe.site, "/me", zoe.browser)
    zoe.check("this session stays", zoe.browser.url().endswith("/me") and ADDRESS in zoe.browser.text(), zoe.browser.text()[:400])
    text = at(fred.site, "/me", fred.browser)
    fred.check("the other session is out", ADDRESS not in text and fred.words["log in"] in text, text[:400])
    fred.stop("logged-out")


def leave(zoe, track):
    browser = zoe.browser
    at(zoe.site, "/me", browser)
    shown = "return [...document.querySelectorAll(\"form[action='/me/delete']\")].some(form => form.checkVisibility())"
    zoe.check("deleting is behind a second step", not browser.run(shown))
    browser.run("document.querySelector(\"form[action='/me/delete']\").closest('details').scrollIntoView({block: 'center'})")
    browser.press(".twostep:has(form[action='/me/delete']) > summary")
    zoe.says("sure")
    free = "const b = e => document.querySelector(e).getBoundingClientRect(); return b('.foot').top - b('#data .panel').bottom"
    zoe.check("the second step covers no foot", browser.run(free) >= 0, browser.run(free))
    zoe.stop("delete")
    browser.type("form[action='/me/delete'] [name=current-password]", FIRST_PASSWORD)
    browser.press("form[action='/me/delete'] button:not([type=button])")
    zoe.says("wrong")
    told = browser.run("return document.querySelectorAll('#data .error').length")
    zoe.check("what is wrong is told once", told == 1, told)
    seen = browser.run("const b = document.querySelector('#data .error').getBoundingClientRect(); return [b.top, b.bottom, innerHeight]")
    zoe.check("what is wrong is in sight", 0 <= seen[0] and seen[1] <= seen[2], seen)
    zoe.stop("delete-refused")
    send(browser, "/me/delete", current_password=SECOND_PASSWORD)
    zoe.says("gone")
    zoe.stop("gone")
    rows = [zoe.site.rows(f"select count(*) from {table} where {where}")[0][0]
            for table, where in [("users", f"email = '{ADDRESS}'"), ("tracks", "1"), ("comments", "1"), ("track_favourite_assoc", "1")]]
    zoe.check("nothing of it is stored", rows == [0, 0, 0, 0], rows)
    zoe.check("no recording is left", not list((zoe.site.path / "data/tracks").glob("*")))
    browser.go(zoe.site.base + "/login")
    fill(browser, email=ADDRESS, password=SECOND_PASSWORD)
    zoe.says("refused")
    at(zoe.site, track, browser)
    zoe.says("lost")
    zoe.stop("lost")
