"""Does the daemon stand what browsers, clients and the place it is started in do to it?"""

import os
import shutil
import signal
import socket
import sqlite3
import ssl
import struct
import subprocess

import harness
from certificates import Authority

PAGE = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


class Browsers(harness.TestCase):
    def test_no_route_without_a_key_answers_a_page_of_another_site(self):
        daemon = self.daemon()
        response = daemon.call("POST", "/v1/responses", {"model": "m", "input": "x"}).json["id"]
        rebound = {"Host": f"evil.example:{daemon.address[1]}"}
        routes = [("POST", "/v1/chat/completions", CHAT), ("POST", "/v1/responses", {"model": "m", "input": "x"}),
                  ("POST", "/v1/messages", {**CHAT, "max_tokens": 9}), ("GET", "/v1/models", None),
                  ("POST", "/v1/deliveries", {"url": "http://127.0.0.1:8/", "payload": 1}),
                  ("GET", "/v1/deliveries", None), ("GET", f"/v1/responses/{response}", None),
                  ("POST", f"/v1/responses/{response}/cancel", None), ("DELETE", f"/v1/responses/{response}", None),
                  ("GET", "/metrics", None), ("GET", "/openapi.json", None)]
        for method, path, body in routes:
            for headers in (PAGE, rebound, {"Origin": "null"}, {"Sec-Fetch-Site": "same-site"}):
                with self.subTest(f"{method} {path} {headers}"):
                    answer = daemon.call(method, path, body, headers)
                    self.assertEqual(answer.status, 403, answer)
                    self.assertIsNone(answer.headers["Access-Control-Allow-Origin"])
            if body:
                answer = daemon.call(method, path, body, {"Content-Type": "text/plain;charset=UTF-8"})
                self.assertEqual(answer.status, 415, answer)
        self.assertEqual(daemon.deliveries(), [])
        for headers in (PAGE, rebound):
            self.assertEqual(daemon.admin("GET", "info", headers=headers).status, 403)
            self.assertEqual(daemon.call("GET", "/healthz", headers=headers).status, 200)

    def test_programs_go_on_as_before(self):
        daemon = self.daemon()
        for host in ("localhost", "127.0.0.1", "h"):
            self.assertEqual(daemon.call("POST", "/v1/chat/completions", CHAT, {"Host": host}).status, 200)
        for field in ({"Origin": "http://h"}, {"Referer": "http://h/"}, {"Sec-Fetch-Mode": "navigate"},
                      {"User-Agent": "Mozilla/5.0 (X11)"}):
            refused = daemon.call("GET", "/v1/models", headers={"Host": "h", **field})
            self.assertEqual((refused.status, refused.json["error"]["code"]), (403, "foreign_host"), field)
        background = daemon.call("POST", "/v1/responses", {"model": "m", "input": "x", "background": True}).json
        cancelled = daemon.call("POST", f"/v1/responses/{background['id']}/cancel")
        self.assertEqual(cancelled.status, 200, cancelled)


class Clients(harness.TestCase):
    def test_a_number_out_of_range_is_answered_and_outlives_a_restart(self):
        daemon = self.daemon("--echo-delay", "1h")
        body = '{"model":"echo","input":"x","temperature":1e999,"background":true}'
        queued = daemon.call("POST", "/v1/responses", body).json["id"]
        daemon.kill()
        daemon.restart("--echo-delay", "0")
        harness.until(lambda: daemon.call("GET", f"/v1/responses/{queued}").json["status"] == "completed", "it is made")
        self.assertIn(b'"temperature":1e999', daemon.call("GET", f"/v1/responses/{queued}").body)
        self.assertIsNone(daemon.process.poll())

    def test_a_want_of_descriptors_is_said_once_each_time_and_passes_by_itself(self):
        daemon = self.daemon()
        process = f"/proc/{daemon.process.pid}"

        def first_free():
            used = {int(number) for number in os.listdir(f"{process}/fd")}
            return next(number for number in range(len(used) + 1) if number not in used)

        def limit(descriptors):
            subprocess.run(["prlimit", f"--pid={daemon.process.pid}", f"--nofile={descriptors}:"], check=True)

        def pauses():
            for task in os.listdir(f"{process}/task"):
                with open(f"{process}/task/{task}/status") as status:
                    about = dict(line.split(":", 1) for line in status)
                if about["Name"].strip() == "waybill-accept":
                    return int(about["voluntary_ctxt_switches"])
            self.fail("no thread accepts connections")

        def settled():
            try:
                files = [os.readlink(f"{process}/fd/{number}") for number in os.listdir(f"{process}/fd")]
            except FileNotFoundError:  # closed meanwhile
                return False
            return any(file.endswith("index.db-shm") for file in files) and not any(
                file.endswith((".crt", ".pem", ".new", ".seen", ".head", "(deleted)", daemon.data)) for file in files)

        said = "no connection can be accepted for now"
        harness.until(settled, "all files that stay open are open, and no others")
        free = first_free()
        for episode in (1, 2):
            harness.until(lambda: first_free() == free, "the connection before has ended")
            limit(free)
            with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as client:
                client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
                harness.until(lambda: daemon.stderr().count(said) >= episode, "it says that it has run out")
                before = pauses()
                harness.until(lambda: pauses() >= before + 5, "it has tried again and again")
                limit(free + 100)
                self.assertTrue(client.recv(4096).startswith(b"HTTP/1.1 200"))
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.assertEqual(daemon.stderr().count(said), episode, daemon.stderr())
        self.assertNotIn("reset", daemon.stderr())

    def test_idle_connections_make_room_when_descriptors_run_out(self):
        daemon = self.daemon()
        used = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
        subprocess.run(["prlimit", f"--pid={daemon.process.pid}", f"--nofile={used + 8}:"], check=True)
        idle = [socket.create_connection(daemon.address, timeout=harness.PATIENCE) for _ in range(40)]
        self.assertEqual(daemon.call("GET", "/v1/models").status, 200)
        for client in idle:
            client.close()

    def test_a_damaged_derived_row_ends_no_thread(self):
        daemon = self.daemon()
        ids = [daemon.call("POST", "/v1/responses", {"model": "m", "input": "x"}).json["id"] for _ in range(3)]
        daemon.stop()
        with sqlite3.connect(daemon.db) as log:
            changed = log.execute("update derived_response set state = 'bogus' where rowid = "
                                  "(select min(rowid) from derived_response)").rowcount
        self.assertEqual(changed, 1)
        log.close()
        daemon.restart()
        for id in ids:
            self.assertEqual(daemon.call("GET", f"/v1/responses/{id}").json["status"], "completed")
        daemon.stop()
        daemon.restart("--retain-responses", "100ms", "--pause-endpoint-after", "1s")
        harness.until(lambda: all(daemon.call("GET", f"/v1/responses/{id}").status == 404 for id in ids),
                      "the retention has deleted it with the others")
        self.assertNotIn("not deleted", daemon.stderr())
        self.assertIsNone(daemon.process.poll())
        self.assertEqual(daemon.call("POST", "/v1/chat/completions", CHAT).status, 200)


