"""A reader of server-sent events, as a monitoring script would write one."""

import http.client
import json
import queue
import threading

from harness import PATIENCE


class EventStream:
    """Follows the log of a daemon; `events` come in order, in a thread of their own."""

    def __init__(self, daemon, after=None, last_event_id=None, token=None):
        self.queue = queue.Queue()
        self.comments = 0
        self.connection = http.client.HTTPConnection(*daemon.address, timeout=PATIENCE)
        headers = {"Authorization": "Bearer " + (token or daemon.admin_token)}
        if last_event_id is not None:
            headers["Last-Event-ID"] = str(last_event_id)
        self.connection.request("GET", "/admin/v1/events/stream" +
                                ("" if after is None else f"?after={after}"), headers=headers)
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.status = self.response.status
        if self.status == 200:
            threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        try:
            identity = None
            for line in self.response:
                line = line.decode().rstrip("\n")
                if line.startswith("id: "):
                    identity = int(line[4:])
                elif line.startswith("data: "):
                    event = json.loads(line[6:])
                    assert event["global_position"] == identity, (event, identity)
                    self.queue.put(event)
                elif line.startswith(":"):
                    self.comments += 1
        except (OSError, ValueError, AttributeError, http.client.HTTPException):
            pass
        self.queue.put(None)

    def next(self, timeout=PATIENCE):
        """The next event; None when the stream has ended."""
        return self.queue.get(timeout=timeout)

    def take(self, count):
        return [self.next() for _ in range(count)]

    def close(self):
        try:
            self.socket.shutdown(2)
        except OSError:
            pass  # the daemon was first
        self.connection.close()
