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
        sink.await_count(2)
        daemon.kill()
        daemon.restart()
        third = daemon.submit(sink.url)
        # An attempt that is killed twice would be made again after minutes.
        harness.until(lambda: daemon.delivery(third)["status"] == "delivered", "delivered")
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


class LostEvents(harness.TestCase):
    """What a daemon had acknowledged goes from its files while it is down."""

    COUNT = 15

    def killed(self):
        """A daemon that died with its deliveries in the write-ahead log, a second after the last."""
        daemon, sink = self.daemon(), self.receiver()
        self.ids = [daemon.submit(sink.url) for _ in range(self.COUNT)]
        for id in self.ids:
            daemon.await_status(id, "delivered")
        self.events = len(daemon.events())
        harness.until(lambda: f"\nposition {self.events}\n" in self.note(daemon), "the head is noted")
        daemon.kill()
        return daemon

    @staticmethod
    def note(daemon):
        try:
            with open(os.path.join(daemon.data, "waybill.head")) as file:
                return file.read()
        except FileNotFoundError:
            return ""

    @staticmethod
    def contents(daemon):
        contents = {}
        for name in os.listdir(daemon.data):
            if name != "waybill.lock":
                with open(os.path.join(daemon.data, name), "rb") as file:
                    contents[name] = file.read()
        return contents

    def start(self, daemon, *options):
        """Starts it, until it listens; or else what it says at its end."""
        daemon.options = options
        try:
            daemon.start()
        except AssertionError:
            self.assertEqual(daemon.process.returncode, 1)
            with open(daemon.log_path) as log:
                return log.read().splitlines()[-1]
        return None

    def refused(self, daemon, *words):
        before = self.contents(daemon)
        message = self.start(daemon)
        self.assertIsNotNone(message, "it started")
        for word in (*words, "First keep a copy of all files in " + daemon.data, "--accept-loss"):
            self.assertIn(word, message)
        self.assertEqual(self.contents(daemon), before, "the files are as they were")
        refused = harness.run("waybill", "rebuild", daemon.db, expect=1)
        self.assertIn("--accept-loss", refused.stderr)

    def accepted(self, daemon):
        """With --accept-loss it goes on, the log says what is missing, and is sound."""
        self.assertIsNone(self.start(daemon, "--accept-loss"))
        losses = [event for event in daemon.events() if event["type"] == "loss_accepted"]
        self.assertEqual([event["stream"] for event in losses], ["log"])
        self.assertIn("a loss is recorded as event", daemon.stderr())
        sink = self.receiver()
        daemon.await_status(daemon.submit(sink.url), "delivered")
        shown = harness.run("waybill", "verify", daemon.db).stdout
        self.assertIn("a start went on without", shown)
        self.assertIn("OK", shown)
        daemon.kill()
        self.assertIsNone(self.start(daemon), "an accepted loss is not told again")
        daemon.kill()
        return losses[0]["data"]

    def test_with_the_write_ahead_log(self):
        daemon = self.killed()
        os.remove(daemon.db + "-wal")
        self.refused(daemon, f"events 1 to {self.events} are missing")
        self.assertEqual(self.accepted(daemon)["missing"], self.events)

    def test_with_an_older_copy(self):
        daemon, sink = self.daemon(), self.receiver()
        daemon.await_status(daemon.submit(sink.url), "delivered")
        older = len(daemon.events())
        db = sqlite3.connect(daemon.db)
        with sqlite3.connect(daemon.data + ".copy") as copy:
            db.backup(copy)
        db.close()
        daemon.await_status(daemon.submit(sink.url), "delivered")
        newer = len(daemon.events())
        daemon.stop()
        self.assertIn(f"\nposition {newer}\n", self.note(daemon))
        shutil.copyfile(daemon.data + ".copy", daemon.db)
        self.refused(daemon, f"events {older + 1} to {newer} are missing")
        loss = self.accepted(daemon)
        self.assertEqual((loss["known_position"], loss["found_position"]), (newer, older))

    def test_with_the_log_itself(self):
        daemon = self.killed()
        for name in ("waybill.db", "waybill.db-wal", "waybill.db-shm"):
            os.remove(os.path.join(daemon.data, name))
        self.assertIsNone(self.start(daemon), "a log is begun anew")
        losses = [event for event in daemon.events() if event["type"] == "loss_accepted"]
        self.assertEqual([event["data"]["missing"] for event in losses], [self.events])
        self.assertIn(f"events 1 to {self.events} are missing", daemon.stderr())

    def test_with_flipped_bytes_of_the_write_ahead_log(self):
        """Wherever a byte is flipped: the start refuses, or nothing is missing."""
        daemon = self.killed()
        kept = daemon.data + ".kept"
        shutil.copytree(daemon.data, kept)
        size = os.path.getsize(daemon.db + "-wal")
        places = [0, 9, 17, 30] + [size * part // 24 + part for part in range(1, 24)] + [size - 1]
        refused = 0
        for place in places:
            shutil.rmtree(daemon.data)
            shutil.copytree(kept, daemon.data)
            with open(daemon.db + "-wal", "r+b") as wal:
                wal.seek(place)
                byte = wal.read(1)[0]
                wal.seek(place)
                wal.write(bytes([byte ^ 0x40]))
            message = self.start(daemon)
            if message is None:
                self.assertEqual(len(daemon.events()), self.events, f"byte {place}")
                daemon.kill()
            else:
                refused += 1
                self.assertIn("First keep a copy", message)
        self.assertGreater(refused, len(places) // 2)

    def test_are_recorded_when_the_write_ahead_log_is_damaged(self):
        daemon = self.killed()
        with open(daemon.db + "-wal", "r+b") as wal:
            wal.seek(os.path.getsize(daemon.db + "-wal") * 2 // 3)
            wal.write(b"damage")
        self.refused(daemon, "of the write-ahead log is damaged", f"to {self.events} are missing")
        loss = self.accepted(daemon)
        self.assertGreater(loss["found_position"], 0)
        self.assertEqual(loss["missing"], self.events - loss["found_position"])

    def test_none_are_missed_after_many_deaths(self):
        daemon, sink = self.daemon(), self.receiver()
        for _ in range(8):
            ids = [daemon.submit(sink.url) for _ in range(5)]
            daemon.kill()
            self.assertIsNone(self.start(daemon))
            for id in ids:
                self.assertEqual(daemon.delivery(id)["id"], id)
        daemon.stop()
        self.assertIsNone(self.start(daemon, "--accept-loss"))
        self.assertIn("nothing that was acknowledged is missing", daemon.stderr())
        self.assertNotIn("loss_accepted", [event["type"] for event in daemon.events()])


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
        self.assertIn("are made anew from the events", daemon.stderr())
        self.assertEqual(daemon.delivery(delivery)["status"], "delivered")
        harness.until(lambda: daemon.call("GET", "/v1/responses/" + response).status == 404,
                      "the old response is deleted")

    def test_that_appear_while_a_daemon_runs_are_answered_from_the_events(self):
        daemon, sink = self.daemon(), self.receiver()
        delivery = daemon.submit(sink.url)
        harness.until(lambda: daemon.delivery(delivery)["status"] == "delivered", "delivered")
        db = sqlite3.connect(daemon.db)
        db.execute("UPDATE derived_delivery SET status = 'bogus', payload_digest = x'00'")
        db.commit()
        db.close()
        self.assertEqual([one["status"] for one in daemon.deliveries()], ["delivered"])
        self.assertEqual(daemon.delivery(delivery)["status"], "delivered")
        harness.until(lambda: "derived row is missing or damaged" in daemon.stderr(), "the log says so")
        metrics = daemon.call("GET", "/metrics").body.decode()
        self.assertRegex(metrics, "waybill_derived_rows_damaged_total [1-9]")


if __name__ == "__main__":
    unittest.main()
