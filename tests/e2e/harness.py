"""What every end-to-end test needs: a real daemon, a real receiver, the real command line.

Only Python's standard library. Nothing here sleeps for a fixed time: `until` awaits a condition with
a deadline, and everything listens on a port of the system's choosing on the loopback interface.
"""

import atexit
import http.client
import http.server
import json
import os
import queue
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
import unittest

BIN = os.environ.get("E2E_BIN", os.path.join(os.path.dirname(__file__), "../../build/bin"))
PATIENCE = float(os.environ.get("E2E_PATIENCE", "30"))

# Whatever a test makes lies in here, the children's temporary files too, and goes with the run.
SCRATCH = tempfile.mkdtemp(prefix="waybill-e2e-")
tempfile.tempdir = os.environ["TMPDIR"] = SCRATCH
atexit.register(shutil.rmtree, SCRATCH, ignore_errors=True)


def until(condition, what, timeout=PATIENCE):
    """The first true value of `condition()`; fails with `what` when there is none in time."""
    deadline = time.monotonic() + timeout
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {timeout} s: {what}")
        threading.Event().wait(0.01)


class Answer:
    """An HTTP answer, read whole."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"<{self.status} {self.body[:300]!r}>"


def request(address, method, path, body=None, headers=None, timeout=PATIENCE):
    connection = http.client.HTTPConnection(*address, timeout=timeout)
    try:
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        elif isinstance(body, str):
            body = body.encode()
        headers = dict(headers or {})
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    finally:
        connection.close()


class Daemon:
    """A `waybilld` with its own data directory."""

    def __init__(self, *options, data=None, env=None, wait=True):
        self.data = data or tempfile.mkdtemp(prefix="waybill-e2e-")
        self.options = options
        self.env = {**os.environ, **(env or {})}
        self.lines = []
        self.start(wait)

    def start(self, wait=True):
        self.log_path = os.path.join(self.data + ".log")
        self.log = open(self.log_path, "ab")
        self.process = subprocess.Popen(
            [os.path.join(BIN, "waybilld"), "--listen", "127.0.0.1:0", "--data", self.data,
             "--allow-network", "loopback", *self.options],
            stdout=subprocess.PIPE, stderr=self.log, env=self.env, text=True)
        if wait:
            self._await_listening()

    def _await_listening(self):
        lines = queue.Queue()

        def read(stream):
            for line in stream:
                lines.put(line)
            lines.put(None)

        threading.Thread(target=read, args=(self.process.stdout,), daemon=True).start()
        while True:
            try:
                line = lines.get(timeout=PATIENCE)
            except queue.Empty:
                raise AssertionError("waybilld did not become ready:\n" + self.stderr())
            if line is None:
                self.process.wait()
                raise AssertionError(
                    f"waybilld ended with {self.process.returncode}:\n" + self.stderr())
            self.lines.append(line.rstrip("\n"))
            if line.startswith("listening on http://"):
                host, port = line.split("//")[1].strip().rsplit(":", 1)
                self.address = (host, int(port))
                return

    @property
    def url(self):
        return f"http://{self.address[0]}:{self.address[1]}"

    def stderr(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            return log.read()

    @property
    def admin_token(self):
        with open(os.path.join(self.data, "admin.token")) as file:
            return file.read().strip()

    def call(self, method, path, body=None, headers=None):
        return request(self.address, method, path, body, headers)

    def admin(self, method, path, body=None, headers=None):
        return self.call(method, "/admin/v1/" + path, body,
                         {"Authorization": "Bearer " + self.admin_token, **(headers or {})})

    def submit(self, url, payload=None, **more):
        answer = self.call("POST", "/v1/deliveries",
                           {"url": url, "payload": payload or {"n": 1}, **more})
        assert answer.status == 202, answer
        return answer.json["id"]

    def delivery(self, id):
        answer = self.admin("GET", "deliveries/" + id)
        assert answer.status == 200, answer
        return answer.json

    def deliveries(self, query=""):
        answer = self.admin("GET", "deliveries?limit=500" + query)
        assert answer.status == 200, answer
        return answer.json["data"]

    def events(self):
        """Every event of the log, oldest first."""
        events, after = [], 0
        while True:
            answer = self.admin("GET", f"events?after={after}&limit=500")
            assert answer.status == 200, answer
            page = answer.json["data"]
            if not page:
                return events
            events += page
            after = page[-1]["global_position"]

    def await_status(self, id, *statuses):
        def reached():
            delivery = self.delivery(id)
            return delivery if delivery["status"] in statuses else None
        return until(reached, f"{id} becomes {' or '.join(statuses)}")

    def kill(self):
        """As the machine does it when it has had enough."""
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()
        self.log.close()

    def stop(self, expect=0):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=PATIENCE)
        self.process.stdout.close()
        self.log.close()
        assert expect is None or code == expect, f"exit code {code}:\n{self.stderr()}"
        return code

    def restart(self, *options):
        if options:
            self.options = options
        self.start()

    @property
    def db(self):
        return os.path.join(self.data, "waybill.db")


def run(binary, *arguments, expect=0, stdin=None, env=None):
    """Runs one of our programs to its end."""
    result = subprocess.run([os.path.join(BIN, binary), *arguments], capture_output=True, text=True,
                            timeout=PATIENCE * 2, stdin=stdin or subprocess.DEVNULL,
                            env={**os.environ, **(env or {})})
    assert expect is None or result.returncode == expect, \
        f"{binary} {arguments}: exit code {result.returncode}\n{result.stdout}\n{result.stderr}"
    return result


class Callback:
    def __init__(self, path, headers, body):
        self.path, self.headers, self.body, self.at = path, headers, body, time.time()


class Receiver:
    """Python's own http.server as a customer would use it. `answers` are given in turn; the last one
    stays. An answer is a status, or one of `reset`, `hang`."""

    def __init__(self, *answers, port=0):
        self.answers = list(answers) or [200]
        self.received = []
        self.release = threading.Event()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                answer = receiver.answers.pop(0) if len(receiver.answers) > 1 \
                    else receiver.answers[0]
                receiver.received.append(Callback(self.path, self.headers, body))
                if answer == "reset":
                    self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
                    self.close_connection = True
                    self.connection.close()
                    return
                if answer == "hang":
                    receiver.release.wait(PATIENCE)
                    self.close_connection = True
                    return
                self.send_response(answer)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_):
                pass

            def handle(self):
                try:
                    super().handle()
                except (ConnectionError, ValueError):
                    pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def port(self):
        return self.server.server_address[1]

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/hook"

    def await_count(self, count):
        until(lambda: len(self.received) >= count, f"{count} callbacks at the receiver")
        return self.received

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


def refused_port():
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class TestCase(unittest.TestCase):
    """Ends what a test has started."""

    maxDiff = None

    def daemon(self, *options, **more):
        daemon = Daemon(*options, **more)
        self.addCleanup(lambda: daemon.process.poll() is None and daemon.kill())
        return daemon

    def receiver(self, *answers, **more):
        receiver = Receiver(*answers, **more)
        self.addCleanup(receiver.close)
        return receiver
