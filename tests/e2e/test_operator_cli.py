"""The commands with which an operator acts, as a person and as a script use them."""

import json
import os
import pty
import select
import subprocess

import harness
from certificates import Authority
from scripted_upstream import ScriptedUpstream


class OperatorCli(harness.TestCase):
    def setUp(self):
        self.server = self.daemon("--max-retries", "0")

    def waybill(self, *arguments, expect=0):
        return harness.run("waybill", *arguments, "--data", self.server.data, expect=expect)

    def failed(self, count, answer=500):
        receiver = self.receiver(answer)
        ids = [self.server.submit(receiver.url) for _ in range(count)]
        for id in ids:
            self.server.await_status(id, "failed")
        return receiver, ids

    def on_a_terminal(self, *arguments, answers=""):
        """Runs waybill on a terminal; returns its exit code and what the terminal showed."""
        master, slave = pty.openpty()
        process = subprocess.Popen(
            [os.path.join(harness.BIN, "waybill"), *arguments, "--data", self.server.data],
            stdin=slave, stdout=slave, stderr=slave, env={**os.environ, "TERM": "xterm"})
        os.close(slave)
        shown, answered = b"", False
        while select.select([master], [], [], harness.PATIENCE)[0]:
            try:
                piece = os.read(master, 4096)
            except OSError:
                break
            if not piece:
                break
            shown += piece
            if not answered and b"[y/N]" in shown:
                os.write(master, answers.encode())
                answered = True
        os.close(master)
        return process.wait(harness.PATIENCE), shown.decode()


