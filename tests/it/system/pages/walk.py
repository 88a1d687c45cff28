"""Every page in every state, looked at by axe; the way of an approver by keyboard alone; the
warning before the idle logoff. Prints what was found as JSON."""

import json
import sys
import time
import urllib.parse

from browser import ENTER, SPACE, TAB, Browser

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
AUDIT = """
const [source, levels, done] = arguments;
if (!window.axe) { (0, eval)(source); }
axe.run(document, { runOnly: { type: "tag", values: levels } })
  .then((found) => done(found.violations.map((one) =>
    [one.id, one.help, one.nodes.map((node) => node.html.slice(0, 200))])))
  .catch((error) => done([["axe", String(error), []]]));
"""
# What a person with a high-contrast theme sees: the system's colours in place of ours.
FORCED = [{"name": "forced-colors", "value": "active"}]

origin, home, axe_file, people, link, case = sys.argv[1:7]
people = json.loads(people)
with open(axe_file, encoding="utf-8") as file:
    AXE = file.read()
pages, problems = {}, []


def audit(browser, name):
    """A page as it stands: named once, and with everything that is wrong with it."""
    # What is folded away is looked at, too.
    browser.run("""document.querySelectorAll('details:not([open])').forEach((one) => {
        one.open = true; one.dataset.shut = '1'; })""")
    bad = browser.later(AUDIT, AXE, LEVELS)
    browser.tool("Emulation.setEmulatedMedia", features=FORCED)
    bad += [["forced-colors " + rule, *rest] for rule, *rest in browser.later(AUDIT, AXE, LEVELS)]
    browser.tool("Emulation.setEmulatedMedia", features=[])
    title = browser.run("return document.title")
    pages[name] = {"place": browser.place(), "title": title, "violations": bad}
    # 320 CSS pixels are a window of 1280 at 400 %.
    browser.tool("Emulation.setDeviceMetricsOverride", width=320, height=900,
                 deviceScaleFactor=1, mobile=False)
    wide = browser.run("return document.scrollingElement.scrollWidth")
    browser.tool("Emulation.clearDeviceMetricsOverride")
    browser.run("document.querySelectorAll('details[data-shut]').forEach((o) => { o.open = false; })")
    if wide > 320:
        problems.append(f"{name} is {wide} pixels wide in a window of 320")


def shape(url):
    """An address without what differs from one case to the next."""
    parts = urllib.parse.urlsplit(url)
    words = ["*" if any(c.isdigit() for c in word) else word for word in parts.path.split("/")]
    return "/".join(words)


def log_in(browser, person, at="/login"):
    browser.go(origin + at)
    browser.type("#user", person)
    browser.type("#password", people[person][0])
    browser.click("main button[type=submit]")
    browser.until("logged in", "return !!document.querySelector('form[action=\"/logout\"]')")


def log_out(browser):
    browser.go(origin + "/")
    browser.click("form[action='/logout'] button")
    browser.until("logged out", "return location.pathname === '/login'")


def crawl(browser, who):
    """Follows every link of our own that leads to a page of a shape not seen yet."""
    to_see, seen = [browser.place()], set()
    while to_see:
        url = to_see.pop(0)
        name = shape(url)
        if name in seen or not url.startswith(origin) or name.endswith((".csv", ".pdf", "/original")):
            continue
        seen.add(name)
        browser.go(url)
        audit(browser, f"{who} {name}")
        for found in browser.run(
            "return [...document.querySelectorAll('a[href]:not([download])')].map(a => a.href)"
        ):
            to_see.append(found.split("#")[0])
    return seen


def focus(browser, css, limit=60):
    """Tab until something has the focus; how many keys that took."""
    for count in range(1, limit):
        browser.keys(TAB)
        here = "return document.activeElement.matches(arguments[0])"
        shown = """
            const box = document.activeElement.getBoundingClientRect();
            const style = getComputedStyle(document.activeElement);
            return style.outlineStyle !== 'none' && box.width > 0 && box.height > 0
        """
        if not browser.run(shown):
            what = browser.run("return document.activeElement.outerHTML.slice(0, 120)")
            problems.append(f"the focus cannot be seen on {what}")
        if browser.run(here, css):
            return count
    raise RuntimeError(f"{css} is not reached by Tab")


