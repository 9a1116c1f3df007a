"""A callback never comes back as work, and callbacks reach nothing that is not theirs to reach."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading

import harness

KEY = "key-of-acme-0123456789"
VIEWER, OPERATOR = "viewer-token-000001", "operator-token-0001"


class Relay:
    """Takes connections and passes bytes both ways: a proxy that no address gives away."""

    def __init__(self, target):
        self.target = target
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            for one, other in [(client, server), (server, client)]:
                threading.Thread(target=self.copy, args=(one, other), daemon=True).start()

    @staticmethod
    def copy(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


def interface_address():
    """The address this machine would send from; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return probe.getsockname()[0]


class Loops(harness.TestCase):
    def setUp(self):
        directory = harness.tempfile.mkdtemp()
        self.keys = os.path.join(directory, "keys")
        with open(self.keys, "w") as file:
            file.write(f"acme:{KEY}\n")
        os.chmod(self.keys, 0o600)

    def open_to_all(self, listen):
        daemon = self.daemon("--api-keys-file", self.keys, "--listen", listen, "--retry-delays", "10ms",
                             "--allow-network", "0.0.0.0/0", "--allow-network", "::/0")
        daemon.address = ("127.0.0.1", daemon.address[1])
        return daemon

    def create(self, daemon, webhook, path="/v1/responses"):
        answer = daemon.call("POST", path, {
            "model": "m", "input": "x", "messages": [{"role": "user", "content": "x"}], "max_tokens": 9,
            "metadata": {"completion_webhook": webhook, "webhook_token": KEY}},
            {"Authorization": "Bearer " + KEY})
        self.assertEqual(answer.status, 200, answer)

    def responses(self, daemon):
        return [e for e in daemon.events() if e["type"] == "response_created"]

    def test_a_call_whose_callback_is_the_api_itself_makes_no_second_response(self):
        for listen in ["0.0.0.0:0", "[::]:0", "127.0.0.1:0"]:
            with self.subTest(listen):
                daemon = self.open_to_all(listen)
                port = daemon.address[1]
                relay = Relay(daemon.address)
                self.addCleanup(relay.close)
                hosts = [f"127.0.0.1:{port}", f"localhost:{port}", f"0.0.0.0:{port}", f"2130706433:{port}",
                         f"[::ffff:127.0.0.1]:{port}", f"[::1]:{port}", f"127.0.0.1:{relay.port}"]
                if (own := interface_address()) and not listen.startswith("127"):
                    hosts += [f"{own}:{port}", f"127.4.4.4:{port}"]
                for host in hosts:
                    self.create(daemon, f"http://{host}/v1/responses")
                harness.until(lambda: all(d["status"] == "failed" for d in daemon.deliveries()),
                              "every callback has come to its end")
                self.assertEqual(len(self.responses(daemon)), len(hosts))
                ends = {d["endpoint"]: (d["last_attempt"]["reason"], d["last_attempt"]["http_status"])
                        for d in daemon.deliveries()}
                self.assertEqual(ends[f"http://localhost:{port}"], ("refused_address", None))
                self.assertEqual(ends[f"http://127.0.0.1:{relay.port}"], ("http_status", 508))
                ignored = [e["data"]["reason"] for e in daemon.events() if e["type"] == "callback_ignored"]
                self.assertTrue(all("itself listens there" in reason for reason in ignored), ignored)
                self.assertEqual(len(ignored) + len(ends), len(hosts))
                metrics = daemon.call("GET", "/metrics",
                                      headers={"Authorization": "Bearer " + daemon.admin_token}).body.decode()
                self.assertIn("waybill_loops_cut_total 4\n", metrics)
                daemon.stop()

    def test_a_callback_is_no_request_on_any_route_whoever_sent_it(self):
        daemon = self.daemon("--api-keys-file", self.keys)
        body = {"model": "m", "input": "x", "url": "https://a.example/", "payload": 1}
        for path in ["/v1/responses", "/v1/chat/completions", "/v1/messages", "/v1/deliveries", "/v1/files"]:
            for mark in ["waybill-hops", "waybill-attempt", "waybill-check"]:
                for key in [KEY, "wrong"]:
                    answer = daemon.call("POST", path, body, {"Authorization": "Bearer " + key, mark: "1"})
                    self.assertEqual(answer.status, 508, (path, mark, answer))
                    self.assertIn(mark, answer.json["error"]["message"])
        self.assertEqual(daemon.events(), [])
        other_sender = daemon.call("POST", "/v1/responses", {"model": "m", "input": "x"},
                                   {"Authorization": "Bearer " + KEY, "webhook-id": "msg_1",
                                    "webhook-timestamp": "1", "webhook-signature": "v1,x"})
        self.assertEqual(other_sender.status, 200, other_sender)

    def test_a_chain_of_two_daemons_ends_at_the_second(self):
        second = self.daemon()
        first = self.daemon("--retry-delays", "10ms")
        answer = first.call("POST", "/v1/responses", {"model": "m", "input": "x", "metadata": {
            "completion_webhook": second.url + "/v1/responses"}})
        self.assertEqual(answer.status, 200)
        harness.until(lambda: [d for d in first.deliveries() if d["status"] == "failed"], "it is refused")
        self.assertEqual(second.events(), [])