class Redeliver(OperatorCli):
    def test_a_response_stands_for_its_callback(self):
        receiver = self.receiver(500)
        response = self.server.call("POST", "/v1/responses", {
            "model": "echo-1", "input": "hi", "metadata": {"completion_webhook": receiver.url}})
        self.assertEqual(response.status, 200, response)
        id = response.json["id"]
        callback = json.loads(self.waybill("list", "--subject", id, "--json").stdout)["id"]
        self.server.await_status(callback, "failed")
        self.assertEqual(self.waybill("payload", id).stdout, response.body.decode())
        receiver.answers = [200]
        self.assertTrue(self.waybill("redeliver", id).stdout.startswith(callback))
        self.server.await_status(callback, "delivered")
        before = len(receiver.received)
        again = self.waybill("redeliver", id, callback, id).stdout
        self.assertEqual(len(again.splitlines()), 1, "sent again once, however often it is named")
        self.server.await_status(callback, "delivered")
        self.assertEqual(len(receiver.received), before + 1)
        finished = self.waybill("cancel", id, expect=1)
        self.assertIn(f"{id}: ", finished.stderr)

        for _ in range(2):
            self.server.submit(receiver.url, subject="order 7")
        which = self.waybill("redeliver", "order 7", "resp_unknown", expect=1).stderr
        self.assertEqual(len(which.splitlines()), 2, which)
        self.assertIn("several deliveries; name one of them: dlv_", which)
        self.assertIn("no delivery with the id or the subject resp_unknown", which)

    def test_a_callback_that_was_ignored_can_be_sent_later(self):
        receiver = self.receiver(200)
        ask = lambda url: self.server.call("POST", "/v1/responses", {
            "model": "echo-1", "input": "hi", **({"metadata": {"completion_webhook": url}} if url else {})})
        refused, wrong, none = ask("http://10.0.0.1/hook"), ask("ftp://a.example/"), ask("")
        for answer, why in [(refused, "--allow-network 10.0.0.1"), (wrong, "url_scheme"),
                            (none, "asked for no callback")]:
            id = answer.json["id"]
            listed = self.waybill("list", id)
            self.assertEqual(listed.stdout, "No delivery fits.\n")
            for said in [listed.stderr, self.waybill("show", id).stdout.replace("\n", " "),
                         self.waybill("payload", id, expect=1).stderr,
                         self.waybill("redeliver", id, expect=1).stderr,
                         self.waybill("list", "--subject", id, "--json").stderr]:
                self.assertIn(why, said)
                self.assertIn(f"waybill redeliver {id} --url", said)
            self.assertEqual(self.waybill("list", id, "--json").stdout, "")
            self.assertIn("must not be reached", self.waybill(
                "redeliver", id, "--url", "http://10.0.0.1/", expect=1).stderr)
            sent = self.waybill("redeliver", id, "--url", receiver.url, "--token", "t0ken",
                                "--reason", "mended", "--actor", "Kim Lee").stdout
            delivery = sent.split()[0]
            self.server.await_status(delivery, "delivered")
            self.assertEqual(receiver.received[-1].body, answer.body, "exactly what the call answered")
            self.assertEqual(receiver.received[-1].headers["Authorization"], "Bearer t0ken")
            self.assertIn(delivery, self.waybill("list", id).stdout)
            accepted = [e for e in self.server.events() if e["stream"] == delivery][0]
            asked = [e for e in self.server.events() if e["type"] == "callback_requested"][-1]
            self.assertEqual({accepted["actor"], asked["actor"]}, {"operator:Kim Lee"})
            self.assertEqual(asked["data"], {"delivery": delivery, "reason": "mended", "actor_claimed": True})
        self.assertIn("in the log", self.waybill("list", "resp_never_made").stderr)
        listed = [json.loads(line) for line in self.waybill("responses", "--json").stdout.splitlines()]
        self.assertEqual([r["callback"]["status"] for r in listed], ["delivered"] * 3)
        again = self.waybill("redeliver", refused.json["id"], "--url", receiver.url + "/2").stdout
        self.assertIn("round 2", again, "a response has one delivery")
        self.server.await_status(again.split()[0], "delivered")
        self.assertEqual(self.server.call("DELETE", "/v1/responses/" + refused.json["id"]).status, 200)
        self.assertIn("erased", self.waybill("redeliver", again.split()[0], expect=1).stderr)
        self.assertEqual(harness.run("waybill", "verify", self.server.db).returncode, 0)

    def test_responses_tell_an_ignored_callback_from_none(self):
        for metadata in ({}, {"completion_webhook": "http://10.0.0.1/"}):
            self.server.call("POST", "/v1/responses", {"model": "m", "input": "x", "metadata": metadata})
        ignored, none = self.waybill("responses").stdout.splitlines()[1:]
        self.assertIn("ignored", ignored)
        self.assertNotIn("ignored", none)

    def test_a_deliverys_url_is_tried_with_its_own_token(self):
        receiver = self.receiver(500)
        id = self.server.submit(receiver.url, token="very-s3cret")
        self.server.await_status(id, "failed")
        receiver.answers = [200]
        before = len(receiver.received)
        looked = self.waybill("check", "--delivery", id)
        self.assertEqual(len(receiver.received), before, "nothing is sent without --send")
        sent = self.waybill("check", "--delivery", id, "--send", "--json")
        test = receiver.received[-1]
        self.assertEqual((test.headers["Authorization"], test.headers["waybill-check"]),
                         ("Bearer very-s3cret", "1"))
        self.assertTrue(test.headers["webhook-signature"])
        self.assertNotEqual(test.headers["webhook-id"], id)
        for text in (looked.stdout, sent.stdout, sent.stderr):
            self.assertNotIn("s3cret", text)
        self.waybill("check", "--delivery", "dlv_unknown", expect=1)
        self.waybill("check", "--delivery", id, receiver.url, expect=2)

    def test_a_filter_is_counted_then_sent_again(self):
        receiver, ids = self.failed(5)
        dry = self.waybill("redeliver", "--filter", "status=failed,since=1h", "--dry-run")
        self.assertEqual(dry.stdout, "This would send again 5 deliveries to 1 endpoint.\n")
        refused = self.waybill("redeliver", "--filter", "status=failed", expect=2)
        self.assertIn("--yes", refused.stderr)
        self.assertEqual(len(receiver.received), 5)
        receiver.answers = [200]
        done = self.waybill("redeliver", "--filter", "status=failed", "--yes", "--rate", "100",
                            "--reason", "mended")
        self.assertRegex(done.stdout, r"^blk_\w+  finished  5 of 5 sent again\n$")
        for id in ids:
            self.server.await_status(id, "delivered")
        none = self.waybill("redeliver", "--filter", "status=failed", "--yes")
        self.assertIn("No delivery fits", none.stdout)

    def test_a_dry_run_counts_what_would_be_done(self):
        _, ids = self.failed(2)
        self.failed(1)
        dry = lambda *words: self.waybill(*words, "--dry-run").stdout
        self.assertEqual(dry("cancel", "--filter", "all"), "This would cancel 0 deliveries.\n")
        self.assertEqual(dry("redeliver", "--filter", "all"),
                         "This would send again 3 deliveries to 2 endpoints.\n")
        self.assertEqual(dry("redeliver", "--filter", "all", "--limit", "2"),
                         "This would send again 2 deliveries to 1 endpoint.\n")
        self.waybill("pause", "*")
        self.waybill("redeliver", ids[0])
        self.assertEqual(dry("cancel", "--filter", "all"), "This would cancel 1 delivery to 1 endpoint.\n")
        self.assertEqual(dry("cancel", "--filter", "status=attempting"), "This would cancel 0 deliveries.\n")
        response = self.server.call("POST", "/v1/responses", {
            "model": "m", "input": "x", "metadata": {"completion_webhook": self.receiver().url}}).json["id"]
        self.assertEqual(self.server.call("DELETE", "/v1/responses/" + response).status, 200)
        self.assertEqual(dry("redeliver", "--filter", "all"),
                         "This would send again 3 deliveries to 2 endpoints (1 more match, but are on "
                         "the wire or erased).\n")

    def test_a_person_is_asked(self):
        receiver, _ = self.failed(3)
        code, shown = self.on_a_terminal("redeliver", "--filter", "status=failed", answers="n\n")
        self.assertEqual(code, 1, shown)
        self.assertIn("This sends again 3 deliveries to 1 endpoint.", shown)
        self.assertEqual(len(receiver.received), 3)
        code, shown = self.on_a_terminal("redeliver", "--filter", "status=failed", answers="y\n")
        self.assertEqual(code, 0, shown)
        self.assertIn("finished  3 of 3 sent again", shown)
        receiver.await_count(6)

    def test_another_origin_is_named_before_anything_is_sent_there(self):
        receiver, (id,) = self.failed(1)
        mended = self.receiver()
        here, there = (f"http://127.0.0.1:{each.port}" for each in (receiver, mended))
        self.assertEqual(self.waybill("redeliver", id, "--url", receiver.url + "/2").stderr, "")
        self.server.await_status(id, "failed")
        notice = f"{there} is another origin than {here}, where this delivery goes."
        code, shown = self.on_a_terminal("redeliver", id, "--url", mended.url, answers="n\n")
        self.assertEqual(code, 1, shown)
        self.assertIn(notice, shown)
        self.assertIn("stays behind", shown)
        self.assertIn("left as it is", shown)
        self.assertEqual(mended.received, [])
        code, shown = self.on_a_terminal("redeliver", id, "--url", mended.url, answers="y\n")
        self.assertEqual(code, 0, shown)
        self.server.await_status(id, "delivered")
        for asked in [["--yes"], ["--token", "n3w"]]:
            back = self.waybill("redeliver", id, "--url", receiver.url, *asked)
            self.assertIn(f"{here} is another origin than {there}", back.stderr)
            self.server.await_status(id, "failed")
            self.waybill("redeliver", id, "--url", mended.url)
            self.server.await_status(id, "delivered")

    def test_a_run_goes_on_by_itself_and_can_be_ended(self):
        self.failed(20)
        begun = json.loads(self.waybill("redeliver", "--filter", "all", "--yes", "--rate", "2",
                                        "--no-wait", "--json").stdout)
        self.assertEqual((begun["state"], begun["matched"]), ("running", 20))
        self.assertIn("running", self.waybill("bulk", begun["id"]).stdout)
        self.assertIn("paused", self.waybill("bulk", begun["id"], "--pause").stdout)
        self.assertIn("running", self.waybill("bulk", begun["id"], "--resume").stdout)
        self.assertIn("stopped", self.waybill("bulk", begun["id"], "--stop").stdout)
        self.waybill("bulk", begun["id"], "--resume", expect=1)
        self.assertIn("no bulk", self.waybill("bulk", "blk_1", expect=1).stderr)

    def test_wrong_usage(self):
        for arguments, word in [(["redeliver"], "--filter"), (["redeliver", "x", "--dry-run"], "--filter"),
                                (["redeliver", "--filter", "staus=failed"], "status"),
                                (["redeliver", "--filter", "status"], "no value"),
                                (["redeliver", "--filter", "status=lost"], "status"),
                                (["redeliver", "--filter", "all", "--rate", "fast"], "--rate"),
                                (["redeliver", "--filter", "all", "--rate", "0.001"], "--rate"),
                                (["list", "--http-status", "700"], "100 to 599"),
                                (["list", "--status", "lost"], "pending"),
                                (["redeliver", "dlv_1", "--reason", "a\u202eb"], "U+202E"),
                                (["list", "--actor", "a\tb"], "U+0009"),
                                (["redeliver", "x", "--filter", "all"], "ids"),
                                (["cancel", "--filter", ""], "no value"), (["bulk", "--stop"], "id"),
                                (["check"], "URL"), (["pause"], "endpoint"), (["tail", "--limit", "0"], "--limit")]:
            with self.subTest(arguments):
                self.assertIn(word, self.waybill(*arguments, expect=2).stderr)


