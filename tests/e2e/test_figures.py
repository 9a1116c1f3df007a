"""Figures, exports and rebuilds: the commands that only read, on the real binaries."""

import json
import os
import shutil
import sqlite3
import tempfile

import harness
from harness import run


class Figures(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = harness.Daemon("--max-retries", "0")
        cls.addClassCleanup(cls.server.stop)
        cls.good = harness.Receiver(200)
        cls.bad = harness.Receiver(503)
        cls.addClassCleanup(cls.good.close)
        cls.addClassCleanup(cls.bad.close)
        cls.delivered = [cls.server.submit(cls.good.url) for _ in range(5)]
        cls.failed = [cls.server.submit(cls.bad.url) for _ in range(3)]
        for id in cls.delivered:
            cls.server.await_status(id, "delivered")
        for id in cls.failed:
            cls.server.await_status(id, "failed")

    def copy(self):
        """The log by itself, as somebody would send it to a colleague."""
        directory = tempfile.mkdtemp(prefix="waybill-e2e-")
        self.addCleanup(shutil.rmtree, directory)
        file = os.path.join(directory, "copy.db")
        with sqlite3.connect(self.server.db) as log, sqlite3.connect(file) as copy:
            log.backup(copy)
        copy.close()
        log.close()
        return file

    def sources(self):
        return {"daemon": ["--data", self.server.data], "log": ["--log", self.server.db],
                "copy": ["--log", self.copy()]}.items()

    def test_stats_are_the_same_wherever_they_are_asked(self):
        for name, source in self.sources():
            with self.subTest(name):
                stats = json.loads(run("waybill", *source, "stats", "--json").stdout)
                self.assertEqual(stats["total"]["accepted"], 8)
                self.assertEqual(stats["total"]["delivered"], 5)
                self.assertEqual(stats["total"]["failed"], 3)
                self.assertEqual(stats["finally_failed"], 3)
                self.assertEqual(sum(point["accepted"] for point in stats["points"]), 8)
                self.assertGreater(stats["total"]["latency_us"]["p99"], 0)

    def test_stats_for_people(self):
        text = run("waybill", "--data", self.server.data, "stats", "--window", "10m").stdout
        self.assertIn("together", text)
        self.assertIn("62.5 %", text)
        self.assertIn("0 wait, 0 on the wire, 3 failed for good.", text)

    def test_endpoints_worst_first(self):
        for name, source in self.sources():
            with self.subTest(name):
                lines = run("waybill", *source, "endpoints", "--json").stdout.splitlines()
                bad, good = map(json.loads, lines)
                self.assertEqual(bad["endpoint"], f"http://127.0.0.1:{self.bad.port}")
                self.assertEqual(bad["state"], "failing")
                self.assertEqual(bad["last_error"], "503 Service Unavailable")
                self.assertTrue(bad["failing_since"])
                self.assertEqual(good["state"], "healthy")
                self.assertEqual(good["success_rate"], 1)

    def test_endpoints_for_people(self):
        text = run("waybill", "--data", self.server.data, "endpoints").stdout
        first = text.splitlines()[1]
        self.assertIn("failing", first)
        self.assertIn(f":{self.bad.port}", first)

    def test_export_is_the_whole_log_in_order(self):
        events = [json.loads(line) for line in
                  run("waybill", "export", self.server.db).stdout.splitlines()]
        self.assertEqual(events, self.server.events())
        self.assertEqual([event["global_position"] for event in events],
                         list(range(1, len(events) + 1)))

    def test_export_of_a_stretch_of_time(self):
        events = self.server.events()
        middle = events[len(events) // 2]["recorded_at"]
        before = run("waybill", "export", self.server.db, "--until", middle).stdout.splitlines()
        after = run("waybill", "export", self.server.db, "--since", middle).stdout.splitlines()
        self.assertEqual([json.loads(line) for line in before + after], events)
        self.assertTrue(before and after)

    def test_rebuild_refuses_while_a_daemon_holds_the_log(self):
        result = run("waybill", "rebuild", self.server.db, expect=1)
        self.assertIn("is held by process", result.stderr)

    def test_rebuild_makes_a_lost_table_and_the_index_anew(self):
        file = self.copy()
        with sqlite3.connect(file) as log:
            log.execute("DELETE FROM derived_delivery")
        log.close()
        run("waybill", "verify", file, expect=1)
        text = run("waybill", "rebuild", file).stdout
        self.assertIn("8 streams", text)
        run("waybill", "verify", file)
        self.assertTrue(os.path.exists(file + ".index"))
        listed = run("waybill", "--log", file, "list", "--status", "failed", "--json").stdout
        self.assertEqual({json.loads(line)["id"] for line in listed.splitlines()},
                         set(self.failed))
        again = json.loads(run("waybill", "rebuild", file, "--json").stdout)
        self.assertEqual(again["streams"], 8)

    def test_an_index_is_kept_beside_the_log(self):
        harness.until(lambda: self.indexed() == len(self.server.events()),
                      "the index has got everything")
        mode = os.stat(os.path.join(self.server.data, "index.db")).st_mode & 0o777
        self.assertEqual(mode, 0o600)

    def indexed(self):
        index = sqlite3.connect(f"file:{self.server.data}/index.db?mode=ro", uri=True)
        try:
            return index.execute("SELECT position FROM derived_index").fetchone()[0]
        finally:
            index.close()

    def test_a_killed_daemon_finds_its_index_again(self):
        server = self.daemon("--max-retries", "0")
        ids = [server.submit(self.good.url) for _ in range(20)]
        server.kill()
        server.restart()
        for id in ids:
            server.await_status(id, "delivered", "failed")
        self.assertEqual(len(server.deliveries()), 20)
        server.stop()
        # Without it every answer is the same.
        os.remove(os.path.join(server.data, "index.db"))
        listed = run("waybill", "--log", server.db, "list", "--json").stdout.splitlines()
        self.assertEqual({json.loads(line)["id"] for line in listed}, set(ids))

    def test_wrong_input_says_what_to_do(self):
        for words in (["stats", "--window", "soon"], ["stats", "--step", "-1"], ["stats", "extra"],
                      ["endpoints", "--window", "x"], ["endpoints", "extra"],
                      ["export", "--since", "x"], ["export", "a", "b"], ["rebuild", "a", "b"]):
            with self.subTest(words):
                result = run("waybill", *words, expect=2)
                self.assertIn("--help", result.stderr)
        for words in (["stats", "--step", "1s"], ["stats", "--window", "60d", "--step", "1m"],
                      ["stats", "--window", "0"], ["endpoints", "--window", "200d"]):
            with self.subTest(words):
                result = run("waybill", "--data", self.server.data, *words, expect=1)
                self.assertTrue(result.stderr.startswith("waybill: "))
        run("waybill", "rebuild", "/nowhere/at/all.db", expect=1)
        run("waybill", "export", "/nowhere/at/all.db", expect=1)
        for command in ("export", "head"):
            self.assertIn("/etc/hostname is not a Waybill log",
                          run("waybill", command, "/etc/hostname", expect=2).stderr)

    def test_help_has_examples(self):
        for command in ("stats", "endpoints", "export", "rebuild"):
            text = run("waybill", command, "--help").stdout
            self.assertIn("Examples", text)
            self.assertIn(f"waybill {command}", text)


if __name__ == "__main__":
    harness.unittest.main()
