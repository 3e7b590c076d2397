#!/usr/bin/env python3
"""Looks at the dashboard's page of the environments with a real browser, and says what was wrong with what it saw.

  trials/graph-in-browser.py URL DIRECTORY PATTERN...

Each PATTERN is a regular expression that the text of the page must match. The page has to fit and to follow the record; where AXE names the file
of axe-core, that looks at it too. Pictures are left in DIRECTORY.
"""

import importlib.util
import json
import os
import sys
import tempfile

from chromium import SCHEMES, Browser, Fault

specification = importlib.util.spec_from_file_location("dashboard", os.path.join(os.path.dirname(__file__), "dashboard-in-browser.py"))
dashboard = importlib.util.module_from_spec(specification)
specification.loader.exec_module(dashboard)


def look(browser, url, directory, patterns):
    browser.go(f"{url}/dashboard/environments")
    browser.wait("the live connection", dashboard.LIVE)
    for pattern in patterns:
        browser.wait(f"/{pattern}/ on the page", f"new RegExp({json.dumps(pattern)}).test(document.getElementById('main').innerText)")
    view = dashboard.Look(browser, url, directory, None, None)
    view.examine("the page of the environments")
    view.pictures("graph")
    browser.picture(directory, "graph", of="main")
    drawn = "[...document.querySelectorAll('.graph svg')].map(one => one.getBoundingClientRect()).filter(one => one.width > 0)"
    for width in (1280, 390):
        browser.resize(width)
        browser.expect(f"one drawing is shown at {width} px", f"{drawn}.length === 1")
    browser.expect("and fits a narrow screen", f"{drawn}[0].right <= document.documentElement.clientWidth")
    browser.resize(1280)
    browser.ask("window.same = true")
    dashboard.boathook("lock", "qa", "--reason", "load test", "--for", "1h")
    browser.wait("the lock, in place", "/locked load test/.test(document.getElementById('environments').innerText.replace(/\\s+/g, ' '))")
    browser.expect("the page was not loaded again", "window.same")
    browser.scripts(False)
    browser.go(f"{url}/dashboard/environments")
    for section in ("graph", "pipelines", "environments"):
        browser.expect(f"the section {section} is there without script", f"document.querySelector('section#{section} h2').checkVisibility()")
    browser.picture(directory, "graph-without-script", schemes=SCHEMES[:1])
    browser.scripts(True)


def main():
    if len(sys.argv) < 4:
        sys.exit(__doc__)
    url, directory = sys.argv[1:3]
    os.makedirs(directory, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            look(browser, url, directory, sys.argv[3:])
            if browser.complaints:
                raise Fault("the browser objects: " + "; ".join(browser.complaints))
        except Fault as fault:
            sys.exit(f"error: {fault}")
        finally:
            browser.close()


if __name__ == "__main__":
    main()