class Lists(OperatorCli):
    def test_output_that_is_lost_is_no_success(self):
        self.failed(1)
        for command in (["list"], ["list", "--json"], ["events"], ["export", self.server.db]):
            with open("/dev/full", "w") as full:
                result = subprocess.run(
                    [os.path.join(harness.BIN, "waybill"), *command, "--data", self.server.data],
                    stdout=full, stderr=subprocess.PIPE, text=True, timeout=harness.PATIENCE)
            self.assertEqual(result.returncode, 1, command)
            self.assertIn("could be written", result.stderr)

    def test_output_that_nobody_reads_is_no_full_disk(self):
        self.failed(1)
        reader, writer = os.pipe()
        os.close(reader)
        result = subprocess.run([os.path.join(harness.BIN, "waybill"), "export", self.server.db],
                                stdout=writer, stderr=subprocess.PIPE, text=True, timeout=harness.PATIENCE)
        os.close(writer)
        self.assertEqual((result.returncode, result.stderr), (1, ""))

    def test_deliveries_are_listed_in_any_order_and_counted(self):
        receiver, ids = self.failed(3)
        self.waybill("redeliver", ids[0])
        self.server.await_status(ids[0], "failed")

        def listed(*options):
            lines = self.waybill("list", "--json", *options).stdout.splitlines()
            return [json.loads(line)["id"] for line in lines]

        self.assertEqual(listed(), ids[::-1])
        self.assertEqual(listed("--reverse"), ids)
        self.assertEqual(listed("--order", "updated", "--limit", "1"), ids[:1])
        self.assertEqual(listed("--order", "next_attempt"), [])
        self.assertEqual(listed("--endpoint", f"HTTP://127.0.0.1:{receiver.port}/"), ids[::-1])
        self.assertEqual(self.waybill("list", "--status", "failed", "--count").stdout, "3\n")
        self.assertEqual(self.waybill("list", "--count", "--json").stdout, '{"count":3}\n')
        self.assertIn("--order", self.waybill("list", "--order", "size", expect=2).stderr)


