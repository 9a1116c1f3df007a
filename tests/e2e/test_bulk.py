"""Many deliveries at once: counted, sent again at a pace, stopped, and never twice."""

import collections

import harness


class Bulk(harness.TestCase):
    def failed(self, daemon, receiver, count, **more):
        ids = [daemon.submit(receiver.url, **more) for _ in range(count)]
        for id in ids:
            daemon.await_status(id, "failed")
        return ids

    def start(self, daemon, status=202, **request):
        answer = daemon.admin("POST", "redeliveries", request)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def view(self, daemon, id):
        answer = daemon.admin("GET", "redeliveries/" + id)
        self.assertEqual(answer.status, 200, answer)
        return answer.json

    def await_state(self, daemon, id, state):
        return harness.until(lambda: (view := self.view(daemon, id))["state"] == state and view,
                             f"{id} is {state}")

    def change(self, daemon, id, action, status=200):
        answer = daemon.admin("POST", f"redeliveries/{id}/{action}")
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def redelivered(self, daemon, id):
        """How often each delivery was taken by a run."""
        return collections.Counter(event["stream"] for event in daemon.events()
                                   if event["type"] == "redelivery_requested"
                                   and event["data"].get("bulk") == id)

    def test_what_failed_is_sent_again(self):
        daemon, receiver = self.daemon("--max-retries", "0"), self.receiver(500)
        ids = self.failed(daemon, receiver, 30)
        receiver.answers = [200]
        dry = self.start(daemon, 200, filter={"status": "failed"}, dry_run=True)
        self.assertEqual((dry["state"], dry["matched"], dry["endpoints"]), ("dry_run", 30, 1))
        self.assertEqual(len(receiver.received), 30)
        run = self.start(daemon, filter={"status": "failed"}, reason="receiver mended")
        self.assertEqual((run["state"], run["matched"]), ("running", 30))
        done = self.await_state(daemon, run["id"], "finished")
        self.assertEqual((done["done"], done["refused"]), (30, 0))
        for id in ids:
            self.assertEqual(daemon.await_status(id, "delivered")["round"], 2)
        self.assertEqual(self.redelivered(daemon, run["id"]), {id: 1 for id in ids})
        request = next(e for e in daemon.events() if e["type"] == "bulk_redelivery_requested")
        self.assertEqual((request["actor"], request["data"]["reason"], request["data"]["matched"]),
                         ("operator:admin", "receiver mended", 30))

    def test_a_limit_holds_and_what_fails_again_is_not_taken_again(self):
        daemon, receiver = self.daemon("--max-retries", "0"), self.receiver(500)
        ids = self.failed(daemon, receiver, 10)
        run = self.start(daemon, filter={"status": "failed"}, limit=4)
        self.assertEqual(self.await_state(daemon, run["id"], "finished")["done"], 4)
        self.assertEqual(self.redelivered(daemon, run["id"]), {id: 1 for id in ids[:4]})

    def test_a_run_is_paused_resumed_and_stopped(self):
        daemon, receiver = self.daemon("--max-retries", "0"), self.receiver(500)
        self.failed(daemon, receiver, 40)
        run = self.start(daemon, filter={"status": "failed"}, rate=20)
        id = run["id"]
        harness.until(lambda: self.view(daemon, id)["done"] >= 3, "it has begun")
        paused = self.change(daemon, id, "pause")
        self.assertEqual(paused["state"], "paused")
        self.change(daemon, id, "pause", 409)
        daemon.stop()
        daemon.restart()
        still = self.view(daemon, id)
        self.assertEqual((still["state"], still["done"]), ("paused", paused["done"]))
        self.change(daemon, id, "resume")
        harness.until(lambda: self.view(daemon, id)["done"] > paused["done"], "it goes on")
        stopped = self.change(daemon, id, "stop")
        self.assertEqual(stopped["state"], "stopped")
        self.assertLess(stopped["done"], 40)
        self.assertEqual(sum(self.redelivered(daemon, id).values()), stopped["done"])
        self.change(daemon, id, "resume", 409)
        self.assertEqual(self.view(daemon, id)["state"], "stopped")

    def test_the_rate_is_kept(self):
        daemon, receiver = self.daemon("--max-retries", "0"), self.receiver(500)
        self.failed(daemon, receiver, 12)
        begun = harness.time.monotonic()
        run = self.start(daemon, filter={"status": "failed"}, rate=10)
        self.assertAlmostEqual(run["rate"], 10)
        self.await_state(daemon, run["id"], "finished")
        self.assertGreater(harness.time.monotonic() - begun, 0.9)

    def test_a_kill_makes_nothing_happen_twice(self):
        daemon, receiver = self.daemon("--max-retries", "0"), self.receiver(500)
        ids = self.failed(daemon, receiver, 300)
        id = self.start(daemon, filter={"status": "failed"}, rate=400)["id"]
        for threshold in (20, 80, 150):
            harness.until(lambda: self.view(daemon, id)["done"] >= threshold, "it is under way")
            daemon.kill()
            daemon.restart()
        done = self.await_state(daemon, id, "finished")
        self.assertEqual(done["done"], 300)
        self.assertEqual(self.redelivered(daemon, id), {one: 1 for one in ids})

    def test_what_was_refused_is_not_forgotten(self):
        daemon = self.daemon("--max-retries", "0", "--drain-timeout", "100ms")
        receiver, hanging = self.receiver(500), self.receiver("hang")
        on_wire = [daemon.submit(hanging.url, subject="x") for _ in range(10)]
        hanging.await_count(10)
        failed = self.failed(daemon, receiver, 20, subject="x")
        id = self.start(daemon, filter={"subject": "x"}, rate=20)["id"]
        harness.until(lambda: self.view(daemon, id)["refused"] == 10, "what is on the wire is refused")
        daemon.stop(expect=None)
        daemon.restart()
        self.assertEqual(self.view(daemon, id)["refused"], 10)
        done = self.await_state(daemon, id, "finished")
        self.assertEqual((done["done"], done["refused"]), (20, 10))
        taken = self.redelivered(daemon, id)
        self.assertEqual(taken, {one: 1 for one in failed})
        self.assertFalse(set(taken) & set(on_wire))
        harness.run("waybill", "verify", daemon.db)

    def test_all_runs_are_listed_whoever_began_them(self):
        daemon, receiver = self.daemon("--max-retries", "0"), self.receiver(500)
        self.assertEqual(daemon.admin("GET", "redeliveries").json, {"data": [], "next_cursor": None})
        self.failed(daemon, receiver, 5)
        ids = []
        for number in range(5):
            answer = daemon.admin("POST", "redeliveries", {"all": True, "limit": 1},
                                  {"Waybill-Actor": f"kim{number}"})
            ids.append(answer.json["id"])
            self.await_state(daemon, ids[-1], "finished")
        held = self.start(daemon, filter={"status": "failed"}, rate=0.1)["id"]
        seen, cursor = [], ""
        while cursor is not None:
            page = daemon.admin("GET", "redeliveries?limit=2" + cursor).json
            seen += page["data"]
            cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
        self.assertEqual([run["id"] for run in seen], [held, *ids[::-1]])
        self.assertEqual([run["state"] for run in seen], ["running"] + ["finished"] * 5)
        self.assertEqual([run["actor"] for run in seen[1:]],
                         [f"operator:kim{number}" for number in (4, 3, 2, 1, 0)])
        self.assertEqual(seen[0], {**self.view(daemon, held), "done": seen[0]["done"],
                                   "expected_time_us": seen[0]["expected_time_us"]})
        table = harness.run("waybill", "bulk", "--data", daemon.data).stdout
        for run in seen:
            self.assertIn(run["id"], table)
        lines = harness.run("waybill", "bulk", "--limit", "2", "--json", "--log", daemon.db).stdout
        self.assertEqual([harness.json.loads(line)["id"] for line in lines.splitlines()],
                         [held, ids[-1]])
        self.assertEqual(daemon.admin("GET", "redeliveries?cursor=r1").status, 400)
        self.assertEqual(daemon.admin("GET", "redeliveries?status=x").status, 400)

    def test_cancellations(self):
        daemon, receiver = self.daemon(), self.receiver()
        daemon.admin("POST", "endpoints/pause", {"endpoint": "*"})
        held = [daemon.submit(receiver.url, subject="old") for _ in range(70)]
        kept = daemon.submit(receiver.url, subject="new")
        body = {"filter": {"subject": "old"}, "reason": "a mistake"}
        dry = daemon.admin("POST", "cancellations", {**body, "dry_run": True}).json
        self.assertEqual((dry["state"], dry["matched"], dry["done"]), ("dry_run", 70, 0))
        done = daemon.admin("POST", "cancellations", body).json
        self.assertEqual((done["state"], done["matched"], done["done"]), ("finished", 70, 70))
        self.assertEqual({daemon.delivery(id)["status"] for id in held}, {"cancelled"})
        self.assertEqual(daemon.delivery(kept)["status"], "pending")
        daemon.admin("POST", "endpoints/resume", {"endpoint": "*"})
        daemon.await_status(kept, "delivered")
        self.assertEqual(len(receiver.received), 1)

    def test_wrong_requests(self):
        daemon = self.daemon()
        for route, body, param in [
                ("redeliveries", {}, "filter"), ("redeliveries", {"filter": {}}, "filter"),
                ("redeliveries", {"filter": {"status": "lost"}}, "filter.status"),
                ("redeliveries", {"filter": {"stauts": "failed"}}, "filter.stauts"),
                ("redeliveries", {"filter": []}, "filter"),
                ("redeliveries", {"all": True, "limit": 0}, "limit"),
                ("redeliveries", {"all": True, "limit": -1}, "limit"),
                ("redeliveries", {"all": True, "rate": 0}, "rate"),
                ("redeliveries", {"all": True, "rate": "fast"}, "rate"),
                ("redeliveries", {"all": "yes"}, "all"),
                ("cancellations", {}, "filter"),
                ("cancellations", {"filter": {"status": "failed"}}, "filter.status"),
                ("cancellations", {"all": True, "rate": 1}, "rate")]:
            with self.subTest(route, **body):
                answer = daemon.admin("POST", route, body)
                self.assertEqual(answer.status, 400, answer)
                self.assertEqual(answer.json["error"]["param"], param, answer)
        for method, path in [("GET", "redeliveries/blk_1"), ("POST", "redeliveries/blk_1/stop")]:
            self.assertEqual(daemon.admin(method, path).status, 404)
        empty = daemon.admin("POST", "redeliveries", {"all": True})
        self.assertEqual(empty.status, 202, empty)
        self.await_state(daemon, empty.json["id"], "finished")


if __name__ == "__main__":
    harness.unittest.main()
