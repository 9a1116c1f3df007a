"""Clients that share a key at the upstream: what each may name, send and see of the others and of the key."""

import base64
import gzip
import json
import os
import socket
import unittest

import harness
from scripted_upstream import (ScriptedUpstream, answers, hangs, response_events, response_object, sse,
                               streams)

CHAT = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}
RESPONSE = {"model": "m", "input": "2+2?"}
MESSAGE = {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": "2+2?"}]}
UPSTREAM_KEY = "sk-upstream/Owner+0123456789"
ALICE = {"Authorization": "Bearer sk-of-alice-0001"}
BOB = {"Authorization": "Bearer sk-of-bob-0002"}


def file(text):
    path = os.path.join(harness.tempfile.mkdtemp(), "file")
    with open(path, "w") as made:
        made.write(text)
    return path


class Tenants(harness.TestCase):
    def behind(self, *scripts, shared=True, options=()):
        """A daemon with two clients in front of an upstream that sees one account."""
        upstream = ScriptedUpstream(*(scripts or (answers({"ok": True}),)))
        self.addCleanup(upstream.close)
        key = ["--upstream-key-file", file(UPSTREAM_KEY)] if shared else ["--pass-client-key"]
        keys = file("alice:sk-of-alice-0001\nbob:sk-of-bob-0002\n")
        return self.daemon("--upstream", upstream.url, "--api-keys-file", keys, *key, *options), upstream

    def refused(self, answer, param, status=404):
        self.assertEqual(answer.status, status, answer)
        self.assertEqual(answer.json["error"].get("param", param), param, answer)
        return answer.json


class Ids(Tenants):
    def test_another_clients_conversation_is_out_of_reach_and_ones_own_goes_on(self):
        daemon, upstream = self.behind(*[answers(response_object(f"resp_up{n}")) for n in range(9)])
        first = daemon.call("POST", "/v1/responses", RESPONSE, ALICE).json["id"]
        queued = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}, ALICE).json["id"]
        harness.until(lambda: daemon.call("GET", "/v1/responses/" + queued, headers=ALICE).json["status"] ==
                      "completed", "the run's end")
        for id in (first, queued, "resp_of_nobody"):
            for more in ({}, {"stream": True}, {"background": True}):
                body = {**RESPONSE, **more, "previous_response_id": id}
                error = self.refused(daemon.call("POST", "/v1/responses", body, BOB), "previous_response_id")
                self.assertEqual(error["error"]["code"], "not_found")
        # Whether it is somebody's cannot be told.
        words = {daemon.call("POST", "/v1/responses", {**RESPONSE, "previous_response_id": id}, BOB).body
                 for id in (first, "resp_of_nobody")}
        self.assertEqual(len(words), 1)
        self.assertEqual(len(upstream.requests), 2)
        for id, known in ((first, "resp_up0"), (queued, "resp_up1")):
            answer = daemon.call("POST", "/v1/responses", {**RESPONSE, "previous_response_id": id}, ALICE)
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(upstream.requests[-1].json["previous_response_id"], known)

    def test_what_nobody_was_given_is_named_by_nobody(self):
        daemon, upstream = self.behind()
        user = lambda *parts: {"role": "user", "content": list(parts)}
        for path, body, param in [
                ("/v1/responses", {"conversation": "conv_1"}, "conversation"),
                ("/v1/responses", {"conversation": {"id": "conv_1"}}, "conversation.id"),
                ("/v1/responses", {"prompt": {"id": "pmpt_1"}}, "prompt.id"),
                ("/v1/responses", {"input": [{"type": "item_reference", "id": "msg_1"}]}, "input[0].id"),
                ("/v1/responses", {"input": [{"type": "reasoning", "id": "rs_1", "summary": []}]}, "input[0].id"),
                ("/v1/responses", {"input": [user({"type": "input_file", "file_id": "file-1"})]},
                 "input[0].content[0].file_id"),
                ("/v1/responses", {"tools": [{"type": "file_search", "vector_store_ids": ["vs_1"]}]},
                 "tools[0].vector_store_ids[0]"),
                ("/v1/responses", {"tools": [{"type": "code_interpreter", "container": "cntr_1"}]},
                 "tools[0].container"),
                ("/v1/responses", {"tools": [{"type": "code_interpreter", "container": {
                    "type": "auto", "file_ids": ["file-1"]}}]}, "tools[0].container.file_ids[0]"),
                ("/v1/responses", {"later_things_id": "x"}, "later_things_id"),
                ("/v1/responses", {"Previous_Response_Id": "resp_1"}, "Previous_Response_Id"),
                ("/v1/chat/completions", {"messages": [{"role": "assistant", "audio": {"id": "audio_1"}}]},
                 "messages[0].audio.id"),
                ("/v1/chat/completions", {"messages": [user({"type": "file", "file": {"file_id": "file-1"}})]},
                 "messages[0].content[0].file.file_id"),
                ("/v1/messages", {"container": "container_1"}, "container"),
                ("/v1/messages", {"messages": [user({"type": "document", "source": {
                    "type": "file", "file_id": "file_1"}})]}, "messages[0].content[0].source.file_id"),
                ("/v1/responses/input_tokens", {"previous_response_id": "resp_1"}, "previous_response_id"),
                ("/v1/messages/count_tokens", {"container": "container_1"}, "container"),
                ("/v1/audio/speech", {"voice": {"id": "voice_1"}}, "voice.id")]:
            for more in ({}, {"stream": True}):
                with self.subTest(path, **body):
                    self.refused(daemon.call("POST", path, {"model": "m", **body, **more}, BOB), param)
        message = daemon.call("POST", "/v1/messages", {**MESSAGE, "container": "container_1"}, BOB).json
        self.assertEqual((message["type"], message["error"]["type"]), ("error", "not_found_error"))
        self.assertEqual(upstream.requests, [])

    def test_on_passed_routes_no_form_of_a_body_hides_an_id(self):
        daemon, upstream = self.behind()
        body = json.dumps({"model": "m", "previous_response_id": "resp_1", "pad": "x" * 200_000}).encode()
        path = "/v1/responses/input_tokens"
        self.refused(daemon.call("POST", path, body, BOB), "previous_response_id")
        self.refused(daemon.call("POST", path, gzip.compress(body), {**BOB, "Content-Encoding": "gzip"}),
                     "previous_response_id")
        self.refused(daemon.call("POST", path, iter([body[:99], body[99:]]), BOB), "previous_response_id")
        for odd, headers in [(body.decode().encode("utf-16"), {}), (body.decode().encode("utf-16-be"), {}),
                             (b"\xef\xbb\xbf" + body, {}), (body.replace(b'"m"', b"NaN"), {}),
                             (body, {"Content-Encoding": "br"}), (b"previous_response_id=resp_1", {})]:
            self.assertIn(daemon.call("POST", path, odd, {**BOB, **headers}).status, (400, 415), odd[:40])
        self.assertEqual(upstream.requests, [])
        large = json.dumps({"model": "m", "input": "x" * 200_000}).encode()
        self.assertEqual(daemon.call("POST", path, gzip.compress(large), {**BOB, "Content-Encoding": "gzip"}).status,
                         200)
        self.assertEqual(upstream.requests[-1].body, large)
        form = {**BOB, "Content-Type": "multipart/form-data; boundary=b"}
        sound = b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n\x00\xff\r\n--b--\r\n"
        self.assertEqual(daemon.call("POST", "/v1/audio/transcriptions", sound, form).status, 200)
        self.assertEqual(upstream.requests[-1].body, sound)
        # A backend might believe the other type.
        body = b'{"images":[{"file_id":"file-1"}]}'
        with socket.create_connection(daemon.address, timeout=harness.PATIENCE) as connection:
            connection.sendall(b"POST /v1/images/edits HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                               b"Authorization: " + BOB["Authorization"].encode() + b"\r\n"
                               b"Content-Type: multipart/form-data; boundary=b\r\nContent-Type: application/json\r\n"
                               b"Content-Length: %d\r\n\r\n" % len(body) + body)
            self.assertIn(b" 404 ", connection.makefile("rb").readline())
        self.assertEqual(len(upstream.requests), 2)

    def test_what_an_answer_gave_a_client_that_client_may_name(self):
        output = [{"type": "reasoning", "id": "rs_1", "summary": []},
                  {"type": "code_interpreter_call", "id": "ci_1", "container_id": "cntr_1", "code": "1",
                   "status": "completed", "outputs": None},
                  {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
                   "content": [{"type": "output_text", "text": "hi", "annotations": []}]}]
        made = {**response_object("resp_1"), "output": output,
                "tools": [{"type": "function", "parameters": {"file_id": "file-1"}}]}
        daemon, upstream = self.behind(answers(made), answers(response_object("resp_2")))
        first = daemon.call("POST", "/v1/responses", RESPONSE, ALICE)
        self.assertEqual(first.status, 200, first)
        again = {"model": "m", "input": [*output, {"type": "item_reference", "id": "msg_1"},
                                         {"role": "user", "content": "go on"}]}
        answer = daemon.call("POST", "/v1/responses", again, ALICE)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(upstream.requests[-1].json, again)
        self.refused(daemon.call("POST", "/v1/responses", again, BOB), "input[0].id")
        self.refused(daemon.call("POST", "/v1/responses", {**RESPONSE, "file_id": "file-1"}, ALICE), "file_id")
        daemon.kill()
        daemon.restart()
        self.assertEqual(daemon.call("POST", "/v1/responses", again, ALICE).status, 200)
        removed = daemon.call("DELETE", "/v1/responses/" + first.json["id"], headers=ALICE)
        self.assertEqual(removed.status, 200, removed)
        self.refused(daemon.call("POST", "/v1/responses", again, ALICE), "input[0].id")

    def test_an_operator_may_let_ids_pass_but_those_that_another_holds(self):
        for options in (dict(options=["--share-upstream-ids"]), dict(shared=False)):
            daemon, upstream = self.behind(answers(response_object("resp_1")), answers(response_object("resp_2")),
                                           **options)
            first = daemon.call("POST", "/v1/responses", RESPONSE, ALICE).json["id"]
            self.refused(daemon.call("POST", "/v1/responses", {**RESPONSE, "previous_response_id": first}, BOB),
                         "previous_response_id")
            self.assertEqual(len(upstream.requests), 1)
            body = {**RESPONSE, "previous_response_id": "resp_x", "conversation": "conv_x"}
            self.assertEqual(daemon.call("POST", "/v1/responses", body, BOB).status, 200)
            self.assertEqual(upstream.requests[-1].json, body)

    def test_one_client_alone_names_what_it_likes(self):
        upstream = ScriptedUpstream(answers(response_object()))
        self.addCleanup(upstream.close)
        daemon = self.daemon("--upstream", upstream.url, "--upstream-key-file", file(UPSTREAM_KEY))
        body = {**RESPONSE, "previous_response_id": "resp_x", "conversation": "conv_x"}
        self.assertEqual(daemon.call("POST", "/v1/responses", body).status, 200)
        self.assertEqual(daemon.call("POST", "/v1/responses/input_tokens", body).status, 200)

    def test_an_idempotency_key_is_ones_own_at_the_upstream_too(self):
        daemon, upstream = self.behind(answers(response_object()))
        for path, body in (("/v1/responses", RESPONSE), ("/v1/embeddings", {"model": "m", "input": "x"})):
            del upstream.requests[:]
            for client in (ALICE, BOB):
                self.assertEqual(daemon.call("POST", path, body, {**client, "Idempotency-Key": "k-1"}).status, 200)
            sent = [request.headers["idempotency-key"] for request in upstream.requests]
            self.assertEqual(len(set(sent)), 2, sent)
            self.assertNotIn("k-1", sent)


