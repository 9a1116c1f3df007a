"""What a monitoring system sees: figures, health that tells the truth, endpoints that only fail."""

import os
import re
import shutil
import subprocess

import harness


def value(text, sample):
    found = re.search("^" + re.escape(sample) + r" (\S+)$", text, re.MULTILINE)
    assert found, (sample, text)
    return float(found[1])


class Metrics(harness.TestCase):
    def metrics(self, daemon, **headers):
        answer = daemon.call("GET", "/metrics", headers=headers)
        self.assertEqual(answer.status, 200, answer)
        return answer.body.decode()

    def await_value(self, daemon, sample, expected):
        """Figures follow the answer to a request by a moment."""
        harness.until(lambda: value(self.metrics(daemon), sample) == expected, f"{sample} is {expected}")

    def test_the_figures_say_what_happened(self):
        daemon = self.daemon("--max-retries", "1", "--retry-delays", "10ms")
        good, bad = self.receiver(200), self.receiver(503)
        daemon.await_status(daemon.submit(good.url), "delivered")
        daemon.await_status(daemon.submit(good.url), "delivered")
        daemon.await_status(daemon.submit(bad.url), "failed")
        text = self.metrics(daemon)
        for sample, expected in [
                ("waybill_deliveries_accepted_total", 3),
                ('waybill_deliveries_finished_total{status="delivered"}', 2),
                ('waybill_deliveries_finished_total{status="failed"}', 1),
                ("waybill_attempts_started_total", 4),
                ('waybill_attempts_total{outcome="succeeded",reason=""}', 2),
                ('waybill_attempts_total{outcome="failed",reason="http_status"}', 2),
                ('waybill_attempts_total{outcome="failed",reason="timeout"}', 0),
                ("waybill_delivery_lag_seconds_count", 4),
                ("waybill_time_to_first_byte_seconds_count", 4),
                ('waybill_delivery_lag_seconds_bucket{le="+Inf"}', 4),
                ("waybill_connections_reused_total", 2),
                ("waybill_deliveries_pending", 0), ("waybill_attempts_in_flight", 0),
                ("waybill_events_total", len(daemon.events())), ("waybill_ready", 1)]:
            with self.subTest(sample):
                self.await_value(daemon, sample, expected)
        self.assertGreater(value(text, "waybill_commits_total"), 0)
        self.await_value(daemon, "waybill_commits_total",
                         value(self.metrics(daemon), "waybill_commit_duration_seconds_count"))
        self.assertGreater(value(text, "waybill_wal_bytes"), 0)
        self.assertGreater(value(text, "process_resident_memory_bytes"), 1e6)
        self.assertLess(abs(value(text, "process_start_time_seconds") - harness.time.time()), 60)

    def test_a_backlog_shows(self):
        daemon = self.daemon()
        daemon.admin("POST", "endpoints/pause", {"endpoint": "*"})
        for _ in range(7):
            daemon.submit(self.receiver().url)
        self.await_value(daemon, "waybill_deliveries_pending", 7)
        harness.until(lambda: value(self.metrics(daemon), "waybill_oldest_due_age_seconds") > 0.5,
                      "the oldest gets older")

    @harness.unittest.skipUnless(shutil.which("promtool"), "promtool (package prometheus) is not there")
    def test_promtool_finds_nothing_to_say(self):
        daemon = self.daemon()
        daemon.await_status(daemon.submit(self.receiver().url), "delivered")
        result = subprocess.run(["promtool", "check", "metrics"], input=self.metrics(daemon), text=True,
                                capture_output=True, timeout=harness.PATIENCE)
        self.assertEqual((result.returncode, result.stdout + result.stderr), (0, ""))

    def test_only_this_machine_sees_them_without_a_token(self):
        keys = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write("acme:key-of-acme\n")
        daemon = self.daemon("--api-keys-file", keys, "--listen", "0.0.0.0:0")
        daemon.address = ("127.0.0.1", daemon.address[1])
        self.assertEqual(daemon.call("GET", "/metrics").status, 401)
        self.assertEqual(daemon.call("GET", "/metrics", headers={"Authorization": "Bearer key-of-acme"}).status, 401)
        self.metrics(daemon, Authorization="Bearer " + daemon.admin_token)
        self.assertEqual(daemon.call("GET", "/readyz").status, 200)


