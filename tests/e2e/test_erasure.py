"""Erased means gone: from the tables, their free pages, the write-ahead log, the index, and from the
answers of receivers that quote what they were sent."""

import http.server
import os
import sqlite3
import threading
import unittest

import harness

SECRET = "what-nobody-may-read-any-more"


class Quoting(harness.Receiver):
    """Answers with what it was sent. While `held`, it does so only once it is released."""

    def __init__(self, status=200, held=False):
        self.status, self.received, self.release = status, [], threading.Event()
        if not held:
            self.release.set()
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                receiver.received.append(harness.Callback(self.path, self.headers, body))
                receiver.release.wait(harness.PATIENCE)
                self.send_response(receiver.status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


class Erasure(harness.TestCase):
    def quoting(self, **more):
        receiver = Quoting(**more)
        self.addCleanup(receiver.close)
        return receiver

    def holders(self, data):
        """The files that hold it."""
        def content(name):
            try:
                with open(os.path.join(data, name), "rb") as file:
                    return file.read()
            except FileNotFoundError:  # removed since it was listed
                return b""
        return [name for name in sorted(os.listdir(data)) if SECRET.encode() in content(name)]

    def create(self, daemon, url=None, size=1, **more):
        """A response whose object quotes the request, which the echo backend sees to."""
        body = {"model": "m", "input": SECRET * size, **more}
        if url:
            body["metadata"] = {"completion_webhook": url}
        made = daemon.call("POST", "/v1/responses", body)
        self.assertEqual(made.status, 200, made)
        return made.json["id"]

    def erase(self, daemon, response):
        self.assertEqual(daemon.call("DELETE", "/v1/responses/" + response).status, 200)

    def await_gone(self, daemon):
        harness.until(lambda: not self.holders(daemon.data), "no file holds it", timeout=60)

    def expect_sound(self, daemon):
        self.assertIn("OK", harness.run("waybill", "verify", daemon.db).stdout)

    def test_an_erased_response_and_the_answers_that_quote_it_are_in_no_file(self):
        daemon = self.daemon()
        for status in (200, 500):
            for size in (1, 5000):
                with self.subTest(status=status, size=size):
                    receiver = self.quoting(status=status)
                    response = self.create(daemon, receiver.url, size)
                    delivery = receiver.await_count(1)[0].headers["webhook-id"]
                    harness.until(lambda: daemon.delivery(delivery)["attempts"], "an attempt")
                    self.assertTrue(self.holders(daemon.data))
                    self.erase(daemon, response)
                    self.await_gone(daemon)
                    shown = daemon.admin("GET", "deliveries/" + delivery)
                    self.assertNotIn(SECRET.encode(), shown.body)
                    self.assertNotIn(b"is missing", shown.body)
        self.expect_sound(daemon)
        daemon.stop()
        self.assertEqual(self.holders(daemon.data), [])
        self.expect_sound(daemon)

    def test_an_answer_that_comes_after_the_erasure_is_not_kept(self):
        daemon, receiver = self.daemon(), self.quoting(held=True)
        response = self.create(daemon, receiver.url)
        delivery = receiver.await_count(1)[0].headers["webhook-id"]
        self.erase(daemon, response)
        receiver.release.set()
        harness.until(lambda: any(event["type"] == "attempt_succeeded" for event in daemon.events()),
                      "the outcome of the attempt")
        self.assertEqual(daemon.delivery(delivery)["status"], "delivered")
        self.await_gone(daemon)
        self.expect_sound(daemon)

    def test_what_a_background_response_asked_is_gone_once_it_is_over(self):
        daemon = self.daemon()
        response = self.create(daemon, background=True)
        harness.until(lambda: daemon.call("GET", "/v1/responses/" + response).json["status"]
                      == "completed", "the response is completed")
        self.erase(daemon, response)
        self.await_gone(daemon)
        self.expect_sound(daemon)

    def test_a_daemon_that_is_killed_after_an_erasure_has_erased_when_it_is_back(self):
        daemon, receiver = self.daemon(), self.quoting()
        response = self.create(daemon, receiver.url)
        delivery = receiver.await_count(1)[0].headers["webhook-id"]
        daemon.await_status(delivery, "delivered")
        self.erase(daemon, response)
        daemon.kill()
        daemon.restart()
        self.assertEqual(self.holders(daemon.data), [])

    def test_a_reader_of_an_old_state_only_puts_it_off(self):
        daemon = self.daemon()
        response = self.create(daemon)
        reader = sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True, isolation_level=None)
        self.addCleanup(reader.close)
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM event_log").fetchone()
        self.erase(daemon, response)
        self.create(daemon)  # commits are not held up
        self.assertTrue(self.holders(daemon.data))
        reader.execute("ROLLBACK")
        other = daemon.admin("GET", "responses").json["data"]
        for left in other:
            self.erase(daemon, left["id"])
        self.await_gone(daemon)


if __name__ == "__main__":
    unittest.main()
