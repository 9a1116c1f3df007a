"""The gateway before a backend that speaks HTTPS, with a certificate of the backend's own authority."""

import http.client
import json
import os
import shutil
import signal

import harness
from certificates import Authority
from scripted_upstream import (ScriptedUpstream, answers, chat_events, response_events, response_object,
                               streams)

CHAT = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}
RESPONSE = {"model": "m", "input": "2+2?"}


class Https(harness.TestCase):
    def behind(self, *scripts, name="IP:127.0.0.1", trusted=True):
        authority = Authority()
        upstream = ScriptedUpstream(*scripts, tls=authority.server(name))
        self.addCleanup(upstream.close)
        options = ("--ca-file", authority.ca_file) if trusted else ()
        return self.daemon("--upstream", upstream.url, *options), upstream

    def open_stream(self, daemon, path, body):
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", path, json.dumps({**body, "stream": True}),
                           {"Content-Type": "application/json"})
        return connection.getresponse()

    def test_a_stream_comes_byte_for_byte_and_the_connection_is_used_again(self):
        daemon, upstream = self.behind(streams(*chat_events("a", "b")), answers(response_object()))
        answer = daemon.call("POST", "/v1/chat/completions", {**CHAT, "stream": True})
        self.assertEqual(answer.body, b"".join(chat_events("a", "b")))
        stored = daemon.call("GET", "/v1/responses/chatcmpl-up1")
        self.assertEqual(stored.json["choices"][0]["message"]["content"], "ab")
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE).json["id"], "resp_up1")
        self.assertEqual((len(upstream.requests), upstream.connections), (2, 1))

    def test_the_first_token_does_not_wait_for_the_second(self):
        events = chat_events("first", "second")

        def script(exchange):
            exchange.head(200, "text/event-stream")
            exchange.chunk(b"".join(events[:2]))
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.chunk(b"".join(events[2:]))
            exchange.end()

        daemon, upstream = self.behind(script)
        response = self.open_stream(daemon, "/v1/chat/completions", CHAT)
        first = b""
        while b"first" not in first:
            first += response.read1()
        self.assertNotIn(b"second", first)
        upstream.go_on.set()
        self.assertIn(b"second", response.read())

    def test_trust_anchors_are_read_anew(self):
        authority = Authority()
        upstream = ScriptedUpstream(answers(response_object()), tls=authority.server())
        self.addCleanup(upstream.close)
        trusted = os.path.join(authority.directory, "trusted.pem")
        shutil.copy(Authority().ca_file, trusted)
        daemon = self.daemon("--ca-file", trusted, "--upstream", upstream.url, "--max-retries", "0")
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE).status, 502)
        delivery = daemon.submit(upstream.url)
        self.assertEqual(daemon.await_status(delivery, "failed")["last_attempt"]["reason"], "tls")

        def read_anew(file, message):
            shutil.copy(file, trusted)
            daemon.process.send_signal(signal.SIGHUP)
            harness.until(lambda: message in daemon.stderr(), message)

        read_anew(authority.ca_file, "trust anchors read anew")
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE).status, 200)
        self.assertEqual(daemon.admin("POST", f"deliveries/{delivery}/redeliver").status, 202)
        daemon.await_status(delivery, "delivered")
        read_anew(os.devnull, "keys stay as they are")
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE).status, 200)

    def test_many_records_of_tls_at_once_come_whole(self):
        text = "x" * 300_000
        daemon, _ = self.behind(streams(*response_events(text)))
        receiver = self.receiver()
        answer = daemon.call("POST", "/v1/responses", {
            **RESPONSE, "stream": True, "metadata": {"completion_webhook": receiver.url}})
        last = json.loads(answer.body.rsplit(b"data: ", 1)[1])
        self.assertEqual(last["response"]["output"][0]["content"][0]["text"], text)
        self.assertEqual(json.loads(receiver.await_count(1)[0].body), last["response"])

    def test_a_stream_that_is_cut_says_so(self):
        daemon, _ = self.behind(streams(*response_events("half")[:3], cut=True))
        response = self.open_stream(daemon, "/v1/responses", RESPONSE)
        with self.assertRaises(http.client.IncompleteRead):
            response.read()
        self.assertEqual(daemon.call("GET", "/v1/responses/resp_up1").json["status"], "failed")

    def test_whoever_cannot_be_trusted_gets_no_byte(self):
        for more in ({"trusted": False}, {"name": "DNS:another.example"}):
            with self.subTest(more):
                daemon, upstream = self.behind(answers(response_object()), **more)
                answer = daemon.call("POST", "/v1/responses", {**RESPONSE, "stream": True})
                self.assertEqual(answer.status, 502, answer)
                self.assertIn("TLS", answer.json["error"]["message"])
                self.assertEqual(upstream.requests, [])


if __name__ == "__main__":
    harness.unittest.main()