def by_keyboard(browser, person):
    """Link, login, decision, log off: without a mouse."""
    browser.go(origin + link)
    audit(browser, "link")
    focus(browser, "#user")
    browser.keys(person + TAB + people[person][0] + ENTER)
    browser.until("logged in", "return !!document.querySelector('#decide')")
    audit(browser, "case to be decided")
    count = focus(browser, "a.skip") + 1
    browser.keys(ENTER)
    count += focus(browser, "main a[href='#decide']") + 1
    browser.keys(ENTER)
    count += focus(browser, "input[name=kind]") + 1
    browser.keys(SPACE)
    count += focus(browser, "input[name=password]") + 1
    browser.keys("not this one" + ENTER)
    browser.until("refused", "return !!document.querySelector('#problem')")
    audit(browser, "case with a wrong password")
    focus(browser, "a[href='#decide']")
    browser.keys(ENTER)
    focus(browser, "input[name=kind]")
    browser.keys(SPACE)
    focus(browser, "input[name=password]")
    browser.keys(people[person][1] + ENTER)
    browser.until("approved", "return !!document.querySelector('.banner.good')")
    audit(browser, "case that was decided")
    focus(browser, "form[action='/logout'] button")
    browser.keys(ENTER)
    browser.until("logged out", "return location.pathname === '/login'")
    return count


def idle(browser, person):
    """The warning comes a minute before, takes the focus, and Enter extends."""
    clock = "const real = Date.now; Date.now = () => real() + (window.shifted || 0);"
    added = browser.tool("Page.addScriptToEvaluateOnNewDocument", source=clock)
    log_in(browser, person)
    time.sleep(1.5)
    if browser.run("return document.querySelector('dialog').open"):
        problems.append("warned at once")
    browser.run("window.shifted = 14.2 * 60000")
    browser.until("warned", "return document.querySelector('dialog').open")
    audit(browser, "warned before the end")
    if browser.run("return document.activeElement.textContent") != "延長する":
        problems.append("延長する has not the focus")
    browser.keys(ENTER)
    browser.until("extended", "return !document.querySelector('dialog').open")
    browser.run("window.shifted = 16 * 60000; localStorage.clear()")
    time.sleep(1.5)
    if browser.run("return location.pathname") == "/login":
        problems.append("ended although it was extended")
    browser.run("window.shifted = 31 * 60000")
    browser.until("ended", "return location.search === '?ended=1'")
    audit(browser, "login after the end")
    browser.tool("Page.removeScriptToEvaluateOnNewDocument", identifier=added["identifier"])


def wrong_login(browser):
    browser.go(origin + "/login")
    browser.type("#user", "nobody-01")
    browser.type("#password", "nothing at all")
    browser.click("main button[type=submit]")
    browser.until("refused", "return !!document.querySelector('#problem')")
    audit(browser, "login refused")
    browser.go(origin + "/certificate")
    audit(browser, "certificate")


def together(browser, person):
    """Cases ticked in the list, looked at on one page, and approved with one password."""
    log_in(browser, person)
    browser.run("document.querySelectorAll('input[name=case]').forEach((box) => box.click())")
    browser.click("form[action='/review'] button")
    browser.until("the review", "return !!document.querySelector('form[method=post][action=\"/review\"]')")
    audit(browser, "review")
    browser.type("#password", "not this one")
    browser.click("input[name^='take.']")
    browser.click("form[action='/review'] button")
    browser.until("refused", "return !!document.querySelector('#problem')")
    audit(browser, "review with a wrong password")
    browser.click("input[name^='take.']")
    browser.type("#password", people[person][1])
    browser.click("form[action='/review'] button")
    browser.until("approved", "return !!document.querySelector('.banner.good')")
    audit(browser, "reviewed")
    log_out(browser)