class Health(harness.TestCase):
    def test_a_working_daemon_is_ready(self):
        daemon = self.daemon()
        fine = {"problem": None, "index_problem": None}
        self.assertEqual(daemon.call("GET", "/readyz").json, {"status": "ready", **fine})
        self.assertEqual(daemon.call("GET", "/healthz").json, {"status": "ok", **fine})
        info = daemon.admin("GET", "info").json
        self.assertIsNone(info["index_problem"])

    def test_an_index_that_cannot_be_written_is_named_and_nothing_else_suffers(self):
        data = harness.tempfile.mkdtemp(prefix="waybill-e2e-")
        os.makedirs(os.path.join(data, "index.db", "in the way"))
        daemon, receiver = self.daemon(data=data), self.receiver()
        daemon.await_status(daemon.submit(receiver.url), "delivered")
        health = harness.until(lambda: (a := daemon.call("GET", "/healthz").json)["index_problem"] and a,
                               "the trouble is told")
        self.assertEqual((health["status"], health["problem"]), ("degraded", None))
        self.assertIn("index.db", health["index_problem"])
        self.assertEqual(daemon.call("GET", "/readyz").status, 200)
        metrics = daemon.call("GET", "/metrics").body.decode()
        self.assertIn("waybill_index_ok 0\n", metrics)
        self.assertIn("waybill_index_lag_events 3\n", metrics)
        info = daemon.admin("GET", "info").json
        self.assertIsNone(info["index_position"])
        self.assertEqual(info["index_problem"], health["index_problem"])
        self.assertEqual(len(daemon.deliveries()), 1)

    def test_the_index_catches_up(self):
        daemon, receiver = self.daemon(), self.receiver()
        daemon.await_status(daemon.submit(receiver.url), "delivered")
        harness.until(lambda: "waybill_index_lag_events 0\n" in daemon.call("GET", "/metrics").body.decode(),
                      "it has got all events")
        info = daemon.admin("GET", "info").json
        self.assertEqual(info["index_position"], info["head_position"])

    def test_a_want_of_descriptors_turns_it_red_and_it_comes_back(self):
        daemon = self.daemon("--max-retries", "0")
        receivers = [self.receiver("hang") for _ in range(12)]
        used = len(os.listdir(f"/proc/{daemon.process.pid}/fd"))
        daemon.call("GET", "/readyz")
        subprocess.run(["prlimit", f"--pid={daemon.process.pid}", f"--nofile={used + 6}:"], check=True)
        connection = harness.http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        connection.connect()  # ours, before there are none left

        def call(method, path, body=None):
            connection.request(method, path, body and harness.json.dumps(body),
                               {"Content-Type": "application/json"} if body else {})
            response = connection.getresponse()
            return harness.Answer(response.status, response.headers, response.read())
        for receiver in receivers:
            self.assertEqual(call("POST", "/v1/deliveries", {"url": receiver.url, "payload": 1}).status, 202)
        red = harness.until(lambda: (a := call("GET", "/readyz")).status == 503 and a, "it is not ready")
        self.assertIn("ran out", red.json["problem"])
        self.assertEqual(call("GET", "/healthz").json["status"], "degraded")
        subprocess.run(["prlimit", f"--pid={daemon.process.pid}", "--nofile=4096:"], check=True)
        for receiver in receivers:
            receiver.answers = [200]
            receiver.release.set()
        harness.until(lambda: call("GET", "/readyz").status == 200, "it is ready again")
        connection.close()

    def test_a_full_disk_is_named(self):
        if os.geteuid() != 0:
            self.skipTest("a file system of its own needs root")
        mount = harness.tempfile.mkdtemp()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", mount], capture_output=True).returncode:
            self.skipTest("no file system can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", mount])
        daemon = self.daemon(data=os.path.join(mount, "data"))
        daemon.admin("POST", "endpoints/pause", {"endpoint": "*"})
        url, payload = self.receiver().url, "x" * 100_000

        def refused():
            answer = daemon.call("POST", "/v1/deliveries", {"url": url, "payload": payload})
            return answer if answer.status == 503 else None
        answer = harness.until(refused, "the disk is full")
        self.assertIn("full", answer.json["error"]["message"])
        red = daemon.call("GET", "/readyz")
        self.assertEqual(red.status, 503, red)
        self.assertIn("full", red.json["problem"])
        self.assertEqual(daemon.call("GET", "/healthz").json["status"], "degraded")
        subprocess.run(["mount", "-o", "remount,size=64m", mount], check=True)
        harness.until(lambda: daemon.call("GET", "/readyz").status == 200, "it is ready again")
        self.assertEqual(daemon.call("POST", "/v1/deliveries", {"url": url, "payload": 1}).status, 202)


class EndpointsThatOnlyFail(harness.TestCase):
    def test_they_are_paused_on_record_when_that_is_wanted(self):
        daemon = self.daemon("--pause-endpoint-after", "1s", "--retry-delays", "200ms", "--max-retries", "50")
        bad, good = self.receiver(500), self.receiver(200)
        failing = daemon.submit(bad.url)
        held = harness.until(lambda: (d := daemon.delivery(failing))["held_by"] and d, "it is held")
        self.assertEqual((held["held_by"], held["status"]), ("endpoint_paused", "pending"))
        event = next(e for e in daemon.events() if e["type"] == "endpoint_paused")
        self.assertEqual((event["actor"], event["stream"]), ("engine", held["endpoint"]))
        self.assertIn("nothing but failures", event["data"]["reason"])
        daemon.await_status(daemon.submit(good.url), "delivered")
        bad.answers = [200]
        answer = daemon.admin("POST", "endpoints/resume", {"endpoint": held["endpoint"]})
        self.assertEqual(answer.status, 200, answer)
        daemon.await_status(failing, "delivered")

    def test_they_are_not_where_nobody_asked_for_it(self):
        daemon, bad = self.daemon("--retry-delays", "100ms", "--max-retries", "15"), self.receiver(500)
        daemon.await_status(daemon.submit(bad.url), "failed")
        self.assertNotIn("endpoint_paused", {e["type"] for e in daemon.events()})


if __name__ == "__main__":
    harness.unittest.main()
