"""Many clients, little memory: what is refused is refused in words, and nothing that was accepted is lost."""

import http.client
import json
import os
import re
import socket
import unittest

import harness
from scripted_upstream import ScriptedUpstream, response_object, sse
from test_gateway import CHAT, RESPONSE
from test_gateway_size import MIB, peak_memory
from test_monitoring import value


def forget_peak(daemon):
    """The peak begins anew at what is in memory now (proc(5), clear_refs); returns that."""
    with open(f"/proc/{daemon.process.pid}/clear_refs", "w") as file:
        file.write("5")
    return peak_memory(daemon)


class Memory(harness.TestCase):
    def metric(self, daemon, sample):
        return value(daemon.call("GET", "/metrics").body.decode(), sample)

    def used(self, daemon, of="clients"):
        return self.metric(daemon, f'waybill_payload_memory_bytes{{of="{of}"}}')

    def open(self, daemon, head, body=b""):
        """A connection with a request on it; its answer is not read."""
        client = socket.socket()
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        client.settimeout(harness.PATIENCE)
        client.connect(daemon.address)
        self.addCleanup(client.close)
        client.sendall(head.encode() + b"\r\nHost: localhost\r\n\r\n")
        try:
            client.sendall(body)
        except ConnectionError:
            pass  # it was refused, and the answer says so
        return client

    held = 0  # by the clients of `hold`

    def answer(self, client):
        response = http.client.HTTPResponse(client)
        response.begin()
        return harness.Answer(response.status, response.headers, response.read())

    def post(self, daemon, path, body, held_back=0):
        head = (f"POST {path} HTTP/1.1\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}")
        return self.open(daemon, head, body[:len(body) - held_back])

    def hold(self, daemon, bytes):
        """A client that sends so much of a body and then nothing for a while."""
        before = self.held
        # What a call took is given back a moment after its answer.
        harness.until(lambda: self.used(daemon) <= before, "nothing else is held")
        client = self.post(daemon, "/v1/deliveries", b" " * (bytes + 64 * 1024), 64 * 1024)
        harness.until(lambda: self.used(daemon) >= before + bytes, "the body has come")
        self.held = self.used(daemon)
        return client

    def check_refusal(self, answer):
        self.assertEqual(answer.status, 503, answer)
        self.assertEqual(answer.headers["Retry-After"], "1")
        self.assertEqual(answer.json["error"]["code"], "memory_full")
        self.assertIn("memory", answer.json["error"]["message"])

    def test_bodies_that_come_slowly_take_no_more_than_they_may(self):
        daemon, receiver = self.daemon("--max-payload-memory", "16MiB"), self.receiver()
        self.assertEqual(self.metric(daemon, 'waybill_payload_memory_limit_bytes{of="clients"}'), 8 * MIB)
        before = forget_peak(daemon)
        body = json.dumps({"url": receiver.url, "payload": "x" * (2 * MIB)}).encode()
        clients = [self.post(daemon, "/v1/deliveries", body, held_back=1) for _ in range(64)]
        refused = lambda: self.metric(
            daemon, 'waybill_http_requests_total{route="deliveries",status="5xx"}')
        harness.until(lambda: refused() >= 60, "most are refused")
        self.assertLessEqual(self.used(daemon), 8 * MIB)
        grown = peak_memory(daemon) - before
        print(f"64 bodies of 2 MiB: peak grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, 40 * MIB)
        answers = []
        for client in clients:
            try:
                client.sendall(body[-1:])
            except ConnectionError:
                pass
            answers.append(self.answer(client))
            client.close()
        accepted = [answer for answer in answers if answer.status == 202]
        self.assertIn(len(accepted), range(1, 5))
        for answer in answers:
            if answer.status != 202:
                self.check_refusal(answer)
        for answer in accepted:
            daemon.await_status(answer.json["id"], "delivered")
        harness.until(lambda: self.used(daemon) == 0, "nothing is kept")
        self.assertEqual(daemon.call("POST", "/v1/deliveries", body).status, 202, "there is room again")

    def test_stored_objects_that_are_read_slowly_take_no_more_than_they_may(self):
        daemon = self.daemon("--max-payload-memory", "64MiB")
        made = daemon.call("POST", "/v1/responses", {"model": "m", "input": "x" * (8 * MIB)})
        self.assertEqual(made.status, 200, made)
        id = made.json["id"]
        harness.until(lambda: self.used(daemon) == 0, "nothing is kept")
        before = forget_peak(daemon)
        paths = [f"/v1/responses/{id}", f"/v1/responses/{id}?stream=true"] * 20
        clients = [self.open(daemon, f"GET {path} HTTP/1.1") for path in paths]
        refused = lambda: self.metric(
            daemon, 'waybill_http_requests_total{route="responses",status="5xx"}')
        harness.until(lambda: refused() >= 36, "most are refused")
        self.assertLessEqual(self.used(daemon), 32 * MIB)
        grown = peak_memory(daemon) - before
        print(f"40 readers of 8 MiB: peak grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, 100 * MIB)
        answers = [self.answer(client) for client in clients]
        for answer in answers:
            if answer.status != 200:
                self.check_refusal(answer)
            elif answer.headers["Content-Type"] == "application/json":
                self.assertEqual(answer.body, made.body)
        self.assertIn(sum(answer.status == 200 for answer in answers), range(1, 5))
        harness.until(lambda: self.used(daemon) == 0, "nothing is kept")
        self.assertEqual(daemon.call("GET", "/v1/responses/" + id).body, made.body)

    def test_an_operator_who_reads_a_payload_is_refused_too(self):
        daemon, receiver = self.daemon("--max-payload-memory", "8MiB"), self.receiver()
        id = daemon.submit(receiver.url, "x" * (3 * MIB))
        daemon.await_status(id, "delivered")
        held = self.hold(daemon, 2 * MIB)
        self.check_refusal(daemon.admin("GET", f"deliveries/{id}/payload"))
        held.close()
        harness.until(lambda: self.used(daemon) == 0, "nothing is kept")
        self.assertEqual(len(daemon.admin("GET", f"deliveries/{id}/payload").body), 3 * MIB + 2)

    def test_a_client_that_takes_its_share_leaves_others_theirs(self):
        keys = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write("greedy:key-of-greedy\nother:key-of-other\n")
        daemon, receiver = self.daemon("--max-payload-memory", "16MiB", "--api-keys-file", keys), self.receiver()
        body = json.dumps({"url": receiver.url, "payload": "x" * (MIB // 2)}).encode()
        key = lambda name: {"Authorization": "Bearer key-of-" + name}
        for _ in range(24):
            self.open(daemon, "POST /v1/deliveries HTTP/1.1\r\nAuthorization: Bearer key-of-greedy\r\n"
                              f"Content-Type: application/json\r\nContent-Length: {len(body)}", body[:-1])
        refused = lambda: self.metric(
            daemon, 'waybill_http_requests_total{route="deliveries",status="5xx"}')
        harness.until(lambda: refused() >= 16, "what is over its share is refused")
        self.assertLessEqual(self.used(daemon), 4 * MIB)
        self.check_refusal(daemon.call("POST", "/v1/deliveries", body, key("greedy")))
        for _ in range(3):
            self.assertEqual(daemon.call("POST", "/v1/deliveries", body, key("other")).status, 202)

    def behind(self, script, *options):
        upstream = ScriptedUpstream(script)
        self.addCleanup(upstream.close)
        return self.daemon("--upstream", upstream.url, *options), upstream

    def completed(self, daemon):
        """How calls ended, as the log has it."""
        harness.until(lambda: self.used(daemon) == 0, "nothing is kept")
        return [event["data"] for event in daemon.events() if event["type"] == "response_completed"]

    def test_a_stream_goes_on_when_its_object_is_given_up(self):
        events = [sse({"id": "c1", "choices": [{"index": 0, "delta": {"content": "x" * 50_000}}]})
                  for _ in range(100)] + [sse("[DONE]")]

        def script(exchange):
            exchange.head(200, "text/event-stream")
            for event in events:
                exchange.chunk(event)
            exchange.end()

        daemon, _ = self.behind(script, "--max-payload-memory", "8MiB")
        receiver = self.receiver()
        body = {**CHAT, "stream": True, "metadata": {"completion_webhook": receiver.url}}
        held = self.hold(daemon, 2 * MIB)
        answer = daemon.call("POST", "/v1/chat/completions", body)
        self.assertEqual((answer.status, answer.body), (200, b"".join(events)))
        held.close()
        end, = self.completed(daemon)
        self.assertEqual(end["status"], "error")
        self.assertIn("--max-payload-memory", end["reason"])
        self.assertIn("--max-payload-memory", daemon.stderr())
        self.assertEqual(receiver.received, [])
        # With room it is kept.
        self.assertEqual(daemon.call("POST", "/v1/chat/completions", body).status, 200)
        receiver.await_count(1)

    def test_a_whole_answer_without_room_is_refused_and_its_end_is_on_record(self):
        object = json.dumps(response_object("r1", text="x" * (3 * MIB))).encode()
        daemon, upstream = self.behind(lambda exchange: exchange.whole(object),
                                       "--max-payload-memory", "8MiB")
        held = self.hold(daemon, 2 * MIB)
        self.check_refusal(daemon.call("POST", "/v1/responses", RESPONSE))
        more = self.hold(daemon, 2 * MIB - 128 * 1024)
        asked = len(upstream.requests)
        self.check_refusal(daemon.call("POST", "/v1/responses", {**RESPONSE, "input": "x" * 100_000}))
        self.assertEqual(len(upstream.requests), asked, "refused before anything is spent")
        held.close(), more.close()
        end, = self.completed(daemon)
        self.assertEqual(end["status"], "error")
        self.assertIn("--max-payload-memory", end["reason"])
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE).body, object)

    def test_a_background_response_without_room_is_failed_on_record(self):
        object = json.dumps(response_object("r1", text="x" * (3 * MIB))).encode()
        daemon, _ = self.behind(lambda exchange: exchange.whole(object), "--max-payload-memory", "8MiB")
        held = self.hold(daemon, 2 * MIB)
        made = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True})
        self.assertEqual(made.status, 200, made)
        path = "/v1/responses/" + made.json["id"]
        failed = harness.until(lambda: (now := daemon.call("GET", path).json)["status"] == "failed" and now,
                               "it is over")
        self.assertIn("--max-payload-memory", failed["error"]["message"])
        held.close()


class Figures(harness.TestCase):
    def test_labels_are_not_the_clients(self):
        daemon = self.daemon()
        count = lambda: len(daemon.call("GET", "/metrics").body.splitlines())
        before = count()
        for n in range(50):
            daemon.call("POST", f"/v1/made-up-{n}", {"model": f"m{n}"}, {"Idempotency-Key": f"k{n}"})
            daemon.call("POST", "/v1/responses", {"model": f"m{n}", "input": "x"})
            daemon.call(f"MADEUP{n}", f"/{n}")
        self.assertEqual(count(), before)

    def test_refused_requests_are_counted(self):
        daemon = self.daemon()
        metric = lambda sample: value(daemon.call("GET", "/metrics").body.decode(), sample)
        daemon.call("GET", "/nowhere")
        daemon.call("POST", "/v1/chat/completions", b"{")
        daemon.call("GET", "/admin/v1/info")
        daemon.call("POST", "/v1/chat/completions", CHAT)
        for route, status, expected in [("other", "4xx", 1), ("create", "4xx", 1), ("operator", "4xx", 1),
                                        ("create", "2xx", 1), ("create", "5xx", 0)]:
            with self.subTest(route=route, status=status):
                sample = f'waybill_http_requests_total{{route="{route}",status="{status}"}}'
                self.assertEqual(metric(sample), expected)
        self.assertEqual(metric('waybill_attempts_in_flight_limit{of="client"}'), 4096)
        components = re.findall(r'^waybill_problems_total\{component="(\w+)"\} 0$',
                                daemon.call("GET", "/metrics").body.decode(), re.MULTILINE)
        self.assertIn("responses", components)


if __name__ == "__main__":
    unittest.main()
