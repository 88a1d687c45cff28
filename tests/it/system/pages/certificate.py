"""A login with a certificate from Chromium's own store, and without it. Prints what happened."""

import json
import subprocess
import sys

from browser import Browser

origin, home, user, login, revoke = sys.argv[1:6]


def tried(browser):
    """Whether the login leads in."""
    browser.go(origin + "/login")
    browser.type("#user", user)
    browser.type("#password", login)
    browser.click("main button[type=submit]")
    browser.until("an answer", "return !!document.querySelector('#problem, form[action=\"/logout\"]')")
    return browser.run("return !!document.querySelector('form[action=\"/logout\"]')")


said = {}
browser = Browser(home)
try:
    said["with"] = tried(browser)
    browser.go(origin + "/")
    said["inside"] = browser.run("return location.pathname")
    said["revoked"] = subprocess.run(json.loads(revoke), capture_output=True).returncode
    browser.go(origin + "/")
    said["after"] = browser.run("return location.pathname")
    said["again"] = tried(browser)
finally:
    browser.close()
print(json.dumps(said))
