"""The daemon running by itself, beside the test."""

import signal
import subprocess

from world import build_dir


def start(world, log=None, **env):
    if log is None:
        log = open(world.dir / "live.log", "ab")
    return subprocess.Popen(
        [str(build_dir() / "tocsind"), "-c", str(world.conf)],
        stdin=subprocess.DEVNULL, stderr=log, env=world.env(**env),
        start_new_session=True)


def end(proc, sig=signal.SIGTERM):
    proc.send_signal(sig)
    return proc.wait(60)


def children(proc):
    """Role and process id of each child."""
    out = subprocess.run(["ps", "-o", "pid=,args=", "--ppid", str(proc.pid)],
                         stdout=subprocess.PIPE, text=True).stdout
    return {ln.split("--role ")[1].split()[0]: int(ln.split()[0])
            for ln in out.splitlines() if "--role" in ln}


def dispositions(world):
    return sorted(r[0] for r in world.rows("SELECT disposition FROM spool"))


def log_of(world):
    return "".join((world.dir / f).read_text(errors="replace")
                   for f in ("live.log", "tocsind.log")
                   if (world.dir / f).exists())
