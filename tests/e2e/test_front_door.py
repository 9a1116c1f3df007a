"""Who gets in, who gets a place, and what strangers read when they do not."""

import contextlib
import json
import os
import resource
import signal
import socket
import struct
import subprocess

import harness
from scripted_upstream import ScriptedUpstream, answers

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}
HALF_HEAD = b"POST /v1/responses HTTP/1.1\r\nHost: localhost\r\n"
HALF_BODY = HALF_HEAD + b"Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{"
OPENED_AT_ONCE = 1024  # from one address: the default of --max-connections-per-address

# Both ends of some thousand connections; the daemon raises its own limit.
resource.setrlimit(resource.RLIMIT_NOFILE, [resource.getrlimit(resource.RLIMIT_NOFILE)[1]] * 2)


class FrontDoorTest(harness.TestCase):
    def file(self, text):
        path = os.path.join(harness.tempfile.mkdtemp(), "file")
        with open(path, "w") as file:
            file.write(text)
        return path

    def exchange(self, daemon, data, patience=harness.PATIENCE):
        """The whole answer to exactly these bytes, which may be refused before all are sent."""
        with socket.create_connection(daemon.address, timeout=patience) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(data)
            answer = b""
            with contextlib.suppress(ConnectionError):
                while block := connection.recv(65536):
                    answer += block
            return answer

    def figure(self, daemon, name):
        for line in daemon.call("GET", "/metrics").body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError("no figure " + name)


class Credentials(FrontDoorTest):
    def statuses(self, daemon, path, *fields):
        """The status and the code of the error for a GET with these header fields."""
        head = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n" + \
            "".join(field + "\r\n" for field in fields) + "\r\n"
        head, _, body = self.exchange(daemon, head.encode()).partition(b"\r\n\r\n")
        error = json.loads(body).get("error") if body.startswith(b"{") else None
        return int(head.split()[1]), error and error.get("code")

    def test_two_credentials_are_never_chosen_from(self):
        keys = self.file("alice:key-of-alice\nbob:key-of-bob\n")
        operators = self.file("vera:viewer:0123456789abcdef-of-vera\n")
        daemon = self.daemon("--api-keys-file", keys, "--operators-file", operators, "--listen", "0.0.0.0:0")
        daemon.address = ("127.0.0.1", daemon.address[1])
        first = {"/v1/deliveries": "key-of-alice", "/admin/v1/info": daemon.admin_token, "/metrics": daemon.admin_token}
        second = {"/v1/deliveries": "key-of-bob", "/admin/v1/info": "0123456789abcdef-of-vera", "/metrics": "nobodys"}
        for path in first:
            one, other = "Authorization: Bearer " + first[path], "Authorization: Bearer " + second[path]
            key, other_key = "x-api-key: " + first[path], "x-api-key: " + second[path]
            for fields in ([one, other], [other, one], [one, one], [one, other_key], [key, other], [key, other_key],
                           [one, key, key], ["Authorization: Basic dTpw", key]):
                self.assertEqual(self.statuses(daemon, path, *fields), (401, "ambiguous_credentials"), fields)
            for fields in ([one], [one, key], [key, one]):
                self.assertEqual(self.statuses(daemon, path, *fields)[0], 200, (path, fields))

    def test_a_repeated_credential_goes_to_no_upstream(self):
        upstream = ScriptedUpstream(answers({"ok": True}))
        self.addCleanup(upstream.close)
        daemon = self.daemon("--upstream", upstream.url)
        twice = ("Authorization: Bearer a", "Authorization: Bearer b")
        self.assertEqual(self.statuses(daemon, "/v1/models", *twice), (401, "ambiguous_credentials"))
        self.assertEqual(upstream.requests, [])


