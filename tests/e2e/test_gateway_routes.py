"""What the gateway does not answer itself: the backend's own routes, and how requests reach it."""

import contextlib
import gzip
import http.client
import json
import os
import socket
import threading

import harness
from scripted_upstream import ScriptedUpstream, answers, response_object, streams

CHAT = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}
RESPONSE = {"model": "m", "input": "2+2?"}
OK = answers({"ok": True})


class GatewayTest(harness.TestCase):
    def upstream(self, *scripts):
        upstream = ScriptedUpstream(*(scripts or [OK]))
        self.addCleanup(upstream.close)
        return upstream

    def behind(self, *scripts, options=()):
        upstream = self.upstream(*scripts)
        return self.daemon("--upstream", upstream.url, *options), upstream

    def file(self, text):
        path = os.path.join(harness.tempfile.mkdtemp(), "file")
        with open(path, "w") as file:
            file.write(text + "\n")
        return path

    def raw(self, daemon, head, body=b""):
        """The whole answer to exactly these bytes."""
        with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as connection:
            connection.sendall(head + b"\r\nConnection: close\r\nHost: localhost\r\n\r\n" + body)
            return b"".join(iter(lambda: connection.recv(65536), b""))


class BaseUrl(GatewayTest):
    def test_it_is_what_sdks_append_to(self):
        cases = {"": "/v1", "/": "/v1", "/v1": "/v1", "/v1/": "/v1", "/v1beta/openai/": "/v1beta/openai",
                 "/api/paas/v4": "/api/paas/v4", "/inference//": "/inference", "/a%20b/c%2Fd": "/a%20b/c%2Fd"}
        upstream = self.upstream()
        for given, base in cases.items():
            with self.subTest(given):
                daemon = self.daemon("--upstream", upstream.url + given)
                daemon.call("POST", "/v1/chat/completions?x=1", CHAT)
                daemon.call("POST", "/v1/messages/count_tokens", {})
                daemon.call("GET", "/v1/models")
                daemon.call("GET", "/v1/models/a%20b")
                daemon.kill()
                self.assertEqual([request.path for request in upstream.requests[-4:]],
                                 [base + path for path in ("/chat/completions?x=1", "/messages/count_tokens",
                                                           "/models", "/models/a%20b")])

    def test_anthropics_api_may_lie_apart_with_a_key_of_its_own(self):
        main, anthropic = self.upstream(), self.upstream()
        version = {"anthropic-version": "2023-06-01"}
        for base in ("", "/anthropic", "/anthropic/v1/"):
            daemon = self.daemon("--upstream", main.url + "/openai", "--anthropic-upstream", anthropic.url + base,
                                 "--upstream-key-file", self.file("main-key"),
                                 "--anthropic-upstream-key-file", self.file("anthropic-key"))
            main.requests, anthropic.requests = [], []
            daemon.call("POST", "/v1/messages", {"model": "m", "messages": []}, version)
            daemon.call("POST", "/v1/messages/count_tokens", {}, version)
            daemon.call("POST", "/v1/messages/count_tokens", {})
            daemon.call("GET", "/v1/models", headers=version)
            daemon.call("POST", "/v1/chat/completions", CHAT)
            daemon.call("GET", "/v1/models")
            daemon.call("POST", "/v1/embeddings", {}, {"Authorization": "Bearer theirs", "api-key": "theirs"})
            daemon.kill()
            prefix = base.removesuffix("/v1/") + "/v1"
            self.assertEqual([request.path for request in anthropic.requests],
                             [prefix + path for path in ("/messages", "/messages/count_tokens",
                                                         "/messages/count_tokens", "/models")])
            self.assertEqual([request.headers.get("x-api-key") for request in anthropic.requests],
                             ["anthropic-key", "anthropic-key", None, "anthropic-key"])
            self.assertEqual(anthropic.requests[2].headers["authorization"], "Bearer anthropic-key")
            self.assertEqual([request.path for request in main.requests],
                             ["/openai/chat/completions", "/openai/models", "/openai/embeddings"])
            for request in main.requests:
                self.assertEqual(request.headers["authorization"], "Bearer main-key")
                self.assertNotIn("theirs", str(request.fields))


