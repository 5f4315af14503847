"""A newcomer's account, in both languages: register, confirm, log in, forget the password, set a new one."""

from driver import Browser, wait_for
from instance import Site
from look import look_as_it_is, look_at_all
from report import check
from visitor import fill

ACCOUNT_WORDS = {
    "en": {"made": "Almost there", "subject": "Confirm your e-mail address", "confirmed": "Your address is confirmed",
           "short": "Use at least 8 characters.", "count": "2 things need another look", "asked": "a link is on its way",
           "reset": "Set a new password", "set": "Your new password is set", "hello": "Good to see you, Zoë",
           "old": "E-mail or password isn't right"},
    "de": {"made": "Fast fertig", "subject": "Bestätige deine E-Mail-Adresse", "confirmed": "Deine Adresse ist bestätigt",
           "short": "Nimm mindestens 8 Zeichen.", "count": "Noch 2 Angaben prüfen", "asked": "ist ein Link unterwegs",
           "reset": "Setze ein neues Passwort", "set": "Dein neues Passwort gilt", "hello": "Schön, dass du da bist, Zoë",
           "old": "E-Mail oder Passwort stimmt nicht"}}


def accounts(binary):
    with Site(binary) as site:
        for language in ["en", "de"]:
            with Browser(language) as browser:
                newcomer(browser, site, language)


def newcomer(browser, site, language):
    words, address = ACCOUNT_WORDS[language], f"zoe-{language}@example.org"
    says = lambda what: check(f"{language}: {what}", wait_for(lambda: words[what] in browser.text()), browser.text()[:400])
    if language == "en":
        pages = [(name, "/" + name) for name in ("create-account", "password-reset", "resend-verification")]
        look_at_all(browser, site, pages)
    browser.go(site.base + "/create-account")
    fill(browser, name="", email=address, password="short", repeat_password="short")
    says("count")
    says("short")
    kept = browser.run("return [...document.querySelectorAll('main form input:not([type=hidden])')].map(i => i.value)")
    check(f"{language}: the address stays and no password does", kept == ["", address, "", ""], kept)
    look_as_it_is(browser, f"create-account-wrong-{language}")
    fill(browser, name="Zoë", email=address, password="zoe-password-1", repeat_password="zoe-password-1")
    says("made")
    look_as_it_is(browser, f"create-account-made-{language}")
    browser.go(mailed_link(site, address, words["subject"]))
    says("confirmed")
    fill(browser, email=address, password="zoe-password-1")
    says("hello")
    browser.go(site.base + "/logout")
    browser.go(site.base + "/password-reset")
    fill(browser, email=address)
    says("asked")
    look_as_it_is(browser, f"password-reset-asked-{language}")
    browser.go(mailed_link(site, address, words["reset"]))
    fill(browser, password="short", repeat_password="short")
    says("short")
    look_as_it_is(browser, f"new-password-{language}")
    fill(browser, password="zoe-password-2", repeat_password="zoe-password-2")
    says("set")
    fill(browser, email=address, password="zoe-password-1")
    says("old")
    look_as_it_is(browser, f"login-wrong-{language}")
    fill(browser, email=address, password="zoe-password-2")
    says("hello")
    check(f"{language}: nothing is logged in the browser", not (faults := browser.faults()), faults)


def mailed_link(site, address, subject):
    """The link in the mail of that subject that the server has printed."""
    mails = lambda: [m for m in site.log.read_text().split("From: ") if f"To: {address}\nSubject: {subject}\n" in m and "/token/" in m]
    check(f"{address} gets {subject}", wait_for(mails), site.log.read_text()[-1000:])
    return next(line for line in mails()[-1].splitlines() if "/token/" in line)
