"""What the gateway makes of an answer: an object, an error, or bytes that only pass."""

import gzip
import http.client
import json
import zlib

import harness
from scripted_upstream import (ScriptedUpstream, answers, chat_events, message_events,
                               response_events, response_object, sse, streams)

CHAT = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}
RESPONSE = {"model": "m", "input": "2+2?"}
MESSAGE = {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": "2+2?"}]}
PATHS = {"/v1/responses": RESPONSE, "/v1/chat/completions": CHAT, "/v1/messages": MESSAGE}
COMPLETION = {"id": "c1", "object": "chat.completion", "created": 1, "model": "m", "choices": [
    {"index": 0, "message": {"role": "assistant", "content": "four"}, "finish_reason": "stop"}]}
EVENTS = {"/v1/responses": lambda **more: response_events("four", **more),
          "/v1/chat/completions": lambda **more: chat_events("four", **more),
          "/v1/messages": lambda **more: message_events("four", **more)}


class AnswersTest(harness.TestCase):
    def behind(self, *scripts, options=()):
        upstream = ScriptedUpstream(*scripts)
        self.addCleanup(upstream.close)
        return self.daemon("--upstream", upstream.url, *options), upstream

    def call(self, daemon, path, receiver=None, **more):
        metadata = {"metadata": {"completion_webhook": receiver.url}} if receiver else {}
        return daemon.call("POST", path, {**PATHS[path], **metadata, **more})

    def end(self, daemon):
        """The last call's end, once every call's is on record."""
        def found():
            events = daemon.events()
            ends = [event["data"] for event in events if event["type"] == "response_completed"]
            begun = sum(event["type"] == "response_created" for event in events)
            return len(ends) == begun and ends[-1]
        return harness.until(found, "the end of the call")

    def assert_no_object(self, daemon, reason):
        end = self.end(daemon)
        self.assertEqual(end["status"], "error")
        self.assertIn(reason, end["reason"])
        self.assertEqual(daemon.deliveries(), [])


class ErrorsInASuccess(AnswersTest):
    def test_a_200_that_is_an_error_passes_byte_for_byte_and_makes_nothing(self):
        bodies = [b'{"error": {"message":"Provider returned error","code":502}}',
                  b'{"type":"error","error":{"type":"overloaded_error", "message":"Provider returned error"}}',
                  b'{"id":"gen-1","error":"Provider returned error"}',
                  b'{"object":"error","message":"Provider returned error"}',
                  b'{"detail":"Provider returned error"}']
        receiver = self.receiver()
        daemon, upstream = self.behind(answers(b""))
        for path in PATHS:
            for stream in (False, True):
                for body in bodies:
                    with self.subTest(path=path, stream=stream, body=body):
                        upstream.scripts = [answers(body, content_type="application/json; charset=utf-8")]
                        answer = self.call(daemon, path, receiver, stream=stream)
                        self.assertEqual((answer.status, answer.body), (200, body))
                        self.assertEqual(answer.headers["Content-Type"],
                                         "application/json; charset=utf-8")
                        self.assert_no_object(daemon, "HTTP status 200: Provider returned error.")
        self.assertEqual(receiver.received, [])

    def test_a_success_that_is_no_object_passes_as_it_came(self):
        receiver = self.receiver()
        daemon, upstream = self.behind(answers(b""))
        for body, type, reason in [(b"", "application/json", "an empty body"),
                                   (b"<html>", "text/html", "no JSON object"),
                                   (b'[{"choices":[]}]', "application/json", "no JSON object"),
                                   (b'{"choices":', "application/json", "no JSON object"),
                                   (b"\x1b\x00\xff", "application/octet-stream", "no JSON object"),
                                   (sse({"choices": []}), "text/event-stream", "event stream")]:
            for path in PATHS:
                with self.subTest(path=path, body=body):
                    upstream.scripts = [answers(body, content_type=type)]
                    answer = self.call(daemon, path, receiver)
                    self.assertEqual((answer.status, answer.body), (200, body))
                    self.assertEqual(answer.headers["Content-Type"], type)
                    self.assert_no_object(daemon, reason)

    def test_a_204_passes_without_a_body(self):
        def script(exchange):
            exchange.send(b"HTTP/1.1 204 No Content\r\n\r\n")

        daemon, _ = self.behind(script)
        answer = self.call(daemon, "/v1/chat/completions")
        self.assertEqual((answer.status, answer.body), (204, b""))
        self.assertIsNone(answer.headers["Content-Type"])
        self.assert_no_object(daemon, "an empty body")

    def test_a_response_that_says_it_failed_is_an_object(self):
        failed = response_object(status="failed", error={"code": "server_error", "message": "oh"})
        daemon, _ = self.behind(answers(failed))
        receiver = self.receiver()
        answer = self.call(daemon, "/v1/responses", receiver)
        self.assertEqual(answer.json["error"], failed["error"])
        self.assertEqual(receiver.await_count(1)[0].body, answer.body)
        self.assertEqual(self.end(daemon)["status"], "failed")

    def test_an_error_in_a_choice_is_part_of_the_object(self):
        choice = {"index": 0, "message": {"role": "assistant", "content": "fo"},
                  "finish_reason": "error", "error": {"code": 502, "message": "cut"}}
        daemon, _ = self.behind(answers({**COMPLETION, "choices": [choice]}))
        receiver = self.receiver()
        answer = self.call(daemon, "/v1/chat/completions", receiver)
        self.assertEqual(receiver.await_count(1)[0].body, answer.body)

    def test_an_error_reaches_client_and_record_without_the_key(self):
        daemon, upstream = self.behind(answers(
            {"error": {"message": "Wrong key: sk-clients-own-key"}}, 401))
        answer = daemon.call("POST", "/v1/chat/completions", CHAT,
                             {"Authorization": "Bearer sk-clients-own-key"})
        self.assertEqual((answer.status, answer.json), (401, {"error": {"message": "Wrong key: ****"}}))
        self.assert_no_object(daemon, "HTTP status 401: Wrong key: ****.")

    def test_an_error_in_a_stream_reaches_client_and_record_without_the_key(self):
        key = "sk-clients-own-key"
        daemon, upstream = self.behind(answers(b""))
        for path in PATHS:
            with self.subTest(path=path):
                upstream.scripts = [streams(sse({"type": "error", "code": key, "message": "Wrong key: " + key}))]
                receiver = self.receiver()
                answer = daemon.call("POST", path, {**PATHS[path], "stream": True, "metadata": {
                    "completion_webhook": receiver.url}}, {"Authorization": "Bearer " + key})
                self.assertEqual(answer.body, sse({"type": "error", "code": "****", "message": "Wrong key: ****"}))
                if path == "/v1/responses":
                    callback = json.loads(receiver.await_count(1)[0].body)
                    self.assertEqual(callback["error"], {"code": "****", "message": "Wrong key: ****"})
                else:
                    self.assertIn("Wrong key: ****", self.end(daemon)["reason"])
        self.assertNotIn(key, json.dumps(daemon.events()))


class Background(AnswersTest):
    def fail(self, daemon):
        receiver = self.receiver()
        id = self.call(daemon, "/v1/responses", receiver, background=True).json["id"]
        callback = json.loads(receiver.await_count(1)[0].body)
        self.assertEqual((callback["id"], callback["status"]), (id, "failed"))
        self.assertEqual(callback["background"], True)
        self.assertEqual(daemon.call("GET", "/v1/responses/" + id).json, callback)
        return callback["error"]

    def test_a_failed_run_says_what_the_backend_said(self):
        said = {"message": "The model 'nope' does not exist", "type": "invalid_request_error",
                "param": "model", "code": "model_not_found"}
        daemon, upstream = self.behind(answers(b""))
        cases = [
            (answers({"error": said}, 404), {**said, "http_status": 404}),
            (answers({"error": said}, 200), {**said, "http_status": 200}),
            (answers({"type": "error", "error": {"type": "overloaded_error", "message": "Busy"}}, 529),
             {"code": "overloaded_error", "message": "Busy", "type": "overloaded_error",
              "http_status": 529}),
            (answers({"detail": "Not Found"}, 404),
             {"code": "server_error", "message": "Not Found", "http_status": 404}),
            (answers(b"no healthy upstream", 503, "text/plain"),
             {"code": "server_error", "message": "no healthy upstream", "http_status": 503}),
            (answers(gzip.compress(json.dumps({"error": said}).encode()), 400, Content_Encoding="gzip"),
             {**said, "http_status": 400}),
            (answers(b"<html>", 502, "text/html"),
             {"code": "server_error", "http_status": 502,
              "message": "The backend answered with HTTP status 502."}),
            (answers(b"<html>", 200, "text/html"),
             {"code": "server_error", "message": "The backend answered with HTTP status 200 and "
                                                 "a body that is no JSON object of this API."}),
            (answers(b"", 307, Location="http://elsewhere.example/secret"),
             {"code": "server_error",
              "message": "The upstream answered with a redirection (HTTP status 307) to "
                         "http://elsewhere.example, which is not followed: give the right address "
                         "as --upstream."}),
        ]
        for script, error in cases:
            with self.subTest(error):
                upstream.scripts = [script]
                self.assertEqual(self.fail(daemon), error)

    def test_what_the_backend_said_is_bounded_and_has_no_key_in_it(self):
        daemon, upstream = self.behind(answers({"error": {"message": "x" * 1_000_000}}, 500))
        self.assertEqual(self.fail(daemon)["message"], "x" * 4096)
        upstream.scripts = [answers({"error": "key sk-of-alice-123 is wrong"}, 401)]
        receiver = self.receiver()
        daemon.call("POST", "/v1/responses", {
            **RESPONSE, "background": True, "metadata": {"completion_webhook": receiver.url}},
            {"Authorization": "Bearer sk-of-alice-123"})
        error = json.loads(receiver.await_count(1)[0].body)["error"]
        self.assertEqual(error["message"], "key **** is wrong")

    def test_a_background_object_says_so_at_every_moment(self):
        def script(exchange):
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.whole(json.dumps(response_object()).encode())

        daemon, upstream = self.behind(script)
        queued = self.call(daemon, "/v1/responses", background=True).json
        get = lambda: daemon.call("GET", "/v1/responses/" + queued["id"]).json
        self.assertEqual((queued["status"], queued["background"]), ("queued", True))
        running = harness.until(lambda: (lambda o: o["status"] == "in_progress" and o)(get()), "it runs")
        self.assertEqual(running["background"], True)
        upstream.go_on.set()
        done = harness.until(lambda: (lambda o: o["status"] == "completed" and o)(get()), "it is done")
        self.assertEqual(done["background"], True)
        upstream.scripts = [answers(response_object(background=False))]
        id = self.call(daemon, "/v1/responses", background=True).json["id"]
        done = harness.until(lambda: (lambda o: o["status"] == "completed" and o)(
            daemon.call("GET", "/v1/responses/" + id).json), "it is done")
        self.assertEqual(done["background"], True)
        # Others are as the backend made them.
        self.assertEqual(self.call(daemon, "/v1/responses").json["background"], False)
        upstream.scripts = [answers(response_object())]
        self.assertNotIn("background", self.call(daemon, "/v1/responses").json)


class Codings(AnswersTest):
    def coded(self, body, content_type="application/json", status=200, **more):
        """Compresses for whoever does not say otherwise (RFC 9110 section 12.5.3)."""
        def script(exchange):
            wanted = exchange.request.headers.get("accept-encoding", "*")
            if "*" in wanted or "gzip" in wanted:
                exchange.whole(gzip.compress(body), status, content_type, Content_Encoding="gzip")
            else:
                exchange.whole(body, status, content_type)
        return script

    def stubborn(self, body, content_type="application/json", status=200, coding="gzip"):
        packed = gzip.compress(body) if coding == "gzip" else body
        return answers(packed, status, content_type, Content_Encoding=coding, Vary="Accept-Encoding")

    def test_the_upstream_is_asked_not_to_compress(self):
        body = json.dumps(COMPLETION).encode()
        daemon, upstream = self.behind(self.coded(body))
        answer = daemon.call("POST", "/v1/chat/completions", CHAT, {"Accept-Encoding": "gzip, br"})
        self.assertEqual(answer.body, body)
        self.assertEqual(upstream.requests[0].headers["accept-encoding"], "identity")

    def test_an_object_that_is_compressed_all_the_same_is_decoded(self):
        receiver = self.receiver()
        daemon, upstream = self.behind(self.stubborn(json.dumps(COMPLETION).encode()))
        answer = self.call(daemon, "/v1/chat/completions", receiver)
        self.assertEqual(answer.json, COMPLETION)
        self.assertIsNone(answer.headers["Content-Encoding"])
        self.assertEqual(receiver.await_count(1)[0].body, answer.body)
        upstream.scripts = [self.stubborn(json.dumps(response_object()).encode())]
        self.call(daemon, "/v1/responses", receiver, background=True)
        self.assertEqual(json.loads(receiver.await_count(2)[1].body)["status"], "completed")

    def test_a_compressed_stream_is_decoded_event_by_event(self):
        first, rest = chat_events("four")[0], b"".join(chat_events("four")[1:])
        packer = zlib.compressobj(wbits=31)

        def script(exchange):
            exchange.head(200, "text/event-stream", Content_Encoding="gzip")
            exchange.chunk(packer.compress(first) + packer.flush(zlib.Z_SYNC_FLUSH))
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.chunk(packer.compress(rest) + packer.flush())
            exchange.end()

        daemon, upstream = self.behind(script)
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/chat/completions", json.dumps({**CHAT, "stream": True}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertIsNone(response.headers["Content-Encoding"])
        got = b""
        while len(got) < len(first):
            got += response.read1()
        upstream.go_on.set()
        self.assertEqual(got + response.read(), first + rest)
        self.assertEqual(self.end(daemon)["status"], "completed")

    def test_an_error_keeps_its_bytes_and_its_coding(self):
        body = b'{"error":{"message":"slow down"}}'
        daemon, _ = self.behind(self.stubborn(body, status=429))
        for stream in (False, True):
            answer = self.call(daemon, "/v1/chat/completions", stream=stream)
            self.assertEqual((answer.status, answer.headers["Content-Encoding"]), (429, "gzip"))
            self.assertEqual(answer.headers["Vary"], "Accept-Encoding")
            self.assertEqual(gzip.decompress(answer.body), body)
            self.assert_no_object(daemon, "HTTP status 429: slow down.")

    def test_an_unknown_coding_passes_and_makes_nothing(self):
        receiver = self.receiver()
        daemon, upstream = self.behind(answers(b""))
        for path in PATHS:
            for stream, type in ((False, "application/json"), (True, "text/event-stream"),
                                 (True, "application/json")):
                with self.subTest(path=path, stream=stream, type=type):
                    body = b"".join(EVENTS[path]()) if stream else b"\x0b\x02"
                    upstream.scripts = [self.stubborn(body, type, coding="br")]
                    answer = self.call(daemon, path, receiver, stream=stream)
                    self.assertEqual((answer.status, answer.body), (200, body))
                    self.assertEqual(answer.headers["Content-Encoding"], "br")
                    self.assertIsNone(answer.headers["waybill-recorded"])
                    self.assert_no_object(daemon, "content coding")

    def test_the_limit_holds_for_what_is_decoded(self):
        bomb = gzip.compress(b'{"x":"' + b"x" * 200_000_000 + b'"}')
        options = ["--max-response", "1MiB"]
        daemon, upstream = self.behind(answers(bomb, Content_Encoding="gzip"), options=options)
        answer = self.call(daemon, "/v1/chat/completions")
        self.assertEqual(answer.status, 502, answer)
        self.assertIn("--max-response", answer.json["error"]["message"])
        with open(f"/proc/{daemon.process.pid}/status") as status:
            peak = int(next(l for l in status if l.startswith("VmHWM")).split()[1])
        self.assertLess(peak, 150_000, "KiB")

    def test_what_cannot_be_decoded_is_a_502(self):
        daemon, _ = self.behind(answers(COMPLETION, Content_Encoding="gzip"))
        answer = self.call(daemon, "/v1/chat/completions")
        self.assertEqual(answer.status, 502, answer)
        self.assertIn("cannot be decoded", answer.json["error"]["message"])


class Labels(AnswersTest):
    def test_a_stream_is_known_by_its_bytes_whatever_its_label_says(self):
        daemon, upstream = self.behind(answers(b""))
        number = 0
        for type in ("application/json", "text/plain", "application/octet-stream", "text/event-stream"):
            for path, events in EVENTS.items():
                for before in (b"", b"\xef\xbb\xbf", b"\r\n\n", b": hello\n\n", b"retry: 5\n\n"):
                    with self.subTest(type=type, path=path, before=before):
                        number += 1
                        data = before + b"".join(events(id=f"up{number}"))
                        upstream.scripts = [answers(data, content_type=type)]
                        answer = self.call(daemon, path, stream=True)
                        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
                        self.assertEqual(answer.body, data)
                        self.assertEqual(self.end(daemon)["status"], "completed")

    def test_a_stream_without_a_label_is_one_byte_by_byte(self):
        data = b"\xef\xbb\xbf\n" + b"".join(chat_events("four"))

        def script(exchange):
            exchange.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
            for at in range(len(data)):
                exchange.chunk(data[at:at + 1])
            exchange.end()

        daemon, _ = self.behind(script)
        answer = self.call(daemon, "/v1/chat/completions", stream=True)
        self.assertEqual((answer.headers["Content-Type"], answer.body), ("text/event-stream", data))
        self.assertEqual(self.end(daemon)["status"], "completed")

    def test_a_labelled_stream_has_its_head_before_its_first_byte(self):
        def script(exchange):
            exchange.head(200, "text/event-stream")
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.chunk(b"".join(chat_events("four")))
            exchange.end()

        daemon, upstream = self.behind(script)
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/chat/completions", json.dumps({**CHAT, "stream": True}),
                           {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertEqual(response.status, 200)
        upstream.go_on.set()
        self.assertEqual(response.read(), b"".join(chat_events("four")))

    def test_what_is_labelled_a_stream_and_is_none_is_a_whole_answer(self):
        receiver = self.receiver()
        daemon, upstream = self.behind(streams(b"\n", json.dumps(COMPLETION).encode()))
        answer = self.call(daemon, "/v1/chat/completions", receiver, stream=True)
        self.assertEqual(answer.json, COMPLETION)
        self.assertEqual(receiver.await_count(1)[0].body, answer.body)
        self.assertEqual(daemon.call("GET", "/v1/responses/c1").body, answer.body)
        error = b'{"error": {"message":"no"}}'
        upstream.scripts = [streams(error)]
        for path in PATHS:
            answer = self.call(daemon, path, receiver, stream=True)
            self.assertEqual((answer.status, answer.body), (200, error))
            self.assertEqual(self.end(daemon)["reason"], "The backend answered with HTTP status 200: no.")
        self.assertEqual(len(daemon.deliveries()), 1)
        upstream.scripts = [streams(error[:9], cut=True)]
        with self.assertRaises(http.client.IncompleteRead):
            self.call(daemon, "/v1/chat/completions", receiver, stream=True)


class Redirections(AnswersTest):
    def test_those_of_create_calls_are_neither_followed_nor_passed_on(self):
        daemon, upstream = self.behind(answers(b"moved", 308, Location="https://b.example/v1?key=k"))
        for path in PATHS:
            for stream in (False, True):
                answer = self.call(daemon, path, stream=stream)
                self.assertEqual(answer.status, 502, answer)
                self.assertIsNone(answer.headers["Location"])
                self.assertIn("https://b.example,", answer.json["error"]["message"])
                self.assertNotIn("key", answer.json["error"]["message"])
        passed = daemon.call("GET", "/v1/models")
        self.assertEqual((passed.status, passed.headers["Location"]), (308, "https://b.example/v1?key=k"))
        self.assertEqual(len(upstream.requests), 7)


class Once(AnswersTest):
    def test_a_call_whose_connection_ends_after_it_was_read_is_a_502_and_not_made_again(self):
        def dies(exchange):
            exchange.close = True

        daemon, upstream = self.behind(answers(COMPLETION), dies)
        self.assertEqual(self.call(daemon, "/v1/chat/completions").status, 200)
        answer = self.call(daemon, "/v1/chat/completions")
        self.assertEqual(answer.status, 502, answer)
        self.assertIn("not sent again", answer.json["error"]["message"])
        self.assertEqual((len(upstream.requests), upstream.connections), (2, 1))
        self.assert_no_object(daemon, "not sent again")

    def test_a_connection_that_ended_while_idle_is_replaced(self):
        def once(exchange):
            answers(COMPLETION)(exchange)
            exchange.close = True

        daemon, upstream = self.behind(once)
        for count in range(1, 4):
            self.assertEqual(self.call(daemon, "/v1/chat/completions").status, 200)
            # The end of the connection has come when the next one is asked for.
            harness.until(lambda: idle_at(upstream) == 0, "the connection is gone")
        self.assertEqual(len(upstream.requests), 3)


def idle_at(upstream):
    """Connections to the upstream that its client has not closed yet."""
    port = "%04X" % upstream.listener.getsockname()[1]
    with open("/proc/net/tcp") as table:
        rows = [line.split() for line in table.readlines()[1:]]
    return sum(row[2].endswith(":" + port) and row[3] in ("01", "08") for row in rows)


if __name__ == "__main__":
    harness.unittest.main()
