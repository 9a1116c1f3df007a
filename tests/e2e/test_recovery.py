"""A daemon that is killed at the worst moment, and what the next one makes of its log."""

import os
import signal
import sqlite3
import subprocess

import harness


def snapshot(daemon):
    return [{k: d[k] for k in ("id", "status", "next_attempt_at", "attempt_count", "round", "updated_at")}
            for d in daemon.deliveries()]


class Recovery(harness.TestCase):
    def test_kill_9_loses_nothing_and_moves_nothing(self):
        daemon = self.daemon("--retry-delays", "1h", "--attempt-timeout", "25s")
        failing, hanging = self.receiver(500), self.receiver("hang")
        pending = [daemon.submit(failing.url) for _ in range(20)]
        on_wire = [daemon.submit(hanging.url) for _ in range(5)]
        failing.await_count(20)
        hanging.await_count(5)
        harness.until(lambda: sum(d["status"] == "pending" for d in daemon.deliveries()) == 20,
                      "twenty wait for their retry")
        due = {id: daemon.delivery(id)["next_attempt_at"] for id in pending}
        daemon.kill()
        daemon.restart()
        self.assertEqual({id: daemon.delivery(id)["next_attempt_at"] for id in pending}, due)
        for id in on_wire:
            delivery = daemon.delivery(id)
            self.assertEqual(delivery["attempts"][0]["status"], "abandoned")
            self.assertEqual(delivery["status"], "pending")
            self.assertIsNotNone(delivery["next_attempt_at"])
        self.assertEqual(len(daemon.deliveries()), 25)
        harness.run("waybill", "verify", daemon.db)

    def test_accepted_means_durable_at_any_moment(self):
        """Killed while requests stream in: every id that was answered with 202 is there."""
        daemon, receiver = self.daemon(), self.receiver()
        for round in range(3):
            accepted = []
            stop = harness.threading.Event()

            def client():
                while not stop.is_set():
                    try:
                        accepted.append(daemon.submit(receiver.url))
                    except (OSError, AssertionError, harness.http.client.HTTPException):
                        return

            clients = [harness.threading.Thread(target=client) for _ in range(4)]
            for thread in clients:
                thread.start()
            harness.until(lambda: len(accepted) > 50, "some deliveries")
            daemon.kill()
            stop.set()
            for thread in clients:
                thread.join()
            daemon.restart()
            for id in accepted:
                self.assertEqual(daemon.admin("GET", "deliveries/" + id).status, 200, id)
        for delivery in daemon.deliveries():
            daemon.await_status(delivery["id"], "delivered", "pending")
        harness.run("waybill", "verify", daemon.db)

    def test_derived_tables_can_be_deleted(self):
        daemon = self.daemon("--retry-delays", "1h")
        for receiver, count in [(self.receiver(500), 5), (self.receiver(200), 5)]:
            for _ in range(count):
                daemon.submit(receiver.url, subject="s")
        harness.until(lambda: all(d["attempt_count"] == 1 and d["status"] != "attempting"
                                  for d in daemon.deliveries()), "every first attempt has ended")
        before = snapshot(daemon)
        daemon.stop()
        with sqlite3.connect(daemon.db) as db:
            tables = [name for (name,) in db.execute(
                "SELECT name FROM sqlite_master WHERE type='table' AND name LIKE 'derived\\_%' ESCAPE '\\'")]
            self.assertTrue(tables)
            for table in tables:
                db.execute(f"DROP TABLE {table}")
        db.close()
        daemon.restart()
        self.assertEqual(snapshot(daemon), before)
        harness.run("waybill", "verify", daemon.db)

    def test_sigterm_lets_an_attempt_on_the_wire_finish(self):
        daemon, receiver = self.daemon(), self.receiver("hang")
        id = daemon.submit(receiver.url)
        receiver.await_count(1)
        daemon.process.send_signal(signal.SIGTERM)
        receiver.release.set()  # the connection closes: a failed attempt, but a recorded one
        self.assertEqual(daemon.process.wait(timeout=harness.PATIENCE), 0)
        daemon.restart()
        self.assertIn(daemon.delivery(id)["attempts"][0]["status"], ["failed", "succeeded"])

    def test_a_second_daemon_on_the_same_data_is_refused_and_names_the_first(self):
        daemon = self.daemon()
        result = harness.run("waybilld", "--listen", "127.0.0.1:0", "--data", daemon.data, expect=1)
        self.assertIn(str(daemon.process.pid), result.stderr)
        self.assertEqual(daemon.call("GET", "/healthz").status, 200)

    def test_directories_it_cannot_use_are_left_untouched(self):
        for name, content in [("garbage", b"this is not a database" * 100), ("empty", b"")]:
            with self.subTest(name):
                directory = harness.tempfile.mkdtemp()
                path = os.path.join(directory, "waybill.db")
                with open(path, "wb") as file:
                    file.write(content)
                if not content:
                    continue
                result = harness.run("waybilld", "--listen", "127.0.0.1:0", "--data", directory, expect=1)
                self.assertEqual(len(result.stderr.strip().splitlines()), 1, result.stderr)
                with open(path, "rb") as file:
                    self.assertEqual(file.read(), content)
                self.assertEqual(os.listdir(directory), ["waybill.db"])

    def test_a_newer_log_is_refused(self):
        daemon = self.daemon()
        daemon.stop()
        with sqlite3.connect(daemon.db) as db:
            db.execute("PRAGMA user_version = 9999")
        db.close()
        result = harness.run("waybilld", "--listen", "127.0.0.1:0", "--data", daemon.data, expect=1)
        self.assertIn("newer", result.stderr)

    def test_a_background_response_survives_a_crash(self):
        daemon, receiver = self.daemon("--echo-delay", "2s"), self.receiver()
        answer = daemon.call("POST", "/v1/responses", {
            "model": "m", "input": "x", "background": True,
            "metadata": {"completion_webhook": receiver.url, "webhook_token": "s3cret"}})
        daemon.kill()
        daemon.restart("--echo-delay", "0")
        callback = receiver.await_count(1)[0]
        self.assertEqual(callback.headers["Authorization"], "Bearer s3cret")
        self.assertEqual(callback.body, daemon.call("GET", "/v1/responses/" + answer.json["id"]).body)


