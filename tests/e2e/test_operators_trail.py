"""What operators do, and what others try with an operator's token, stands in the log."""

import http.client
import os
import signal
import ssl

import harness
from certificates import Authority

VIEWER, OPERATOR, ADMIN = "viewer-token-000001", "operator-token-0001", "admin-token-0000001"


class Trail(harness.TestCase):
    def setUp(self):
        self.file = os.path.join(harness.tempfile.mkdtemp(), "operators")
        self.write(f"vera:viewer:{VIEWER}\nolaf:operator:{OPERATOR}\nada:admin:{ADMIN}\n")

    def write(self, text):
        with open(self.file, "w") as file:
            file.write(text)
        os.chmod(self.file, 0o600)

    def start(self, *options):
        self.server = self.daemon("--operators-file", self.file, *options)
        return self.server

    def as_(self, token, method, path, body=None, **headers):
        return self.server.call(method, "/admin/v1/" + path, body,
                                {"Authorization": "Bearer " + token, **headers})

    def accesses(self, kind=None):
        """As (actor, data) in the order of the log."""
        return [(event["actor"], event["data"]) for event in self.server.events()
                if event["type"] == "access_recorded" and kind in (None, event["data"]["kind"])]

    def await_accesses(self, kind, count=1):
        return harness.until(lambda: len(self.accesses(kind)) >= count and self.accesses(kind),
                             f"{count} accesses of the kind {kind}")