class OtherRoutes(GatewayTest):
    def test_every_route_and_method_goes_as_it_is(self):
        daemon, upstream = self.behind()
        for method, path, body in [
                ("GET", "/v1/models/org%2Fm", None), ("POST", "/v1/embeddings?a=b%20c&d", b"{ }"),
                ("GET", "/v1/chat/completions?limit=3", None), ("POST", "/v1/batches", b'{"x":1.50}'),
                ("DELETE", "/v1/files/f%20g", None), ("PUT", "/v1/x", b"\x00\xff"), ("PATCH", "/v1/x/y", b"p"),
                ("GET", "/v1/responses/resp_1", None), ("DELETE", "/v1/responses/resp_1", None),
                ("POST", "/v1/responses/resp_1/cancel", None), ("POST", "/v1/responses/input_tokens", b"{}"),
                ("GET", "/v1/responses/resp_1/input_items?order=asc", None),
                ("GET", "/v1/responses/resp_1?stream=true&anything=x", None)]:
            with self.subTest(f"{method} {path}"):
                answer = daemon.call(method, path, body, {"Content-Type": "application/x", "X-Own": "y",
                                                          "Authorization": "Bearer sk-mine"})
                self.assertEqual((answer.status, answer.json), (200, {"ok": True}))
                self.assertTrue(answer.headers["x-request-id"])
                request = upstream.requests[-1]
                self.assertEqual((request.method, request.path, request.body), (method, path, body or b""))
                self.assertEqual(request.headers["content-type"], "application/x")
                self.assertEqual(request.headers["x-own"], "y")
                self.assertEqual(request.headers["authorization"], "Bearer sk-mine")

    def test_a_body_that_a_get_has_is_not_passed_on(self):
        daemon, upstream = self.behind()
        for length in (2, 200_000):
            self.assertEqual(daemon.call("GET", "/v1/files", b"x" * length).status, 200)
            self.assertEqual(upstream.requests[-1].body, b"")

    def test_a_head_has_the_upstreams_head_and_no_body(self):
        def script(exchange):
            exchange.head(200, "audio/mpeg", 1234567, ETag='"e"')
        daemon, upstream = self.behind(script)
        for _ in range(2):
            answer = daemon.call("HEAD", "/v1/files/f/content")
            self.assertEqual((answer.status, answer.body), (200, b""))
            self.assertEqual(answer.headers["Content-Length"], "1234567")
            self.assertEqual(answer.headers["ETag"], '"e"')
        self.assertEqual(upstream.requests[0].method, "HEAD")
        self.assertEqual(upstream.connections, 1)

    def test_an_answer_keeps_its_status_bytes_and_headers(self):
        body = gzip.compress(b"x" * 1000)
        keeps = {"Content_Encoding": "gzip", "ETag": '"e"', "Location": "https://cdn.example/f",
                 "Content_Disposition": "attachment", "Cache_Control": "no-store", "X_Any": "y"}
        for status in (200, 206, 302, 404, 418, 529):
            daemon, upstream = self.behind(answers(body, status, "application/x-any; a=b", **keeps,
                                                   Set_Cookie="no", Alt_Svc="no", Keep_Alive="no"))
            answer = daemon.call("GET", "/v1/files/f/content", headers={"Accept-Encoding": "gzip", "Range": "bytes=0-"})
            self.assertEqual((answer.status, answer.body), (status, body))
            self.assertEqual(answer.headers["Content-Type"], "application/x-any; a=b")
            for name, value in keeps.items():
                self.assertEqual(answer.headers[name.replace("_", "-")], value)
            for name in ("Set-Cookie", "Alt-Svc", "Keep-Alive"):
                self.assertIsNone(answer.headers[name])
            self.assertEqual(upstream.requests[0].headers["accept-encoding"], "gzip")
            self.assertEqual(upstream.requests[0].headers["range"], "bytes=0-")
            daemon.kill()
        daemon, _ = self.behind(lambda exchange: exchange.send(b"HTTP/1.1 304 X\r\nETag: e\r\n\r\n"))
        self.assertEqual(daemon.call("GET", "/v1/files/f", headers={"If-None-Match": "e"}).status, 304)

    def test_an_answer_comes_piece_by_piece_and_is_not_held(self):
        def script(exchange):
            exchange.head(200, "text/event-stream")
            exchange.chunk(b"data: first\n\n")
            exchange.upstream.go_on.wait(harness.PATIENCE)
            for _ in range(64):
                exchange.chunk(b"x" * 65536)
            exchange.end()
        daemon, upstream = self.behind(script, options=["--max-response", "64KiB"])
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("POST", "/v1/completions", b"{}", {"Content-Type": "application/json"})
        response = connection.getresponse()
        self.assertEqual(response.read1(), b"data: first\n\n")
        upstream.go_on.set()
        self.assertEqual(len(response.read()), 64 * 65536)

    def test_an_answer_that_is_cut_ends_without_its_end(self):
        daemon, _ = self.behind(streams(b"half", cut=True))
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", "/v1/files/f/content")
        with self.assertRaises(http.client.IncompleteRead):
            connection.getresponse().read()

    def test_a_large_body_reaches_the_upstream_while_it_comes(self):
        seen = threading.Event()

        def script(connection):
            reader = connection.makefile("rb")
            head = b"".join(iter(reader.readline, b"\r\n"))
            first = reader.read(50_000)
            seen.set()
            rest = reader.read(150_000)
            connection.sendall(b"HTTP/1.1 200 X\r\nContent-Length: 2\r\n\r\nok")
            connection.close()
            self.seen = head, first + rest

        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        thread = threading.Thread(target=lambda: script(listener.accept()[0]), daemon=True)
        thread.start()
        daemon = self.daemon("--upstream", f"http://127.0.0.1:{listener.getsockname()[1]}")
        body = os.urandom(200_000)
        with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as connection:
            connection.sendall(b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\n"
                               b"Content-Encoding: br\r\nContent-Length: 200000\r\n\r\n" + body[:100_000])
            self.assertTrue(seen.wait(harness.PATIENCE))
            connection.sendall(body[100_000:])
            self.assertIn(b" 200 ", connection.recv(65536))
        thread.join(harness.PATIENCE)
        self.assertEqual(self.seen[1], body)
        self.assertIn(b"Content-Type: multipart/form-data; boundary=b\r\n", self.seen[0])
        self.assertIn(b"Content-Encoding: br\r\n", self.seen[0])
        self.assertIn(b"Content-Length: 200000\r\n", self.seen[0])

    def test_a_chunked_body_is_passed_on_in_chunks_up_to_the_limit(self):
        daemon, upstream = self.behind(options=["--max-body", "100000"])
        send = lambda *sizes: self.raw(
            daemon, b"POST /v1/files HTTP/1.1\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked",
            b"".join(b"%x\r\n%s\r\n" % (size, b"x" * size) for size in sizes) + b"0\r\n\r\n")
        self.assertIn(b" 200 ", send(60_000, 40_000))
        self.assertEqual(upstream.requests[0].body, b"x" * 100_000)
        self.assertIn(b" 413 ", send(60_000, 40_001))
        self.assertIn(b" 400 ", self.raw(daemon, b"POST /v1/files HTTP/1.1\r\nContent-Type: a/b\r\nTransfer-Encoding: chunked", b"zz\r\n"))
        self.assertEqual(daemon.call("POST", "/v1/files", b"x" * 100_001).status, 413)
        self.assertEqual(len(upstream.requests), 1)

    def test_an_upstream_that_refuses_a_body_is_heard_before_its_end(self):
        def script(connection):
            received = 0
            while received < 100_000:
                received += len(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 401 X\r\nContent-Length: 3\r\n\r\nno!")
            with contextlib.suppress(OSError), connection:
                while connection.recv(65536):
                    pass
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)
        threading.Thread(target=lambda: script(listener.accept()[0]), daemon=True).start()
        daemon = self.daemon("--upstream", f"http://127.0.0.1:{listener.getsockname()[1]}")
        with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as connection:
            connection.sendall(b"POST /v1/files HTTP/1.1\r\nHost: localhost\r\nContent-Type: a/b\r\nContent-Length: 9999999\r\n\r\n")
            # A body that is never whole: the answer can only come before its end.
            connection.sendall(b"x" * 100_000)
            self.assertIn(b"HTTP/1.1 401", connection.recv(65536))

    def test_a_failure_of_the_upstream_is_said_in_the_apis_shape(self):
        daemon = self.daemon("--upstream", f"http://127.0.0.1:{harness.refused_port()}")
        self.assertEqual(daemon.call("POST", "/v1/embeddings", {}).status, 502)
        answer = daemon.call("POST", "/v1/messages/count_tokens", {})
        self.assertEqual((answer.status, answer.json["type"]), (502, "error"))
        self.assertEqual(daemon.call("POST", "/v1/files", b"x" * 200_000).status, 502)

    def test_without_an_upstream_there_is_nothing_more(self):
        daemon = self.daemon()
        for method, path in [("POST", "/v1/embeddings"), ("GET", "/v1/models/echo"), ("GET", "/v1/responses/resp_1"),
                             ("GET", "/v1/responses/resp_1/input_items")]:
            self.assertEqual(daemon.call(method, path).status, 404, path)
        self.assertEqual(daemon.call("GET", "/v1/chat/completions").status, 405)

    def test_methods_and_routes_that_are_not_the_upstreams(self):
        daemon, upstream = self.behind()
        answer = daemon.call("OPTIONS", "/v1/files")
        self.assertEqual((answer.status, answer.headers["Allow"]), (204, "GET, HEAD, POST, PUT, PATCH, DELETE"))
        self.assertEqual(daemon.call("TRACE", "/v1/files").status, 405)
        self.assertIn(b" 400 ", self.raw(daemon, b"CONNECT h:443 HTTP/1.1"))
        self.assertEqual(daemon.call("DELETE", "/v1/deliveries").status, 405)
        self.assertEqual(daemon.call("GET", "/v1/deliveries/x/y").status, 404)
        self.assertEqual(daemon.call("GET", "/v2/files").status, 404)
        self.assertEqual(upstream.requests, [])

    def test_no_path_reaches_another_route_than_the_one_that_was_looked_up(self):
        for options in ([], ["--upstream-key-file", self.file("k")]):
            daemon, upstream = self.behind(options=options)
            for path in ["/v1/../admin", "/v1/models/../files", "/v1/models/%2e%2e/files", "/v1//files", "/v1/files/",
                         "/v1/models/..%2ffiles", "/v1/models/x%5c..%5cfiles", "/v1/models/..\\files", "/v1/%66iles",
                         "/v1/models/%252e%252e/files", "/v1/models/..;/files", "/v1/responses/..%2Ffiles",
                         "/v1/responses/..", "/v1/chat%2Fcompletions", "/v1/chat/completions/"]:
                answer = self.raw(daemon, b"GET " + path.encode() + b" HTTP/1.1")
                self.assertRegex(answer, rb"^HTTP/1.1 (400|404) ", path)
            self.assertEqual(upstream.requests, [])