class Place(harness.TestCase):
    def test_closed_standard_streams_are_open_on_dev_null(self):
        for closed in ("<&-", ">&-", "2>&-", "<&- >&-", "<&- >&- 2>&-"):
            with self.subTest(closed):
                port = harness.refused_port()
                data = harness.tempfile.mkdtemp()
                process = subprocess.Popen(
                    ["sh", "-c", f'exec "$0" --listen 127.0.0.1:{port} --data "$1" {closed}',
                     os.path.join(harness.BIN, "waybilld"), data],
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                self.addCleanup(process.wait)
                self.addCleanup(process.kill)

                def listens():
                    with socket.socket() as probe:
                        return probe.connect_ex(("127.0.0.1", port)) == 0
                harness.until(listens, "it listens")
                for number in range(3):
                    self.assertEqual(os.readlink(f"/proc/{process.pid}/fd/{number}"), "/dev/null")

    def test_a_log_that_nobody_reads_any_more_ends_nothing(self):
        reader, writer = os.pipe()
        process = subprocess.Popen([os.path.join(harness.BIN, "waybilld"), "--listen", "127.0.0.1:0",
                                    "--data", harness.tempfile.mkdtemp(), "--log-level", "debug"],
                                   stdout=subprocess.PIPE, stderr=writer, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        os.close(writer)
        port = int(process.stdout.readline().rsplit(":", 1)[1])
        process.stdout.close()
        os.close(reader)
        for _ in range(20):
            answer = harness.request(("127.0.0.1", port), "POST", "/v1/deliveries",
                                     {"url": "http://10.0.0.1/", "payload": 1})
            self.assertEqual(answer.status, 400, answer)
        process.send_signal(signal.SIGHUP)
        self.assertEqual(harness.request(("127.0.0.1", port), "GET", "/healthz").status, 200)

    def test_a_certificate_is_read_anew_while_connections_go_on(self):
        authority = Authority()
        pair = [os.path.join(authority.directory, name) for name in ("served.pem", "served.key")]

        def install(name):
            authority.server("DNS:" + name)
            shutil.copy(os.path.join(authority.directory, "server.pem"), pair[0])
            shutil.copy(os.path.join(authority.directory, "server.key"), pair[1])

        def connect():
            context = ssl.create_default_context(cafile=authority.ca_file)
            context.check_hostname = False
            raw = socket.create_connection(("127.0.0.1", port), timeout=harness.PATIENCE)
            return context.wrap_socket(raw)

        def name():
            with connect() as client:
                return client.getpeercert()["subjectAltName"][0][1]

        def ask(client):
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            return client.recv(65536).split(b" ")[1]

        def reload(message):
            before = daemon.stderr().count(message)
            daemon.process.send_signal(signal.SIGHUP)
            harness.until(lambda: daemon.stderr().count(message) > before, message)

        install("first")
        daemon = self.daemon("--tls-cert", pair[0], "--tls-key", pair[1], wait=False)
        port = int(daemon.process.stdout.readline().rsplit(":", 1)[1])
        self.assertEqual(name(), "first")
        with connect() as running:
            self.assertEqual(ask(running), b"200")
            install("second")
            reload("read anew")
            self.assertEqual(name(), "second")
            self.assertEqual(ask(running), b"200")
            shutil.copy(authority.ca_file, pair[0])  # not this key's
            reload("stay as they are")
            self.assertEqual(name(), "second")
            self.assertEqual(ask(running), b"200")
        daemon.stop()


if __name__ == "__main__":
    harness.unittest.main()
