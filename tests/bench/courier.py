"""The courier beside peers that only send: smtp-source for mail, a plain
libcurl multi loop for posts, to the same sinks in the same run."""

import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from crowd import database, one_incident, promise_again
from servers import free_port, wait_for
from world import build_dir

MAILS = 2000
POSTS = 1000


class Gateway:
    """Takes every post and gives it a number."""

    def __init__(self):
        self.taken = 0

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            gateway = self

            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                self.gateway.taken += 1
                out = b'{"number": "N-%d"}' % self.gateway.taken
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: "
                                 b"application/json\r\nContent-Length: %d\r\n"
                                 b"\r\n%s" % (len(out), out))

            def log_message(self, *unused):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class SmtpSink:
    def __init__(self):
        self.port = free_port()
        who = ["-u", "nobody"] if os.getuid() == 0 else []
        self.proc = subprocess.Popen(
            ["/usr/sbin/smtp-sink", *who, f"127.0.0.1:{self.port}", "128"])
        wait_for(self.listens, 10, "smtp-sink does not listen")

    def listens(self):
        with socket.socket() as s:
            return s.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        self.proc.terminate()
        self.proc.wait(10)


def configure(w, smtp_port, http_port, couriers=1):
    """The world's Maildirs and receivers become sockets."""
    text = w.conf.read_text()
    text = text.replace(f'  maildir = "{w.out}"\n',
                        f'  url = "smtp://127.0.0.1:{smtp_port}"\n'
                        '  cleartext = true\n')
    text = text.replace(f"127.0.0.1:{w.receiver.port}/",
                        f"127.0.0.1:{http_port}/")
    w.conf.write_text(text.replace("couriers = 2", f"couriers = {couriers}"))
    db = database(w)
    db.execute("UPDATE outbox SET to_addr = replace(to_addr, ?, ?)",
               (f":{w.receiver.port}/", f":{http_port}/"))
    db.commit()
    db.close()


def accepted(w, like):
    db = database(w)
    try:
        return db.execute("SELECT count(*) FROM outbox WHERE state = "
                          "'accepted' AND message_id LIKE ?",
                          (like,)).fetchone()[0]
    finally:
        db.close()


def seconds_to_send(w, n, like="crowd-%"):
    """From the daemon's start to the last receipt in the store."""
    log = open(w.dir / "live.log", "ab")
    t = time.monotonic()
    proc = subprocess.Popen([str(build_dir() / "tocsind"), "-c", str(w.conf)],
                            stderr=log, stdin=subprocess.DEVNULL, env=w.env())
    try:
        wait_for(lambda: accepted(w, like) >= n, 120, "not all were taken")
        return time.monotonic() - t
    finally:
        proc.terminate()
        proc.wait(60)


def size_of_content(w, **which):
    db = database(w)
    where = " AND ".join(f"o.{k} = '{v}'" for k, v in which.items())
    try:
        return db.execute("SELECT c.content FROM outbox o, outbox_content c "
                          "WHERE c.item = o.id AND " + where +
                          " ORDER BY o.id LIMIT 1").fetchone()[0]
    finally:
        db.close()


def mails(where, rows):
    sink, gateway = SmtpSink(), Gateway()
    w, _ = one_incident(where / "mails")
    try:
        letter = size_of_content(w, duty="ack")
        t = time.monotonic()
        subprocess.run(["/usr/sbin/smtp-source", "-d", "-s", "1", "-m",
                        str(MAILS), "-l", str(len(letter)), "-f",
                        "a@agency.example", "-t", "b@agency.example",
                        f"127.0.0.1:{sink.port}"], check=True)
        peer = MAILS / (time.monotonic() - t)
        promise_again(w, MAILS, duty="ack", channel="smtp")
        configure(w, sink.port, gateway.port)
        ours = MAILS / seconds_to_send(w, MAILS)
        rows.append(("courier", f"{MAILS} letters of {len(letter)} bytes",
                     f"{ours:.0f}/s", f"smtp-source {peer:.0f}/s",
                     f"{ours / peer:.2f} x"))
    finally:
        w.stop()
        sink.stop()
        gateway.stop()


def posts(where, rows):
    exe = build_dir() / "tests/bench/bench_post"
    gateway = Gateway()
    w, _ = one_incident(where / "posts", escalated=True)
    try:
        body = size_of_content(w, duty="annex2", channel="http", role="ncert")
        (w.dir / "body.json").write_bytes(body)
        peer = POSTS / float(subprocess.run(
            [str(exe), f"http://127.0.0.1:{gateway.port}/ncert",
             str(w.dir / "body.json"), str(POSTS)], check=True, text=True,
            stdout=subprocess.PIPE).stdout)
        promise_again(w, POSTS, duty="annex2", channel="http", role="ncert")
        configure(w, free_port(), gateway.port)
        ours = POSTS / seconds_to_send(w, POSTS)
        rows.append(("courier", f"{POSTS} posts of {len(body)} bytes",
                     f"{ours:.0f}/s", f"curl multi {peer:.0f}/s",
                     f"{ours / peer:.2f} x"))
    finally:
        w.stop()
        gateway.stop()


def beside_the_dead(where, rows):
    """Mails beside a receiver that takes connections and says nothing."""
    took = {}
    for how in ("healthy", "dead"):
        sink, gateway = SmtpSink(), Gateway()
        dead = socket.socket()
        dead.bind(("127.0.0.1", 0))
        dead.listen(64)
        w, _ = one_incident(where / how, escalated=True)
        try:
            promise_again(w, MAILS, duty="ack", channel="smtp")
            promise_again(w, MAILS, duty="annex2", channel="http",
                          role="ncert")
            configure(w, sink.port, gateway.port if how == "healthy" else
                      dead.getsockname()[1], couriers=2)
            db = database(w)
            (item,) = db.execute("SELECT min(id) FROM outbox WHERE duty = "
                                 "'ack'").fetchone()
            db.close()
            took[how] = seconds_to_send(w, MAILS, f"crowd-{item}.%")
        finally:
            w.stop()
            sink.stop()
            gateway.stop()
            dead.close()
    rows.append(("courier", f"{MAILS} letters beside a dead receiver",
                 f"{took['dead']:.1f} s",
                 f"a healthy one {took['healthy']:.1f} s",
                 f"{took['dead'] / took['healthy']:.2f} x"))


def bench_courier(where, rows):
    mails(where, rows)
    posts(where, rows)
    beside_the_dead(where, rows)
