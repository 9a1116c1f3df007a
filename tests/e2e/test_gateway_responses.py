"""What an operator sees of stored responses: the listing, its filters and pages, the command line."""

import json
import os

import harness
from scripted_upstream import ScriptedUpstream, answers, hangs, response_object

RESPONSE = {"model": "m", "input": "2+2?"}
CHAT = {"model": "m", "messages": [{"role": "user", "content": "2+2?"}]}
MESSAGE = {"model": "m", "max_tokens": 16, "messages": [{"role": "user", "content": "2+2?"}]}


class Responses(harness.TestCase):
    def listed(self, daemon, query=""):
        answer = daemon.admin("GET", "responses?" + query)
        self.assertEqual(answer.status, 200, answer)
        return answer.json["data"]

    def ids(self, daemon, query=""):
        return [response["id"] for response in self.listed(daemon, query)]

    def keys(self, *names):
        """A file of keys, and the header field of each."""
        path = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(path, "w") as file:
            file.writelines(f"{name}:key-of-{name}-0001\n" for name in names)
        return path, {name: {"Authorization": f"Bearer key-of-{name}-0001"} for name in names}

    def test_every_kind_is_listed_with_its_callback_and_without_its_contents(self):
        daemon, receiver = self.daemon(), self.receiver()
        metadata = {"completion_webhook": receiver.url, "webhook_token": "s3cret-token"}
        made = [daemon.call("POST", "/v1/responses", {**RESPONSE, "metadata": metadata}).json["id"],
                daemon.call("POST", "/v1/chat/completions", CHAT).json["id"],
                daemon.call("POST", "/v1/messages", MESSAGE).json["id"]]
        callback = receiver.await_count(1)[0]
        daemon.await_status(callback.headers["webhook-id"], "delivered")
        answer = daemon.admin("GET", "responses")
        self.assertEqual([r["id"] for r in answer.json["data"]], made[::-1])
        self.assertEqual([r["kind"] for r in answer.json["data"]],
                         ["message", "chat.completion", "response"])
        first = answer.json["data"][-1]
        self.assertEqual(first["callback"],
                         {"delivery": callback.headers["webhook-id"], "status": "delivered"})
        self.assertEqual(first["payload"]["bytes"], len(callback.body))
        self.assertEqual((first["status"], first["model"], first["client"]),
                         ("completed", "m", "anonymous"))
        self.assertLessEqual(first["created_at"], first["finished_at"])
        self.assertIsNone(first["expires_at"])
        self.assertIsNone(answer.json["data"][0]["callback"])
        for secret in (b"s3cret-token", b"2+2?", receiver.url.encode()):
            self.assertNotIn(secret, answer.body)

    def test_status_client_and_time_filter_and_combine(self):
        path, keys = self.keys("ann", "bob")
        upstream = ScriptedUpstream(answers(response_object("resp_a")),
                                    answers(response_object("resp_b")),
                                    answers(response_object("resp_c", status="incomplete")),
                                    answers({"error": {"message": "no"}}, status=500), hangs)
        self.addCleanup(upstream.close)
        daemon = self.daemon("--upstream", upstream.url, "--api-keys-file", path,
                             "--pass-client-key")
        for name in ("ann", "bob", "ann"):
            self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE, keys[name]).status, 200)
        self.assertEqual(daemon.call("POST", "/v1/responses", RESPONSE, keys["bob"]).status, 500)
        queued = daemon.call("POST", "/v1/responses", {**RESPONSE, "background": True},
                             keys["bob"]).json["id"]
        self.assertEqual(daemon.call("DELETE", "/v1/responses/resp_a", None, keys["ann"]).status, 200)

        self.assertEqual(self.ids(daemon), [queued, "resp_c", "resp_b"])
        self.assertEqual(self.ids(daemon, "status=completed"), ["resp_b"])
        self.assertEqual(self.ids(daemon, "status=incomplete"), ["resp_c"])
        self.assertEqual(self.ids(daemon, "status=queued"), [queued])
        self.assertEqual(self.ids(daemon, "status=deleted"), ["resp_a"])
        self.assertEqual(len(self.ids(daemon, "status=error")), 1)
        self.assertEqual(self.ids(daemon, "client=ann"), ["resp_c"])
        self.assertEqual(self.ids(daemon, "client=bob&status=completed"), ["resp_b"])
        self.assertEqual(self.ids(daemon, "client=nobody"), [])
        second = self.listed(daemon, "status=completed")[0]
        self.assertEqual(self.ids(daemon, "since=" + second["created_at"]),
                         [queued, "resp_c", "resp_b"])
        self.assertEqual(self.ids(daemon, "until=" + second["created_at"]), [])
        for query, count in (("", 3), ("client=bob", 2), ("status=deleted", 1)):
            self.assertEqual(daemon.admin("GET", "responses/count?" + query).json, {"count": count})

    def test_pages_neither_skip_nor_repeat_while_more_are_made(self):
        daemon = self.daemon()
        make = lambda: daemon.call("POST", "/v1/chat/completions", CHAT).json["id"]
        made = [make() for _ in range(23)]
        seen, cursor = [], ""
        while True:
            answer = daemon.admin("GET", "responses?limit=5" + cursor).json
            seen += [response["id"] for response in answer["data"]]
            make()
            if answer["next_cursor"] is None:
                break
            cursor = "&cursor=" + answer["next_cursor"]
        self.assertEqual(seen, made[::-1])

    def test_what_is_asked_wrongly_is_refused_and_a_viewer_may_ask(self):
        operators = os.path.join(harness.tempfile.mkdtemp(), "operators")
        with open(operators, "w") as file:
            file.write("vera:viewer:viewer-token-000001\n")
        daemon = self.daemon("--operators-file", operators)
        for query, param in (("status=done", "status"), ("limit=0", "limit"), ("cursor=c1", "cursor"),
                             ("cursor=r", "cursor"), ("since=yesterday", "since"), ("q=x", "q")):
            answer = daemon.admin("GET", "responses?" + query)
            self.assertEqual((answer.status, answer.json["error"]["param"]), (400, param), answer)
        self.assertEqual(daemon.admin("GET", "responses/count?limit=5").status, 400)
        viewer = {"Authorization": "Bearer viewer-token-000001"}
        self.assertEqual(daemon.call("GET", "/admin/v1/responses", None, viewer).status, 200)
        self.assertEqual(daemon.call("GET", "/admin/v1/responses").status, 401)

    def test_retention_says_when_and_then_does_it(self):
        daemon, receiver = self.daemon("--retain-responses", "2s"), self.receiver(500)
        daemon.call("POST", "/v1/chat/completions", CHAT)
        owing = daemon.call("POST", "/v1/chat/completions", {
            **CHAT, "metadata": {"completion_webhook": receiver.url}}).json["id"]
        by_id = {response["id"]: response for response in self.listed(daemon)}
        self.assertIsNone(by_id.pop(owing)["expires_at"], "its callback is underway")
        (free,) = by_id.values()
        self.assertGreater(free["expires_at"], free["finished_at"])
        harness.until(lambda: self.ids(daemon) == [owing], "the one that owes nothing is deleted")
        self.assertEqual(self.ids(daemon, "status=deleted"), [free["id"]])

    def test_the_command_line_lists_them_from_the_daemon_and_from_its_log(self):
        daemon = self.daemon()
        made = [daemon.call("POST", "/v1/chat/completions", CHAT).json["id"] for _ in range(3)]
        table = harness.run("waybill", "responses", "--data", daemon.data).stdout
        self.assertIn(made[0], table)
        self.assertIn("chat.completion", table)
        lines = harness.run("waybill", "responses", "--data", daemon.data, "--json", "--limit",
                            "2").stdout.splitlines()
        self.assertEqual([json.loads(line)["id"] for line in lines], made[:0:-1])
        count = harness.run("waybill", "responses", "--data", daemon.data, "--count", "--status",
                            "completed").stdout
        self.assertEqual(count, "3\n")
        wrong = harness.run("waybill", "responses", "--status", "complete", expect=2).stderr
        self.assertIn('Did you mean "completed"', wrong)
        daemon.stop()
        from_log = harness.run("waybill", "responses", "--log", daemon.db, "--json").stdout
        self.assertEqual([json.loads(line)["id"] for line in from_log.splitlines()], made[::-1])
        harness.run("waybill", "verify", daemon.db)


if __name__ == "__main__":
    harness.unittest.main()
