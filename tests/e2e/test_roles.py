"""Each operator may do what the role says, and the log knows who did it."""

import os
import urllib.parse

import harness

VIEWER, OPERATOR, ADMIN = "viewer-token-000001", "operator-token-0001", "admin-token-0000001"


class Roles(harness.TestCase):
    def setUp(self):
        self.file = os.path.join(harness.tempfile.mkdtemp(), "operators")
        self.write(f"vera:viewer:{VIEWER}\n# a comment\nolaf:operator:{OPERATOR}\nada:admin:{ADMIN}\n")
        self.server = self.daemon("--operators-file", self.file)
        self.id = self.server.submit(self.receiver().url)
        self.server.await_status(self.id, "delivered")

    def write(self, text):
        with open(self.file, "w") as file:
            file.write(text)

    def as_(self, token, method, path, body=None, **headers):
        return self.server.call(method, "/admin/v1/" + path, body,
                                {"Authorization": "Bearer " + token, **headers})

    def test_a_viewer_reads_and_does_nothing_else(self):
        for path in ["deliveries", "deliveries/count", f"deliveries/{self.id}",
                     f"deliveries/{self.id}/events", "events", "endpoints", "stats", "info"]:
            self.assertEqual(self.as_(VIEWER, "GET", path).status, 200, path)
        for method, path in [("POST", f"deliveries/{self.id}/redeliver"),
                             ("POST", f"deliveries/{self.id}/cancel"), ("POST", "redeliveries"),
                             ("POST", "redeliveries/blk_1/stop"), ("POST", "cancellations"),
                             ("POST", "endpoints/pause"), ("POST", "endpoints/resume"),
                             ("POST", "check"), ("POST", "responses/resp_1/redeliver"), ("GET", f"deliveries/{self.id}/payload")]:
            answer = self.as_(VIEWER, method, path, {} if method == "POST" else None)
            self.assertEqual(answer.status, 403, (path, answer))
            self.assertIn("vera has the role viewer", answer.json["error"]["message"])

    def test_an_operator_acts_but_does_not_read_payloads(self):
        again = self.as_(OPERATOR, "POST", f"deliveries/{self.id}/redeliver", {"reason": "asked"})
        self.assertEqual(again.status, 202, again)
        self.assertEqual(self.as_(OPERATOR, "GET", f"deliveries/{self.id}/payload").status, 403)
        elsewhere = self.as_(OPERATOR, "POST", "responses/resp_1/redeliver", {"url": "https://a.example/"})
        self.assertEqual(elsewhere.status, 403, "it would show the object to somebody new")

    def moved(self, operator, id, url, **more):
        return self.as_(operator, "POST", f"deliveries/{id}/redeliver", {"url": url, **more})

    def test_an_operator_sends_nothing_to_an_origin_of_its_own(self):
        theirs, mine = self.receiver(500, 200), self.receiver()
        id = self.server.submit(theirs.url, {"secret": "payload"}, token="s3cret-of-theirs", max_retries=0)
        self.server.await_status(id, "failed")
        # That it was refused is on record beside the deliveries.
        changes = lambda: [event for event in self.server.events() if event["type"] != "access_recorded"]
        events = changes()
        port = theirs.port
        for url in [mine.url, f"http://localhost:{port}/", f"http://127.0.0.2:{port}/",
                    f"https://127.0.0.1:{port}/", f"http://[::1]:{port}/"]:
            for more in [{}, {"token": "mine"}]:
                refused = self.moved(OPERATOR, id, url, **more)
                self.assertEqual((refused.status, refused.json["error"]["code"], refused.json["error"]["param"]),
                                 (403, "role_may_not", "url"), refused)
                self.assertIn(f"goes to http://127.0.0.1:{port};", refused.json["error"]["message"])
                self.assertIn("needs the role admin", refused.json["error"]["message"])
        self.assertEqual(changes(), events)
        self.assertEqual(mine.received, [])
        for url in [f"HTTP://127.1:{port}/corrected", f"http://0x7f000001:{port}/again"]:
            self.assertEqual(self.moved(OPERATOR, id, url).status, 202)
            self.server.await_status(id, "delivered")
            self.assertEqual(theirs.received[-1].path, "/" + url.rsplit("/", 1)[1])
            self.assertEqual(theirs.received[-1].headers["Authorization"], "Bearer s3cret-of-theirs")

    def test_a_token_and_its_signature_stay_with_the_origin_they_were_given_for(self):
        first, second = self.receiver(), self.receiver()
        id = self.server.submit(first.url, token="s3cret-of-the-first")
        self.server.await_status(id, "delivered")
        self.assertTrue(first.received[-1].headers["webhook-signature"])

        def arrives(receiver, bearer=None, **more):
            self.assertEqual(self.moved(ADMIN, id, receiver.url, **more).status, 202)
            self.server.await_status(id, "delivered")
            headers = receiver.received[-1].headers
            self.assertEqual(headers["Authorization"], bearer)
            self.assertEqual(headers["webhook-signature"] is None, bearer is None)
            event = [e for e in self.server.events() if e["type"] == "redelivery_requested"][-1]
            return event["data"]

        endpoint = lambda receiver: f"http://127.0.0.1:{receiver.port}"
        there = arrives(second)
        self.assertEqual((there["previous_endpoint"], there["endpoint"], there["token_dropped"]),
                         (endpoint(first), endpoint(second), True))
        back = arrives(first)
        self.assertEqual((back["previous_endpoint"], back["endpoint"]), (endpoint(second), endpoint(first)))
        self.assertNotIn("token_dropped", back)
        given = arrives(second, "Bearer n3w", token="n3w")
        self.assertNotIn("token_dropped", given)
        self.assertTrue(given["token_changed"])
        sent = self.as_(VIEWER, "GET", f"deliveries/{id}").json["attempts"]
        self.assertEqual([any(name == "Authorization" for name, _ in a["request"]["headers"].items()) for a in sent],
                         [True, False, False, True])
        self.assertNotIn("s3cret-of-the-first", str(self.server.events()))

        shown = harness.run("waybill", "show", id, "--data", self.server.data).stdout
        self.assertIn(f"from now on to {endpoint(second)} in place of {endpoint(first)}, without the token", shown)
        self.assertIn('"token_dropped":true',
                      harness.run("waybill", "events", id, "--data", self.server.data).stdout)
        self.server.stop()
        self.assertEqual(harness.run("waybill", "verify", self.server.db).returncode, 0)
        harness.run("waybill", "rebuild", self.server.db)
        self.server.restart()
        self.assertEqual(self.server.delivery(id)["endpoint"], endpoint(second))
        arrives(first)

    def test_a_callback_that_is_sent_elsewhere_later_carries_no_old_token(self):
        first, second = self.receiver(), self.receiver()
        response = self.server.call("POST", "/v1/responses", {
            "model": "echo-1", "input": "hi",
            "metadata": {"completion_webhook": first.url, "webhook_token": "s3cret-of-the-first"}}).json["id"]
        self.assertEqual(first.await_count(1)[0].headers["Authorization"], "Bearer s3cret-of-the-first")
        id = self.server.deliveries("&subject=" + response)[0]["id"]
        self.server.await_status(id, "delivered")
        sent = self.as_(ADMIN, "POST", f"responses/{response}/redeliver", {"url": second.url})
        self.assertEqual((sent.status, sent.json["id"]), (202, id))
        headers = second.await_count(1)[0].headers
        self.assertEqual((headers["Authorization"], headers["webhook-signature"]), (None, None))
        self.server.await_status(id, "delivered")
        self.as_(OPERATOR, "POST", "check", {"delivery": id, "send": True})
        headers = second.await_count(2)[1].headers
        self.assertEqual((headers["Authorization"], headers["webhook-signature"]), (None, None))

    def test_an_admin_reads_payloads(self):
        self.assertEqual(self.as_(ADMIN, "GET", f"deliveries/{self.id}/payload").body, b'{"n": 1}')

    def test_the_log_names_who_acted(self):
        self.as_(OPERATOR, "POST", f"deliveries/{self.id}/redeliver", {}, **{"Waybill-Actor": "eve"})
        self.server.await_status(self.id, "delivered")
        self.server.admin("POST", f"deliveries/{self.id}/redeliver", {}, {"Waybill-Actor": "sam"})
        actors = [event["actor"] for event in self.server.events()
                  if event["type"] == "redelivery_requested"]
        self.assertEqual(actors, ["operator:olaf", "operator:sam"])
        info = self.as_(VIEWER, "GET", "info").json
        self.assertEqual((info["actor"], info["role"]), ("operator:vera", "viewer"))

    def test_names_of_people_are_recorded_as_they_are_written(self):
        names = ["Kim Lee", "Zoë Å", "李小龍", "100%", "a@b"]
        for name in names:
            self.server.admin("POST", "endpoints/pause", {"endpoint": "*"},
                              {"Waybill-Actor": urllib.parse.quote(name)})
            self.server.admin("POST", "endpoints/resume", {"endpoint": "*"},
                              {"Waybill-Actor": urllib.parse.quote(name, safe="@")})
        actors = [event["actor"] for event in self.server.events() if event["type"] == "endpoint_paused"]
        self.assertEqual(actors, ["operator:" + name for name in names])
        for header in ["a%0Ab", "a%C2%85", "a%E2%80%AEb", "%FF", "a%", "a%2", "%zz", "%20a", "a%20", "%00",
                       "x" * 129, "%E2%80%8B"]:
            answer = self.server.admin("POST", "endpoints/pause", {"endpoint": "*"}, {"Waybill-Actor": header})
            self.assertEqual((answer.status, answer.json["error"]["param"]), (400, "Waybill-Actor"), header)
        for text in ["a\nb", "a\u0085", "\u202egnp", "a\u0000", "\u2066"]:
            answer = self.server.admin("POST", "endpoints/pause", {"endpoint": "*", "reason": text})
            self.assertEqual((answer.status, answer.json["error"]["param"]), (400, "reason"), repr(text))
            self.assertIn("U+", answer.json["error"]["message"])

    def test_an_operator_of_the_file_has_a_name_of_any_person(self):
        self.write(f"Zoë Å. Lee:operator:{OPERATOR}\n")
        self.server.process.send_signal(harness.signal.SIGHUP)
        harness.until(lambda: self.as_(OPERATOR, "GET", "info").json.get("actor") == "operator:Zoë Å. Lee",
                      "the new name is known")

    def test_the_file_is_read_anew(self):
        self.write("vera:operator:a-new-token-000001\n")
        self.server.process.send_signal(harness.signal.SIGHUP)
        harness.until(lambda: self.as_("a-new-token-000001", "GET", "info").status == 200,
                      "the new token is known")
        self.assertEqual(self.as_(VIEWER, "GET", "info").status, 401)
        self.assertEqual(self.as_("a-new-token-000001", "GET", "info").json["role"], "operator")

    def test_a_file_that_became_wrong_changes_nothing(self):
        self.write("vera:emperor:a-new-token-000001\n")
        self.server.process.send_signal(harness.signal.SIGHUP)
        harness.until(lambda: "keys stay as they are" in self.server.stderr(), "it is refused")
        self.assertEqual(self.as_(VIEWER, "GET", "info").status, 200)
        self.assertNotIn("a-new-token", self.server.stderr())

    def test_a_wrong_file_stops_the_start(self):
        for text in ["vera:viewer\n", "vera:emperor:0123456789abcdef\n", "vera:viewer:short\n", "",
                     "a:viewer:0123456789abcdef\nb:viewer:0123456789abcdef\n",
                     "a:viewer:0123456789abcdef\na:admin:fedcba9876543210\n"]:
            with self.subTest(text):
                self.write(text)
                result = harness.run("waybilld", "--check-config", "--operators-file", self.file,
                                     expect=2)
                self.assertIn("operators-file", result.stderr)
                self.assertNotIn("0123456789abcdef", result.stderr)


if __name__ == "__main__":
    harness.unittest.main()