class OtherActions(OperatorCli):
    def test_an_endpoint_is_held_and_what_waits_is_cancelled(self):
        receiver = self.receiver()
        endpoint = f"http://127.0.0.1:{receiver.port}"
        self.assertIn("paused", self.waybill("pause", endpoint, "--reason", "moving").stdout)
        self.assertIn("already paused", self.waybill("pause", endpoint, expect=1).stderr)
        for _ in range(3):
            self.server.submit(receiver.url)
        self.assertIn("held", self.waybill("list").stdout)
        dry = self.waybill("cancel", "--filter", "endpoint=" + endpoint, "--dry-run")
        self.assertIn("would cancel 3 deliveries", dry.stdout)
        self.waybill("cancel", "--filter", "endpoint=" + endpoint, expect=2)
        self.assertEqual(self.waybill("cancel", "--filter", "endpoint=" + endpoint, "--limit", "2",
                                      "--yes").stdout, "2 cancelled\n")
        self.waybill("pause", "all")
        self.waybill("resume", endpoint)
        self.assertEqual(receiver.received, [])
        self.assertIn("resumed", self.waybill("resume", "all").stdout)
        receiver.await_count(1)

    def test_a_url_is_tried(self):
        receiver = self.receiver()
        fine = self.waybill("check", receiver.url, "--send")
        self.assertRegex(fine.stdout, "(?s)url .*address .*connect .*request .*would be delivered")
        bad = self.waybill("check", "http://10.0.0.1/", expect=1)
        self.assertIn("✗ address", bad.stdout)
        self.assertFalse(json.loads(self.waybill("check", "http://10.0.0.1/", "--json", expect=1).stdout)["ok"])