class Headers(Tenants):
    FOREIGN = {"OpenAI-Organization": "org-x", "OpenAI-Project": "proj-x", "X-Original-URL": "/v1/files",
               "X-Real-IP": "10.1.2.3", "X-Forwarded-Host": "inside", "X-HTTP-Method-Override": "DELETE",
               "X-Request-Id": "chosen", "anthropic-workspace-id": "w", "X-Anything": "else", "X-My-Token": "t",
               "HTTP-Referer": "x", "X-Title": "y", "x_goog_user_project": "p"}
    NEEDED = {"Accept": "application/json", "User-Agent": "OpenAI/Python 2.1", "X-Stainless-Lang": "python",
              "anthropic-version": "2023-06-01", "anthropic-beta": "a", "OpenAI-Beta": "b",
              "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
              "X-Client-Request-Id": "r"}

    def test_with_the_operators_key_only_what_is_known_to_be_harmless_goes_along(self):
        daemon, upstream = self.behind(answers({"id": "x", "choices": []}))
        for path in ("/v1/chat/completions", "/v1/embeddings"):
            daemon.call("POST", path, {**CHAT, "input": "x"}, {**ALICE, **self.FOREIGN, **self.NEEDED})
            heard = upstream.requests[-1].headers
            for name in self.FOREIGN:
                self.assertNotIn(name.lower(), heard)
            self.assertEqual({name: heard.get(name.lower()) for name in self.NEEDED}, self.NEEDED)
            self.assertIn(UPSTREAM_KEY, (heard.get("authorization", "") + heard.get("x-api-key", "")))

    def test_a_background_call_that_is_made_again_under_another_key_follows_that_ones_rule(self):
        upstream = ScriptedUpstream(hangs, answers(response_object()))
        self.addCleanup(upstream.close)
        daemon = self.daemon("--upstream", upstream.url)
        daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True},
                    {"Authorization": "Bearer sk-mine-00001", **self.FOREIGN, **self.NEEDED})
        first = upstream.await_count(1)[0].headers
        self.assertEqual((first["openai-project"], first["x-my-token"]), ("proj-x", "t"))
        daemon.kill()
        daemon.restart("--upstream", upstream.url, "--upstream-key-file", file(UPSTREAM_KEY))
        again = upstream.await_count(2)[1].headers
        for name in self.FOREIGN:
            self.assertNotIn(name.lower(), again)
        self.assertIn(UPSTREAM_KEY, again.get("authorization", ""))

    def test_no_key_of_a_background_call_lies_in_clear_on_the_disk(self):
        upstream = ScriptedUpstream(hangs, answers(response_object()))
        self.addCleanup(upstream.close)
        daemon = self.daemon("--upstream", upstream.url)
        names = ["Authorization", "x-api-key", "api-key", "x-goog-api-key", "X-My-Token", "X-Client-Secret",
                 "X-Custom-Auth", "Ocp-Apim-Subscription-Key", "X-Amz-Security-Token", "x_api_key"]
        canaries = {name: f"canary-{number}-of-a-key" for number, name in enumerate(names)}
        daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True}, {**canaries, "X-Plain": "plain-value"})
        sent = upstream.await_count(1)[0].headers
        self.assertEqual({name: sent.get(name.lower()) for name in names}, canaries)
        stored = b""
        for directory, _, files in os.walk(daemon.data):
            for name in files:
                with open(os.path.join(directory, name), "rb") as found:
                    stored += found.read()
        self.assertIn(b"plain-value", stored)
        self.assertNotIn(b"canary-", stored)
        daemon.kill()
        daemon.restart()
        again = upstream.await_count(2)[1].headers
        self.assertEqual({name: again.get(name.lower()) for name in names}, canaries)