class WhoDidWhat(Trail):
    def test_who_read_which_payload_stands_in_the_log_before_it_is_answered(self):
        self.start()
        ids = [self.server.submit(self.receiver().url) for _ in range(2)]
        for id in ids:
            self.assertEqual(self.as_(ADMIN, "GET", f"deliveries/{id}/payload").body, b'{"n": 1}')
        self.server.admin("GET", f"deliveries/{ids[0]}/payload", headers={"Waybill-Actor": "kim"})
        self.server.admin("GET", f"deliveries/{ids[0]}/payload")
        self.assertEqual(self.as_(ADMIN, "GET", "deliveries/dlv_unknown/payload").status, 404)
        read = {"kind": "payload_read", "address": "127.0.0.1"}
        self.assertEqual(self.accesses("payload_read"), [
            ("operator:ada", {**read, "target": ids[0]}),
            ("operator:ada", {**read, "target": ids[1]}),
            ("operator:kim", {**read, "target": ids[0], "actor_claimed": True}),
            ("operator:admin", {**read, "target": ids[0]})])

    def test_fifty_failed_logins_are_few_events_with_the_count(self):
        self.start()
        for number in range(50):
            answer = self.as_(f"a-wrong-token-{number:04}", "GET", "deliveries")
            self.assertEqual(answer.status, 401)
        self.assertEqual(self.server.call("GET", "/admin/v1/info").status, 401)
        self.assertEqual(self.await_accesses("login_failed"),
                         [("engine", {"kind": "login_failed", "address": "127.0.0.1"})])
        self.server.stop()
        self.server.start()
        counts = [data.get("count", 1) for _, data in self.accesses("login_failed")]
        self.assertEqual(counts, [1, 50], "the stop recorded those that had been counted")
        self.assertNotIn("a-wrong-token", str(self.server.events()))

    def test_what_a_role_may_not_is_recorded(self):
        self.start()
        id = self.server.submit(self.receiver().url)
        for _ in range(3):
            self.assertEqual(self.as_(VIEWER, "GET", f"deliveries/{id}/payload").status, 403)
        self.assertEqual(self.as_(VIEWER, "POST", "endpoints/pause", {"endpoint": "*"}).status, 403)
        self.assertEqual(self.await_accesses("role_refused", 2), [
            ("operator:vera", {"kind": "role_refused", "target": "GET deliveries/{id}/payload",
                               "address": "127.0.0.1"}),
            ("operator:vera", {"kind": "role_refused", "target": "POST endpoints/pause",
                               "address": "127.0.0.1"})])

    def test_a_test_request_is_recorded_without_the_path(self):
        self.start()
        receiver = self.receiver()
        url = receiver.url + "/s3cret-path"
        self.assertEqual(self.as_(OPERATOR, "POST", "check", {"url": url, "send": True}).status, 200)
        self.assertEqual(self.as_(OPERATOR, "POST", "check", {"url": url}).status, 200)
        (actor, data), = self.await_accesses("check_sent")
        self.assertEqual((actor, data["target"]), ("operator:olaf", f"http://127.0.0.1:{receiver.port}"))
        self.assertNotIn("s3cret", str(self.server.events()))

    def test_who_reads_the_whole_log_does_not_follow_himself(self):
        self.start()
        self.server.submit(self.receiver().url)
        for _ in range(20):
            self.as_(VIEWER, "GET", "events")
        self.assertEqual(self.accesses("log_read"), [], "they are counted for a minute")

    def test_changes_of_keys_and_operators_are_recorded_by_name(self):
        keys = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write("alice:a-key-of-alices-0001\n")
        os.chmod(keys, 0o600)
        self.start("--api-keys-file", keys)
        self.assertEqual(self.accesses("credentials_changed"), [], "the first start is no change")
        self.write(f"vera:admin:{VIEWER}\nada:admin:another-token-0000\neve:viewer:0123456789abcdef\n")
        self.server.process.send_signal(signal.SIGHUP)
        (actor, data), = self.await_accesses("credentials_changed")
        self.assertEqual(actor, "engine")
        self.assertEqual(data["target"], "operator ada changed; operator eve added (viewer); operator vera "
                                         "is admin now and was viewer; operator olaf removed (operator)")
        self.server.process.send_signal(signal.SIGHUP)
        self.server.stop()
        with open(keys, "a") as file:
            file.write("mallory:a-key-of-mallorys-01\n")
        os.unlink(os.path.join(self.server.data, "admin.token"))
        self.server.start()
        changes = [data["target"] for _, data in self.await_accesses("credentials_changed", 2)]
        self.assertEqual(changes[1:], ["admin token changed; client mallory added"])
        for secret in ("another-token", "0123456789abcdef", "a-key-of"):
            self.assertNotIn(secret, str(self.server.events()))

    def test_a_payload_is_not_shown_when_that_cannot_be_recorded(self):
        self.start()
        id = self.server.submit(self.receiver().url)
        self.server.await_status(id, "delivered")
        os.rename(self.server.data, self.server.data + ".moved")
        self.addCleanup(lambda: os.path.exists(self.server.data + ".moved") and
                        os.rename(self.server.data + ".moved", self.server.data))
        answer = harness.until(
            lambda: (a := self.as_(ADMIN, "GET", f"deliveries/{id}/payload")).status == 503 and a,
            "it is refused")
        self.assertIn("error", answer.json)
        os.rename(self.server.data + ".moved", self.server.data)