class Secrets(FrontDoorTest):
    def refused(self, *options):
        data = harness.tempfile.mkdtemp()
        ended = subprocess.run([os.path.join(harness.BIN, "waybilld"), "--listen", "127.0.0.1:0", "--data", data,
                                *options], capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(ended.returncode, 2, ended.stderr)
        return ended.stderr

    def test_what_anybody_guesses_stops_the_start(self):
        for option, text, secret in [("--api-keys-file", "alice:key-a\nbob:~\n", "~"),
                                     ("--api-keys-file", "alice:key-a\nbob:§§§§§§§§\n".replace("§", "~"), "~~~"),
                                     ("--operators-file", "vera:viewer:0123456789abcdef\neve:admin:~\n", "~"),
                                     ("--admin-token-file", "# mine\n~\n", "~"),
                                     ("--signing-secret-file", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwhsec_c2hvcnQ=\n",
                                      "c2hvcnQ")]:
            with self.subTest(option + " " + text):
                path = self.file(text)
                message = self.refused(option, path)
                self.assertIn(path + " line 2", message)
                self.assertNotIn(secret, message)

    def test_the_admins_token_must_be_nobody_elses(self):
        token = self.file("0123456789abcdef-shared\n")
        operators = self.file("vera:viewer:0123456789abcdef-shared\n")
        message = self.refused("--admin-token-file", token, "--operators-file", operators)
        self.assertIn("vera", message)
        self.assertNotIn("0123456789", message)

    def test_short_keys_are_taken_with_a_warning_and_a_bad_file_changes_nothing(self):
        keys = self.file("alice:key-a\nbob:0123456789abcdef\n")
        daemon = self.daemon("--api-keys-file", keys)
        self.assertIn(keys + ": keys (line 1) have under 16 characters", daemon.stderr())
        with open(keys, "w") as file:
            file.write("alice:key-b\neve:x\n")
        daemon.process.send_signal(signal.SIGHUP)
        harness.until(lambda: "stay as they are" in daemon.stderr(), "the log says so")
        self.assertIn(keys + " line 2", daemon.stderr())
        for key, status in (("key-a", 200), ("key-b", 401), ("x", 401)):
            self.assertEqual(daemon.call("GET", "/v1/deliveries", headers={"x-api-key": key}).status, status, key)


class Places(FrontDoorTest):
    def crowd(self, daemon, address, count, data):
        """So many connections from one address, each with `data` sent and nothing more."""
        for _ in range(count):
            one = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            self.addCleanup(one.close)
            # Thousands of them: they leave nothing behind.
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            one.bind((address, 0))
            with contextlib.suppress(ConnectionError):
                one.connect(daemon.address)
                one.sendall(data)

    def assert_all_answered(self, daemon, count=100):
        for _ in range(count):
            self.assertEqual(daemon.call("POST", "/v1/chat/completions", CHAT).status, 200)
            self.assertEqual(daemon.call("GET", "/healthz").status, 200)

    def test_half_heads_from_two_addresses_keep_nobody_out(self):
        daemon = self.daemon()
        for address in ("127.0.0.2", "127.0.0.3"):
            self.crowd(daemon, address, OPENED_AT_ONCE, HALF_HEAD)
        self.assert_all_answered(daemon)
        self.assertLessEqual(self.figure(daemon, 'waybill_http_connections{state="head"}'), 256)
        self.assertGreater(self.figure(daemon, 'waybill_http_connections_evicted_total{state="head"}'), 1000)

    def test_half_bodies_from_two_addresses_keep_nobody_out(self):
        daemon = self.daemon()
        for address in ("127.0.0.2", "127.0.0.3"):
            self.crowd(daemon, address, OPENED_AT_ONCE, HALF_BODY)
        self.assert_all_answered(daemon)

    def test_probes_and_operators_are_answered_while_clients_have_all_places(self):
        daemon = self.daemon("--max-connections", "20", "--echo-delay", "1h", "--drain-timeout", "0")
        self.addCleanup(daemon.kill)
        body = json.dumps(CHAT).encode()
        request = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" \
            b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
        self.crowd(daemon, "127.0.0.2", 20, request)
        refused = harness.until(lambda: (a := daemon.call("GET", "/v1/models")).status == 503 and a, "all are taken")
        self.assertEqual(refused.json["error"]["code"], "too_many_requests")
        self.assertTrue(refused.headers["Retry-After"])
        for _ in range(20):
            self.assertEqual(daemon.call("GET", "/healthz").status, 200)
            self.assertEqual(daemon.call("GET", "/readyz").status, 200)
            self.assertEqual(daemon.admin("GET", "info").status, 200)
        self.assertGreater(self.figure(daemon, 'waybill_http_connections_refused_total{cause="reserve"}'), 0)
        self.assertEqual(self.figure(daemon, "waybill_http_connections_limit"), 20)


class Words(FrontDoorTest):
    def test_no_answer_repeats_what_a_stranger_sent(self):
        daemon = self.daemon("--max-body", "16MiB")
        long, huge = "x" * 7000, "x" * 15_000_000
        auth = "Authorization: Bearer " + daemon.admin_token + "\r\n"
        escaped = r"\u0001" * 100_000
        requests = [("GET", "/" + long, "", ""), ("PUT", "/v1/deliveries/" + long, "", ""),
                    ("GET", "/v1/responses/" + long, "", ""), ("GET", "/v1/responses/r?" + long + "=1", "", ""),
                    ("GET", f"/v1/responses/r?{long}=1&{long}=2", "", ""),
                    ("GET", "/v1/deliveries/" + long, "", ""), ("GET", f"/v1/deliveries?{long}=1", "", ""),
                    ("GET", "/v1/deliveries?subject=" + long, "", ""), ("GET", "/v1/deliveries?cursor=" + long, "", ""),
                    ("POST", "/v1/deliveries", "Idempotency-Key: " + long + "\r\n", '{"url":"http://h/","payload":1}'),
                    ("GET", f"/admin/v1/deliveries?{long}=1", auth, ""), ("GET", "/admin/v1/deliveries?q=" + long, auth, ""),
                    ("GET", "/admin/v1/deliveries/" + long, auth, ""), ("GET", "/admin/v1/redeliveries/" + long, auth, ""),
                    ("GET", "/admin/v1/stats?window=" + long, auth, ""), ("GET", "/admin/v1/events?after=" + long, auth, ""),
                    ("GET", "/admin/v1/info", auth + "Waybill-Actor: " + long + "\r\n", ""),
                    ("GET", "/v1/deliveries", "Host: " + long + "\r\n", ""),
                    ("GET", "/v1/models", "Content-Encoding: " + long + "\r\n", ""),
                    ("POST", "/v1/deliveries", "Content-Encoding: " + long + "\r\n", "{}")]
        for name in (huge, escaped):
            body = '{"%s":1}' % name
            requests += [("POST", path, auth, body) for path in
                         ("/v1/deliveries", "/admin/v1/redeliveries", "/admin/v1/cancellations", "/admin/v1/check",
                          "/admin/v1/endpoints/pause", "/admin/v1/deliveries/dlv_1/redeliver")]
            requests += [("POST", "/admin/v1/redeliveries", auth, '{"filter":' + body + "}"),
                         ("POST", "/admin/v1/check", auth, '{"url":"%s"}' % name),
                         ("POST", "/admin/v1/check", auth, '{"delivery":"%s"}' % name),
                         ("POST", "/admin/v1/endpoints/pause", auth, '{"endpoint":"%s"}' % name),
                         ("POST", "/v1/deliveries", auth, '{"payload":1,"url":"%s"}' % name),
                         ("POST", "/v1/deliveries", auth, '{"payload":1,"url":"http://h/","subject":"%s"}' % name),
                         ("POST", "/v1/deliveries", auth, '{"payload":1,"url":"http://h/","retry_delays":"%s"}' % name),
                         ("POST", "/v1/responses", auth, '{"input":"","model":"m","stream":"%s"}' % name),
                         ("POST", "/v1/chat/completions", auth, '{"metadata":"%s"}' % name),
                         ("POST", "/v1/messages", auth, '["%s"]' % name)]
        for method, path, more, body in requests:
            with self.subTest(f"{method} {path[:40]} {more[-40:]!r} {body[:60]}"):
                host = "" if more.startswith("Host") else "Host: localhost\r\n"
                declared = "Content-Type: application/json\r\n" if body else ""
                answer = self.exchange(daemon, f"{method} {path} HTTP/1.1\r\n{host}{more}{declared}Connection: close\r\n"
                                               f"Content-Length: {len(body)}\r\n\r\n{body}".encode())
                self.assertIn(int(answer.split()[1]), range(200, 505), answer[:300])
                self.assertLess(len(answer.partition(b"\r\n\r\n")[2]), 2048, answer[:300])
        self.assertLess(self.figure(daemon, "process_resident_memory_bytes"), 200 * 1024 * 1024)

    def test_an_error_tells_how_long_what_it_cuts_is(self):
        daemon = self.daemon()
        error = daemon.call("POST", "/v1/deliveries", {"ö" * 50_000: 1}).json["error"]
        self.assertEqual(error["param"], "ö" * 100 + "… (100000 bytes)")
        self.assertEqual(error["message"], f"There is no member {error['param']} here.")

    def test_a_bulk_action_writes_no_large_event(self):
        daemon = self.daemon()
        for member in ("subject", "client", "endpoint", "q"):
            answer = daemon.admin("POST", "redeliveries", {"filter": {member: "x" * 200_000}})
            self.assertEqual((answer.status, answer.json["error"]["param"]), (400, "filter." + member))
        answer = daemon.admin("POST", "redeliveries", {"all": True, "reason": "r" * 5_000_000})
        self.assertEqual(answer.status // 100, 2, answer)
        reasons = [event["data"]["reason"] for event in daemon.events() if event["type"] == "bulk_redelivery_requested"]
        self.assertEqual(reasons, ["r" * 1000])

    def test_strangers_do_not_read_where_files_lie(self):
        daemon = self.daemon()
        os.rename(os.path.join(daemon.data, "waybill.db"), os.path.join(daemon.data, "elsewhere"))
        red = harness.until(lambda: (a := daemon.call("GET", "/readyz")).status == 503 and a, "it is noticed")
        self.assertIn("waybill.db", red.json["problem"])
        refused = daemon.call("POST", "/v1/deliveries", {"url": "http://127.0.0.1:9999/", "payload": 1})
        self.assertEqual(refused.status, 503)
        for answer in (red, refused, daemon.call("GET", "/healthz")):
            self.assertNotIn(os.path.dirname(daemon.data), answer.body.decode())
            for name in ("StoreUnavailable", "StoreIndeterminate", "Poco", "Exception"):
                self.assertNotIn(name, answer.body.decode())
        self.assertIn(daemon.data, daemon.admin("GET", "info").body.decode(), "operators may know")


class Strictness(FrontDoorTest):
    def test_a_host_that_is_more_than_one_is_refused(self):
        daemon = self.daemon()
        for host in ("a b/c?d@e", "a/b", "user@localhost", "localhost?x", "localhost#x", "a b", "localhost:80:80"):
            answer = self.exchange(daemon, f"GET /v1/models HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
            self.assertEqual(answer.split()[1], b"400", host)

    def test_a_body_in_an_unknown_coding_is_not_taken_for_a_plain_one(self):
        daemon = self.daemon()
        for coding in ("br", "deflate", "gzip, gzip", "x"):
            answer = daemon.call("POST", "/v1/chat/completions", CHAT, {"Content-Encoding": coding})
            self.assertEqual(answer.status, 415, coding)

    def test_a_url_of_eight_kibibytes_is_passed_on_and_a_longer_one_refused(self):
        upstream = ScriptedUpstream(answers({"ok": True}))
        self.addCleanup(upstream.close)
        daemon = self.daemon("--upstream", upstream.url)
        for length in (3000, 8192 - len("/v1/models/x?q=")):
            path = "/v1/models/x?q=" + "a" * length
            self.assertEqual(daemon.call("GET", path).status, 200, length)
            self.assertEqual(upstream.requests[-1].path, path)
        self.assertEqual(daemon.call("GET", "/v1/models/x?q=" + "a" * 8192).status, 414)


if __name__ == "__main__":
    harness.unittest.main()
