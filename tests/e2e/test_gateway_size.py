"""Large answers: what they cost in memory, and that a slow client sets the pace."""

import http.client
import json

import harness
from scripted_upstream import ScriptedUpstream, response_object, sse
from test_gateway import CHAT, RESPONSE

MIB = 1024 * 1024


def peak_memory(daemon):
    with open(f"/proc/{daemon.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))


class LargeAnswers(harness.TestCase):
    def behind(self, script, *options):
        upstream = ScriptedUpstream(script)
        self.addCleanup(upstream.close)
        return self.daemon("--upstream", upstream.url, *options)

    def stream(self, daemon, path, body):
        """Reads a stream to its end without keeping it; how many bytes there were."""
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", path, json.dumps({**body, "stream": True}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        total = 0
        while data := response.read(256 * 1024):
            total += len(data)
        return total

    def check(self, path, body, events, id):
        size = sum(len(event) for event in events)

        def script(exchange):
            exchange.head(200, "text/event-stream")
            for event in events:
                exchange.chunk(event)
            exchange.end()

        daemon, receiver = self.behind(script), self.receiver()
        before = peak_memory(daemon)
        metadata = {"completion_webhook": receiver.url}
        self.assertEqual(self.stream(daemon, path, {**body, "metadata": metadata}), size)
        callback = receiver.await_count(1)[0]
        grown = peak_memory(daemon) - before
        print(f"{path}: {size / MIB:.1f} MiB streamed, {len(callback.body) / MIB:.1f} MiB stored, "
              f"peak grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, 3 * size)
        stored = daemon.call("GET", "/v1/responses/" + id)
        self.assertEqual(stored.body, callback.body)
        harness.run("waybill", "verify", daemon.db)

    def test_a_chat_of_50_mb(self):
        chunk = lambda delta, reason=None: sse({
            "id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
        events = [chunk({"content": "x" * 50_000}) for _ in range(1000)]
        self.check("/v1/chat/completions", CHAT, events + [chunk({}, "stop"), sse("[DONE]")], "c1")

    def test_a_response_of_50_mb(self):
        text = "x" * 12_500_000
        event = lambda type, **members: sse((type, {"type": type, **members}))
        object = response_object("r1", text=text, metadata={})
        events = [event("response.created", response=response_object("r1", "in_progress"))]
        events += [event("response.output_text.delta", delta=text[at:at + 50_000])
                   for at in range(0, len(text), 50_000)]
        events += [event("response.output_text.done", text=text),
                   event("response.output_item.done", output_index=0, item=object["output"][0]),
                   event("response.completed", response=object)]
        size = sum(len(event) for event in events)
        self.assertGreater(size, 50_000_000)

        def script(exchange):
            exchange.head(200, "text/event-stream")
            for event in events:
                exchange.chunk(event)
            exchange.end()

        daemon = self.behind(script)
        before = peak_memory(daemon)
        self.assertEqual(self.stream(daemon, "/v1/responses", RESPONSE), size)
        grown = peak_memory(daemon) - before
        print(f"/v1/responses: {size / MIB:.1f} MiB streamed, peak grew by {grown / MIB:.1f} MiB")
        self.assertLess(grown, 3 * size)
        self.assertEqual(daemon.call("GET", "/v1/responses/r1").json["output"][0]["content"][0]["text"],
                         text)

    def test_a_client_that_does_not_read_holds_the_upstream_back(self):
        sent = []

        def script(exchange):
            exchange.head(200, "text/event-stream")
            piece = sse({"id": "c1", "choices": [{"index": 0, "delta": {"content": "x" * 65536}}]})
            for _ in range(800):
                exchange.chunk(piece)
                sent.append(len(piece))
            exchange.chunk(sse("[DONE]"))
            exchange.end()

        daemon = self.behind(script)
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/chat/completions", json.dumps({**CHAT, "stream": True}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        seen = [-1]

        def settled():
            still = len(sent) == seen[0] and sent
            seen[0] = len(sent)
            harness.threading.Event().wait(0.2)
            return still

        harness.until(settled, "the upstream is held back")
        self.assertLess(sum(sent), 30 * MIB)
        self.assertTrue(response.read().endswith(b"data: [DONE]\n\n"))
        self.assertEqual(len(sent), 800)


if __name__ == "__main__":
    harness.unittest.main()
