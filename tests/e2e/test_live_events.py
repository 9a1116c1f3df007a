"""Whoever follows the log live sees every event once, whatever happens in between."""

import harness
from event_stream import EventStream


def positions(events):
    return [event["global_position"] for event in events]


class LiveEvents(harness.TestCase):
    def follow(self, daemon, **more):
        stream = EventStream(daemon, **more)
        self.addCleanup(stream.close)
        return stream

    def test_events_come_as_they_happen(self):
        daemon, receiver = self.daemon(), self.receiver()
        stream = self.follow(daemon)
        self.assertEqual(stream.status, 200)
        self.assertTrue(stream.response.headers["Content-Type"].startswith("text/event-stream"))
        id = daemon.submit(receiver.url)
        events = stream.take(3)
        self.assertEqual([event["type"] for event in events],
                         ["delivery_accepted", "attempt_started", "attempt_succeeded"])
        self.assertEqual({event["stream"] for event in events}, {id})
        self.assertEqual(events, daemon.events())

    def test_no_gap_and_no_repeat_across_reconnect_restart_and_kill(self):
        daemon, receiver = self.daemon(), self.receiver()
        seen = []
        for round in range(4):
            for _ in range(20):
                daemon.submit(receiver.url)
            last = seen[-1] if seen else 0
            # Half of them say where they were as browsers do, half as scripts do.
            stream = self.follow(daemon, after=0, last_event_id=last) if round % 2 \
                else self.follow(daemon, after=last)
            seen += positions(stream.take(25))
            if round == 1:
                stream.close()
                daemon.stop()
                daemon.restart()
            elif round == 2:
                daemon.kill()
                daemon.restart()
        rest = self.follow(daemon, after=seen[-1])
        total = harness.until(lambda: len(receiver.received) >= 80 and len(daemon.events()),
                              "all are delivered")
        seen += positions(rest.take(total - len(seen)))
        self.assertEqual(seen, list(range(1, total + 1)))

    def test_many_events_before_the_first_look(self):
        daemon, receiver = self.daemon(), self.receiver()
        for _ in range(200):
            daemon.submit(receiver.url)
        self.assertEqual(positions(self.follow(daemon, after=0).take(450)), list(range(1, 451)))

    def test_a_silent_line_shows_that_it_is_open(self):
        stream = self.follow(self.daemon())
        harness.until(lambda: stream.comments > 0, "a comment comes")

    def test_a_stop_ends_the_stream_at_once(self):
        daemon = self.daemon()
        stream = self.follow(daemon)
        daemon.stop()
        self.assertIsNone(stream.next(timeout=5))

    def test_a_reader_that_takes_nothing_slows_nobody(self):
        daemon, receiver = self.daemon(), self.receiver()
        self.follow(daemon, after=0).socket.setsockopt(harness.socket.SOL_SOCKET,
                                                       harness.socket.SO_RCVBUF, 4096)
        ids = [daemon.submit(receiver.url) for _ in range(100)]
        for id in ids:
            daemon.await_status(id, "delivered")

    def test_wrong_positions_are_refused(self):
        daemon = self.daemon()
        for path, headers in [("events/stream?after=x", {}), ("events/stream?after=99", {}),
                              ("events/stream?limit=1", {}),
                              ("events/stream", {"Last-Event-ID": "first"}),
                              ("events/stream", {"Last-Event-ID": "77"})]:
            with self.subTest(path, **headers):
                answer = daemon.admin("GET", path, headers=headers)
                self.assertEqual(answer.status, 400, answer)
                self.assertTrue(answer.json["error"]["message"])


if __name__ == "__main__":
    harness.unittest.main()
