"""What happens when the receiver does not take it, and what the operator sees and does."""

import datetime

import harness


def when(text):
    return datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


class Retries(harness.TestCase):
    def test_four_attempts_at_the_configured_times_then_failed(self):
        delays = [0.2, 0.4, 0.8]
        daemon = self.daemon("--retry-delays", "200ms,400ms,800ms")
        receiver = self.receiver(500)
        id = daemon.submit(receiver.url)
        delivery = daemon.await_status(id, "failed")
        self.assertEqual(len(receiver.received), 4)
        self.assertEqual([c.headers["waybill-attempt"] for c in receiver.received], ["1", "2", "3", "4"])
        self.assertEqual({c.headers["webhook-id"] for c in receiver.received}, {id})
        attempts = delivery["attempts"]
        self.assertEqual([a["http_status"] for a in attempts], [500] * 4)
        self.assertEqual([a["cause"] for a in attempts], ["first", "retry", "retry", "retry"])
        for failed, following, delay in zip(attempts, attempts[1:], delays):
            ended = when(failed["started_at"]) + failed["timings_us"]["total"] / 1e6
            planned = when(failed["retry_at"]) - ended
            self.assertGreater(planned, delay * 0.89, "not earlier than the jitter allows")
            self.assertLess(planned, delay * 1.1 + 0.15, "nor later, beside the commit of the outcome")
            self.assertGreaterEqual(when(following["started_at"]), when(failed["retry_at"]) - 0.001)
        self.assertIsNone(attempts[-1]["retry_at"])

    def test_show_tells_every_attempt_and_redeliver_brings_it_home(self):
        daemon = self.daemon("--max-retries", "1", "--retry-delays", "50ms")
        receiver = self.receiver(500, 503, 200)
        id = daemon.submit(receiver.url, token="s3cret")
        daemon.await_status(id, "failed")
        where = ["--server", daemon.url, "--token-file", daemon.data + "/admin.token"]
        shown = harness.run("waybill", *where, "show", id).stdout
        for expected in [id, "failed", "500", "503"]:
            self.assertIn(expected, shown)
        self.assertNotIn("s3cret", shown)
        harness.run("waybill", *where, "redeliver", id, "--reason", "receiver mended")
        delivery = daemon.await_status(id, "delivered")
        self.assertEqual(receiver.received[-1].headers["webhook-id"], id)
        self.assertEqual(receiver.received[-1].headers["waybill-attempt"], "3")
        self.assertEqual(delivery["round"], 2)
        self.assertEqual(delivery["attempts"][-1]["cause"], "redelivery")
        requested = [e for e in daemon.events() if e["type"] == "redelivery_requested"][0]
        self.assertEqual(requested["data"]["reason"], "receiver mended")
        self.assertTrue(requested["actor"].startswith("operator:"))

    def test_each_way_to_fail_has_its_own_reason(self):
        daemon = self.daemon("--max-retries", "0", "--attempt-timeout", "1s")
        for reason, url in [
                ("connect", f"http://127.0.0.1:{harness.refused_port()}/"),
                ("connect", self.receiver("reset").url),
                ("timeout", self.receiver("hang").url),
                ("dns", "http://no-such-name.invalid/"),
                ("http_status", self.receiver(302).url),
                ("tls", self.receiver().url.replace("http:", "https:"))]:
            with self.subTest(reason=reason, url=url):
                id = daemon.submit(url)
                delivery = daemon.await_status(id, "failed")
                self.assertEqual(delivery["attempts"][0]["reason"], reason, delivery["attempts"])
                self.assertTrue(delivery["attempts"][0]["explanation"])

    def test_after_each_failure_comes_the_next_attempt(self):
        daemon = self.daemon("--retry-delays", "50ms", "--attempt-timeout", "1s")
        receiver = self.receiver("reset", "hang", 500, 200)
        id = daemon.submit(receiver.url)
        delivery = daemon.await_status(id, "delivered")
        self.assertEqual([a["reason"] for a in delivery["attempts"]],
                         ["connect", "timeout", "http_status", None])

    def test_retry_after_moves_the_retry_later_and_final_statuses_end_the_round(self):
        daemon = self.daemon("--retry-delays", "50ms", "--final-statuses", "410")
        gone = daemon.submit(self.receiver(410).url)
        delivery = daemon.await_status(gone, "failed")
        self.assertEqual(delivery["attempt_count"], 1)

    def test_cancel_ends_a_pending_delivery(self):
        daemon = self.daemon("--retry-delays", "1h")
        id = daemon.submit(self.receiver(500).url)
        daemon.await_status(id, "pending")
        harness.until(lambda: daemon.delivery(id)["attempt_count"] == 1
                      and daemon.delivery(id)["status"] == "pending", "the first attempt has failed")
        self.assertEqual(daemon.admin("POST", f"deliveries/{id}/cancel", {"reason": "x"}).status, 202)
        self.assertEqual(daemon.delivery(id)["status"], "cancelled")
        self.assertEqual(daemon.admin("POST", f"deliveries/{id}/cancel", {}).status, 409)

    def test_a_redelivery_with_a_corrected_url(self):
        daemon = self.daemon("--max-retries", "0")
        mended = self.receiver()
        id = daemon.submit(self.receiver(500).url)
        daemon.await_status(id, "failed")
        answer = daemon.admin("POST", f"deliveries/{id}/redeliver", {"url": mended.url},
                              {"Waybill-Actor": "kim"})
        self.assertEqual(answer.status, 202, answer)
        daemon.await_status(id, "delivered")
        self.assertEqual(len(mended.received), 1)
        self.assertIn("operator:kim", [e["actor"] for e in daemon.events()])


if __name__ == "__main__":
    harness.unittest.main()