class SharedKey(GatewayTest):
    def setUp(self):
        self.key = ["--upstream-key-file", self.file("operators-key")]

    def test_only_what_keeps_nothing_passes(self):
        daemon, upstream = self.behind(options=self.key)
        for method, path in [("POST", "/v1/embeddings"), ("GET", "/v1/models"), ("GET", "/v1/models/m"),
                             ("POST", "/v1/messages/count_tokens"), ("POST", "/v1/responses/input_tokens"),
                             ("POST", "/v1/moderations"), ("POST", "/v1/completions"), ("POST", "/v1/rerank"),
                             ("POST", "/v1/audio/transcriptions")]:
            answer = daemon.call(method, path, b"{}" if method == "POST" else None, {"Authorization": "Bearer theirs"})
            self.assertEqual(answer.status, 200, path)
            self.assertEqual(upstream.requests[-1].headers["authorization"], "Bearer operators-key")
        passed = len(upstream.requests)
        for method, path in [("GET", "/v1/files"), ("POST", "/v1/batches"), ("GET", "/v1/chat/completions"),
                             ("DELETE", "/v1/models/m"), ("GET", "/v1/assistants"), ("POST", "/v1/unknown")]:
            answer = daemon.call(method, path)
            self.assertEqual(answer.status, 404, path)
            self.assertIn("--pass-routes", answer.json["error"]["message"])
        for method, path in [("GET", "/v1/responses/resp_1"), ("DELETE", "/v1/responses/resp_1"),
                             ("POST", "/v1/responses/resp_1/cancel"), ("GET", "/v1/responses/resp_1/input_items")]:
            self.assertEqual(daemon.call(method, path).status, 404, path)
        self.assertEqual(len(upstream.requests), passed)

    def test_the_operator_names_what_passes_besides(self):
        daemon, upstream = self.behind(options=[*self.key, "--pass-routes", "files,fine_tuning/jobs"])
        for path in ("/v1/files", "/v1/files/f/content", "/v1/fine_tuning/jobs/j"):
            self.assertEqual(daemon.call("GET", path).status, 200, path)
        for path in ("/v1/filesystem", "/v1/fine_tuning", "/v1/batches"):
            self.assertEqual(daemon.call("GET", path).status, 404, path)

    def test_a_clients_key_of_whatever_kind_stays_here(self):
        daemon, upstream = self.behind(options=self.key)
        for name in ("Authorization", "x-api-key", "api-key", "x-goog-api-key"):
            daemon.call("POST", "/v1/embeddings", {}, {name: "theirs"})
            daemon.call("POST", "/v1/chat/completions", CHAT, {name: "theirs"})
        for request in upstream.requests:
            self.assertNotIn("theirs", str(request.fields))


