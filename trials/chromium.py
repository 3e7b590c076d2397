"""Headless Chromium (CHROMIUM names another program), controlled through two pipes. Imported, never run; needs nothing but Python and Chromium.

What a page's script, its console or the browser's rules object to is kept in `complaints`: it is a fault of the page.
"""

import base64
import json
import os
import select
import subprocess
import time

DEADLINE = 90
TALLEST = 1800
FORMAT = os.environ.get("PICTURE_FORMAT", "png")
SCHEMES = ("light", "dark")
OPTIONS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--hide-scrollbars", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--remote-debugging-pipe",
)


class Fault(Exception):
    """What was seen is not what has to be."""


class Browser:
    """One browser with one page at a time."""

    def __init__(self, profile):
        # The browser's ends must be its descriptors 3 and 4.
        down_read, self.down = os.pipe()
        self.up, up_write = os.pipe()
        command = [os.environ.get("CHROMIUM", "chromium"), *OPTIONS, f"--user-data-dir={profile}", "about:blank"]
        shell = ["sh", "-c", f'exec "$@" 3<&{down_read} 4>&{up_write}', "sh", *command]
        self.process = subprocess.Popen(shell, pass_fds=(down_read, up_write), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(down_read)
        os.close(up_write)
        self.count, self.buffer, self.session, self.complaints = 0, b"", None, []
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.resize(1280)

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
                    raise Fault(f"{method}: {message['error']['message']}")
                return message["result"]
            self.handle(message)

    def receive(self):
        while b"\0" not in self.buffer:
            if not select.select([self.up], [], [], DEADLINE)[0]:
                raise Fault("the browser says nothing")
            chunk = os.read(self.up, 1 << 16)
            if not chunk:
                raise Fault("the browser is gone")
            self.buffer += chunk
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def handle(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Runtime.exceptionThrown":
            details = parameters["exceptionDetails"]
            self.complaints.append(details.get("exception", {}).get("description") or details.get("text", "an exception"))
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "assert"):
            self.complaints.append("console: " + " ".join(str(one.get("value", one.get("description"))) for one in parameters["args"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] == "error":
            self.complaints.append(f"{parameters['entry']['text']} {parameters['entry'].get('url', '')}")

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.wait("the page", f"document.readyState === 'complete' && location.href.startsWith({json.dumps(url)})")

    def resize(self, width):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)

    def paint(self, scheme):
        """As for a reader who wants it light or dark."""
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def zone(self, name):
        """The reader's time zone; empty is the machine's."""
        self.call("Emulation.setTimezoneOverride", timezoneId=name)

    def scripts(self, allowed):
        """Whether pages that are opened from now on may run their script."""
        self.call("Emulation.setScriptExecutionDisabled", value=not allowed)

    def press(self, key):
        code = {"Tab": 9, "Enter": 13}[key]
        text = {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, code=key, windowsVirtualKeyCode=code, **text)
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key, code=key, windowsVirtualKeyCode=code)

    def ask(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise Fault(f"{expression[:200]}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def expect(self, what, expression):
        if not self.ask(expression):
            raise Fault(f"not so: {what}; the page says: {self.ask('document.body.innerText')}")

    def wait(self, what, expression):
        until, trouble = time.monotonic() + DEADLINE, ""
        while time.monotonic() < until:
            # A page that is just being loaded cannot be asked.
            try:
                if self.ask(expression):
                    return
            except Fault as fault:
                trouble = f" ({fault})"
            time.sleep(0.05)
        raise Fault(f"waited too long for {what}{trouble}; the page says: {self.ask('document.body.innerText')}")

    def picture(self, directory, name, width=1280, of="body", schemes=SCHEMES):
        """The page from its beginning, or one element of it, light and dark."""
        self.resize(width)
        for scheme in schemes:
            self.paint(scheme)
            box = self.ask(f"document.querySelector({json.dumps(of)}).getBoundingClientRect().toJSON()")
            top = box["y"] + self.ask("scrollY")
            clip = {"x": box["x"], "y": top, "width": box["width"], "height": min(box["height"], TALLEST), "scale": 1}
            data = self.call("Page.captureScreenshot", captureBeyondViewport=True, clip=clip, format=FORMAT)["data"]
            path = os.path.join(directory, f"{name}-{scheme}.{FORMAT}")
            with open(path, "wb") as file:
                file.write(base64.b64decode(data))
            print(path)
        self.resize(1280)
        self.paint(SCHEMES[0])

    def close(self):
        self.process.terminate()
        self.process.wait(timeout=20)