class Destinations(harness.TestCase):
    def setUp(self):
        self.operators = os.path.join(harness.tempfile.mkdtemp(), "operators")
        with open(self.operators, "w") as file:
            file.write(f"vera:viewer:{VIEWER}\nolaf:operator:{OPERATOR}\n")
        os.chmod(self.operators, 0o600)

    def strict(self, *options):
        """A daemon that may not reach this machine."""
        daemon = self.daemon("--operators-file", self.operators, "--retry-delays", "10ms",
                             "--deny-network", "127.0.0.0/8", "--deny-network", "::1", *options)
        return daemon

    def check(self, daemon, token, url):
        answer = daemon.call("POST", "/admin/v1/check", {"url": url}, {"Authorization": "Bearer " + token})
        self.assertEqual(answer.status, 200, answer)
        return answer

    def test_a_denied_network_and_port_are_refused_at_submission_and_at_connect(self):
        receiver = self.receiver()
        daemon = self.daemon("--deny-port", str(receiver.port))
        answer = daemon.call("POST", "/v1/deliveries", {"url": receiver.url, "payload": 1})
        self.assertEqual((answer.status, answer.json["error"]["param"]), (400, "url"))
        self.assertIn("--deny-port", answer.json["error"]["message"])
        mail = daemon.call("POST", "/v1/deliveries", {"url": "http://a.example:25/", "payload": 1})
        self.assertEqual(mail.status, 400)
        self.assertIn("--allow-port 25", mail.json["error"]["message"])
        daemon.stop()
        later = self.daemon()
        id = later.submit(f"http://localhost:{receiver.port}/")
        later.await_status(id, "delivered")
        later.stop()
        later.restart("--deny-network", "127.0.0.0/8", "--deny-network", "::1")
        self.assertEqual(later.admin("POST", f"deliveries/{id}/redeliver", {}).status, 202)
        ended = later.await_status(id, "failed")
        self.assertEqual(ended["last_attempt"]["reason"], "refused_address")
        self.assertEqual(len(receiver.received), 1)

    def test_a_check_goes_by_the_ports_that_this_daemon_allows(self):
        options = ("--operators-file", self.operators)
        told = self.check(self.daemon(*options), OPERATOR, "http://localhost:25/").json
        self.assertFalse(told["ok"])
        self.assertIn("--allow-port 25", told["steps"][-1]["explanation"])
        allowed = self.check(self.daemon("--allow-port", "25", *options), OPERATOR, "http://127.0.0.1:25/").json
        self.assertEqual([step["ok"] for step in allowed["steps"] if step["name"] in ("url", "address")],
                         [True, True], allowed)

    def test_a_client_does_not_learn_which_names_exist_inside(self):
        daemon = self.strict("--max-retries", "0")
        views = []
        for host in ["localhost", "no-such-name.invalid"]:
            id = daemon.submit(f"http://{host}:9876/")
            daemon.await_status(id, "failed")
            reasons = {"refused_address", "dns"}
            self.assertIn(daemon.delivery(id)["last_attempt"]["reason"], reasons, "operators see it")
            answer = daemon.call("GET", "/v1/deliveries/" + id)
            views.append(answer.json)
            for text in [answer.body, daemon.call("GET", "/v1/deliveries").body]:
                for word in [b"refused_address", b"dns", b"127.0.0.1"]:
                    self.assertNotIn(word, text)
        same = lambda view: (view["status"], view["attempt_count"], view["last_attempt"]["reason"])
        self.assertEqual(same(views[0]), same(views[1]))
        self.assertEqual(views[0]["last_attempt"]["reason"], "connect")

    def test_only_an_admin_is_told_where_a_name_leads(self):
        daemon = self.strict()
        url = "http://localhost:9876/"
        whole = self.check(daemon, daemon.admin_token, url).body
        self.assertTrue(b"It is 127.0.0.1" in whole or b"It is ::1" in whole, whole)
        told = self.check(daemon, OPERATOR, url)
        self.assertEqual([s["name"] for s in told.json["steps"] if not s["ok"]], ["address"])
        for text in [told.body, json.dumps(daemon.events()).encode()]:
            for word in [b"127.0.0.1", b"::1", b"loopback"]:
                self.assertNotIn(word, text)
        refused = daemon.submit(url)
        daemon.await_status(refused, "failed")
        for path in [f"deliveries/{refused}", f"deliveries/{refused}/events"]:
            text = daemon.call("GET", "/admin/v1/" + path, headers={"Authorization": "Bearer " + VIEWER})
            self.assertEqual(text.status, 200)
            for word in [b"127.0.0.1", b"::1", b"loopback"]:
                self.assertNotIn(word, text.body)

    def test_an_open_way_to_a_clouds_credentials_is_warned_about(self):
        daemon = self.daemon("--allow-network", "0.0.0.0/0")
        self.assertIn("169.254.169.254", daemon.stderr())
        self.assertNotIn("169.254.169.254", self.daemon().stderr())

    @harness.unittest.skipUnless(shutil.which("unshare") and shutil.which("ip") and subprocess.run(
        ["unshare", "-rn", "true"], capture_output=True).returncode == 0, "no network namespaces here")
    def test_a_public_address_of_this_machine_is_refused_unless_it_is_allowed(self):
        result = subprocess.run(
            ["unshare", "-rn", sys.executable, os.path.abspath(__file__), "own-address"],
            capture_output=True, text=True, timeout=4 * harness.PATIENCE)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)


