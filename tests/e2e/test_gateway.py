"""The gateway before a backend that behaves, and before one that does not."""

import http.client
import json
import socket
import sqlite3
import threading

import harness
from scripted_upstream import (ScriptedUpstream, answers, chat_events, hangs, message_events,
                               response_events, response_object, sse, streams, streams_and_hangs)

CHAT = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}
RESPONSE = {"model": "m", "input": "2+2?"}
MESSAGE = {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": "2+2?"}]}
PATHS = {"/v1/responses": RESPONSE, "/v1/chat/completions": CHAT, "/v1/messages": MESSAGE}


class GatewayTest(harness.TestCase):
    def behind(self, *scripts, options=()):
        """A daemon in front of an upstream with these scripts."""
        upstream = ScriptedUpstream(*scripts)
        self.addCleanup(upstream.close)
        return self.daemon("--upstream", upstream.url, *options), upstream

    def open_stream(self, daemon, path, body, **headers):
        """The answer's head; its body is read piece by piece."""
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", path, json.dumps({**body, "stream": True}),
                           {"Content-Type": "application/json", **headers})
        return connection, connection.getresponse()


class Streaming(GatewayTest):
    def test_the_bytes_of_the_upstream_reach_the_client_and_the_object_its_receiver(self):
        cases = [("/v1/chat/completions", chat_events("a", "b"), "chatcmpl-up1"),
                 ("/v1/messages", message_events("a", "b"), "msg_up1")]
        receiver = self.receiver()
        for number, (path, events, id) in enumerate(cases, 1):
            with self.subTest(path):
                # Cut where no event ends: what is passed on are bytes.
                data = b": hello\n\n" + b"".join(events)
                pieces = [data[at:at + 7] for at in range(0, len(data), 7)]
                daemon, upstream = self.behind(streams(*pieces))
                metadata = {"completion_webhook": receiver.url, "webhook_token": "s3cret"}
                answer = daemon.call("POST", path,
                                     {**PATHS[path], "stream": True, "metadata": metadata})
                self.assertEqual(answer.status, 200)
                self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
                self.assertEqual(answer.body, data)
                stored = daemon.call("GET", "/v1/responses/" + id)
                self.assertEqual(stored.status, 200, stored)
                callback = receiver.await_count(number)[-1]
                self.assertEqual(callback.body, stored.body)
                self.assertEqual(stored.json["id"], id)
                self.assertIn("ab", json.dumps(stored.json))
                self.assertNotIn("metadata", upstream.requests[0].json)
                self.assertEqual(upstream.requests[0].json, {**PATHS[path], "stream": True})

    def test_a_responses_stream_carries_exactly_the_stored_object(self):
        daemon, upstream = self.behind(streams(*response_events("hello")))
        receiver = self.receiver()
        metadata = {"k": "v", "completion_webhook": receiver.url, "webhook_token": "s3cret"}
        answer = daemon.call("POST", "/v1/responses",
                             {**RESPONSE, "stream": True, "metadata": metadata})
        last = json.loads(answer.body.rsplit(b"data: ", 1)[1])
        stored = daemon.call("GET", "/v1/responses/resp_up1")
        self.assertEqual(last["response"], stored.json)
        self.assertEqual(stored.json["metadata"], {"k": "v", "completion_webhook": receiver.url})
        self.assertEqual(receiver.await_count(1)[0].body, stored.body)
        self.assertNotIn(b"s3cret", answer.body)
        self.assertEqual(upstream.requests[0].json["metadata"], {"k": "v"})
        # Without the two keys nothing is ours to change.
        self.assertEqual(daemon.call("POST", "/v1/responses", {**RESPONSE, "stream": True}).status, 200)

    def test_a_responses_stream_without_our_keys_keeps_every_byte(self):
        data = b"".join(response_events("hello"))
        daemon, _ = self.behind(streams(data))
        answer = daemon.call("POST", "/v1/responses",
                             {**RESPONSE, "stream": True, "metadata": {"k": "v"}})
        self.assertEqual(answer.body, data)

    def test_the_first_token_does_not_wait_for_the_second(self):
        events = chat_events("first", "second")

        def script(exchange):
            exchange.head(200, "text/event-stream")
            exchange.chunk(b"".join(events[:2]))
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.chunk(b"".join(events[2:]))
            exchange.end()

        daemon, upstream = self.behind(script)
        _, response = self.open_stream(daemon, "/v1/chat/completions", CHAT)
        first = b""
        while b"first" not in first:
            first += response.read1()
        self.assertNotIn(b"second", first)
        upstream.go_on.set()
        self.assertIn(b"second", response.read())

    def test_an_id_twice_is_replaced_in_the_stream_as_in_the_log(self):
        daemon, _ = self.behind(streams(*chat_events("x")))
        first = daemon.call("POST", "/v1/chat/completions", {**CHAT, "stream": True})
        second = daemon.call("POST", "/v1/chat/completions", {**CHAT, "stream": True})
        self.assertIn(b'"chatcmpl-up1"', first.body)
        self.assertNotIn(b'"chatcmpl-up1"', second.body)
        id = json.loads(second.body.split(b"data: ")[1])["id"]
        self.assertEqual(daemon.call("GET", "/v1/responses/" + id).json["id"], id)

    def test_a_cut_responses_stream_is_failed_and_called_back(self):
        daemon, _ = self.behind(streams(*response_events("half")[:3], cut=True))
        receiver = self.receiver()
        _, response = self.open_stream(daemon, "/v1/responses", {
            **RESPONSE, "metadata": {"completion_webhook": receiver.url}})
        with self.assertRaises(http.client.IncompleteRead):
            response.read()
        callback = receiver.await_count(1)[0]
        self.assertEqual(json.loads(callback.body)["status"], "failed")
        self.assertEqual(json.loads(callback.body)["id"], "resp_up1")
        self.assertEqual(json.loads(callback.body)["output"][0]["content"][0]["text"], "half")
        self.assertEqual(daemon.call("GET", "/v1/responses/resp_up1").body, callback.body)

    def test_a_cut_chat_or_message_stream_makes_neither_object_nor_callback(self):
        for path, events in [("/v1/chat/completions", chat_events("half")[:2]),
                             ("/v1/messages", message_events("half")[:3])]:
            with self.subTest(path):
                daemon, _ = self.behind(streams(*events, cut=True))
                receiver = self.receiver()
                _, response = self.open_stream(daemon, path, {
                    **PATHS[path], "metadata": {"completion_webhook": receiver.url}})
                with self.assertRaises(http.client.IncompleteRead):
                    response.read()
                harness.until(lambda: daemon.events()[-1]["type"] == "response_completed", "the end")
                self.assertEqual(daemon.events()[-1]["data"]["status"], "error")
                self.assertEqual(daemon.deliveries(), [])

    def test_a_stream_that_cannot_be_read_makes_no_object_and_the_log_says_why(self):
        odd = b'data: {"id":"chatcmpl-up1","choices":[{"index":0,"delta":{"content":"b"},"x":NaN}]}\n\n'
        error = sse({"error": {"message": "out of\nmemory"}})
        for piece, reason in [(odd, "An event of the backend's stream cannot be read"),
                              (error, "The backend ended the stream with an error: out of memory")]:
            with self.subTest(reason):
                events = chat_events("a")
                data = b"".join([*events[:2], piece, *events[2:]])
                daemon, _ = self.behind(streams(data))
                receiver = self.receiver()
                answer = daemon.call("POST", "/v1/chat/completions", {
                    **CHAT, "stream": True, "metadata": {"completion_webhook": receiver.url}})
                self.assertEqual(answer.body, data)
                self.assertEqual(daemon.events()[-1]["type"], "response_completed")
                self.assertIn(reason, daemon.events()[-1]["data"]["reason"])
                harness.until(lambda: reason in daemon.stderr(), "the line that says why")
                self.assertEqual(daemon.deliveries(), [])
                self.assertEqual(daemon.admin("GET", "responses/count").json, {"count": 0})

    def test_items_that_were_finished_are_in_the_last_event_and_in_the_object(self):
        events = response_events("kept")
        last = response_object()
        last["output"] = []
        events[-1] = sse(("response.completed", {"type": "response.completed", "response": last}))
        daemon, _ = self.behind(streams(*events))
        answer = daemon.call("POST", "/v1/responses", {**RESPONSE, "stream": True})
        stored = daemon.call("GET", "/v1/responses/resp_up1").body
        self.assertIn(b'"kept"', stored)
        self.assertTrue(answer.body.endswith(stored + b"}\n\n"), answer.body)

    def test_a_client_that_goes_away_ends_the_call(self):
        daemon, upstream = self.behind(streams_and_hangs(chat_events("x")[0]))
        connection, response = self.open_stream(daemon, "/v1/chat/completions", CHAT)
        self.assertTrue(response.read1())
        response.close()
        connection.close()
        self.assertTrue(upstream.left.wait(harness.PATIENCE))

    def test_a_client_that_goes_away_before_the_head_ends_the_call(self):
        daemon, upstream = self.behind(hangs)
        for stream in (False, True):
            connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
            connection.request("POST", "/v1/chat/completions", json.dumps({**CHAT, "stream": stream}),
                               {"Content-Type": "application/json"})
            upstream.await_count(1 + stream)
            connection.close()
            self.assertTrue(upstream.left.wait(harness.PATIENCE))
            upstream.left.clear()

    def test_a_client_that_goes_away_does_not_end_a_call_that_owes_a_callback(self):
        events = chat_events("one", "two")

        def script(exchange):
            exchange.head(200, "text/event-stream")
            exchange.chunk(events[0])
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.chunk(b"".join(events[1:]))
            exchange.end()

        receiver = self.receiver()
        daemon, upstream = self.behind(script)
        connection, response = self.open_stream(daemon, "/v1/chat/completions", {
            **CHAT, "metadata": {"completion_webhook": receiver.url}})
        self.assertTrue(response.read1())
        response.close()
        connection.close()
        upstream.go_on.set()
        callback = receiver.await_count(1)[0]
        self.assertEqual(json.loads(callback.body)["choices"][0]["message"]["content"], "onetwo")

    def test_one_over_the_limit_is_ended(self):
        piece = chat_events("x" * 100_000)[1]

        def endless(exchange):
            exchange.head(200, "text/event-stream")
            try:
                while True:
                    exchange.chunk(piece)
            finally:
                exchange.upstream.left.set()

        daemon, upstream = self.behind(endless, options=["--max-response", "1MiB"])
        _, response = self.open_stream(daemon, "/v1/chat/completions", CHAT)
        with self.assertRaises(http.client.IncompleteRead) as cut:
            response.read()
        self.assertLessEqual(len(cut.exception.partial), 1024 * 1024 + 1)
        self.assertTrue(upstream.left.wait(harness.PATIENCE))

    def test_an_http_1_0_client_gets_a_stream_up_to_the_end_of_the_connection(self):
        daemon, _ = self.behind(streams(*chat_events("x")))
        body = json.dumps({**CHAT, "stream": True}).encode()
        with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as client:
            client.sendall(b"POST /v1/chat/completions HTTP/1.0\r\nContent-Type: application/json\r\n"
                           b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            answer = b""
            while data := client.recv(65536):
                answer += data
        head, _, rest = answer.partition(b"\r\n\r\n")
        self.assertNotIn(b"chunked", head)
        self.assertEqual(rest, b"".join(chat_events("x")))


class Errors(GatewayTest):
    def test_an_upstreams_refusal_is_relayed_with_what_belongs_to_it(self):
        for path in PATHS:
            for stream in (False, True):
                with self.subTest(path=path, stream=stream):
                    body = b'{"error": {"message":"slow down", "n":1.50}}'
                    daemon, _ = self.behind(answers(body, 429, Retry_After=7, X_Secret="no",
                                                    x_ratelimit_remaining_requests=0))
                    answer = daemon.call("POST", path, {**PATHS[path], "stream": stream})
                    self.assertEqual(answer.status, 429)
                    self.assertEqual(answer.body, body)
                    self.assertEqual(answer.headers["Retry-After"], "7")
                    self.assertEqual(answer.headers["x-ratelimit-remaining-requests"], "0")
                    self.assertIsNone(answer.headers["X-Secret"])

    def test_a_failure_of_the_upstream_has_the_apis_shape(self):
        cases = {"cut": lambda exchange: (exchange.head(length=100), exchange.cut()),
                 "too large": answers(b'{"x":"' + b"x" * 2_000_000 + b'"}')}
        for what, script in cases.items():
            with self.subTest(what):
                daemon, _ = self.behind(script, options=["--max-response", "1MiB"])
                answer = daemon.call("POST", "/v1/messages", MESSAGE)
                self.assertEqual(answer.status, 502, answer)
                self.assertEqual(answer.json["type"], "error")
                self.assertEqual(answer.json["error"]["type"], "api_error")
                answer = daemon.call("POST", "/v1/chat/completions", CHAT)
                self.assertEqual(answer.status, 502, answer)
                self.assertTrue(answer.json["error"]["message"])

    def test_an_upstream_that_hangs_is_given_up(self):
        daemon, upstream = self.behind(hangs, options=["--upstream-timeout", "300ms"])
        answer = daemon.call("POST", "/v1/chat/completions", CHAT)
        self.assertEqual(answer.status, 504, answer)
        self.assertTrue(upstream.left.wait(harness.PATIENCE))

    def test_a_stream_that_falls_silent_is_given_up(self):
        daemon, _ = self.behind(streams_and_hangs(*response_events("x")[:2]),
                                options=["--upstream-timeout", "300ms"])
        _, response = self.open_stream(daemon, "/v1/responses", RESPONSE)
        with self.assertRaises(http.client.IncompleteRead):
            response.read()
        stored = harness.until(
            lambda: (lambda a: a.status == 200 and a)(daemon.call("GET", "/v1/responses/resp_up1")),
            "the object")
        self.assertEqual(stored.json["status"], "failed")

    def test_an_upstream_that_is_not_there_is_a_502(self):
        daemon = self.daemon("--upstream", f"http://127.0.0.1:{harness.refused_port()}")
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE).status, 502)

    def test_a_whole_answer_to_a_call_for_a_stream_is_taken_as_it_is(self):
        daemon, _ = self.behind(answers({"id": "c1", "object": "chat.completion", "choices": []}))
        answer = daemon.call("POST", "/v1/chat/completions", {**CHAT, "stream": True})
        self.assertEqual(answer.json["id"], "c1")
        self.assertEqual(daemon.call("GET", "/v1/responses/c1").body, answer.body)


