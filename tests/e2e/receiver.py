"""An HTTP(S) receiver of reports on loopback, as a gateway of NCERT might be.

It keeps every post, answers a known Idempotency-Key with its old answer, and
says what the script tells it to: answers is a list for the next posts, after
which everything is 200.  An answer is a status code, or (code, bytes) or
(code, bytes, headers) for what is no answer of a receiver's.
"""

import json
import ssl
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Receiver:
    def __init__(self, cert=None, key=None, answers=()):
        self.posts = []         # (path, headers, body, status)
        self.cases = {}         # idempotency key -> number
        self.answers = list(answers)
        self.lock = threading.Lock()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                n = int(self.headers.get("Content-Length", "0"))
                body = self.rfile.read(n)
                status, out, headers = receiver.take(self.path, self.headers,
                                                     body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                if status != 204:
                    self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                try:
                    self.wfile.write(out)
                except ConnectionError:
                    pass        # they have heard enough

            def log_message(self, *unused):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        if cert is not None:
            ctx = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            ctx.load_cert_chain(cert, key)
            self.server.socket = ctx.wrap_socket(
                self.server.socket, server_side=True,
                do_handshake_on_connect=False)  # one who stalls harms none
        self.thread = threading.Thread(target=self.server.serve_forever,
                                       daemon=True)

    def take(self, path, asked, body):
        with self.lock:
            key = asked.get("Idempotency-Key", "")
            status = self.answers.pop(0) if self.answers else 200
            if isinstance(status, tuple):
                status, out, headers = (*status, {})[:3]
                self.posts.append((path, dict(asked), body, status))
                return status, out, headers
            if status < 300 and key not in self.cases:
                self.cases[key] = f"NCERT-{len(self.cases) + 1:04d}"
            self.posts.append((path, dict(asked), body, status))
            answer = {"number": self.cases[key]} if status < 300 else \
                {"error": f"scripted {status}"}
            return (status, json.dumps(answer).encode(),
                    {"Content-Type": "application/json"})

    def documents(self):
        """The accepted documents, by idempotency key."""
        with self.lock:
            return {h.get("Idempotency-Key"): json.loads(b)
                    for _, h, b, s in self.posts if s < 300}

    def start(self):
        self.thread.start()
        return self

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