class Secrets(Tenants):
    TOKEN = "webhook/token+of-alice-77"

    def spellings(self, secret):
        raw = secret.encode()
        yield secret
        yield json.dumps(secret)[1:-1].replace("/", "\\/")
        yield "".join("%%%02x" % byte for byte in raw)
        yield "".join("&#x%x;" % byte for byte in raw)
        yield raw.hex()
        yield raw.hex().upper()
        for before in (b"", b"u", b"u:"):
            yield base64.b64encode(before + raw).decode()
            yield base64.urlsafe_b64encode(before + raw).decode()

    def everywhere(self, daemon, receiver):
        """All that is on disk, on the screen, in answers and in callbacks."""
        seen = daemon.stderr().encode() + b"".join(callback.body for callback in receiver.received)
        for directory, _, files in os.walk(daemon.data):
            for name in files:
                with open(os.path.join(directory, name), "rb") as found:
                    seen += found.read()
        for path in ("responses", "events?limit=500", "deliveries"):
            seen += daemon.admin("GET", path).body
        return seen

    def test_no_answer_shows_the_key_it_was_made_with(self):
        daemon, upstream = self.behind()
        receiver = self.receiver()
        metadata = {"completion_webhook": receiver.url, "webhook_token": self.TOKEN}
        made = 0
        for secret in (UPSTREAM_KEY, self.TOKEN):
            forms = list(self.spellings(secret))
            text = " ".join(forms)
            quoted = '{"error":{"message":"no: %s","type":"t","code":"%s","param":null}}' % (text, forms[0])
            upstream.scripts = [answers(quoted.encode(), 401, x_ratelimit_of=secret)]
            for path, body in (("/v1/responses", RESPONSE), ("/v1/chat/completions", CHAT), ("/v1/messages", MESSAGE)):
                for more in ({}, {"stream": True}):
                    answer = daemon.call("POST", path, {**body, **more, "metadata": metadata}, ALICE)
                    self.assertEqual((answer.status, answer.headers["x-ratelimit-of"]), (401, "****"))
                    self.unseen(forms, answer.body, secret)
            daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True, "metadata": metadata}, ALICE)
            made += 1
            receiver.await_count(made)

            whole = json.dumps(response_object("resp_%d" % made, text="@")).replace("@", text).encode()
            upstream.scripts = [answers(whole)]
            answer = daemon.call("POST", "/v1/responses", {**RESPONSE, "metadata": metadata}, ALICE)
            made += 1
            callback = receiver.await_count(made)[-1]
            id = answer.json["id"]
            shown = daemon.call("GET", "/v1/responses/" + id, headers=ALICE)
            self.assertEqual((answer.body, shown.body), (callback.body, callback.body))
            self.unseen(forms, answer.body, secret)

            events = b"".join(response_events("@", "resp_s%d" % made)).replace(b"@", text.encode())
            pieces = [events[at:at + 11] for at in range(0, len(events), 11)]
            upstream.scripts = [streams(*pieces)]
            answer = daemon.call("POST", "/v1/responses", {**RESPONSE, "stream": True, "metadata": metadata}, ALICE)
            made += 1
            callback = receiver.await_count(made)[-1]
            self.unseen(forms, answer.body + callback.body, secret)
            last = json.loads(answer.body.decode().split("data: ")[-1])
            self.assertEqual(last["response"], json.loads(callback.body))
            self.unseen(forms, self.everywhere(daemon, receiver), secret)

    def unseen(self, forms, seen, secret):
        for form in forms:
            # Around base64 stands what is not the secret's.
            core = form[4:-4] if form not in (secret,) else form
            self.assertNotIn(core.encode(), seen)

    def test_passed_routes_show_none_either_in_whatever_coding(self):
        body = json.dumps({"error": {"message": "key " + UPSTREAM_KEY}}).encode()
        daemon, upstream = self.behind()
        for script in (answers(body, 403), answers(gzip.compress(body), 403, Content_Encoding="gzip"),
                       streams(body[:25], body[25:])):
            upstream.scripts = [script]
            for path in ("/v1/embeddings", "/v1/chat/completions"):
                answer = daemon.call("POST", path, {**CHAT, "input": "x"}, {**BOB, "Accept-Encoding": "gzip"})
                self.assertEqual(answer.body, body.replace(UPSTREAM_KEY.encode(), b"****"))
                self.assertEqual(upstream.requests[-1].headers["accept-encoding"], "identity")

    def test_a_key_in_pieces_of_a_stream_is_not_in_the_object(self):
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m"}
        chunk = lambda delta, reason=None: sse({**head, "choices": [
            {"index": 0, "delta": delta, "finish_reason": reason}]})
        daemon, upstream = self.behind(streams(chunk({"role": "assistant", "content": UPSTREAM_KEY[:9]}),
                                               chunk({"content": UPSTREAM_KEY[9:]}), chunk({}, "stop"), sse("[DONE]")))
        receiver = self.receiver()
        daemon.call("POST", "/v1/chat/completions",
                    {**CHAT, "stream": True, "metadata": {"completion_webhook": receiver.url}}, ALICE)
        callback = receiver.await_count(1)[0]
        self.assertEqual(json.loads(callback.body)["choices"][0]["message"]["content"], "****")
        self.assertEqual(daemon.call("GET", "/v1/responses/c1", headers=ALICE).body, callback.body)

    def test_a_receiver_that_quotes_the_token_in_base64_leaves_none_on_record(self):
        class Quoting(harness.http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                token = self.headers["Authorization"].encode()
                body = b"%s %s" % (base64.b64encode(token), token.hex().encode())
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        server = harness.http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quoting)
        harness.threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        daemon = self.daemon()
        id = daemon.submit(f"http://127.0.0.1:{server.server_address[1]}/", token=self.TOKEN)
        daemon.await_status(id, "delivered")
        body = daemon.delivery(id)["attempts"][0]["response"]["body"]
        self.assertIn("****", body)
        self.assertNotIn(base64.b64encode(b"Bearer " + self.TOKEN.encode()).decode()[12:-4], body)
        self.assertNotIn(self.TOKEN.encode().hex(), body)


if __name__ == "__main__":
    unittest.main()
