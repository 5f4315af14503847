"""A privacy zone around the start of a track, which is then missing for others; with scripts and without."""

from driver import Browser
from instance import Site
from look import keep, look_at_all
from report import check
from visitor import at, log_in, send


def zones(binary):
    with Site(binary) as site, Browser() as browser:
        log_in(browser, site)
        look_at_all(browser, site, [("zones-none", "/me/zones")])
        for scripts in [True, False]:
            browser.scripts(scripts)
            browser.go(site.base + "/me/zones?track=1")
            send(browser, "/me/zones", zone_name="Home", radius="300")
            check("a zone is saved", "300 m around" in browser.text(), browser.text()[:300])
            if scripts:
                look_at_all(browser, site, [("zones", "/me/zones?zone=1")])
            with Browser() as other:
                check("others are told", "keeps private" in at(site, "/track/1", other), other.text()[:400])
                marks = other.run("return document.querySelectorAll('.stage svg .mark').length")
                check("no mark points at what is hidden", marks == 0, marks)
                keep(other, "track-cut")
            check("the owner sees the whole", "keeps private" not in at(site, "/track/1", browser), browser.text()[:300])
            at(site, "/me/zones", browser)
            send(browser, "/me/delete-zone")
            check("it is deleted", "No zones yet" in browser.text(), browser.text()[:300])
