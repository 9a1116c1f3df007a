"""Every route of the operator API, as a script would use it; and with wrong input."""

import harness


class OperatorApi(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Daemon("--max-retries", "0")
        cls.addClassCleanup(cls.server.stop)

    def get(self, path, status=200):
        answer = self.server.admin("GET", path)
        self.assertEqual(answer.status, status, (path, answer))
        return answer.json

    def post(self, path, body=None, status=200):
        answer = self.server.admin("POST", path, body or {})
        self.assertEqual(answer.status, status, (path, body, answer))
        return answer.json

    def refused(self, method, path, body=None, param=None, status=400):
        answer = self.server.admin(method, path, body)
        self.assertEqual(answer.status, status, (path, body, answer))
        error = answer.json["error"]
        self.assertTrue(error["message"], answer)
        if param:
            self.assertEqual(error["param"], param, answer)

    def deliver(self, answer=200, **more):
        receiver = self.receiver(answer)
        id = self.server.submit(receiver.url, **more)
        return self.server.await_status(id, "delivered" if answer == 200 else "failed")


class Listing(OperatorApi):
    def ids(self, query):
        return [delivery["id"] for delivery in self.get("deliveries?" + query)["data"]]

    def test_every_filter_finds_its_own(self):
        mine = self.deliver(503, subject="order 7/ü")
        self.deliver(200, subject="another")
        endpoint = mine["endpoint"]
        for query in ["status=failed&endpoint=" + endpoint, "endpoint=" + endpoint,
                      "subject=order%207%2F%C3%BC", "q=order%207", "q=" + mine["id"][:-2],
                      "q=" + mine["url"] + "&http_status=503", "reason=http_status&endpoint=" + endpoint,
                      "client=anonymous&endpoint=" + endpoint,
                      "since=" + mine["created_at"] + "&endpoint=" + endpoint]:
            with self.subTest(query):
                self.assertEqual(self.ids(query), [mine["id"]])
                self.assertEqual(self.get("deliveries/count?" + query), {"count": 1})
        for query in ["status=delivered&endpoint=" + endpoint, "client=nobody",
                      "until=" + mine["created_at"] + "&endpoint=" + endpoint, "reason=tls"]:
            with self.subTest(query):
                self.assertEqual(self.ids(query), [])
                self.assertEqual(self.get("deliveries/count?" + query), {"count": 0})

    def test_pages_neither_skip_nor_repeat_in_any_order(self):
        receiver = self.receiver()
        made = [self.server.submit(receiver.url, subject="page") for _ in range(25)]
        for id in made:
            self.server.await_status(id, "delivered")
        for order in ["created", "updated"]:
            for reverse in ["false", "true"]:
                with self.subTest(order, reverse=reverse):
                    seen, cursor = [], ""
                    while cursor is not None:
                        page = self.get(f"deliveries?subject=page&limit=7&order={order}"
                                        f"&reverse={reverse}&cursor={cursor}")
                        seen += [delivery["id"] for delivery in page["data"]]
                        cursor = page["next_cursor"]
                    self.assertEqual(sorted(seen), sorted(made))
                    if order == "created":
                        self.assertEqual(seen, made if reverse == "true" else made[::-1])

    def test_wrong_queries(self):
        for query, param in [("status=lost", "status"), ("limit=0", "limit"), ("limit=501", "limit"),
                             ("limit=x", "limit"), ("cursor=garbage", "cursor"),
                             ("http_status=99", "http_status"), ("reason=bad", "reason"),
                             ("since=yesterday", "since"), ("order=size", "order"),
                             ("reverse=1", "reverse"), ("statsu=failed", "statsu"), ("q=%ff%", None)]:
            with self.subTest(query):
                self.refused("GET", "deliveries?" + query, param=param)
        self.refused("GET", "deliveries/count?limit=5", param="limit")
        self.refused("GET", "deliveries/dlv_unknown", status=404)
        self.refused("GET", "deliveries/dlv_unknown/events", status=404)
        self.refused("GET", "deliveries/dlv_unknown/payload", status=404)
        self.refused("GET", "nothing", status=404)
        self.refused("DELETE", "deliveries", status=405)


class Actions(OperatorApi):
    def test_one_delivery_is_sent_again_and_ended(self):
        receiver = self.receiver(503, 200)
        id = self.server.submit(receiver.url)
        self.server.await_status(id, "failed")
        again = self.post(f"deliveries/{id}/redeliver", {"reason": "mended"}, 202)
        self.assertEqual((again["id"], again["round"]), (id, 2))
        self.server.await_status(id, "delivered")
        self.refused("POST", f"deliveries/{id}/cancel", {}, status=409)
        self.refused("POST", f"deliveries/{id}/redeliver", {"url": "ftp://x"}, "url")
        self.refused("POST", f"deliveries/{id}/redeliver", {"reason": 7}, "reason")
        self.refused("POST", f"deliveries/{id}/redeliver", {"resaon": "x"}, "resaon")
        self.refused("POST", f"deliveries/{id}/redeliver", "[]")
        self.refused("POST", "deliveries/dlv_unknown/redeliver", {}, status=404)
        self.refused("POST", "deliveries/dlv_unknown/cancel", {}, status=404)

    def test_an_endpoint_is_held_and_let_go(self):
        receiver = self.receiver()
        endpoint = f"http://127.0.0.1:{receiver.port}"
        paused = self.post("endpoints/pause", {"endpoint": endpoint.upper().replace("HTTP", "http"),
                                               "reason": "maintenance"})
        self.assertEqual((paused["endpoint"], paused["state"], paused["pause_reason"]),
                         (endpoint, "paused", "maintenance"))
        self.refused("POST", "endpoints/pause", {"endpoint": endpoint}, status=409)
        id = self.server.submit(receiver.url)
        held = self.server.delivery(id)
        self.assertEqual((held["status"], held["held_by"]), ("pending", "endpoint_paused"))
        self.assertEqual(self.post("endpoints/resume", {"endpoint": endpoint})["paused"], False)
        self.server.await_status(id, "delivered")
        self.refused("POST", "endpoints/resume", {"endpoint": endpoint}, status=409)

    def test_all_endpoints_are_held_at_once(self):
        receiver = self.receiver()
        self.post("endpoints/pause", {"endpoint": "*", "reason": "too much"})
        ids = [self.server.submit(receiver.url) for _ in range(3)]
        self.assertEqual({self.server.delivery(id)["held_by"] for id in ids}, {"endpoint_paused"})
        self.post("endpoints/resume", {"endpoint": "*"})
        for id in ids:
            self.server.await_status(id, "delivered")

    def test_wrong_endpoints(self):
        for body, param in [({}, "endpoint"), ({"endpoint": "example.com"}, "endpoint"),
                            ({"endpoint": "https://a.example/path"}, "endpoint"),
                            ({"endpoint": 7}, "endpoint"), ({"endpont": "*"}, "endpont"),
                            ({"endpoint": "https://a.example", "client": "acme"}, "client")]:
            for action in ["pause", "resume"]:
                with self.subTest(action, **body):
                    self.refused("POST", "endpoints/" + action, body, param)


class Figures(OperatorApi):
    def test_endpoints_stats_and_info(self):
        good, bad = self.deliver(200), self.deliver(500)

        def both_known():
            endpoints = {e["endpoint"]: e for e in self.get("endpoints?window=1h")["data"]}
            return endpoints if {good["endpoint"], bad["endpoint"]} <= endpoints.keys() else None
        endpoints = harness.until(both_known, "both endpoints are listed")
        self.assertEqual(endpoints[good["endpoint"]]["state"], "healthy")
        self.assertEqual(endpoints[good["endpoint"]]["success_rate"], 1)
        self.assertEqual(endpoints[bad["endpoint"]]["state"], "failing")
        self.assertIn("500", endpoints[bad["endpoint"]]["last_error"])
        stats = self.get("stats?window=1h&step=5m")
        self.assertGreaterEqual(stats["total"]["accepted"], 2)
        self.assertLessEqual(len(stats["points"]), 13)
        info = self.get("info")
        self.assertTrue(info["ready"])
        self.assertEqual((info["actor"], info["role"], info["source"]),
                         ("operator:admin", "admin", "daemon"))
        for path, param in [("endpoints?window=0s", "window"), ("endpoints?window=x", "window"),
                            ("endpoints?step=1m", "step"), ("stats?window=9999d", "window"),
                            ("stats?window=30d&step=1s", "step"), ("events?after=-1", "after"),
                            ("events?limit=999", "limit")]:
            with self.subTest(path):
                self.refused("GET", path, param=param)


class Checks(OperatorApi):
    def check(self, url, **more):
        view = self.post("check", {"url": url, **more})
        steps = {step["name"]: step["ok"] for step in view["steps"]}
        return view["ok"], steps, view["summary"] + " ".join(s["explanation"] for s in view["steps"])

    def test_what_would_happen_to_a_callback(self):
        receiver = self.receiver(204, 404)
        ok, steps, words = self.check(receiver.url)
        self.assertEqual((ok, steps), (True, {"url": True, "address": True, "connect": True}), words)
        self.assertEqual(receiver.received, [])
        ok, steps, words = self.check(receiver.url, send=True)
        self.assertTrue(ok and steps["request"], words)
        self.assertIn("204", words)
        self.assertEqual(receiver.received[0].headers["waybill-check"], "1")
        ok, steps, words = self.check(receiver.url, send=True)
        self.assertFalse(ok or steps["request"], words)
        self.assertIn("404", words)

    def test_what_stands_in_its_way(self):
        closed = harness.refused_port()
        for url, step, word in [("ftp://example.com/", "url", "http"),
                                ("http://10.1.2.3/", "address", "private"),
                                (f"http://127.0.0.1:{closed}/", "connect", "refused"),
                                ("http://nothing.invalid/", "dns", "name"),
                                (f"https://127.0.0.1:{self.receiver().port}/", "tls", "TLS")]:
            with self.subTest(url):
                ok, steps, words = self.check(url)
                self.assertFalse(ok, words)
                self.assertEqual(list(steps)[-1], step, words)
                self.assertFalse(steps[step], words)
                self.assertIn(word, words)
        self.refused("POST", "check", {}, "url")
        self.refused("POST", "check", {"url": 1}, "url")
        self.refused("POST", "check", {"url": "http://x", "send": "yes"}, "send")


if __name__ == "__main__":
    harness.unittest.main()