class PassThrough(GatewayTest):
    def test_a_models_name_with_odd_characters_passes_as_it_is_and_is_recorded_without_them(self):
        daemon, upstream = self.behind(answers({"id": "c1", "choices": []}))
        for model, recorded in (("a\u200bb", "a\ufffdb"), ("a\u0007\u202e", "a\ufffd\ufffd"),
                                ("\u00e9" * 2000, "\u00e9" * 128), (" m ", " m ")):
            body = json.dumps({**CHAT, "model": model}).encode()
            answer = daemon.call("POST", "/v1/chat/completions", body)
            self.assertEqual(answer.status, 200, answer)
            self.assertIsNone(answer.headers["Waybill-Recorded"])
            self.assertEqual(upstream.requests[-1].body, body)
            created = [event for event in daemon.events() if event["type"] == "response_created"]
            self.assertEqual(created[-1]["data"]["model"], recorded)

    def test_what_is_not_ours_reaches_the_upstream_as_it_was(self):
        daemon, upstream = self.behind(answers({"id": "c1", "choices": []}))
        body = (b'{ "model":"m","x":1.50,  "metadata":{"a":"b","webhook_token":"t"},'
                b'"messages":[{"content":"\\u00e9"}] }')
        answer = daemon.call("POST", "/v1/chat/completions?beta=true", body, {
            "Authorization": "Bearer sk-mine", "anthropic-beta": "x", "Cookie": "no",
            "X-Custom": "y", "Idempotency-Key": "k"})
        self.assertEqual(answer.status, 200, answer)
        request = upstream.requests[0]
        self.assertEqual(request.body, b'{ "model":"m","x":1.50,  "metadata":{"a":"b"},'
                                       b'"messages":[{"content":"\\u00e9"}] }')
        self.assertEqual(request.path, "/v1/chat/completions?beta=true")
        self.assertEqual(request.headers["authorization"], "Bearer sk-mine")
        self.assertEqual(request.headers["anthropic-beta"], "x")
        self.assertEqual(request.headers["x-custom"], "y")
        self.assertNotIn("cookie", request.headers)

    def test_the_models_are_the_upstreams(self):
        models = b'{"object":"list", "data":[{"id":"m","object":"model"}]}'
        daemon, upstream = self.behind(answers(models))
        answer = daemon.call("GET", "/v1/models?limit=3", headers={"Authorization": "Bearer sk-mine"})
        self.assertEqual((answer.status, answer.body), (200, models))
        self.assertEqual(upstream.requests[0].method, "GET")
        self.assertEqual(upstream.requests[0].path, "/v1/models?limit=3")
        self.assertEqual(upstream.requests[0].headers["authorization"], "Bearer sk-mine")
        self.assertEqual(self.daemon().call("GET", "/v1/models").json["data"][0]["id"], "echo")

    def test_connections_are_used_again(self):
        daemon, upstream = self.behind(answers({"id": None, "choices": []}))
        for _ in range(5):
            self.assertEqual(daemon.call("POST", "/v1/chat/completions", CHAT).status, 200)
        upstream.scripts = [streams(*chat_events("x"))]
        for _ in range(5):
            self.assertEqual(
                daemon.call("POST", "/v1/chat/completions", {**CHAT, "stream": True}).status, 200)
        self.assertEqual(upstream.connections, 1)


