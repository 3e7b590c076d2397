#!/usr/bin/env python3
"""Looks at the dashboard with a real browser while deployments run, and says what was wrong with what it saw.

  trials/dashboard-in-browser.py URL DIRECTORY SERVICE -- COMMAND...

COMMAND sends a deployment of SERVICE in production; the word TAG in it is put in place of `v2`, which succeeds, and of `late`, which is rolled
back. Each is followed to its end without loading a page again, meanwhile the pages are read without script, with the keyboard, narrow and wide,
and where AXE names the file of axe-core, by that. `boathook` must be in PATH and reach the same handler. Pictures are left in DIRECTORY.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time

from chromium import DEADLINE, SCHEMES, Browser, Fault

WIDTHS = (360, 390, 600, 768, 1000, 1280, 1920)
# The widths that pictures are taken in.
PICTURED = (1280, 1000, 390)
ZONE = "Asia/Tokyo"
LIVE = "document.getElementById('link').textContent === 'live'"
# What a sender may write, and what must never become an element of the page.
HOSTILE = "<img src=x onerror=alert(1)>"


class Look:
    def __init__(self, browser, url, directory, service, command):
        self.browser, self.url, self.directory, self.service, self.command = browser, url, directory, service, command

    def all(self):
        self.prove_that_objections_are_heard()
        self.locks_come_and_go()
        for tag, status, by in (("v2", "succeeded", HOSTILE), ("late", "rolled_back", "ci")):
            sending = self.follow(tag, status, by)
            sending.wait(timeout=DEADLINE)
        self.link_follows()
        self.read_without_script()
        self.times_are_the_readers()
        self.list_is_narrowed()
        pages = (
            "/", "/dashboard/environments", "/dashboard/deployments", "/dashboard/deployments?find=no-such-tag", "/dashboard/audit?programs=yes",
            "/dashboard/lost",
        )
        for path in pages:
            # An error is what is wanted of the last one; the browser reports it as one.
            self.browser.go(f"{self.url}{path}")
            self.browser.complaints = [one for one in self.browser.complaints if "404" not in one]
            self.examine(path)
            name = re.sub("[^a-z]+", "-", path.removeprefix("/dashboard/")).strip("-") or "after"
            self.pictures(name)

    def pictures(self, name):
        for width in PICTURED:
            self.browser.picture(self.directory, f"{name}-{width}", width=width)

    def times_are_the_readers(self):
        """In the reader's zone, and in UTC for the pointer."""
        browser = self.browser
        browser.zone(ZONE)
        browser.go(f"{self.url}/")
        time = "document.querySelector('#latest time')"
        browser.expect("a time is there in UTC", f"/^....-..-.. ..:..:.. UTC$/.test({time}.title)")
        shifted = f"Date.parse({time}.textContent.replace(' ', 'T') + '+09:00') === Date.parse({time}.dateTime) - Date.parse({time}.dateTime) % 1000"
        browser.expect("and in the reader's zone", shifted)
        browser.expect("which is named", f"document.getElementById('zone').textContent.includes({json.dumps(ZONE)})")
        browser.zone("")

    def list_is_narrowed(self):
        browser = self.browser
        browser.go(f"{self.url}/dashboard/deployments")
        browser.ask("document.querySelector('[name=find]').value = 'no-such-tag'; document.querySelector('form button').click()")
        browser.wait("the narrowed list", "document.querySelectorAll('#found tbody').length === 1")
        reason = "document.querySelector('#found .reason')"
        browser.expect("the reason is as wide as the table", f"{reason}.offsetWidth > 0.7 * document.querySelector('#found table').offsetWidth")

    def prove_that_objections_are_heard(self):
        """What the pages' policy forbids is reported as a complaint; without this, no complaint elsewhere would prove nothing."""
        self.browser.go(f"{self.url}/")
        self.browser.ask("document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.ran = true'}))")
        self.browser.expect("no script of the page's own runs", "!window.ran")
        if not any("Content Security Policy" in complaint for complaint in self.browser.complaints):
            raise Fault(f"a violation of the policy was not reported: {self.browser.complaints}")
        self.browser.complaints.clear()

    def locks_come_and_go(self):
        """In place: one that is set, and one that ends by itself, which nobody records."""
        browser = self.browser
        browser.go(f"{self.url}/")
        browser.wait("the live connection", LIVE)
        browser.ask("window.same = true")
        browser.expect("nothing is locked", "!document.getElementById('locks')")
        locks = "document.getElementById('locks')?.innerText ?? ''"
        boathook("lock", "development", "--reason", f"for a moment {HOSTILE}", "--for", "6s")
        browser.wait("the lock", f"/for a moment <img src=x onerror=alert\\(1\\)>/.test({locks})")
        boathook("lock", "staging", "--reason", "load test until the evening", "--for", "2h")
        browser.wait("the other lock", f"/load test until the evening/.test({locks}) && /(120|119) min left/.test({locks})")
        browser.wait("the end of the first", f"!/for a moment/.test({locks})")
        browser.expect("what serves is marked as locked", "document.querySelectorAll('#serving .badge.locked').length === 1")
        browser.expect("the overview was not loaded again", "window.same")

    def follow(self, tag, status, by):
        """From a deployment that has not been sent yet to its end, in place."""
        browser = self.browser
        browser.go(f"{self.url}/")
        browser.wait("the live connection", LIVE)
        browser.ask("window.same = true")
        command = [word.replace("TAG", tag) for word in self.command] + ["--triggered-by", by]
        log = os.path.join(self.directory, f"{status}.log")
        with open(log, "w", encoding="utf-8") as file:
            sending = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        row = f"[...document.querySelectorAll('#under-way tbody')].find(row => row.innerText.includes({json.dumps(self.service)}))"
        browser.wait("the deployment on the overview", f"!!{row}")
        browser.wait("a hold counting down", f"/\\d+ s left/.test({row}?.innerText ?? '')")
        page = browser.ask(f"{row}.querySelector('a').href")
        left = f"parseInt({row}?.innerText.match(/(\\d+) s left/)?.[1] ?? '0')"
        seen = browser.ask(left)
        browser.wait("the countdown to move", f"{left} < {seen}")
        browser.expect("the overview shows the share of each revision", "document.querySelectorAll('#serving rect.candidate').length === 1")
        browser.expect("the overview was not loaded again", "window.same")
        browser.picture(self.directory, f"{status}-overview")
        browser.go(page)
        browser.wait("the live connection", LIVE)
        browser.ask("window.same = true")
        browser.ask("document.querySelector('details.programs').open = true")
        browser.ask("document.querySelector('details.program').open = true")
        browser.expect("a program shows its output", "document.querySelector('details.program pre').checkVisibility()")
        browser.picture(self.directory, f"{status}-under-way")
        browser.wait(f"the status {status}", f"document.querySelector('#head .badge').classList.contains({json.dumps(status)})")
        browser.expect("the page of the deployment was not loaded again", "window.same")
        browser.expect("what was open is still open", "document.querySelector('details.programs').open")
        browser.expect("the change is read aloud", "document.getElementById('announcement').textContent")
        browser.expect("probes are drawn", "document.querySelectorAll('svg.chart rect').length > 0")
        browser.expect("a sender's text is shown as text", f"document.getElementById('facts').innerText.includes({json.dumps(by)})")
        browser.ask("document.querySelector('details.programs').open = false")
        self.examine(f"a deployment that {status}")
        self.pictures(f"{status}-ended")
        browser.picture(self.directory, f"{status}-probes", of="#probes")
        self.examine_link(log, status)
        return sending

    def link_follows(self):
        """The page of a link follows its deployment to the end, in place."""
        browser = self.browser
        log = os.path.join(self.directory, "link.log")
        command = [word.replace(":TAG", ":v1").replace("TAG", "link") for word in self.command]
        with open(log, "w", encoding="utf-8") as file:
            sending = subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT)
        while not (link := self.link_in(log)):
            if sending.poll() is not None:
                raise Fault(f"no link was given; {log} says why")
            time.sleep(0.05)
        browser.go(link)
        browser.wait("the live connection", LIVE)
        browser.ask("window.same = true")
        browser.wait("the end on the page of the link", "!!document.querySelector('#head .badge.succeeded')")
        browser.expect("the page of the link was not loaded again", "window.same")
        browser.wait("it stops following", "document.getElementById('link').textContent === ''")
        sending.wait(timeout=DEADLINE)

    def link_in(self, log):
        with open(log, encoding="utf-8") as file:
            found = re.search(r"http\S+/deployments/\S+token=\S+(?=\s)", file.read())
        return found and found.group()

    def examine_link(self, log, status):
        """The page for the holder of the link that the sender was given."""
        browser = self.browser
        browser.go(self.link_in(log))
        browser.expect("it says where it is", f"document.querySelector('#head .badge').classList.contains({json.dumps(status)})")
        self.examine(f"the link of a deployment that {status}")
        self.pictures(f"{status}-link")

    def examine(self, what):
        """What has to hold of every page: it fits, the keyboard reaches it, and axe finds nothing to object to."""
        browser = self.browser
        for width in WIDTHS:
            browser.resize(width)
            fits = "[document.documentElement, ...document.querySelectorAll('pre')].every((one) => one.scrollWidth <= one.clientWidth)"
            browser.expect(f"{what} fits into {width} px", fits)
        browser.resize(1280)
        if browser.ask("!!document.querySelector('.skip')"):
            self.skip_navigation()
        if "AXE" in os.environ:
            self.ask_axe(what)

    def skip_navigation(self):
        browser = self.browser
        browser.ask("document.activeElement.blur(), scrollTo(0, 0)")
        browser.press("Tab")
        browser.expect("the first stop of the keyboard leads past the navigation", "document.activeElement.matches('.skip')")
        browser.expect("and can be seen", "document.activeElement.getBoundingClientRect().left >= 0")
        browser.press("Enter")
        browser.wait("the content to have the focus", "document.activeElement.id === 'main'")

    def ask_axe(self, what):
        with open(os.environ["AXE"], encoding="utf-8") as file:
            self.browser.ask(file.read() + "; 0")
        shown = "`${one.id}: ${one.help} at ${one.nodes.map(node => `${node.target} ${node.failureSummary}`).join('; ')}`"
        ask = f"axe.run(document, {{resultTypes: ['violations']}}).then(found => found.violations.map(one => {shown}))"
        for width in (1280, 390):
            self.browser.resize(width)
            for scheme in SCHEMES:
                self.browser.paint(scheme)
                found = self.browser.ask(ask)
                if found:
                    raise Fault(f"axe on {what}, {scheme}, {width} px: " + "\n".join(found))
        self.browser.resize(1280)
        self.browser.paint(SCHEMES[0])

    def read_without_script(self):
        """Everything can be read without script, and a page that follows the record still reloads by itself."""
        browser = self.browser
        browser.scripts(False)
        browser.go(f"{self.url}/")
        for section in ("locks", "under-way", "serving", "latest"):
            browser.expect(f"the section {section} is there", f"document.querySelector('section#{section} h2').checkVisibility()")
        browser.expect("the script did not run", "document.getElementById('link').textContent === ''")
        browser.expect("what serves is said in words", "/100 %/.test(document.getElementById('serving').innerText)")
        browser.expect("a lock tells its end", "/min left/.test(document.getElementById('locks').innerText)")
        read = browser.ask("document.getElementById('read').textContent")
        browser.picture(self.directory, "without-script", schemes=SCHEMES[:1])
        browser.wait("the page to reload", f"document.getElementById('read')?.textContent > {json.dumps(read)}")
        browser.go(browser.ask("[...document.querySelectorAll('#latest tbody')].find(row => row.querySelector('.succeeded')).querySelector('a').href"))
        browser.expect("steps are there to read", "document.querySelectorAll('.steps li.done').length > 5")
        browser.ask("document.querySelector('details.programs summary').focus()")
        browser.press("Enter")
        browser.expect("programs open without script", "document.querySelector('details.programs').open")
        browser.scripts(True)


def boathook(*words):
    subprocess.run(["boathook", *words], check=True, stdout=subprocess.DEVNULL)


def main():
    if len(sys.argv) < 6 or sys.argv[4] != "--":
        sys.exit(__doc__)
    url, directory, service = sys.argv[1:4]
    os.makedirs(directory, exist_ok=True)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        browser = Browser(profile)
        try:
            Look(browser, url, directory, service, sys.argv[5:]).all()
            if browser.complaints:
                raise Fault("the browser objects: " + "; ".join(browser.complaints))
        except Fault as fault:
            sys.exit(f"error: {fault}")
        finally:
            browser.close()


if __name__ == "__main__":
    main()
