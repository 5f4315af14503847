"""The profile with its calendar and graphs, the administration, and the operator's pages."""

import subprocess

from crowd import diary
from driver import wait_for
from editing import PHOTOS
from look import frame, look_as_it_is, look_at_all
from report import check
from visitor import log_in, log_out

CALENDAR = """
const faults = [], rows = [...document.querySelectorAll('.calendar tbody tr')];
if (rows.some(r => r.cells.length !== 7)) faults.push('not seven columns');
const widths = [...rows[0].cells].map(c => c.getBoundingClientRect().width);
if (Math.max(...widths) - Math.min(...widths) > 1) faults.push('columns of ' + widths);
const first = [...rows[0].cells].findIndex(c => c.innerText.trim());
if (first !== arguments[0]) faults.push('the first stands in column ' + first);
for (const b of document.querySelectorAll('.calendar b')) if (b.scrollWidth > b.clientWidth + 1) faults.push('does not fit: ' + b.innerText);
const strip = document.querySelector('.strip').getClientRects().length > 0;
if (strip !== innerWidth >= 768) faults.push('the strip is ' + (strip ? 'there' : 'not there'));
return faults;
"""
BARS = """
const faults = [], shown = e => e.getClientRects().length > 0;
const labels = [...document.querySelectorAll('.bars text')].filter(shown);
for (const t of labels) {
  const b = t.getBoundingClientRect();
  if (b.left < 0 || b.right > innerWidth) faults.push('clipped: ' + t.textContent);
  if (getComputedStyle(t).fontSize !== '13px') faults.push(getComputedStyle(t).fontSize + ': ' + t.textContent);
}
const under = labels.filter(t => t.closest('.labels')).map(t => t.getBoundingClientRect());
under.forEach((b, n) => { if (n && b.left < under[n - 1].right) faults.push('labels overlap'); });
const style = e => getComputedStyle(document.querySelector(e));
if (style('.plot rect.now').fill === 'none' || style('.plot rect.before').fill !== 'none') faults.push('the year before is not hollow');
return faults;
"""


def profiles(browser, site):
    """The profile with its calendar and graphs; the administration; a page of the operator's."""
    diary(site)
    pages = [("profile", "/user/2/"), ("profile-2024", "/user/2/?year=2024"), ("profile-empty", "/user/2/?year=2021"),
             ("calendar", "/user/2/calendar/2024/9"), ("graphs", "/user/2/graphs?year=2024"),
             ("graphs-weeks", "/user/2/graphs?measure=climb&step=week&year=2024"),
             ("graphs-years", "/user/2/graphs?measure=time&step=year"), ("own-page", "/page/about")]
    look_at_all(browser, site, pages)
    for width in [320, 390, 768, 1280]:
        browser.window(width, "light")
        browser.go(site.base + "/user/2/calendar/2024/9")
        check(f"September 2024 begins on Sunday at {width}", not (faults := browser.run(CALENDAR.replace("arguments[0]", "6"))), faults)
        frame(browser, f"the calendar at {width}")
        for query in ["year=2024", "measure=climb&step=week&year=2024", "measure=tracks&year=2024"]:
            browser.go(f"{site.base}/user/2/graphs?{query}")
            check(f"{query} holds at {width}", not (faults := browser.run(BARS)), faults)
    browser.go(site.base + "/user/2/calendar/2024/9")
    browser.press(".calendar a[href='#day-21']")
    check("a day with several leads to its list", browser.url().endswith("#day-21"), browser.url())
    browser.press(".turn a[rel=next]")
    check("the next month is October", "October 2024" in browser.text(), browser.text()[:200])
    browser.go(site.base + "/user/2/graphs?year=2024")
    browser.press(".choice a[href*='measure=climb']")
    check("a choice keeps the year", "year=2024" in browser.url() and "2024: " in browser.text(), browser.url())
    browser.go(site.base + "/page/about")
    check("an operator's page is shown", "Who we are" in browser.text() and "About us" in browser.run("return document.title"), browser.text())
    browser.go(site.base + "/page/scripted")
    check("a script in one does not run", "Words" in browser.text() and browser.run("return document.title") != "ran", "")
    # The policy's refusal of that script is what the browser reports.
    browser.faults()
    administration(browser, site)


def administration(browser, site):
    log_out(browser, site)
    log_in(browser, site, "admin@example.org", "admin-password-1")
    subprocess.run([site.binary, "cron", "-q", "-c", site.ini], check=True)
    look_at_all(browser, site, [("admin", "/admin/"), ("badges", "/admin/badges/"), ("profile-other", "/user/2/")])
    browser.go(site.base + "/admin/badges/")
    browser.type("#badge-title", "Col de la Croix")
    browser.type("#badge-image", str(next(PHOTOS.glob("*.png"))))
    browser.press("section .primary")
    check("a badge is added", wait_for(lambda: "The badge is there." in browser.text()) and "Col de la Croix" in browser.text(), browser.text())
    shown = browser.run("return [...document.querySelectorAll('.badgecards img')].every(i => i.complete && i.naturalWidth > 0)")
    check("badges are pictures", shown)
    browser.press(".badgecards li:last-child .edit summary")
    browser.clear(".badgecards li:last-child [name=badge-title]")
    browser.type(".badgecards li:last-child [name=badge-title]", "Col")
    look_as_it_is(browser, "badge-edit")
    browser.press(".badgecards li:last-child .edit .primary")
    check("it has another title", wait_for(lambda: "Saved." in browser.text()), browser.text())
    browser.press(".badgecards li:last-child .twostep summary")
    look_as_it_is(browser, "badge-delete")
    browser.press(".badgecards li:last-child .button.bad")
    check("it is gone", wait_for(lambda: "The badge is gone." in browser.text()), browser.text())
    check("the administration logs no fault", not (faults := browser.faults()), faults)
    log_out(browser, site)
    log_in(browser, site)
