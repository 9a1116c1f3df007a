"""What one client may cause: no more than its share, and nobody else gets less."""

import os
import socket
import tempfile
import unittest

import harness
from test_monitoring import value

ALICE, BOB = "alices-own-key-0123456789", "bobs-very-own-key-0123456789"


class Clients(harness.TestCase):
    def start(self, *options):
        keys = os.path.join(tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write(f"alice:{ALICE}\nbob:{BOB}\n")
        os.chmod(keys, 0o600)
        return self.daemon("--api-keys-file", keys, *options)

    def post(self, daemon, key, url, payload=1, **more):
        return daemon.call("POST", "/v1/deliveries", {"url": url, "payload": payload, **more},
                           {"Authorization": "Bearer " + key})

    def check_limited(self, answer, *words):
        self.assertEqual(answer.status, 429, answer)
        self.assertGreaterEqual(int(answer.headers["Retry-After"]), 1)
        error = answer.json["error"]
        self.assertEqual((error["code"], error["type"]), ("limited", "rate_limit_error"))
        for word in words:
            self.assertIn(word, error["message"])

    def metric(self, daemon, sample):
        return value(daemon.call("GET", "/metrics").body.decode(), sample)


class ClientLimits(Clients):
    def test_retries_that_a_client_asks_for_are_bounded_and_the_operators_are_not(self):
        receiver = self.receiver(500)
        daemon = self.daemon("--max-retries", "12", "--retry-delays", "20ms")
        ask = lambda **more: daemon.call("POST", "/v1/deliveries",
                                         {"url": receiver.url, "payload": 1, **more})
        refused = ask(max_retries=11)
        self.assertEqual((refused.status, refused.json["error"]["param"]), (400, "max_retries"))
        self.assertIn("0 to 10", refused.json["error"]["message"])
        bounded = ask(max_retries=1, retry_delays=["0", "2s"]).json
        self.assertEqual((bounded["max_attempts"], bounded["retry_delays_us"]), (2, [1_000_000, 2_000_000]))
        own = ask().json
        self.assertEqual((own["max_attempts"], own["retry_delays_us"]), (13, [20_000]))
        self.assertEqual(daemon.await_status(own["id"], "failed")["attempt_count"], 13)
        accepted = [event["data"]["policy"] for event in daemon.events()
                    if event["type"] == "delivery_accepted" and event["stream"] == bounded["id"]]
        self.assertEqual(accepted, [{"max_retries": 1, "retry_delays_us": [1_000_000, 2_000_000]}])

    def test_deliveries_over_the_rate_are_refused_and_nothing_is_recorded(self):
        receiver = self.receiver()
        daemon = self.start("--client-deliveries-per-second", "1")
        answers = [self.post(daemon, ALICE, receiver.url) for _ in range(30)]
        accepted = [answer for answer in answers if answer.status == 202]
        self.assertIn(len(accepted), range(10, 30))
        refused = [answer for answer in answers if answer.status != 202]
        for answer in refused:
            self.check_limited(answer, "at most 1 a second", "again in 1 second")
        self.assertEqual(self.post(daemon, BOB, receiver.url).status, 202)
        harness.until(lambda: self.post(daemon, ALICE, receiver.url).status == 202, "it may again")
        count = [event["type"] for event in daemon.events()].count("delivery_accepted")
        self.assertEqual(count, len(accepted) + 2)
        sample = 'waybill_client_limited_total{limit="deliveries_per_second"}'
        self.assertGreaterEqual(self.metric(daemon, sample), len(refused))
        limits = daemon.admin("GET", "stats").json["client_limits"]
        self.assertEqual((limits["deliveries_per_second"], limits["attempts_per_minute"],
                          limits["pending_bytes"]), (1, 600_000, 8 << 30))
        self.assertGreaterEqual(limits["refused"]["deliveries"], len(refused))
        printed = harness.run("waybill", "stats", "--data", daemon.data).stdout
        self.assertIn("at most 1 deliveries a second", printed)

    def test_a_create_call_is_never_refused_and_its_callback_counts(self):
        receiver = self.receiver()
        daemon = self.start("--client-deliveries-per-second", "1", "--client-attempts-per-minute", "30",
                            "--client-pending-bytes", "1")
        for _ in range(25):
            made = daemon.call("POST", "/v1/responses", {
                "model": "m", "input": "x", "metadata": {"completion_webhook": receiver.url}},
                {"Authorization": "Bearer " + ALICE})
            self.assertEqual(made.status, 200, made)
        receiver.await_count(25)
        self.check_limited(self.post(daemon, ALICE, receiver.url), "at most 1 a second")
        types = [event["type"] for event in daemon.events()]
        self.assertEqual((types.count("delivery_accepted"), types.count("callback_ignored")), (25, 0))

    def test_attempts_over_the_rate_wait_and_nobody_elses_do(self):
        receiver = self.receiver()
        daemon = self.start("--client-attempts-per-minute", "60")
        statuses = [self.post(daemon, ALICE, receiver.url).status for _ in range(60)]
        self.assertEqual(set(statuses), {202})
        answers = []

        def refused():
            answers.append(self.post(daemon, ALICE, receiver.url))
            return answers[-1].status != 202

        harness.until(refused, "it has had its attempts")
        self.check_limited(answers[-1], "at most 60 a minute")
        again = daemon.deliveries("&client=alice")[0]["id"]
        daemon.await_status(again, "delivered")
        self.assertEqual(daemon.admin("POST", f"deliveries/{again}/redeliver", {}).status, 202)
        bobs = self.post(daemon, BOB, receiver.url).json["id"]
        daemon.await_status(bobs, "delivered")
        self.assertEqual(daemon.await_status(again, "delivered")["round"], 2)
        self.assertGreaterEqual(
            self.metric(daemon, 'waybill_client_limited_total{limit="attempts_per_minute"}'), 1)

    def test_pending_bytes_are_known_again_after_a_kill(self):
        receiver = self.receiver(500)
        daemon = self.start("--client-pending-bytes", "1000")
        post = lambda key, size: self.post(daemon, key, receiver.url, "x" * (size - 2))
        first = post(ALICE, 600)
        self.assertEqual(first.status, 202, first)
        self.check_limited(post(ALICE, 401), "600 bytes pending", "at most 1000", "401 more")
        self.assertEqual(post(BOB, 1000).status, 202)
        daemon.kill()
        daemon.restart()
        self.check_limited(post(ALICE, 401), "600 bytes pending")
        self.assertEqual(post(ALICE, 400).status, 202)
        self.check_limited(post(ALICE, 10))
        self.assertEqual(daemon.admin("POST", f"deliveries/{first.json['id']}/cancel", {}).status, 202)
        harness.until(lambda: post(ALICE, 600).status == 202, "there is room")


class Neighbours(Clients):
    """One client does what it can to be in the way."""

    def hanging(self):
        """The URL of somebody who takes connections and never answers."""
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(128)
        self.addCleanup(listener.close)
        return f"http://127.0.0.1:{listener.getsockname()[1]}/"

    def test_a_hundred_endpoints_that_hang_delay_no_other_client(self):
        daemon = self.start("--max-in-flight", "400")
        receiver = self.receiver()
        urls = [self.hanging() for _ in range(100)]
        for _ in range(8):
            for url in urls:
                self.assertEqual(self.post(daemon, ALICE, url).status, 202)
        harness.until(lambda: self.metric(daemon, "waybill_attempts_in_flight") == 200,
                      "alice has all that she may have")
        id = self.post(daemon, BOB, receiver.url).json["id"]
        took = daemon.await_status(id, "delivered")["last_attempt"]
        self.assertEqual(took["attempt"], 1)
        self.assertGreaterEqual(self.metric(daemon, "waybill_attempts_in_flight"), 200,
                                "he was served while hers hang")


if __name__ == "__main__":
    unittest.main()