class WhoseName(Trail):
    def test_the_shared_tokens_name_is_claimed_and_shown_so(self):
        self.start()
        id = self.server.submit(self.receiver().url)
        self.server.await_status(id, "delivered")
        for token, name in ((self.server.admin_token, "kim"), (ADMIN, None), (self.server.admin_token, None)):
            headers = {"Waybill-Actor": name} if name else {}
            self.assertEqual(self.as_(token, "POST", f"deliveries/{id}/redeliver", {}, **headers).status, 202)
            self.server.await_status(id, "delivered")
        asked = [(event["actor"], event["data"].get("actor_claimed", False))
                 for event in self.server.events() if event["type"] == "redelivery_requested"]
        self.assertEqual(asked, [("operator:kim", True), ("operator:ada", False), ("operator:admin", False)])
        events = harness.run("waybill", "--data", self.server.data, "events", id).stdout
        self.assertIn("operator:kim (claimed)", events)
        self.assertNotIn("operator:ada (claimed)", events)
        shown = harness.run("waybill", "--data", self.server.data, "show", id).stdout
        self.assertIn("operator:kim (claimed) asked for round 2", shown)
        self.assertIn('"actor_claimed":true', harness.run("waybill", "export", self.server.db).stdout)
        info = self.as_(self.server.admin_token, "GET", "info", **{"Waybill-Actor": "kim"}).json
        self.assertEqual((info["actor"], info["actor_claimed"]), ("operator:kim", True))
        self.assertFalse(self.as_(ADMIN, "GET", "info").json["actor_claimed"])

    def test_nobody_takes_the_name_of_an_operator_who_has_a_token(self):
        self.start()
        for token in (self.server.admin_token, ADMIN):
            answer = self.as_(token, "POST", "endpoints/pause", {"endpoint": "*"}, **{"Waybill-Actor": "vera"})
            self.assertEqual((answer.status, answer.json["error"]["code"]), (403, "name_of_another"))
            self.assertIn("vera is an operator with a token of their own", answer.json["error"]["message"])
        self.assertEqual(self.as_(ADMIN, "POST", "endpoints/pause", {"endpoint": "*"},
                                  **{"Waybill-Actor": "ada"}).status, 200)
        paused, = [event for event in self.server.events() if event["type"] == "endpoint_paused"]
        self.assertEqual((paused["actor"], "actor_claimed" in paused["data"]), ("operator:ada", False))
        self.assertEqual([actor for actor, _ in self.await_accesses("role_refused", 2)],
                         ["operator:admin", "operator:ada"])

    def test_a_run_of_many_is_marked_in_each_of_its_events(self):
        self.start("--max-retries", "0")
        receiver = self.receiver(500)
        for _ in range(3):
            self.server.await_status(self.server.submit(receiver.url), "failed")
        for name in ("kim", None):
            run = self.server.admin("POST", "redeliveries", {"all": True},
                                    {"Waybill-Actor": name} if name else {}).json["id"]
            harness.until(lambda: self.server.admin("GET", "redeliveries/" + run).json["state"] == "finished",
                          "the run is finished")
            harness.until(lambda: not self.server.deliveries("&status=attempting"), "all are over")
        marks = [(event["type"], event["data"].get("actor_claimed", False)) for event in self.server.events()
                 if event["actor"] in ("operator:kim", "operator:admin")]
        of_one = ["bulk_redelivery_requested"] + ["redelivery_requested"] * 3
        self.assertEqual(marks, [(type, True) for type in of_one] + [(type, False) for type in of_one])


class Guessing(Trail):
    def test_wrong_tokens_are_slowed_and_a_right_one_is_not(self):
        self.start("--max-failed-logins-per-minute", "5")
        answers = [self.as_("a-wrong-token-0001", "GET", "info") for _ in range(9)]
        # A minute may end in between; then it begins anew.
        self.assertEqual([answer.status for answer in answers[:5]], [401] * 5)
        slowed = [answer for answer in answers if answer.status == 429]
        self.assertTrue(slowed)
        self.assertEqual(slowed[0].headers["Retry-After"], "1")
        self.assertEqual(slowed[0].json["error"]["code"], "too_many_failed_logins")
        self.assertEqual(self.as_(ADMIN, "GET", "info").status, 200)

    def test_wrong_keys_of_clients_too(self):
        keys = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(keys, "w") as file:
            file.write("alice:a-key-of-alices-0001\n")
        os.chmod(keys, 0o600)
        self.start("--max-failed-logins-per-minute", "5", "--api-keys-file", keys)
        call = lambda key: self.server.call("GET", "/v1/models", headers={"Authorization": "Bearer " + key})
        statuses = [call("a-wrong-key-of-eve").status for _ in range(9)]
        self.assertEqual(statuses[:5], [401] * 5)
        self.assertIn(429, statuses)
        self.assertNotIn(call("a-key-of-alices-0001").status, (401, 429))

    def test_some_hundreds_of_wrong_tokens_are_answered_as_before(self):
        self.start()
        self.assertEqual({self.as_("a-wrong-token-0001", "GET", "info").status for _ in range(200)}, {401})