class Log(harness.TestCase):
    def recorded(self):
        daemon, receiver = self.daemon("--max-retries", "1", "--retry-delays", "20ms"), self.receiver(500, 200)
        ids = [daemon.submit(receiver.url, token="t0k3n-in-the-open") for _ in range(5)]
        for id in ids:
            daemon.await_status(id, "delivered", "failed")
        return daemon

    def tampered(self, daemon, *statements):
        copy = daemon.data + f".copy{len(os.listdir(os.path.dirname(daemon.data)))}.db"
        source, target = sqlite3.connect(daemon.db), sqlite3.connect(copy)
        with target:
            source.backup(target)
        triggers = target.execute("SELECT name FROM sqlite_master WHERE type='trigger'").fetchall()
        with target:
            for (trigger,) in triggers:
                target.execute(f"DROP TRIGGER {trigger}")
            for statement in statements:
                target.execute(statement)
        source.close()
        target.close()
        return copy

    def test_verify_names_the_place(self):
        daemon = self.recorded()
        harness.run("waybill", "verify", daemon.db)  # also while the daemon runs
        events = daemon.events()
        head = events[-1]["hash"]
        started = next(e["global_position"] for e in events if e["type"] == "attempt_started")
        harness.run("waybill", "verify", daemon.db, "--expect-head", head)
        daemon.stop()
        newest = "SELECT max(global_position) FROM event_log"
        for what, place, statements, more in [
                ("one byte changed", str(started),
                 ["UPDATE event_log SET data = replace(data, '\"attempt\":1', '\"attempt\":9') "
                  f"WHERE global_position = {started}"], []),
                ("one deleted", "5", ["DELETE FROM event_log WHERE global_position = 5"], []),
                ("two swapped", "3",
                 ["UPDATE event_log SET global_position = -3 WHERE global_position = 3",
                  "UPDATE event_log SET global_position = 3 WHERE global_position = 4",
                  "UPDATE event_log SET global_position = 4 WHERE global_position = -3"], []),
                ("the newest deleted", "", [f"DELETE FROM event_log WHERE global_position = ({newest})"],
                 ["--expect-head", head])]:
            with self.subTest(what):
                result = harness.run("waybill", "verify", self.tampered(daemon, *statements), *more, expect=1)
                self.assertIn(place, result.stdout + result.stderr)

    def test_events_cannot_be_changed_by_the_sqlite_shell(self):
        daemon = self.recorded()
        daemon.stop()
        db = sqlite3.connect(daemon.db)
        for statement in ["UPDATE event_log SET actor = actor", "DELETE FROM event_log",
                          "REPLACE INTO event_log SELECT * FROM event_log WHERE global_position = 1"]:
            with self.assertRaises(sqlite3.DatabaseError, msg=statement):
                db.execute(statement)
        columns = [c[1] for c in db.execute("PRAGMA table_info(events)")]
        for column in ["global_position", "stream", "position", "type", "recorded_at", "actor", "data", "hash"]:
            self.assertIn(column, columns)
        db.close()

    def test_the_token_is_nowhere_in_plain(self):
        daemon = self.recorded()
        secret = b"t0k3n-in-the-open"
        for path in ["events?limit=500", "deliveries?limit=500"]:
            self.assertNotIn(secret, daemon.admin("GET", path).body)
        for delivery in daemon.deliveries():
            self.assertNotIn(secret, daemon.admin("GET", "deliveries/" + delivery["id"]).body)
        for name in os.listdir(daemon.data):
            with open(os.path.join(daemon.data, name), "rb") as file:
                self.assertNotIn(secret, file.read(), name)
        self.assertNotIn(secret.decode(), daemon.stderr())

    def test_modes_of_the_files(self):
        daemon = self.daemon()
        self.assertEqual(os.stat(daemon.data).st_mode & 0o777, 0o700)
        for name in os.listdir(daemon.data):
            self.assertEqual(os.stat(os.path.join(daemon.data, name)).st_mode & 0o777, 0o600, name)


if __name__ == "__main__":
    harness.unittest.main()
