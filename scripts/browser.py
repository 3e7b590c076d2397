#!/usr/bin/env python3
"""Looks at the dashboard with a real browser while a deployment runs, and says what was wrong with what it saw.

  scripts/browser.py URL DIRECTORY NAME STATUS -- COMMAND...

Opens the dashboard at URL in headless Chromium (CHROMIUM names another program), starts COMMAND, which sends a deployment of NAME, and
follows it to STATUS without loading a page again. Pictures (PICTURE_FORMAT: png, jpeg or webp) are left in DIRECTORY. Needs nothing but Python and Chromium.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import time

DEADLINE = 90
TALLEST = 1800
FORMAT = os.environ.get("PICTURE_FORMAT", "png")
SCHEMES = ("light", "dark")


class Browser:
    """Chromium, told what to do through two pipes."""

    def __init__(self, profile):
        # The browser's ends must be its descriptors 3 and 4.
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()
        command = [
            os.environ.get("CHROMIUM", "chromium"), "--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
            "--no-first-run", "--disable-background-networking", "--disable-component-update", "--remote-debugging-pipe",
            f"--user-data-dir={profile}", "about:blank",
        ]
        shell = ["sh", "-c", f'exec "$@" 3<&{down_read} 4>&{up_write}', "sh", *command]
        self.process = subprocess.Popen(shell, pass_fds=(down_read, up_write), stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        self.count, self.buffer, self.session, self.complaints = 0, b"", None, []

    def call(self, method, **parameters):
        """Asks for something, and waits for the answer; what the browser tells meanwhile is heeded."""
        self.count += 1
        request = {"id": self.count, "method": method, "params": parameters}
        if self.session:
            request["sessionId"] = self.session
        os.write(self.down, json.dumps(request).encode() + b"\0")
        while True:
            message = self.receive()
            if message.get("id") == self.count:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']['message']}")
                return message["result"]
            self.heed(message)

    def receive(self):
        while b"\0" not in self.buffer:
            chunk = os.read(self.up, 1 << 16)
            if not chunk:
                raise RuntimeError("the browser is gone")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def heed(self, message):
        """Whatever the page's script or the browser's rules object to is a fault of the page."""
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            self.complaints.append(parameters["exceptionDetails"].get("text", "an exception"))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")

    def open(self, url):
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=1280, height=900, deviceScaleFactor=1, mobile=False)
        self.go(url)

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.wait("the page", f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})")

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails'].get('text')}")
        return answer["result"].get("value")

    def wait(self, what, expression):
        until = time.monotonic() + DEADLINE
        while not self.ask(expression):
            if time.monotonic() > until:
                raise RuntimeError(f"waited too long for {what}; the page says: {self.ask('document.body.innerText')}")
            time.sleep(0.05)

    def picture(self, directory, name, width=1280, of="body"):
        """The page from its beginning, or one element of it, light and dark."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
        for scheme in SCHEMES:
            self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
            box = self.ask(f"document.querySelector({json.dumps(of)}).getBoundingClientRect().toJSON()")
            top = box["y"] + self.ask("scrollY")
            clip = {"x": box["x"], "y": top, "width": box["width"], "height": min(box["height"], TALLEST), "scale": 1}
            data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip, format=FORMAT)["data"]
            with open(os.path.join(directory, f"{name}-{scheme}.{FORMAT}"), "wb") as file:
                file.write(base64.b64decode(data))

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)


def follow(browser, url, directory, name, status, command):
    """From a deployment that has not been sent yet to its end, in place."""
    browser.open(f"{url}/")
    browser.wait("the live connection", "document.getElementById('link').textContent === 'live'")
    browser.ask("window.same = true")
    sending = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    row = f"[...document.querySelectorAll('#under-way tbody tr')].find(row => row.innerText.includes({json.dumps(name)}))"
    browser.wait("the deployment on the overview", f"!!{row}")
    browser.wait("a hold counting down", f"/\\d+ s left/.test({row}?.innerText ?? '')")
    left = f"parseInt({row}?.innerText.match(/(\\d+) s left/)?.[1] ?? '0')"
    seen = browser.ask(left)
    browser.wait("the countdown to move", f"{left} < {seen}")
    browser.picture(directory, f"{status}-overview")
    assert browser.ask("window.same"), "the overview was loaded again"
    page = browser.ask(f"{row}.querySelector('a').href")
    browser.go(page)
    browser.ask("window.same = true")
    browser.ask("document.querySelector('details.programs').open = true")
    browser.ask("document.querySelector('details.program').open = true")
    browser.picture(directory, f"{status}-under-way")
    browser.wait(f"the status {status}", f"document.querySelector('#head .badge').classList.contains({json.dumps(status)})")
    assert browser.ask("window.same"), "the page of the deployment was loaded again"
    assert browser.ask("document.querySelector('details.programs').open"), "what was open was folded up"
    assert browser.ask("document.getElementById('news').textContent"), "nothing was read aloud"
    assert browser.ask("document.querySelectorAll('svg.chart rect').length"), "there is no chart of the probes"
    browser.ask("document.querySelector('details.programs').open = false")
    browser.picture(directory, f"{status}-ended")
    browser.picture(directory, f"{status}-probes", of="#probes")
    browser.picture(directory, f"{status}-narrow", width=420)
    sending.wait(timeout=DEADLINE)
    for path in ("/", "/dashboard/deployments", "/dashboard/audit"):
        browser.go(f"{url}{path}")
        browser.picture(directory, f"{status}-{path.strip('/').split('/')[-1] or 'after'}")


def main():
    if len(sys.argv) < 7 or sys.argv[5] != "--":
        sys.exit(__doc__)
    url, directory, name, status = sys.argv[1:5]
    os.makedirs(directory, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        browser = Browser(profile)
        try:
            follow(browser, url, directory, name, status, sys.argv[6:])
        except (RuntimeError, AssertionError) as error:
            sys.exit(f"error: {error}")
        finally:
            browser.close()
        if browser.complaints:
            sys.exit("error: the browser objects: " + "; ".join(browser.complaints))
    print(f"{name}: followed to {status}, pictures in {directory}")


if __name__ == "__main__":
    main()