def paper(browser, person):
    """A scanned paper is keyed in: the scan is there and grows and turns, a slip is told."""
    log_in(browser, person)
    browser.go(origin + "/keying")
    audit(browser, "papers")
    browser.go(origin + "/keying/counter")
    audit(browser, "paper of the counter")
    browser.go(origin + "/keying")
    browser.click("#mine ~ ul a")
    browser.until("the scan", """const page = document.querySelector('.sheets img');
        return page && page.complete && page.naturalWidth > 600""")
    audit(browser, "paper")
    at = browser.run("return location.href")
    browser.click("button[value=begin]")
    browser.until("begun", "return document.querySelector(\"[name='row1.amount']\").value === '10000'")
    audit(browser, "paper begun from a file")
    browser.go(at)
    browser.until("the scan again", """const page = document.querySelector('.sheets img');
        return page && page.complete && page.naturalWidth > 600""")
    browser.click("button[data-scan=larger]")
    browser.click("button[data-scan=turn]")
    turned = "return getComputedStyle(document.querySelector('.sheets img')).transform !== 'none'"
    if not browser.run(turned):
        problems.append("the scan does not turn")
    browser.type("[name='row1.amount']", "850,000")
    browser.click("button[value=key]")
    browser.until("told", "return !!document.querySelector('#problem')")
    audit(browser, "paper with a slip")
    if browser.run("return document.querySelector(\"[name='row1.amount']\").value") != "850,000":
        problems.append("what was typed is gone")
    follows(browser)
    log_out(browser)


def follows(browser):
    """On a form that the bank printed, the scan goes where the field stands that has the focus."""
    browser.go(origin + "/keying")
    form = browser.run("""return [...document.querySelectorAll("#mine ~ ul a")]
        .find((one) => one.closest("li").textContent.includes("form.png")).href""")
    browser.go(form)
    browser.until("the form", """const page = document.querySelector('.sheets img');
        return page && page.complete && page.naturalWidth > 600""")
    browser.click("button[data-scan=larger]")
    first, last = browser.run("""const sheets = document.querySelector('.sheets');
        return ['row1.amount', 'row1.requester_ref'].map((name) => {
            sheets.scrollTop = 0;
            document.querySelector(`[name='${name}']`).focus();
            return sheets.scrollTop; })""")
    if not 0 < first < last:
        problems.append(f"the scan does not follow the field: {first}, {last}")


def stamped(browser, person):
    """A stamped sheet is read back: the scan is there, and what is not whole is told."""
    log_in(browser, person)
    browser.go(origin + "/paper-decisions")
    audit(browser, "stamped sheets")
    browser.click("#waiting ~ ul a")
    browser.until("the sheet", """const page = document.querySelector('.sheets img');
        return page && page.complete && page.naturalWidth > 600""")
    audit(browser, "stamped sheet")
    browser.click("input[name=choice][value=approve]")
    browser.type("#user-1", "sato0001")
    browser.click("#task-1 ~ form button[value=read]")
    browser.until("told", "return !!document.querySelector('#problem')")
    audit(browser, "stamped sheet with a slip")
    if browser.run("return document.querySelector('#user-1').value") != "sato0001":
        problems.append("what was typed of a stamp is gone")
    log_out(browser)


def telephone(browser):
    browser.tool("Network.setUserAgentOverride", userAgent="Mozilla/5.0 (iPhone) Mobile/15E148")
    browser.go(origin + "/")
    audit(browser, "telephone")
    browser.tool("Network.setUserAgentOverride", userAgent="")


browser = Browser(home)
try:
    wrong_login(browser)
    keys = by_keyboard(browser, "yamada01")
    shapes = {}
    for who in ("yamada01", "sato0001"):
        log_in(browser, who)
        shapes[who] = sorted(crawl(browser, who))
        for state, at in (
            ("nothing there", "/nothing"), ("another case", "/cases/R20261201-9999-01"),
            ("why", f"/why?q={case}"), ("why of nothing", "/why?q=nothing"),
            ("review of nothing", "/review"), ("to-do after a foreign link", "/?notice=link"),
            ("search", "/search?party=1AB2CD3EF"), ("search printed", "/search?party=1AB2CD3EF&print=1"),
            ("search with a mistake", "/search?from=yesterday"),
        ):
            browser.go(origin + at)
            audit(browser, f"{who} {state}")
        log_out(browser)
    together(browser, "sato0001")
    paper(browser, "suzuki01")
    stamped(browser, "suzuki01")
    idle(browser, "yamada01")
    telephone(browser)
finally:
    browser.close()
print(json.dumps({"pages": pages, "problems": problems, "keys": keys, "shapes": shapes}))