class Life(GatewayTest):
    """Background responses from their creation to their end, and stored ones."""

    def create(self, daemon, receiver=None, **more):
        metadata = {"metadata": {"completion_webhook": receiver.url}} if receiver else {}
        answer = daemon.call("POST", "/v1/responses",
                             {**RESPONSE, "background": True, **metadata, **more})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["status"], "queued")
        return answer.json["id"]

    def get(self, daemon, id):
        return daemon.call("GET", "/v1/responses/" + id)

    def await_status(self, daemon, id, status):
        return harness.until(lambda: self.get(daemon, id).json.get("status") == status, status)

    def test_every_status_is_seen(self):
        def script(exchange):
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.whole(json.dumps(response_object()).encode())

        daemon, upstream = self.behind(script)
        id = self.create(daemon)
        upstream.await_count(1)
        self.await_status(daemon, id, "in_progress")
        upstream.go_on.set()
        self.await_status(daemon, id, "completed")
        self.assertEqual(self.get(daemon, id).json["id"], id)
        self.assertNotIn("background", upstream.requests[0].json)
        for status in ("failed", "incomplete"):
            upstream.scripts = [answers(response_object(status=status))]
            self.await_status(daemon, self.create(daemon), status)
        upstream.scripts = [answers(b"busy", 500)]
        self.await_status(daemon, self.create(daemon), "failed")

    def test_whoever_polls_sees_it_at_every_moment_and_never_go_back(self):
        daemon = self.daemon("--echo-delay", "20ms")
        ways = []

        def follow():
            for _ in range(10):
                path, way = "/v1/responses/" + self.create(daemon), []
                while way[-1:] in ([], ["queued"], ["in_progress"]):
                    answer = daemon.call("GET", path)
                    status = answer.json.get("status", answer.status)
                    way += [status] if way[-1:] != [status] else []
                ways.append(way)

        pollers = [threading.Thread(target=follow) for _ in range(8)]
        for poller in pollers:
            poller.start()
        for poller in pollers:
            poller.join()
        self.assertEqual(len(ways), 80)
        for way in ways:
            self.assertEqual(way, [s for s in ("queued", "in_progress", "completed") if s in way])
            self.assertEqual(way[-1], "completed")

    def test_a_cancelled_run_ends_the_upstreams_call_and_is_called_back(self):
        daemon, upstream = self.behind(hangs)
        receiver = self.receiver()
        id = self.create(daemon, receiver)
        upstream.await_count(1)
        with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as client:
            client.sendall(b"POST /v1/responses/%s/cancel HTTP/1.1\r\nHost: a\r\n"
                           b"Connection: close\r\n\r\n" % id.encode())
            answer = b""
            while data := client.recv(65536):
                answer += data
        self.assertIn(b"200 OK", answer)
        cancelled = json.loads(answer.split(b"\r\n\r\n", 1)[1])
        self.assertEqual((cancelled["id"], cancelled["status"]), (id, "cancelled"))
        self.assertTrue(upstream.left.wait(harness.PATIENCE))
        self.assertEqual(self.get(daemon, id).json, cancelled)
        self.assertEqual(json.loads(receiver.await_count(1)[0].body), cancelled)
        again = daemon.call("POST", f"/v1/responses/{id}/cancel")
        self.assertEqual((again.status, again.json), (200, cancelled))

    def test_one_that_waits_is_cancelled_before_it_is_run(self):
        daemon, upstream = self.behind(hangs)
        running = [self.create(daemon) for _ in range(32)]
        waiting = self.create(daemon)
        upstream.await_count(32)
        self.assertEqual(daemon.call("POST", f"/v1/responses/{waiting}/cancel").json["status"],
                         "cancelled")
        for id in running:
            self.assertEqual(daemon.call("POST", f"/v1/responses/{id}/cancel").status, 200)
        self.assertEqual(len(upstream.requests), 32)

    def test_only_background_responses_are_cancelled(self):
        daemon = self.daemon()
        id = daemon.call("POST", "/v1/responses", RESPONSE).json["id"]
        self.assertEqual(daemon.call("POST", f"/v1/responses/{id}/cancel").status, 400)
        self.assertEqual(daemon.call("POST", "/v1/responses/resp_none/cancel").status, 404)

    def test_a_deleted_response_is_gone_and_so_is_its_callback(self):
        daemon, receiver = self.daemon("--retry-delays", "1h"), self.receiver(500)
        answer = daemon.call("POST", "/v1/chat/completions", {
            **CHAT, "metadata": {"completion_webhook": receiver.url}})
        receiver.await_count(1)
        [delivery] = daemon.deliveries()
        daemon.await_status(delivery["id"], "pending")
        path = "/v1/responses/" + answer.json["id"]
        deleted = daemon.call("DELETE", path)
        self.assertEqual(deleted.status, 200, deleted)
        self.assertEqual(deleted.json,
                         {"id": answer.json["id"], "object": "response", "deleted": True})
        self.assertEqual(daemon.call("GET", path).status, 404)
        self.assertEqual(daemon.call("DELETE", path).status, 404)
        self.assertEqual(daemon.delivery(delivery["id"])["status"], "cancelled")
        self.assertEqual(daemon.admin("GET", f"deliveries/{delivery['id']}/payload").status, 410)
        again = daemon.admin("POST", f"deliveries/{delivery['id']}/redeliver", {})
        self.assertEqual(again.status, 409, again)
        harness.run("waybill", "verify", daemon.db)

    def test_a_run_survives_a_crash_with_its_creators_key_which_is_gone_when_it_is_over(self):
        daemon, upstream = self.behind(hangs, answers(response_object()))
        receiver = self.receiver()
        answer = daemon.call("POST", "/v1/responses", {
            **RESPONSE, "background": True, "metadata": {"completion_webhook": receiver.url}},
            {"Authorization": "Bearer sk-creators-own"})
        upstream.await_count(1)
        daemon.kill()
        with open(daemon.db, "rb") as file:
            self.assertNotIn(b"sk-creators-own", file.read(), "it is sealed")
        daemon.restart()
        callback = receiver.await_count(1)[0]
        self.assertEqual(json.loads(callback.body)["id"], answer.json["id"])
        self.assertEqual([r.headers["authorization"] for r in upstream.requests],
                         ["Bearer sk-creators-own"] * 2)
        log = sqlite3.connect(f"file:{daemon.db}?mode=ro", uri=True)
        self.addCleanup(log.close)
        self.assertEqual(log.execute("SELECT count(*) FROM requests").fetchone(), (0,))

    def test_a_run_that_is_deleted_ends(self):
        daemon, upstream = self.behind(hangs)
        receiver = self.receiver()
        id = self.create(daemon, receiver)
        upstream.await_count(1)
        self.assertEqual(daemon.call("DELETE", "/v1/responses/" + id).status, 200)
        self.assertTrue(upstream.left.wait(harness.PATIENCE))
        self.assertEqual(self.get(daemon, id).status, 404)
        self.assertEqual(daemon.deliveries(), [])

    def test_old_responses_are_deleted_once_they_owe_nothing(self):
        daemon = self.daemon("--retain-responses", "300ms", "--retry-delays", "1h")
        failing = self.receiver(500)
        owing = daemon.call("POST", "/v1/responses", {
            **RESPONSE, "metadata": {"completion_webhook": failing.url}}).json["id"]
        free = daemon.call("POST", "/v1/chat/completions", CHAT).json["id"]
        harness.until(lambda: self.get(daemon, free).status == 404, "the old one is deleted")
        deleted = [e for e in daemon.events() if e["type"] == "response_deleted"]
        self.assertEqual([e["actor"] for e in deleted], ["engine"])
        self.assertEqual(self.get(daemon, owing).status, 200)

    def test_to_others_it_does_not_exist(self):
        keys = harness.os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write("alice:sk-a\nbob:sk-b\n")
        daemon = self.daemon("--api-keys-file", keys)
        alice, bob = {"Authorization": "Bearer sk-a"}, {"x-api-key": "sk-b"}
        id = daemon.call("POST", "/v1/responses", RESPONSE, alice).json["id"]
        for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/cancel")]:
            answer = daemon.call(method, f"/v1/responses/{id}{path}", headers=bob)
            self.assertEqual(answer.status, 404, answer)
        self.assertEqual(daemon.call("GET", f"/v1/responses/{id}", headers=alice).status, 200)