class OwnResponses(GatewayTest):
    def test_what_another_client_holds_is_not_asked_for(self):
        keys = self.file("acme:key-a\nglobex:key-b")
        daemon, upstream = self.behind(answers(response_object("resp_up1")),
                                       options=["--api-keys-file", keys, "--pass-client-key"])
        acme, globex = ({"Authorization": "Bearer " + key} for key in ("key-a", "key-b"))
        daemon.call("POST", "/v1/responses", RESPONSE, acme)
        for method, path in [("GET", ""), ("DELETE", ""), ("POST", "/cancel"), ("GET", "/input_items"), ("POST", "/x")]:
            self.assertEqual(daemon.call(method, "/v1/responses/resp_up1" + path, headers=globex).status, 404)
        self.assertEqual(len(upstream.requests), 1)
        daemon.call("DELETE", "/v1/responses/resp_up1", headers=acme)
        self.assertEqual(daemon.call("GET", "/v1/responses/resp_up1", headers=acme).status, 404)
        self.assertEqual(len(upstream.requests), 1)

    def test_input_items_are_asked_for_by_the_backends_id(self):
        for options in ([], ["--upstream-key-file", self.file("k")]):
            daemon, upstream = self.behind(answers(response_object("resp_up1")), options=options)
            id = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}).json["id"]
            harness.until(lambda: daemon.call("GET", "/v1/responses/" + id).json["status"] == "completed", "the end")
            daemon.call("POST", "/v1/responses", RESPONSE)
            for asked in (id, "resp_up1"):
                self.assertEqual(daemon.call("GET", f"/v1/responses/{asked}/input_items?limit=2").status, 200)
                self.assertEqual(upstream.requests[-1].path, "/v1/responses/resp_up1/input_items?limit=2")

    def test_unknown_and_wrong_query_parameters_are_refused(self):
        daemon = self.daemon()
        path = "/v1/responses/" + daemon.call("POST", "/v1/responses", RESPONSE).json["id"]
        for query, param in [("steam=true", "steam"), ("stream=maybe", "stream"), ("starting_after=-1", "starting_after"),
                             ("stream=true&stream=true", "stream")]:
            answer = daemon.call("GET", f"{path}?{query}")
            self.assertEqual((answer.status, answer.json["error"]["param"]), (400, param))
        self.assertEqual(daemon.call("GET", path + "?include[]=x&include%5B%5D=y&include_obfuscation=false").status, 200)
        self.assertEqual(daemon.call("DELETE", path + "?force=true").status, 400)
        self.assertEqual(daemon.call("POST", path + "/cancel?x=1").status, 400)


