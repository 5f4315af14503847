"""What scripts add to the form of a track, and that it fits on a phone."""

from crowd import CROWDED
from driver import ENTER, wait_for
from look import look_as_it_is
from report import check

TAGS = "return [...document.querySelectorAll(\"[name='tag[]']\")].map(field => field.value).filter(tag => tag)"
# The ends of fields that a bar at the foot covers while they have the focus.
COVERED = """
const bar = document.querySelector('.save'), out = [];
for (const field of document.querySelectorAll('form.form input:not([type=hidden]), form.form textarea')) {
  if (!field.checkVisibility() || bar.contains(field)) continue;
  field.focus();
  const b = field.getBoundingClientRect();
  if (b.bottom > bar.getBoundingClientRect().top + 1 && b.height < 300) out.push(field.name + ' ' + b.bottom);
}
return out;
"""
CLIPPED = """
return [...document.querySelectorAll('.choices label, .choices span')].filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.innerText);
"""


def chips(browser, site, path):
    """Tags with scripts: added by Enter and comma, never twice, taken off, and sent with what still stands in the line."""
    browser.go(site.base + path + "/edit")
    field = "#tags input[type=text]"
    fields = browser.run("return document.querySelectorAll(arguments[0]).length", field)
    check("one line is left for tags", fields == 1, fields)
    browser.type(field, "Radfahren" + ENTER)
    browser.type(field, "Alpen, Alpen, Donaudampfschifffahrtselektrizitätenhauptbetriebswerk,")
    shown = browser.run(TAGS)
    check("tags become chips", shown[-3:] == ["Radfahren", "Alpen", "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"], shown)
    check("the form is not sent", browser.url().endswith("/edit"), browser.url())
    look_as_it_is(browser, "chips-form")
    browser.clear("#description")
    browser.type("#description", "*so* <i>it</i> reads")
    browser.press("[data-preview] button")
    prose = "return document.querySelector('[data-preview] .prose').innerHTML"
    check("Markdown is shown before it is saved", wait_for(lambda: "<em>so</em>" in browser.run(prose)), browser.run(prose))
    before = len(shown)
    browser.press("#tags li:last-child button")
    check("a press takes a tag off", len(browser.run(TAGS)) == before - 1, browser.run(TAGS))
    check("and leads back to the line", browser.run("return document.activeElement === document.querySelector(arguments[0])", field))
    browser.type(field, "still typed")
    browser.press(".save button.primary")
    check("saving leads back to the track", wait_for(lambda: browser.url() == site.base + path), browser.url())
    tags = browser.run("return [...document.querySelectorAll('.side .tags a')].map(tag => tag.innerText.trim())")
    check("all tags are saved", {"Radfahren", "Alpen", "still typed"} <= set(tags) and len(tags) == before, tags)
    check("chips log no fault", not (faults := browser.faults()), faults)


def many_friends(browser, site):
    """From nine friends on the names can be filtered; who is ticked stays in sight."""
    browser.go(f"{site.base}/track/{CROWDED}/edit")
    names = "return [...document.querySelectorAll('#people .box')].filter(box => box.getClientRects().length).length"
    check("all names are there", browser.run(names) >= 300, browser.run(names))
    browser.run("document.querySelectorAll('#people .box input').forEach((box, at) => { box.checked = at === 0 })")
    browser.type("#people input[type=search]", "wanderin 1234" + ENTER)
    check("the filter leaves two", browser.run(names) == 2, browser.run(names))
    check("and Enter sends nothing", browser.url().endswith("/edit"), browser.url())
    look_as_it_is(browser, "filter-names")


def finish_form(browser, site, path):
    """On a phone, in German: every choice whole, no field in focus under the bar with the button."""
    browser.go(site.base + "/?lang=de")
    browser.window(390, "light")
    browser.go(site.base + path)
    check("all choices are whole", not (clipped := browser.run(CLIPPED)), clipped)
    foot = browser.run("return innerHeight - document.querySelector('.save').getBoundingClientRect().bottom")
    check("the bar is at the window's foot", abs(foot) < 1, foot)
    check("the bar covers no field in focus", not (covered := browser.run(COVERED)), covered)
    browser.go(site.base + "/?lang=en")
    browser.window(1280, "light")