def in_a_network_of_its_own():
    """A machine with the public address 8.8.4.4, and later 8.8.8.8; run by the test above."""
    for command in [["link", "set", "lo", "up"], ["addr", "add", "8.8.4.4/32", "dev", "lo"]]:
        subprocess.run(["ip", *command], check=True)
    services = [socket.create_server((address, 0)) for address in ["8.8.4.4"]]
    port = services[0].getsockname()[1]
    daemon = harness.Daemon("--retry-delays", "10ms")
    try:
        submit = lambda url: daemon.call("POST", "/v1/deliveries", {"url": url, "payload": 1})
        refused = submit(f"http://8.8.4.4:{port}/")
        assert refused.status == 400, refused
        assert "an address of this machine" in refused.json["error"]["message"], refused
        subprocess.run(["ip", "addr", "add", "8.8.8.8/32", "dev", "lo"], check=True)
        harness.until(lambda: submit(f"http://8.8.8.8:{port}/").status == 400, "a new address counts too")
        assert submit(f"http://8.8.8.9:{port}/").status == 202
        services[0].settimeout(0)
        try:
            services[0].accept()
            raise AssertionError("it was connected to")
        except BlockingIOError:
            pass
        daemon.stop()
        daemon.restart("--allow-network", "8.8.4.4")
        assert submit(f"http://8.8.4.4:{port}/").status == 202
        services[0].settimeout(harness.PATIENCE)
        services[0].accept()
    finally:
        if daemon.process.poll() is None:
            daemon.kill()


if __name__ == "__main__":
    if sys.argv[1:] == ["own-address"]:
        in_a_network_of_its_own()
    else:
        harness.unittest.main()