class Idempotency(GatewayTest):
    def test_the_same_key_and_request_get_the_same_answer(self):
        daemon, upstream = self.behind(answers({"id": None, "choices": [], "n": 1.50}))
        receiver = self.receiver()
        body = {**CHAT, "metadata": {"completion_webhook": receiver.url}}
        key = {"Idempotency-Key": "k-1"}
        first = daemon.call("POST", "/v1/chat/completions", body, key)
        again = daemon.call("POST", "/v1/chat/completions", body, key)
        self.assertEqual((first.status, again.status), (200, 200))
        self.assertEqual(first.body, again.body)
        self.assertIsNone(first.headers["Idempotent-Replayed"])
        self.assertEqual(again.headers["Idempotent-Replayed"], "true")
        self.assertEqual(len(upstream.requests), 1)
        other = daemon.call("POST", "/v1/chat/completions", {**body, "n": 2}, key)
        self.assertEqual(other.status, 409, other)
        self.assertEqual(other.json["error"]["param"], "Idempotency-Key")
        # Another route, and another key, are other calls.
        daemon.call("POST", "/v1/messages", MESSAGE, key)
        daemon.call("POST", "/v1/chat/completions", body, {"Idempotency-Key": "k-2"})
        self.assertEqual(len(upstream.requests), 3)
        daemon.kill()
        daemon.restart()
        self.assertEqual(daemon.call("POST", "/v1/chat/completions", body, key).body, first.body)
        self.assertEqual(len(upstream.requests), 3)
        self.assertEqual(len(daemon.deliveries()), 2)
        harness.run("waybill", "verify", daemon.db)

    def test_one_that_comes_meanwhile_waits_for_the_first(self):
        def script(exchange):
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.whole(json.dumps(response_object()).encode())

        daemon, upstream = self.behind(script)
        got = []
        threads = [threading.Thread(target=lambda: got.append(daemon.call(
            "POST", "/v1/responses", RESPONSE, {"Idempotency-Key": "k"}))) for _ in range(4)]
        for thread in threads:
            thread.start()
        upstream.await_count(1)
        upstream.go_on.set()
        for thread in threads:
            thread.join()
        self.assertEqual([answer.status for answer in got], [200] * 4)
        self.assertEqual(len({answer.body for answer in got}), 1)
        self.assertEqual(len(upstream.requests), 1)

    def test_a_stream_is_given_again_as_events_that_amount_to_its_object(self):
        for path, events in [("/v1/chat/completions", chat_events("a", "b")),
                             ("/v1/messages", message_events("a", "b")),
                             ("/v1/responses", response_events("ab"))]:
            with self.subTest(path):
                daemon, upstream = self.behind(streams(*events))
                call = lambda: daemon.call("POST", path, {**PATHS[path], "stream": True},
                                           {"Idempotency-Key": "k"})
                first, again = call(), call()
                self.assertEqual(first.body, b"".join(events))
                self.assertEqual(again.headers["Content-Type"], "text/event-stream")
                self.assertEqual(again.headers["Idempotent-Replayed"], "true")
                self.assertIn(b'"ab"', again.body)
                self.assertEqual(len(upstream.requests), 1)

    def test_a_call_that_failed_is_made_again(self):
        daemon, upstream = self.behind(answers(b"busy", 503), answers(response_object()))
        key = {"Idempotency-Key": "k"}
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE, key).status, 503)
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE, key).status, 200)
        self.assertEqual(len(upstream.requests), 2)

    def test_a_background_response_is_made_once(self):
        daemon, upstream = self.behind(answers(response_object()))
        body, key = {**RESPONSE, "background": True}, {"Idempotency-Key": "k"}
        ids = {daemon.call("POST", "/v1/responses", body, key).json["id"] for _ in range(3)}
        self.assertEqual(len(ids), 1)
        id = ids.pop()
        harness.until(lambda: daemon.call("GET", "/v1/responses/" + id).json["status"] == "completed",
                      "the end")
        self.assertEqual(len(upstream.requests), 1)


