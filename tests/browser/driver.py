"""Headless Chromium, driven through chromedriver with nothing but the standard library."""

import base64
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

from report import check

TAB, ENTER, END, HOME, RIGHT = "\ue004", "\ue007", "\ue010", "\ue011", "\ue014"
# Of a window, and how high it is.
WIDTHS = {320: 700, 360: 740, 390: 844, 768: 1024, 1280: 800}
# What a page may ask for.
HERE = re.compile(r"https?://(127\.0\.0\.1|localhost)[:/]|data:|blob:|about:")
FLAGS = """headless=new no-sandbox disable-gpu disable-quic no-first-run disable-background-networking
    disable-component-update disable-sync disable-dev-shm-usage""".split()


class Browser:
    """A WebDriver session with a driver and a profile of its own. `flags` are more of Chromium's options."""

    def __init__(self, language="en", flags=()):
        self.profile = tempfile.mkdtemp()
        self.driver = subprocess.Popen(["chromedriver", "--port=0", "--log-level=SEVERE"], stdout=subprocess.PIPE, text=True)
        told = next(line for line in self.driver.stdout if "started successfully" in line)
        self.address = "http://127.0.0.1:" + told.strip().rstrip(".").split()[-1]
        flags = [f"--{flag}" for flag in (*FLAGS, *flags)]
        flags += [f"--user-data-dir={self.profile}", f"--accept-lang={language}", f"--lang={language}"]
        wanted = {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "goog:chromeOptions": {
                "binary": shutil.which("chromium"),
                "args": flags,
                "prefs": {"intl.accept_languages": language},
                "perfLoggingPrefs": {"enableNetwork": True, "enablePage": False},
            },
        }
        made = self.call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = "/session/" + made["sessionId"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def call(self, method, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as e:
            raise RuntimeError(f"{method} {path}: {e.read().decode()[:300]}") from None

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def devtools(self, command, **parameters):
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def go(self, url):
        self.do("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def find(self, css):
        return next(iter(self.do("POST", "/element", {"using": "css selector", "value": css}).values()))

    def type(self, css, text):
        self.do("POST", f"/element/{self.find(css)}/value", {"text": text})

    def press(self, css):
        self.do("POST", f"/element/{self.find(css)}/click", {})

    def clear(self, css):
        self.do("POST", f"/element/{self.find(css)}/clear", {})

    def keys(self, text):
        """Presses keys one after the other, wherever the focus is."""
        strokes = [{"type": kind, "value": key} for key in text for kind in ("keyDown", "keyUp")]
        self.do("POST", "/actions", {"actions": [{"type": "key", "id": "keys", "actions": strokes}]})

    def text(self):
        # In one step: between two the page may be another, and one that is just coming has no body yet.
        return self.run("return document.body ? document.body.innerText : ''")

    def url(self):
        return self.do("GET", "/url")

    def window(self, width, theme):
        # A bar at the side would take its width from some pages and not from their pictures.
        self.devtools("Emulation.setScrollbarsHidden", hidden=True)
        size = {"width": width, "height": WIDTHS[width]}
        self.devtools("Emulation.setDeviceMetricsOverride", **size, deviceScaleFactor=1, mobile=False)
        # Without motion, or a colour that fades from theme to theme is measured on its way.
        features = {"prefers-color-scheme": theme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in features.items()]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def scripts(self, on):
        self.devtools("Emulation.setScriptExecutionDisabled", value=not on)

    def faults(self):
        """What the browser reported as an error since the last time; a page that is answered with one is none, nor is
        a tile of the map server that the sample instance names, which is not there."""
        lines = self.do("POST", "/se/log", {"type": "browser"})
        answers = [f"status of {code}" for code in (403, 404, 415, 503)]
        no_tile = re.compile(r"/tile/local/\S+ .*status of (502|504)")
        return [
            line["message"]
            for line in lines
            if line["level"] == "SEVERE"
            and not any(answer in line["message"] for answer in answers)
            and not no_tile.search(line["message"])
        ]

    def requests(self):
        """The addresses of everything that pages asked for since the last time."""
        lines = self.do("POST", "/se/log", {"type": "performance"})
        events = [json.loads(line["message"])["message"] for line in lines]
        urls = [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]
        # A new tab is a page of the browser's own.
        return [url for url in urls if not url.startswith("chrome")]

    def picture(self, path):
        size = self.devtools("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 6000), "scale": 1}
        shot = self.devtools("Page.captureScreenshot", captureBeyondViewport=True, clip=clip)
        path.write_bytes(base64.b64decode(shot["data"]))

    def close(self):
        try:
            foreign = [url for url in self.requests() if not HERE.match(url)]
            check("no request leaves the machine", not foreign, foreign[:4])
            self.do("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
            self.driver.stdout.close()
            shutil.rmtree(self.profile, ignore_errors=True)


def wait_for(holds):
    """Whether something comes to hold within ten seconds. A page that is just being left answers with an error,
    which is a no."""

    def now():
        try:
            return holds()
        except RuntimeError:
            return False

    until = time.time() + 10
    while not now() and time.time() < until:
        time.sleep(0.1)
    return now()


def status(url):
    try:
        return urllib.request.urlopen(url, timeout=10).status
    except urllib.error.HTTPError as e:
        return e.code