class AsEvents(GatewayTest):
    def events(self, answer):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
        blocks = [block for block in answer.body.decode().split("\n\n") if block and not block.startswith(":")]
        return [json.loads(block.split("data: ", 1)[1]) for block in blocks]

    def test_a_stored_response_comes_as_events_from_where_one_was(self):
        daemon = self.daemon()
        stored = daemon.call("POST", "/v1/responses", RESPONSE).json
        path = f"/v1/responses/{stored['id']}?stream=true"
        events = self.events(daemon.call("GET", path))
        self.assertEqual([event["sequence_number"] for event in events], list(range(len(events))))
        self.assertEqual(events[0]["type"], "response.created")
        self.assertEqual(events[-1]["response"], stored)
        for after in (0, 3, len(events) - 1, 10 ** 9):
            rest = self.events(daemon.call("GET", f"{path}&starting_after={after}"))
            self.assertEqual(rest, events[after + 1:])

    def test_chat_and_messages_come_in_their_own_shape_without_numbers(self):
        daemon = self.daemon()
        for route, last in (("/v1/chat/completions", b"data: [DONE]\n\n"), ("/v1/messages", b"message_stop")):
            id = daemon.call("POST", route, {**CHAT, "max_tokens": 9}).json["id"]
            answer = daemon.call("GET", f"/v1/responses/{id}?stream=true")
            self.assertEqual(answer.headers["Content-Type"], "text/event-stream")
            self.assertIn(last, answer.body)
            refused = daemon.call("GET", f"/v1/responses/{id}?stream=true&starting_after=1")
            self.assertEqual((refused.status, refused.json["error"]["param"]), (400, "starting_after"))

    def test_a_run_that_is_not_over_is_awaited(self):
        def script(exchange):
            exchange.upstream.go_on.wait(harness.PATIENCE)
            exchange.whole(json.dumps(response_object(text="late")).encode())
        daemon, upstream = self.behind(script)
        id = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}).json["id"]
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/responses/{id}?stream=true")
        response = connection.getresponse()
        self.assertEqual(response.headers["Content-Type"], "text/event-stream")
        upstream.go_on.set()
        events = self.events(harness.Answer(response.status, response.headers, response.read()))
        self.assertEqual(events[-1]["type"], "response.completed")
        self.assertEqual(events[-1]["response"], daemon.call("GET", "/v1/responses/" + id).json)

    def test_a_run_that_is_deleted_ends_the_stream_without_its_end(self):
        daemon, upstream = self.behind(lambda exchange: exchange.upstream.go_on.wait(harness.PATIENCE))
        id = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}).json["id"]
        connection = http.client.HTTPConnection(*daemon.address, timeout=harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.request("GET", f"/v1/responses/{id}?stream=true")
        response = connection.getresponse()
        self.assertEqual(daemon.call("DELETE", "/v1/responses/" + id).status, 200)
        with self.assertRaises(http.client.IncompleteRead):
            response.read()


class Requests(GatewayTest):
    HEAD = (b"X-Title: Caf\xc3\xa9\r\nX-Tab: a\tb\r\nX-Empty:\r\nX-Two: 1\r\nX-Latin: \xe9\r\nX-Two: 2\r\n")
    HEARD = [(b"X-Title", b"Caf\xc3\xa9"), (b"X-Tab", b"a\tb"), (b"X-Empty", b""), (b"X-Two", b"1"),
             (b"X-Latin", b"\xe9"), (b"X-Two", b"2")]

    def test_headers_arrive_as_they_were_and_those_of_proxies_do_not(self):
        inside = (b"Forwarded: for=10.1.2.3\r\nX-Forwarded-For: 10.1.2.3\r\nX-Forwarded-Host: inside\r\nVia: 1.1 inside\r\n"
                  b"X-Real-IP: 10.1.2.3\r\nX_Forwarded_Proto: inside\r\nCF-Connecting-IP: 10.1.2.3\r\nX-Hop: inside\r\n"
                  b"Connection: x-hop\r\nX-HTTP-Method-Override: DELETE\r\nX-Original-URL: /v1/files\r\n")
        daemon, upstream = self.behind()
        for path in (b"/v1/chat/completions", b"/v1/embeddings"):
            body = json.dumps(CHAT).encode()
            self.raw(daemon, b"POST " + path + b" HTTP/1.1\r\n" + self.HEAD + inside +
                     b"Content-Type: application/json\r\nContent-Length: %d" % len(body), body)
            fields = upstream.requests[-1].fields
            self.assertEqual([field for field in fields if field[0].startswith(b"X-")], self.HEARD)
            for word in (b"10.1.2.3", b"inside", b"DELETE", b"/v1/files"):
                self.assertNotIn(word, b"".join(value for _, value in fields))

    def test_a_background_run_after_a_crash_sends_the_same_headers(self):
        daemon, upstream = self.behind(lambda exchange: exchange.upstream.go_on.wait(harness.PATIENCE),
                                       answers(response_object()))
        body = json.dumps({**RESPONSE, "background": True}).encode()
        self.raw(daemon, b"POST /v1/responses HTTP/1.1\r\n" + self.HEAD +
                 b"Authorization: Bearer caf\xe9\r\nContent-Type: application/json\r\nContent-Length: %d" % len(body), body)
        upstream.await_count(1)
        daemon.kill()
        daemon.restart()
        first, again = upstream.await_count(2)[:2]
        mine = lambda request: [field for field in request.fields if field[0].startswith((b"X-", b"Auth"))]
        self.assertEqual(mine(first), [*self.HEARD, (b"Authorization", b"Bearer caf\xe9")])
        self.assertEqual(mine(again), mine(first))

    def test_a_body_in_gzip_is_read_and_another_coding_refused(self):
        daemon, upstream = self.behind(options=["--max-body", "100000"])
        gz = lambda body: (gzip.compress(json.dumps(body).encode()), {"Content-Encoding": "gzip"})
        for path, body in (("/v1/chat/completions", CHAT), ("/v1/responses", RESPONSE)):
            self.assertEqual(daemon.call("POST", path, *gz(body)).status, 200)
            self.assertEqual(upstream.requests[-1].json, body)
            self.assertNotIn("content-encoding", upstream.requests[-1].headers)
        receiver = self.receiver()
        self.assertEqual(daemon.call("POST", "/v1/deliveries", *gz({"url": receiver.url, "payload": 1})).status, 202)
        self.assertEqual(receiver.await_count(1)[0].body, b"1")
        asked = len(upstream.requests)
        self.assertEqual(daemon.call("POST", "/v1/chat/completions", *gz({**CHAT, "x": "y" * 100_000})).status, 413)
        self.assertEqual(daemon.call("POST", "/v1/chat/completions", b"no", {"Content-Encoding": "gzip"}).status, 400)
        for coding in ("br", "gzip, gzip"):
            answer = daemon.call("POST", "/v1/messages", b"x", {"Content-Encoding": coding})
            self.assertEqual((answer.status, answer.headers["Accept-Encoding"]), (415, "gzip, zstd"))
        self.assertEqual(len(upstream.requests), asked)

    def test_an_idempotency_key_is_about_what_the_body_says(self):
        daemon, upstream = self.behind(answers({"id": "c1", "choices": []}))
        body, key = json.dumps(CHAT).encode(), {"Idempotency-Key": "k"}
        first = daemon.call("POST", "/v1/chat/completions", body, key)
        again = daemon.call("POST", "/v1/chat/completions", gzip.compress(body), {**key, "Content-Encoding": "gzip"})
        self.assertEqual((again.body, again.headers["Idempotent-Replayed"]), (first.body, "true"))
        self.assertEqual(len(upstream.requests), 1)


if __name__ == "__main__":
    harness.unittest.main()