class Conversations(GatewayTest):
    def test_a_background_response_goes_on_under_the_backends_own_id(self):
        daemon, upstream = self.behind(answers(response_object("resp_theirs")))
        id = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}).json["id"]
        harness.until(lambda: daemon.call("GET", "/v1/responses/" + id).json["status"] == "completed",
                      "the end")
        for more in ({}, {"stream": True}, {"background": True}):
            answer = daemon.call("POST", "/v1/responses",
                                 {**RESPONSE, "previous_response_id": id, **more})
            self.assertEqual(answer.status, 200, answer)
            upstream.await_count(len(upstream.requests))
        harness.until(lambda: len(upstream.requests) == 4, "four requests")
        for request in upstream.requests[1:]:
            self.assertEqual(request.json["previous_response_id"], "resp_theirs")
        daemon.call("POST", "/v1/responses", {**RESPONSE, "previous_response_id": "resp_unknown"})
        self.assertEqual(upstream.requests[-1].json["previous_response_id"], "resp_unknown")

    def test_the_client_sees_the_previous_id_that_it_sent(self):
        def echo(exchange):
            """Says which response it goes on from, as backends do."""
            asked = exchange.request.json
            previous = {"previous_response_id": asked.get("previous_response_id")}
            id = f"resp_theirs{len(exchange.upstream.requests)}"
            if asked.get("stream"):
                streams(*response_events(id=id, **previous))(exchange)
            else:
                answers(response_object(id, **previous))(exchange)

        daemon, upstream = self.behind(echo)
        receiver = self.receiver()
        id = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}).json["id"]
        stored = lambda id: daemon.call("GET", "/v1/responses/" + id).json
        harness.until(lambda: stored(id)["status"] == "completed", "the end")
        asked = {**RESPONSE, "previous_response_id": id,
                 "metadata": {"completion_webhook": receiver.url}}

        answer = daemon.call("POST", "/v1/responses", asked).json
        self.assertEqual(answer["previous_response_id"], id)
        self.assertEqual(stored(answer["id"]), answer)
        stream = daemon.call("POST", "/v1/responses", {**asked, "stream": True}).body
        self.assertNotIn(b"resp_theirs1", stream)
        self.assertEqual(stream.count(b'"previous_response_id": "%s"' % id.encode()), 2, stream)
        queued = daemon.call("POST", "/v1/responses", {**asked, "background": True}).json
        self.assertEqual(queued["previous_response_id"], id)
        harness.until(lambda: stored(queued["id"])["status"] == "completed", "the end")
        self.assertEqual(stored(queued["id"])["previous_response_id"], id)
        for callback in receiver.await_count(3):
            self.assertEqual(json.loads(callback.body)["previous_response_id"], id)
        for request in upstream.requests[1:]:
            self.assertEqual(request.json["previous_response_id"], "resp_theirs1")


if __name__ == "__main__":
    harness.unittest.main()