class Tail(OperatorCli):
    def tail(self, *arguments):
        process = subprocess.Popen(
            [os.path.join(harness.BIN, "waybill"), "tail", *arguments, "--data", self.server.data],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdout.close(),
                                 process.stderr.close()))
        return process

    def test_it_goes_on_when_the_daemon_is_back(self):
        receiver = self.receiver(200, 503)
        tail = self.tail("--after", "0", "--json", "--limit", "6")
        first = self.server.submit(receiver.url)
        lines = [json.loads(tail.stdout.readline()) for _ in range(3)]
        self.server.kill()
        self.server.restart()
        second = self.server.submit(receiver.url)
        lines += [json.loads(tail.stdout.readline()) for _ in range(3)]
        self.assertEqual(tail.wait(harness.PATIENCE), 0)
        self.assertEqual([line["global_position"] for line in lines], [1, 2, 3, 4, 5, 6])
        self.assertEqual([line["stream"] for line in lines], [first] * 3 + [second] * 3)

    def test_it_speaks_to_people(self):
        id = self.server.submit(self.receiver(503).url, subject="order 7")
        self.server.await_status(id, "failed")
        shown = self.waybill("tail", id, "--after", "0", "--limit", "3").stdout
        self.assertIn("(order 7)", shown)
        self.assertIn("attempt 1 started", shown)
        self.assertIn("attempt 1 failed: 503 Service Unavailable", shown)
        only = self.waybill("tail", "--after", "0", "--limit", "1", "--type", "attempt_failed").stdout
        self.assertEqual(only.count("\n"), 1)
        self.assertNotIn("\x1b", shown)

    def test_it_ends_with_whoever_reads_it(self):
        self.server.submit(self.receiver().url)
        for source in (["--data", self.server.data], ["--log", self.server.db]):
            process = subprocess.Popen([os.path.join(harness.BIN, "waybill"), "tail", "--after", "0", *source],
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.kill)
            self.assertIn("accepted", process.stdout.readline())
            process.stdout.close()
            process.wait(harness.PATIENCE)
            self.assertEqual(process.stderr.read(), "")

    def test_without_a_daemon_it_follows_the_file(self):
        id = self.server.submit(self.receiver().url)
        self.server.await_status(id, "delivered")
        self.server.stop()
        result = self.waybill("tail", "--after", "0", "--limit", "3", "--json")
        self.assertEqual(len(result.stdout.splitlines()), 3)


class Listen(harness.TestCase):
    def test_a_port_that_is_taken_is_called_that(self):
        port = self.receiver().url.rsplit(":", 1)[1].split("/")[0]
        refused = harness.run("waybill", "listen", "--port", port, expect=1).stderr
        self.assertIn("Address already in use", refused)
        self.assertIn("--port 0", refused)


    def test_a_body_is_shown_as_it_came_whatever_its_numbers_and_strings(self):
        listener = subprocess.Popen([os.path.join(harness.BIN, "waybill"), "listen", "--port", "0", "--full"],
                                    stdout=subprocess.PIPE, text=True)
        self.addCleanup(listener.stdout.close)
        self.addCleanup(listener.wait)
        self.addCleanup(listener.kill)
        port = int(listener.stdout.readline().split(";")[0].rsplit(":", 1)[1])
        bodies = [('{"a":1e999,"b":[1.50,"\\ud83d"],"a":{}}', [
            "{", '  "a": 1e999,', '  "b": [', "    1.50,", '    "\\ud83d"', "  ],", '  "a": {}', "}"]),
            ("[" * 300 + "]" * 300, ["[" * 300 + "]" * 300])]
        for body, lines in bodies:
            answer = harness.request(("127.0.0.1", port), "POST", "/hook", body)
            self.assertEqual(answer.status, 200)
            while listener.stdout.readline().strip() != "signature   not checked":
                self.assertIsNone(listener.poll())
            self.assertEqual([listener.stdout.readline().rstrip("\n") for _ in lines], lines)


class Https(OperatorCli):
    def test_a_certificate_that_does_not_verify_is_called_that(self):
        token = os.path.join(self.server.data, "admin.token")
        authority = Authority()
        for name, trust in [("IP:127.0.0.1", {}), ("DNS:elsewhere.test", {"SSL_CERT_FILE": authority.ca_file})]:
            https = ScriptedUpstream(tls=authority.server(name))
            self.addCleanup(https.close)
            refused = harness.run("waybill", "--server", https.url, "--token-file", token, "list",
                                  expect=1, env=trust).stderr
            self.assertIn("certificate", refused)
            self.assertIn("SSL_CERT_FILE", refused)
            self.assertNotIn("Is it running", refused)


class Help(harness.TestCase):
    def test_every_command_has_help_with_examples(self):
        listed = harness.run("waybill", "--help").stdout
        for command in ["tail", "check", "bulk", "pause", "resume", "redeliver", "cancel"]:
            self.assertIn("\n  " + command, listed)
            text = harness.run("waybill", command, "--help").stdout
            self.assertIn("Examples\n  waybill " + command, text)


if __name__ == "__main__":
    harness.unittest.main()
