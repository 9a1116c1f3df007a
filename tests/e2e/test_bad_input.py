"""Wrong input gets a clear answer that says what to do."""

import os

import harness


class ClientApi(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Daemon()
        cls.addClassCleanup(cls.server.stop)

    def refused(self, status, method, path, body=None, param=None, headers=None):
        answer = self.server.call(method, path, body, headers)
        self.assertEqual(answer.status, status, answer)
        error = answer.json["error"]
        self.assertTrue(error["message"], answer)
        self.assertTrue(answer.headers["x-request-id"])
        if param:
            self.assertEqual(error["param"], param, answer)
        return error

    def test_a_delivery_that_cannot_be_made(self):
        url = "https://example.com/hook"
        for param, body in [
                ("url", {"payload": 1}),
                ("url", {"url": 7, "payload": 1}),
                ("url", {"url": "ftp://example.com", "payload": 1}),
                ("url", {"url": "http://10.0.0.1/", "payload": 1}),
                ("url", {"url": "http://0xa000001/", "payload": 1}),
                ("token", {"url": url, "payload": 1, "token": "with space"}),
                ("payload", {"url": url}),
                ("payload_base64", {"url": url, "payload_base64": "%%%"}),
                ("max_retries", {"url": url, "payload": 1, "max_retries": -1}),
                ("retry_delays", {"url": url, "payload": 1, "retry_delays": ["soon"]})]:
            with self.subTest(body):
                self.refused(400, "POST", "/v1/deliveries", body, param)

    def test_json_that_is_none(self):
        for body in ["", "{", "[]", '{"a":1,"a":2}', '{"url":"\xff"}'.encode("latin-1"),
                     "[" * 100 + "]" * 100, "{} {}"]:
            with self.subTest(body):
                self.refused(400, "POST", "/v1/deliveries", body)
                self.refused(400, "POST", "/v1/responses", body)
        answer = self.server.call("POST", "/v1/messages", "{")
        self.assertEqual(answer.json["type"], "error")
        self.assertTrue(answer.json["error"]["message"])
        self.assertTrue(answer.headers["request-id"])

    def test_what_does_not_exist(self):
        self.refused(404, "GET", "/v1/responses/resp_unknown")
        self.refused(404, "GET", "/v1/deliveries/dlv_unknown")
        self.refused(404, "GET", "/v1/nothing")
        self.refused(405, "DELETE", "/v1/deliveries")

    def test_background_and_stream_together(self):
        self.refused(400, "POST", "/v1/responses",
                     {"model": "m", "input": "x", "background": True, "stream": True}, "stream")

    def test_the_operator_api_needs_the_token(self):
        for headers in [{}, {"Authorization": "Bearer wrong"}]:
            self.assertEqual(self.server.call("GET", "/admin/v1/deliveries", headers=headers).status, 401)
        self.assertEqual(self.server.admin("GET", "deliveries/dlv_unknown").status, 404)
        self.assertEqual(self.server.admin("GET", "deliveries?limit=0").status, 400)
        self.assertEqual(self.server.admin("GET", "deliveries?cursor=garbage").status, 400)
        self.assertEqual(self.server.admin("GET", "deliveries?status=lost").status, 400)

    def test_an_idempotency_key_makes_one_delivery(self):
        receiver = self.receiver()
        body = {"url": receiver.url, "payload": {"a": 1}}
        key = {"Idempotency-Key": "k1"}
        first = self.server.call("POST", "/v1/deliveries", body, key)
        again = self.server.call("POST", "/v1/deliveries", body, key)
        self.assertEqual((first.status, again.status), (202, 202))
        self.assertEqual(first.json["id"], again.json["id"])
        self.refused(409, "POST", "/v1/deliveries", {**body, "payload": {"a": 2}}, headers=key)


class Ownership(harness.TestCase):
    def test_what_one_key_made_another_does_not_see(self):
        keys = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write("acme:key-of-acme\nglobex:key-of-globex\n")
        daemon, receiver = self.daemon("--api-keys-file", keys), self.receiver()
        acme = {"Authorization": "Bearer key-of-acme"}
        globex = {"x-api-key": "key-of-globex"}
        self.assertEqual(daemon.call("POST", "/v1/deliveries", {}).status, 401)
        made = daemon.call("POST", "/v1/deliveries", {"url": receiver.url, "payload": 1}, acme)
        self.assertEqual(made.status, 202, made)
        path = "/v1/deliveries/" + made.json["id"]
        self.assertEqual(daemon.call("GET", path, headers=acme).status, 200)
        self.assertEqual(daemon.call("GET", path, headers=globex).status, 404)
        response = daemon.call("POST", "/v1/responses", {"model": "m", "input": "x"}, globex)
        path = "/v1/responses/" + response.json["id"]
        self.assertEqual(daemon.call("GET", path, headers=globex).status, 200)
        self.assertEqual(daemon.call("GET", path, headers=acme).status, 404)
        self.assertEqual(daemon.delivery(made.json["id"])["client"], "acme")


class Start(harness.TestCase):
    def refused(self, *options, env=None):
        return harness.run("waybilld", *options, expect=2, env=env).stderr

    def test_a_wrong_option_names_the_nearest_known_one(self):
        self.assertIn("--retry-delays", self.refused("--retry-delay", "5s"))
        self.assertIn("attempt-timeout", self.refused("--attempt-timeout", "soon"))

    def test_files_that_cannot_be_used_are_named_before_the_start(self):
        self.assertIn("no-ca.pem", self.refused("--check-config", "--ca-file", "no-ca.pem"))
        self.assertIn("no-cert.pem", self.refused("--check-config", "--tls-cert", "no-cert.pem",
                                                  "--tls-key", "no-key.pem"))

    def test_settings_that_would_be_dangerous_are_refused(self):
        self.assertIn("api-keys-file", self.refused("--listen", "0.0.0.0:0"))

    def test_the_configuration_is_shown_with_its_sources(self):
        result = harness.run("waybilld", "--print-config", "--max-retries", "7",
                             env={"WAYBILL_ATTEMPT_TIMEOUT": "9s"})
        self.assertRegex(result.stdout, r"max-retries\s*=\s*7")
        self.assertRegex(result.stdout, r"attempt-timeout\s*=\s*9s")

    def test_help_and_version(self):
        for binary in ["waybilld", "waybill"]:
            self.assertIn("--help", harness.run(binary, "--help").stdout)
            self.assertRegex(harness.run(binary, "--version").stdout, r"\d+\.\d+\.\d+")
        harness.run("waybill", "lst", expect=2)


if __name__ == "__main__":
    harness.unittest.main()
