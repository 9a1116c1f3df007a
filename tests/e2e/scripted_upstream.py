"""A backend that records what it was sent and does as it is told.

A script is a function `(exchange) -> None` that writes bytes; the ones below are the usual ones. The
connection is kept when the script has written a whole answer.
"""

import json
import socket
import struct
import threading

import harness


class Request:
    """`headers` are by name, in lower case; `fields` all of them as they came, pairs of bytes."""

    def __init__(self, method, path, fields, body):
        self.method, self.path, self.fields, self.body = method, path, fields, body
        self.headers = {name.decode().lower(): value.decode("latin-1") for name, value in fields}

    @property
    def json(self):
        return json.loads(self.body)


class Exchange:
    """One request, and the connection to answer it on."""

    def __init__(self, upstream, connection, request):
        self.upstream, self.connection, self.request = upstream, connection, request
        self.close = False

    def send(self, data):
        self.connection.sendall(data)

    def head(self, status=200, content_type="application/json", length=None, **more):
        lines = [f"HTTP/1.1 {status} X", f"Content-Type: {content_type}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def chunk(self, data):
        self.send(b"%x\r\n%s\r\n" % (len(data), data))

    def end(self):
        self.send(b"0\r\n\r\n")

    def whole(self, body, status=200, content_type="application/json", **more):
        self.head(status, content_type, len(body), **more)
        self.send(body)

    def cut(self):
        """Ends the connection in the middle of it, as a crash does."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close = True

    def client_left(self, timeout=harness.PATIENCE):
        """Waits for the other side to end the connection; false when it does not."""
        self.connection.settimeout(timeout)
        try:
            while self.connection.recv(4096):
                pass
            return True
        except ConnectionError:
            return True
        except OSError:
            return False


class ScriptedUpstream:
    """Answers with `scripts` in turn; the last one stays. `tls`: what its connections are wrapped in."""

    def __init__(self, *scripts, tls=None):
        self.tls = tls
        self.scripts = list(scripts)
        self.requests = []
        self.connections = 0
        self.left = threading.Event()   # set by scripts that wait for the client to go
        self.go_on = threading.Event()  # awaited by scripts that are told when to go on
        self.lock = threading.Lock()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self):
        return f"http{'s' if self.tls else ''}://127.0.0.1:{self.listener.getsockname()[1]}"

    def await_count(self, count):
        harness.until(lambda: len(self.requests) >= count, f"{count} requests at the upstream")
        return self.requests

    def close(self):
        self.go_on.set()
        self.listener.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        if self.tls:
            try:
                connection = self.tls.wrap_socket(connection, server_side=True)
            except OSError:
                return
        with connection, connection.makefile("rb") as reader:
            try:
                while True:
                    request = self._read(reader)
                    if request is None:
                        return
                    with self.lock:
                        self.requests.append(request)
                        script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                    exchange = Exchange(self, connection, request)
                    script(exchange)
                    if exchange.close:
                        return
            except OSError:
                return

    @staticmethod
    def _read(reader):
        line = reader.readline()
        if not line:
            return None
        method, path, _ = line.decode().split(" ", 2)
        fields = []
        while (line := reader.readline().strip(b"\r\n")):
            name, value = line.split(b":", 1)
            fields.append((name, value.removeprefix(b" ")))
        request = Request(method, path, fields, b"")
        if "transfer-encoding" not in request.headers:
            request.body = reader.read(int(request.headers.get("content-length", 0)))
            return request
        while (size := int(reader.readline(), 16)):
            request.body += reader.read(size)
            reader.readline()
        reader.readline()
        return request


def sse(*events):
    """Events as bytes: strings are data, pairs are name and data; objects become JSON."""
    out = b""
    for event in events:
        name, data = event if isinstance(event, tuple) else (None, event)
        if not isinstance(data, str):
            data = json.dumps(data)
        out += (f"event: {name}\n" if name else "").encode() + f"data: {data}\n\n".encode()
    return out


def answers(body, status=200, content_type="application/json", **more):
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    return lambda exchange: exchange.whole(body, status, content_type, **more)


def streams(*pieces, cut=False):
    """Sends each piece as a chunk of its own."""
    def script(exchange):
        exchange.head(200, "text/event-stream")
        for piece in pieces:
            exchange.chunk(piece)
        exchange.cut() if cut else exchange.end()
    return script


def hangs(exchange):
    """Says nothing until the client has gone."""
    if exchange.client_left():
        exchange.upstream.left.set()
    exchange.close = True


def streams_and_hangs(*pieces):
    def script(exchange):
        exchange.head(200, "text/event-stream")
        for piece in pieces:
            exchange.chunk(piece)
        hangs(exchange)
    return script


def chat_events(*texts, id="chatcmpl-up1"):
    head = {"id": id, "object": "chat.completion.chunk", "created": 1, "model": "m"}
    chunk = lambda delta, reason=None: {
        **head, "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
    return [sse(chunk({"role": "assistant", "content": ""})),
            *[sse(chunk({"content": text})) for text in texts],
            sse(chunk({}, "stop")), sse("[DONE]")]


def response_object(id="resp_up1", status="completed", text="hi", **more):
    output = [] if status == "in_progress" else [
        {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant",
         "content": [{"type": "output_text", "text": text, "annotations": []}]}]
    return {"id": id, "object": "response", "created_at": 1, "status": status, "error": None,
            "incomplete_details": None, "instructions": None, "model": "m", "output": output,
            "parallel_tool_calls": True, "metadata": {}, "tool_choice": "auto", "tools": [],
            "temperature": 1.0, "top_p": 1.0, **more}


def response_events(text="hi", id="resp_up1", **more):
    event = lambda type, **members: sse((type, {"type": type, **members}))
    return [event("response.created", response=response_object(id, "in_progress", **more)),
            event("response.output_text.delta", item_id="msg_1", output_index=0, content_index=0,
                  delta=text),
            event("response.output_item.done", output_index=0,
                  item=response_object(id, text=text)["output"][0]),
            event("response.completed", response=response_object(id, text=text, **more))]


def message_events(*texts, id="msg_up1"):
    event = lambda type, **members: sse((type, {"type": type, **members}))
    return [event("message_start", message={
                "id": id, "type": "message", "role": "assistant", "content": [], "model": "c",
                "stop_reason": None, "stop_sequence": None,
                "usage": {"input_tokens": 3, "output_tokens": 1}}),
            event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
            *[event("content_block_delta", index=0, delta={"type": "text_delta", "text": text})
              for text in texts],
            event("content_block_stop", index=0),
            event("message_delta", delta={"stop_reason": "end_turn", "stop_sequence": None},
                  usage={"output_tokens": 5}),
            event("message_stop")]
