# SPDX-License-Identifier: BSD-2-Clause
"""A headless Chromium, spoken to through a pipe: the DevTools protocol.

Each message is JSON that ends with a zero byte, on file descriptors 3 and 4
of the browser. It has a profile of its own, and every host name leads nowhere.
"""

import json
import os
import select
import shutil
import subprocess
import tempfile
import time

FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic",
         "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync",
         "--disable-dev-shm-usage", "--hide-scrollbars",
         "--force-color-profile=srgb", "--remote-debugging-pipe",
         "--host-resolver-rules=MAP * ~NOTFOUND"]
PATIENCE = 60


def find():
    """The program, or None."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


class Browser:
    """One page; what happens in it is collected in `events`."""

    def __init__(self, *flags):
        self.events = []
        self.profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command_read, self.command = os.pipe()
        self.reply, reply_write = os.pipe()
        self.process = subprocess.Popen(
            [find(), *FLAGS, f"--user-data-dir={self.profile.name}", *flags,
             "about:blank"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, close_fds=False,
            preexec_fn=lambda: self._take_pipes(command_read, reply_write))
        os.close(command_read)
        os.close(reply_write)
        self.buffer = b""
        self.number = 0
        self.session = None
        target = self._wait_for_page()
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    @staticmethod
    def _take_pipes(command_read, reply_write):
        """In the child; neither number may be lost while the other moves."""
        spare = [os.dup(command_read), os.dup(reply_write)]
        while min(spare) < 5:
            spare = [os.dup(fd) for fd in spare]
        os.dup2(spare[0], 3)
        os.dup2(spare[1], 4)

    def _wait_for_page(self):
        self.call("Target.setDiscoverTargets", discover=True)
        while True:
            for target in self.call("Target.getTargets")["targetInfos"]:
                if target["type"] == "page":
                    return target["targetId"]
            time.sleep(0.02)

    def _read(self):
        while b"\0" not in self.buffer:
            if not select.select([self.reply], [], [], PATIENCE)[0]:
                raise TimeoutError("the browser says nothing")
            piece = os.read(self.reply, 1 << 20)
            if not piece:
                raise EOFError("the browser has ended")
            self.buffer += piece
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, **params):
        """Asks, and returns the answer; events meanwhile are collected."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        if self.session and not method.startswith("Target."):
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.command, data):]
        while True:
            answer = self._read()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]
            self.events.append(answer)

    def evaluate(self, expression):
        """The value of an expression in the page, awaited."""
        result = self.call("Runtime.evaluate", expression=expression,
                           awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise RuntimeError(str(result["exceptionDetails"]))
        return result["result"].get("value")

    def open(self, path, ready="true"):
        """Loads a file, and waits until an expression is true in it."""
        self.call("Page.navigate", url="file://" + os.path.abspath(path))
        self.wait("document.readyState === 'complete' && "
                  f"location.protocol === 'file:' && ({ready})")

    def wait(self, expression):
        """Until it is true in the page."""
        deadline = time.monotonic() + PATIENCE
        while not self.evaluate(expression):
            if time.monotonic() > deadline:
                raise TimeoutError(f"never true: {expression}")
            time.sleep(0.02)

    def named(self, method):
        """The parameters of all events of a name."""
        return [event["params"] for event in self.events
                if event.get("method") == method]

    def close(self):
        try:
            self.call("Browser.close")
        except (EOFError, RuntimeError, BrokenPipeError):
            pass
        self.process.wait(PATIENCE)
        os.close(self.command)
        os.close(self.reply)
        self.profile.cleanup()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()
