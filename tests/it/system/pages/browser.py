"""Chromium by WebDriver, as plain HTTP: nothing to install but chromedriver."""

import http.client
import json
import os
import socket
import subprocess
import time

# How long a page is waited for, in seconds.
PATIENCE = 60
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
TAB, ENTER, SPACE = "\ue004", "\ue007", " "


class Browser:
    """One Chromium with a home, and so with certificates, of its own."""

    def __init__(self, home, arguments=()):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        env = {**os.environ, "HOME": home}
        log = os.path.join(home, "chromedriver.log")
        self.driver = subprocess.Popen(
            ["chromedriver", f"--port={self.port}", f"--log-path={log}"],
            env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        fixed = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--no-proxy-server", "--window-size=1280,1000", f"--user-data-dir={home}/profile",
        ]
        options = {"args": fixed + list(arguments), "binary": "/usr/bin/chromium"}
        wanted = {"capabilities": {"alwaysMatch": {"goog:chromeOptions": options}}}
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                self.session = self.call("POST", "/session", wanted)["sessionId"]
                return
            except ConnectionRefusedError:
                time.sleep(0.1)
        raise RuntimeError("chromedriver does not answer")

    def call(self, method, path, body=None):
        wire = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        wire.request(method, path, None if method == "GET" else json.dumps(body or {}))
        answer = json.loads(wire.getresponse().read())
        value = answer["value"]
        if isinstance(value, dict) and "error" in value:
            raise RuntimeError(f"{path}: {value['error']}: {value['message']}")
        return value

    def do(self, method, path, body=None):
        return self.call(method, f"/session/{self.session}{path}", body)

    def go(self, url):
        self.do("POST", "/url", {"url": url})

    def place(self):
        return self.do("GET", "/url")

    def run(self, script, *arguments):
        return self.do("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def later(self, script, *arguments):
        """A script that answers by calling its last argument."""
        return self.do("POST", "/execute/async", {"script": script, "args": list(arguments)})

    def find(self, css):
        found = self.do("POST", "/element", {"using": "css selector", "value": css})
        return found[ELEMENT]

    def click(self, css):
        self.do("POST", f"/element/{self.find(css)}/click")

    def type(self, css, text):
        self.do("POST", f"/element/{self.find(css)}/value", {"text": text})

    def keys(self, text):
        """Keys as a person presses them, to whatever has the focus."""
        acts = []
        for key in text:
            acts += [{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]
        source = {"type": "key", "id": "keyboard", "actions": acts}
        self.do("POST", "/actions", {"actions": [source]})

    def tool(self, command, **parameters):
        """A command of Chromium's own tools."""
        return self.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def until(self, what, script, *arguments):
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            try:
                if self.run(script, *arguments):
                    return
            except RuntimeError:
                pass  # between two pages
            time.sleep(0.1)
        raise RuntimeError(f"{what}: not within a minute at {self.place()}")

    def close(self):
        try:
            self.do("DELETE", "")
        finally:
            self.driver.terminate()
            self.driver.wait()
