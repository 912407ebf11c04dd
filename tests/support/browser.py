"""Chromium, without a window and without a network, driven over its DevTools protocol."""

import base64
import io
import json
import shutil
import subprocess
import time
import unicodedata
from pathlib import Path

import pypdf
import websocket

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SWITCHES = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1200,900")
KEYS = {"Enter": 13, "Escape": 27, "Tab": 9, "ArrowLeft": 37, "ArrowRight": 39}


class Tab:
    """One page of a browser: commands of the protocol, keys and clicks as a person gives them, and what went wrong in it."""

    def __init__(self, browser, size=(1200, 900)):
        self.browser, self.errors, self.session = browser, [], None
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.call(f"{domain}.enable")
        self.resize(*size)

    def call(self, method, **parameters):
        return self.browser.call(self, method, parameters)

    def resize(self, width, height=900):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def prefer(self, **features):
        self.call("Emulation.setEmulatedMedia", features=[{"name": f"prefers-{name.replace('_', '-')}", "value": value}
                                                          for name, value in features.items()])

    def open(self, file, query=""):
        self.go(Path(file).as_uri() + query)

    def go(self, url):
        self.call("Page.navigate", url=url)
        self.until(f"document.readyState === 'complete' && location.protocol === '{url.partition('//')[0]}'")

    def value(self, expression):
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True, userGesture=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def until(self, expression, seconds=4):
        for _ in range(int(seconds * 50)):
            if found := self.value(expression):
                return found
            time.sleep(0.02)
        raise AssertionError(f"never so: {expression}")

    def texts(self, selector):
        return self.value(f"[...document.querySelectorAll({json.dumps(selector)})].map(e => e.innerText)")

    def press(self, key, modifiers=0):
        told = {"key": key, "modifiers": modifiers} | ({"windowsVirtualKeyCode": KEYS[key]} if key in KEYS else {"text": key})
        told |= {"text": "\r"} if key == "Enter" else {}
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def point(self, selector, across, down):
        """Move the pointer over an element, to parts of its width and height."""
        found = f"document.querySelector({json.dumps(selector)})"
        self.value(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.value(f"(r => ({{x: r.x + r.width * {across}, y: r.y + r.height * {down}}}))({found}.getBoundingClientRect())")
        self.call("Input.dispatchMouseEvent", type="mouseMoved", **box)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def click(self, selector, place=0):
        found = f"document.querySelectorAll({json.dumps(selector)})[{place}]"
        self.value(f"{found}.scrollIntoView({{block: 'center', behavior: 'instant'}})")
        box = self.value(f"(r => ({{x: r.x + r.width / 2, y: r.y + r.height / 2}}))({found}.getClientRects()[0])")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=1, **box)

    def png(self, whole=False):
        return base64.b64decode(self.call("Page.captureScreenshot", captureBeyondViewport=whole)["data"])

    def pdf(self):
        """Print the page; the words of each page in Unicode's plain characters (Chromium writes 一 as ⼀), without spaces."""
        printed = self.call("Page.printToPDF", preferCSSPageSize=True)["data"]
        read = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(base64.b64decode(printed))).pages]
        return ["".join(unicodedata.normalize("NFKC", text).split()) for text in read]


class Browser:
    """A Chromium with a profile of its own, and the one line to it."""

    def __init__(self, profile, *switches):
        line = [BROWSER, *SWITCHES, *switches, "--remote-debugging-port=0", f"--user-data-dir={profile}"]
        self.process = subprocess.Popen(line, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        port, path = self._listening(Path(profile, "DevToolsActivePort"))
        self.line = websocket.create_connection(f"ws://127.0.0.1:{port}{path}", timeout=60, suppress_origin=True)
        self.calls = 0

    def _listening(self, file):
        for _ in range(600):
            if file.exists() and len(lines := file.read_text().split()) == 2:
                return lines
            time.sleep(0.05)
        raise AssertionError("Chromium did not start")

    def call(self, tab, method, parameters):
        self.calls += 1
        session = {"sessionId": tab.session} if tab.session else {}
        self.line.send(json.dumps({"id": self.calls, "method": method, "params": parameters} | session))
        while True:
            answer = json.loads(self.line.recv())
            if answer.get("id") == self.calls:
                assert "error" not in answer, answer
                return answer["result"]
            if answer.get("method") in ("Runtime.exceptionThrown", "Log.entryAdded", "Page.javascriptDialogOpening"):
                tab.errors.append(answer["params"])

    def close(self):
        self.line.close()
        self.process.terminate()
        self.process.wait(30)
