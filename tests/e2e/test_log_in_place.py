"""The log in hand is the log on disk: files that go, copies put back, programs that hold it."""

import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import unittest

import harness

# Holds the log as another process does, says so, and lets go at the end of its input.
HOLDER = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    db.execute(statement).fetchall()
print("held", flush=True)
sys.stdin.read()
"""


class Holder:
    def __init__(self, db, *statements):
        self.process = subprocess.Popen([sys.executable, "-c", HOLDER, db, *statements],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout.readline() == "held\n"

    def let_go(self):
        self.process.communicate(timeout=harness.PATIENCE)


READS = ("BEGIN", "SELECT count(*) FROM event_log")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def problem(daemon):
    answer = daemon.call("GET", "/readyz")
    return answer.json["problem"] if answer.status == 503 else None


class FilesOfARunningDaemon(harness.TestCase):
    def refused(self, daemon, words):
        harness.until(lambda: words in (problem(daemon) or ""), "/readyz says: " + words)
        answer = daemon.call("POST", "/v1/deliveries", {"url": self.sink.url, "payload": 1})
        self.assertEqual(answer.status, 503, answer)
        self.assertIn(words, answer.json["error"]["message"])

    def setUp(self):
        self.sink = self.receiver()

    def test_removed(self):
        daemon = self.daemon()
        daemon.submit(self.sink.url)
        for name in ("waybill.db", "waybill.db-wal", "waybill.db-shm"):
            os.remove(os.path.join(daemon.data, name))
        self.refused(daemon, "is gone")

    def test_moved_away_and_back(self):
        daemon = self.daemon()
        id = daemon.submit(self.sink.url)
        os.rename(daemon.data, daemon.data + ".away")
        self.refused(daemon, "is gone")
        os.rename(daemon.data + ".away", daemon.data)
        harness.until(lambda: problem(daemon) is None, "it goes on by itself")
        self.assertEqual(daemon.delivery(id)["id"], id)
        daemon.submit(self.sink.url)

    def test_replaced(self):
        daemon = self.daemon()
        daemon.submit(self.sink.url)
        shutil.copyfile(daemon.db, daemon.db + ".copy")
        os.rename(daemon.db + ".copy", daemon.db)
        self.refused(daemon, "is another file than the one that is open")

    def test_without_its_write_ahead_log_it_keeps_what_it_took(self):
        daemon = self.daemon()
        ids = [daemon.submit(self.sink.url) for _ in range(5)]
        os.remove(daemon.db + "-wal")
        self.refused(daemon, "waybill.db-wal is gone")
        daemon.kill()
        daemon.restart()
        for id in ids:
            self.assertEqual(daemon.delivery(id)["id"], id)
        harness.run("waybill", "verify", daemon.db)


class ProgramsThatHoldTheLog(harness.TestCase):
    def test_a_reader_keeps_no_daemon_from_starting(self):
        daemon, sink = self.daemon(), self.receiver()
        first = daemon.submit(sink.url)
        reader = Holder(daemon.db, *READS)
        second = daemon.submit(sink.url)
        daemon.kill()
        daemon.restart()
        third = daemon.submit(sink.url)
        sink.await_count(3)
        daemon.kill()
        reader.let_go()
        daemon.restart()
        for id in (first, second, third):
            harness.until(lambda: daemon.delivery(id)["status"] == "delivered", "delivered")
        harness.run("waybill", "verify", daemon.db)

    def test_one_that_copies_the_log_away_and_checkpoints_it(self):
        """As Litestream does: a read transaction all the time, renewed after checkpoints of its
        own, and a table that it writes."""
        daemon, sink = self.daemon(), self.receiver()
        ids = [daemon.submit(sink.url)]
        db = sqlite3.connect(daemon.db, isolation_level=None)
        db.execute("PRAGMA wal_autocheckpoint = 0")
        db.execute("CREATE TABLE IF NOT EXISTS _litestream_seq (id INTEGER PRIMARY KEY, seq INTEGER)")
        for mode in ("PASSIVE", "RESTART", "TRUNCATE", "PASSIVE"):
            db.execute("BEGIN")
            db.execute("SELECT count(*) FROM _litestream_seq").fetchall()
            ids += [daemon.submit(sink.url) for _ in range(5)]
            daemon.kill()
            daemon.restart()
            ids += [daemon.submit(sink.url) for _ in range(5)]
            db.execute("ROLLBACK")
            db.execute(f"PRAGMA wal_checkpoint({mode})").fetchall()
            db.execute("INSERT INTO _litestream_seq VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET seq = seq + 1")
        db.close()
        daemon.kill()
        daemon.restart()
        for id in ids:
            self.assertEqual(daemon.delivery(id)["id"], id)
        harness.run("waybill", "verify", daemon.db)

    def test_one_that_makes_a_table_before_the_first_commit(self):
        daemon, sink = self.daemon(), self.receiver()
        ids = [daemon.submit(sink.url)]
        daemon.kill()
        for change in ("CREATE TABLE theirs (x)", "CREATE INDEX theirs_x ON theirs (x)", "ANALYZE", "DROP TABLE theirs"):
            daemon.restart()
            db = sqlite3.connect(daemon.db, isolation_level=None)
            db.execute(change)
            ids.append(daemon.submit(sink.url))
            daemon.kill()
            db.close()
        daemon.restart()
        for id in ids:
            self.assertEqual(daemon.delivery(id)["id"], id)
        harness.run("waybill", "verify", daemon.db)

    def test_a_writers_lock_is_waited_for_and_named(self):
        daemon, sink = self.daemon(), self.receiver()
        daemon.submit(sink.url)
        daemon.kill()
        holder = Holder(daemon.db, "BEGIN EXCLUSIVE")
        daemon.options = (*daemon.options, "--listen", f"127.0.0.1:{free_port()}")
        daemon.start(wait=False)
        daemon.address = ("127.0.0.1", int(daemon.options[-1].rsplit(":")[-1]))

        def answer():
            try:
                return daemon.call("GET", "/readyz")
            except OSError:
                return None

        self.assertEqual(harness.until(answer, "it answers").status, 503)
        self.assertIn(f"process {holder.process.pid} (python", problem(daemon))
        self.assertEqual(daemon.call("GET", "/healthz").status, 200)
        refused = daemon.call("POST", "/v1/deliveries", {"url": sink.url, "payload": 1})
        self.assertEqual(refused.status, 503, refused)
        for path in ("/", "/v1/models", "/a" * 20, "/v1/deliveries/"):
            for method in ("GET", "DELETE"):
                refused = daemon.call(method, path)
                self.assertEqual((refused.status, "cannot be opened yet" in str(refused.body)), (503, True), path)
        second = subprocess.run(
            [os.path.join(harness.BIN, "waybilld"), "--listen", "127.0.0.1:0", "--data", daemon.data],
            capture_output=True, text=True, timeout=harness.PATIENCE)
        self.assertEqual(second.returncode, 1)
        self.assertIn(f"process {daemon.process.pid}", second.stderr)
        holder.let_go()
        daemon._await_listening()
        self.assertIsNone(problem(daemon))
        self.assertIn(f"process {holder.process.pid} (python", daemon.stderr())
        daemon.submit(sink.url)

    def test_a_stop_signal_ends_the_wait(self):
        daemon = self.daemon()
        daemon.kill()
        holder = Holder(daemon.db, "PRAGMA locking_mode = EXCLUSIVE", "BEGIN EXCLUSIVE")
        daemon.start(wait=False)
        harness.until(lambda: "waiting for the log" in daemon.stderr(), "it waits")
        daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(daemon.process.wait(harness.PATIENCE), 0)
        holder.let_go()


class DamagedRows(harness.TestCase):
    def test_stop_no_daemon(self):
        daemon = self.daemon("--retain-responses", "1h")
        sink = self.receiver()
        delivery = daemon.submit(sink.url)
        response = daemon.call("POST", "/v1/responses", {"model": "m", "input": "hi"}).json["id"]
        sink.await_count(1)
        harness.until(lambda: daemon.delivery(delivery)["status"] == "delivered", "delivered")
        daemon.kill()
        db = sqlite3.connect(daemon.db)
        db.execute("UPDATE derived_response SET state = 'bogus', client = 'x'")
        db.execute("UPDATE derived_delivery SET status = 'bogus', payload_digest = x'00'")
        db.commit()
        db.close()
        daemon.options = ("--retain-responses", "300ms")
        daemon.restart()
        self.assertEqual(daemon.delivery(delivery)["status"], "delivered")
        harness.until(lambda: daemon.call("GET", "/v1/responses/" + response).status == 404,
                      "the old response is deleted")
        self.assertIn("derived row is missing or damaged", daemon.stderr())
        metrics = daemon.call("GET", "/metrics").body.decode()
        self.assertNotIn("waybill_derived_rows_damaged_total 0\n", metrics)


if __name__ == "__main__":
    unittest.main()
