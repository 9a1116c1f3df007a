"""The main job: the object that GET returns arrives at the receiver, byte for byte."""

import base64
import hashlib
import hmac
import json

import harness


CREATE = {
    "/v1/responses": {"model": "moonshotai/Kimi-K2.5", "input": "What is 2+2?"},
    "/v1/chat/completions": {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]},
    "/v1/messages": {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": "2+2?"}]},
}


class CompletionCallback(harness.TestCase):
    def test_each_api_calls_back_with_the_bytes_of_get(self):
        daemon, receiver = self.daemon(), self.receiver()
        for path, body in CREATE.items():
            with self.subTest(path):
                before = len(receiver.received)
                metadata = {"completion_webhook": receiver.url, "webhook_token": "s3cret"}
                answer = daemon.call("POST", path, {**body, "metadata": metadata})
                self.assertEqual(answer.status, 200, answer)
                callback = receiver.await_count(before + 1)[-1]
                stored = daemon.call("GET", "/v1/responses/" + answer.json["id"])
                self.assertEqual(stored.status, 200, stored)
                self.assertEqual(callback.body, stored.body)
                self.assertEqual(answer.body, stored.body, "the create answer is what is stored")
                self.assertEqual(callback.headers["Content-Type"], "application/json")
                self.assertEqual(callback.headers["Authorization"], "Bearer s3cret")
                self.assertEqual(callback.headers["waybill-attempt"], "1")
                self.assertTrue(callback.headers["User-Agent"].startswith("Waybill/"))
                self.assertNotIn(b"s3cret", stored.body)

    def test_the_responses_object_echoes_metadata_without_the_token(self):
        daemon, receiver = self.daemon(), self.receiver()
        metadata = {"a": "b", "completion_webhook": receiver.url, "webhook_token": "s3cret"}
        answer = daemon.call("POST", "/v1/responses",
                             {**CREATE["/v1/responses"], "metadata": metadata})
        self.assertEqual(answer.json["metadata"], {"a": "b", "completion_webhook": receiver.url})

    def test_a_background_response_is_queued_and_then_called_back(self):
        daemon, receiver = self.daemon("--echo-delay", "300ms"), self.receiver()
        answer = daemon.call("POST", "/v1/responses", {
            **CREATE["/v1/responses"], "background": True,
            "metadata": {"completion_webhook": receiver.url}})
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json["status"], "queued")
        callback = receiver.await_count(1)[0]
        stored = daemon.call("GET", "/v1/responses/" + answer.json["id"])
        self.assertEqual(callback.body, stored.body)
        self.assertEqual(json.loads(callback.body)["status"], "completed")
        self.assertEqual(json.loads(callback.body)["id"], answer.json["id"])
        self.assertIsNone(callback.headers["Authorization"])

    def test_the_token_alone_verifies_the_signature(self):
        daemon, receiver = self.daemon(), self.receiver()
        daemon.submit(receiver.url, {"a": 1}, token="s3cret")
        callback = receiver.await_count(1)[0]
        signed = b".".join([callback.headers["webhook-id"].encode(),
                            callback.headers["webhook-timestamp"].encode(), callback.body])
        expected = base64.b64encode(hmac.new(b"s3cret", signed, hashlib.sha256).digest()).decode()
        self.assertIn("v1," + expected, callback.headers["webhook-signature"].split())

    def test_the_backend_never_sees_the_two_keys(self):
        upstream = self.receiver()  # answers `ok`, which is no JSON object, but records what it got
        daemon = self.daemon("--upstream", f"http://127.0.0.1:{upstream.port}")
        daemon.call("POST", "/v1/chat/completions", json.dumps({
            **CREATE["/v1/chat/completions"],
            "metadata": {"completion_webhook": "https://example.com/x", "webhook_token": "s3cret"}}))
        self.assertEqual(upstream.received[0].path, "/v1/chat/completions")
        self.assertEqual(json.loads(upstream.received[0].body), CREATE["/v1/chat/completions"])

    def test_a_payload_of_any_kind_arrives_as_it_was_given(self):
        daemon, receiver = self.daemon(), self.receiver()
        text = b'{"b":1.50,"a":[1e400,"\\u00e4"],  "b2": null}'
        answer = daemon.call("POST", "/v1/deliveries",
                             b'{"url":"' + receiver.url.encode() + b'","payload":' + text + b"}")
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual(receiver.await_count(1)[0].body, text)
        raw = bytes(range(256))
        answer = daemon.call("POST", "/v1/deliveries", {
            "url": receiver.url, "payload_base64": base64.b64encode(raw).decode(),
            "content_type": "application/octet-stream"})
        self.assertEqual(answer.status, 202, answer)
        self.assertEqual(receiver.await_count(2)[1].body, raw)
        self.assertEqual(receiver.received[1].headers["Content-Type"], "application/octet-stream")


class UnusableCallback(harness.TestCase):
    def test_the_answer_is_as_without_it_and_the_log_says_why(self):
        daemon = self.daemon()
        unusable = [17, "ftp://example.com/", "http://", "https://user:pw@example.com/", "http://a b/",
                    "http://example.com/" + "x" * 2050, "http://169.254.169.254/", "not a url",
                    "http://0x7f000001.example:99999/"]
        for url in unusable:
            with self.subTest(url):
                answer = daemon.call("POST", "/v1/responses",
                                     {**CREATE["/v1/responses"], "metadata": {"completion_webhook": url}})
                self.assertEqual(answer.status, 200, answer)
                ignored = [e for e in daemon.events() if e["type"] == "callback_ignored"]
                self.assertEqual(ignored[-1]["stream"], answer.json["id"])
                self.assertTrue(ignored[-1]["data"]["code"])
                self.assertTrue(ignored[-1]["data"]["reason"])
        self.assertEqual(len(ignored), len(unusable))
        self.assertEqual(daemon.deliveries(), [])

    def test_an_unusable_token_is_no_callback_either(self):
        daemon, receiver = self.daemon(), self.receiver()
        for token in [7, "with space", "tab\there"]:
            answer = daemon.call("POST", "/v1/responses", {
                **CREATE["/v1/responses"],
                "metadata": {"completion_webhook": receiver.url, "webhook_token": token}})
            self.assertEqual(answer.status, 200, answer)
        self.assertEqual([e["type"] for e in daemon.events()].count("callback_ignored"), 3)
        self.assertEqual(receiver.received, [])

    def test_without_a_url_nothing_is_recorded_but_the_response(self):
        daemon = self.daemon()
        daemon.call("POST", "/v1/responses", CREATE["/v1/responses"])
        self.assertEqual([e["type"] for e in daemon.events()],
                         ["response_created", "response_completed"])


if __name__ == "__main__":
    harness.unittest.main()
