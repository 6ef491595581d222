"""The intake process with a script as its desk (intake_probe.c)."""

import base64
import json
import os
import queue
import subprocess
import threading
import time
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]
_built = None


def program():
    """The probe, as make check built it."""
    global _built
    if _built:
        return _built
    built = Path(os.environ.get("TOCSIN_BUILD", TOP)) / "tests/e2e/intake_probe"
    assert built.exists(), f"{built} is not built: make check builds it"
    _built = str(built)
    return _built


class Intake:
    """A running intake.  Settings are the arguments of intake_probe."""

    def __init__(self, env=None, gate=None, **settings):
        args = [f"{k}={v}" for k, v in settings.items() if v is not None]
        self.proc = subprocess.Popen(
            [program(), *args], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env={**os.environ, **(env or {})},
            start_new_session=True)
        self.gate = None        # to be set when the test begins to look
        self.queue = queue.Queue()
        self.seen = []
        self.thread = threading.Thread(target=self._read, daemon=True)
        self.thread.start()
        self.pid = self.next("PID")["pid"]
        self.gate = gate

    def _read(self):
        for line in self.proc.stdout:
            o = json.loads(line)
            if o.get("raw"):
                o["raw"] = base64.b64decode(o["raw"])
            self.queue.put(o)
        self.queue.put(None)

    def next(self, *kinds, seconds=15):
        """The next thing said, of these kinds; others are passed over."""
        if self.gate:
            self.gate.set()
        end = time.monotonic() + seconds
        while True:
            try:
                o = self.queue.get(timeout=max(0, end - time.monotonic()))
            except queue.Empty:
                raise AssertionError(
                    f"no {kinds} in {seconds} s; said: {self.seen[-8:]}")
            if o is None:
                raise AssertionError(
                    f"ended before {kinds}; said: {self.seen[-8:]}; "
                    f"{self.proc.stderr.read()}")
            self.seen.append(o)
            if not kinds or o["t"] in kinds:
                return o

    def polled(self, rc, seconds=15, hurry=True):
        """The next POLLED with this rc.  hurry: ask again at once after an
        error, instead of waiting for the back-off to end."""
        end = time.monotonic() + seconds
        while True:
            o = self.next("POLLED", seconds=max(0, end - time.monotonic()))
            if o["rc"] == rc:
                return o
            if hurry and o["rc"] != "ok":
                self.say("poll")

    def say(self, word):
        self.proc.stdin.write(word + "\n")
        self.proc.stdin.flush()

    def mails(self):
        """(uid, raw) of every mail handed to the desk so far."""
        return [(o["uid"], o["raw"]) for o in self.seen if o["t"] == "MAIL"]

    def marked(self):
        return ",".join(o["uids"] for o in self.seen if o["t"] == "MARKED")

    def rss_kb(self, what="VmHWM"):
        for line in open(f"/proc/{self.pid}/status"):
            if line.startswith(what):
                return int(line.split()[1])

    def stop(self):
        """QUIT, and it ends well: no sanitizer had anything to say."""
        if self.proc.poll() is None:
            try:
                self.say("quit")
                self.proc.stdin.close()
            except OSError:
                pass
        self.proc.wait(20)
        self.thread.join(5)
        self.log = text = self.proc.stderr.read()
        self.proc.stdout.close()
        self.proc.stderr.close()
        assert self.proc.returncode == 0 and "ERROR" not in text and \
            "runtime error" not in text, text
        while not self.queue.empty():
            o = self.queue.get()
            if o:
                self.seen.append(o)
        assert self.seen[-1] == {"t": "END", "status": 0}, self.seen[-3:]

    def __enter__(self):
        return self

    def __exit__(self, kind, *unused):
        if kind is None:
            self.stop()
        else:
            self.proc.kill()
            self.proc.wait()
