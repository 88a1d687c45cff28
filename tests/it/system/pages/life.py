"""The life of a request in the browser: approved by three people, its receipt fetched."""

import base64
import json
import sys
import time

from browser import PATIENCE, Browser

origin, home, people, case, out = sys.argv[1:6]
people = json.loads(people)
ORDER = ("yamada01", "sato0001", "mori0001")
FETCH = """
const [address, done] = arguments;
fetch(address).then(async (answer) => {
  const bytes = new Uint8Array(await answer.arrayBuffer());
  done([answer.status, answer.headers.get('content-disposition'),
        btoa(String.fromCharCode(...bytes))]);
}).catch((error) => done([0, String(error), '']));
"""


def log_in(browser, person):
    browser.go(origin + "/login")
    browser.type("#user", person)
    browser.type("#password", people[person][0])
    browser.click("main button[type=submit]")
    browser.until("logged in", "return !!document.querySelector('form[action=\"/logout\"]')")


def log_out(browser):
    browser.click("form[action='/logout'] button")
    browser.until("logged out", "return location.pathname === '/login'")


browser = Browser(home)
try:
    for person in ORDER:
        log_in(browser, person)
        browser.click(f"main a[href='/cases/{case}']")
        browser.until("the case", "return !!document.querySelector('#decide')")
        browser.click("input[name=kind][value=approve]")
        browser.type("input[name=password]", people[person][1])
        browser.click(".decide form button[type=submit]")
        browser.until("approved", "return !!document.querySelector('.banner.good')")
        log_out(browser)
    log_in(browser, ORDER[0])
    browser.click("nav a[href='/submissions']")
    browser.until("the list", "return location.pathname === '/submissions'")
    browser.click("main a[href^='/submissions/']")
    receipt = f"main a[href*='{case}_receipt.pdf']"
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if browser.run("return !!document.querySelector(arguments[0])", receipt):
            break
        time.sleep(0.2)
        browser.go(browser.place())
    address = browser.run("return document.querySelector(arguments[0]).href", receipt)
    status, kept, text = browser.later(FETCH, address)
    with open(out, "wb") as file:
        file.write(base64.b64decode(text))
finally:
    browser.close()
print(json.dumps({"status": status, "kept": kept}))