class ClientCertificates(Trail):
    def setUp(self):
        super().setUp()
        self.authority, self.operators = Authority(), Authority()
        self.certificate, self.key = self.authority.issue()
        self.badge = self.operators.issue("DNS:ada", "ada")

    def start(self, *options):
        self.server = self.daemon("--operators-file", self.file, "--tls-cert", self.certificate,
                                  "--tls-key", self.key, *options, wait=False)
        self.server.address = ("127.0.0.1", int(harness.until(
            lambda: (line := self.server.process.stdout.readline()).startswith("listening on") and line,
            "it listens").rsplit(":", 1)[1]))

    def ask(self, path, badge=None, token=ADMIN):
        context = ssl.create_default_context(cafile=self.authority.ca_file)
        if badge:
            context.load_cert_chain(*badge)
        connection = http.client.HTTPSConnection(*self.server.address, timeout=harness.PATIENCE, context=context)
        try:
            connection.request("GET", path, headers={"Authorization": "Bearer " + token})
            answer = connection.getresponse()
            return harness.Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def test_operators_need_one_beside_their_token_and_clients_do_not(self):
        self.start("--operator-ca", self.operators.ca_file)
        self.assertEqual(self.ask("/admin/v1/info", self.badge).json["actor"], "operator:ada")
        self.assertEqual(self.ask("/admin/v1/info", self.badge, "a-wrong-token-0001").status, 401)
        refused = self.ask("/admin/v1/info")
        self.assertEqual((refused.status, refused.json["error"]["code"]), (403, "client_certificate_needed"))
        self.assertEqual(self.ask("/v1/models").status, 200)
        self.assertEqual(self.ask("/v1/models", self.badge).status, 200)
        foreign = Authority().issue("DNS:eve", "eve")
        self.assertRaises(OSError, self.ask, "/admin/v1/info", foreign)

    def test_another_authority_is_taken_up_without_a_restart(self):
        trusted = os.path.join(harness.tempfile.mkdtemp(), "operators.pem")
        with open(trusted, "w") as file, open(Authority().ca_file) as other:
            file.write(other.read())
        self.start("--operator-ca", trusted)
        self.assertRaises(OSError, self.ask, "/admin/v1/info", self.badge)
        with open(trusted, "w") as file, open(self.operators.ca_file) as other:
            file.write(other.read())
        self.server.process.send_signal(signal.SIGHUP)
        harness.until(lambda: "read anew" in self.server.stderr(), "it is read anew")
        self.assertEqual(self.ask("/admin/v1/info", self.badge).status, 200)
        with open(trusted, "w") as file:
            file.write("no certificate")
        self.server.process.send_signal(signal.SIGHUP)
        harness.until(lambda: "stay as they are" in self.server.stderr(), "it is refused")
        self.assertEqual(self.ask("/admin/v1/info", self.badge).status, 200)

    def test_the_command_line_shows_one(self):
        self.start("--operator-ca", self.operators.ca_file)
        token = os.path.join(harness.tempfile.mkdtemp(), "token")
        with open(token, "w") as file:
            file.write(ADMIN + "\n")
        trust = {"SSL_CERT_FILE": self.authority.ca_file}
        common = ["--server", "https://127.0.0.1:%d" % self.server.address[1], "--token-file", token]
        shown = ["--client-cert", self.badge[0], "--client-key", self.badge[1]]
        self.assertEqual(harness.run("waybill", *common, *shown, "list", env=trust).stdout,
                         "There are no deliveries yet.\n")
        refused = harness.run("waybill", *common, "list", env=trust, expect=1)
        self.assertIn("needs a TLS client certificate", refused.stderr)
        for options, words in ((["--client-cert", self.badge[0]], "give both"),
                               (["--client-cert", token, "--client-key", token], "cannot be used")):
            result = harness.run("waybill", *common, *options, "list", env=trust, expect=None)
            self.assertNotEqual(result.returncode, 0)
            self.assertIn(words, result.stderr)

    def test_without_tls_or_a_usable_file_there_is_no_start(self):
        for options in ([], ["--tls-cert", self.certificate, "--tls-key", self.key]):
            file = self.operators.ca_file if not options else self.key
            result = harness.run("waybilld", "--check-config", "--operator-ca", file, *options, expect=2)
            self.assertIn("operator-ca", result.stderr)


if __name__ == "__main__":
    harness.unittest.main()
