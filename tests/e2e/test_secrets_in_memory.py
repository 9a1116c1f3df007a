"""Where secrets are while a daemon works, and that they are nowhere else: files, lines, /proc and,
once they are not needed any more, its memory."""

import base64
import os
import re
import shutil
import subprocess
import unittest

import harness
from scripted_upstream import ScriptedUpstream, answers, response_object

NOBODY = 65534
needs_root = unittest.skipUnless(os.geteuid() == 0, "only root reads the memory of others")


def has_sanitizer():
    with open(os.path.join(harness.BIN, "waybilld"), "rb") as file:
        program = file.read()
    return b"__asan_init" in program or b"__tsan_init" in program


def canary(name):
    """Random, so that no test, no build and no earlier run has it."""
    return f"{name}-canary-{base64.b32encode(os.urandom(20)).decode().lower()}"


def memory_of(pid):
    """What a core image would hold: everything that is mapped and can be written."""
    parts = []
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in maps:
            first, last, rights = re.match(r"(\w+)-(\w+) (\S+)", line).groups()
            if not rights.startswith("rw") or "[vvar]" in line:
                continue
            at, end = int(first, 16), int(last, 16)
            memory.seek(at)
            while at < end:
                piece = memory.read(min(end - at, 1 << 20))
                if not piece:
                    break
                parts.append(piece)
                at += len(piece)
    return b"".join(parts)


def files_in(directory):
    for name in os.listdir(directory):
        with open(os.path.join(directory, name), "rb") as file:
            yield name, file.read()


class Secrets(harness.TestCase):
    def setUp(self):
        self.place = harness.tempfile.mkdtemp()
        self.client = canary("client")
        self.upstream_key = canary("upstream")
        self.signing = os.urandom(32)
        self.signing_text = "whsec_" + base64.b64encode(self.signing).decode()

    def secret_file(self, name, text):
        path = os.path.join(self.place, name)
        with open(path, "w") as file:
            file.write(text + "\n")
        os.chmod(path, 0o600)
        return path

    def start(self):
        """A daemon with a secret of every kind."""
        upstream = ScriptedUpstream(*[answers(response_object(f"resp_{n}")) for n in range(8)])
        self.addCleanup(upstream.close)
        return self.daemon(
            "--api-keys-file", self.secret_file("keys", "alice:" + self.client),
            "--upstream", upstream.url,
            "--upstream-key-file", self.secret_file("upstream", self.upstream_key),
            "--signing-secret-file", self.secret_file("signing", self.signing_text),
            "--log-level", "debug")

    def deliver(self, daemon, token):
        """Tokens on both ways to a delivery, each delivered."""
        receiver = self.receiver()
        key = {"Authorization": "Bearer " + self.client}
        metadata = {"completion_webhook": receiver.url, "webhook_token": token}
        made = daemon.call("POST", "/v1/responses",
                           {"model": "m", "input": "2+2?", "metadata": metadata}, key)
        self.assertEqual(made.status, 200, made)
        posted = daemon.call("POST", "/v1/deliveries",
                             {"url": receiver.url, "payload": {"n": 1}, "token": token}, key)
        self.assertEqual(posted.status, 202, posted)
        for callback in receiver.await_count(2):
            self.assertEqual(callback.headers["Authorization"], "Bearer " + token)
            daemon.await_status(callback.headers["webhook-id"], "delivered")

    def test_no_secret_is_in_a_file_a_line_or_a_place_where_others_look(self):
        daemon, token = self.start(), canary("webhook")
        self.deliver(daemon, token)
        admin = daemon.admin_token
        with open(f"/proc/{daemon.process.pid}/cmdline", "rb") as file:
            shown = {"cmdline": file.read()}
        with open(f"/proc/{daemon.process.pid}/environ", "rb") as file:
            shown["environ"] = file.read()
        shown.update(files_in(daemon.data))
        shown["stderr"] = daemon.stderr().encode()
        shown["stdout"] = "\n".join(daemon.lines).encode()
        for secret in (token, self.client, self.upstream_key, self.signing_text, admin):
            for spelling in (secret.encode(), base64.b64encode(secret.encode()),
                             secret.encode().hex().encode()):
                for where, content in shown.items():
                    if (where, secret) != ("admin.token", admin):
                        self.assertNotIn(spelling, content, where)

    @needs_root
    @unittest.skipIf(has_sanitizer(), "a sanitizer keeps what was freed, and maps terabytes")
    def test_what_a_finished_delivery_needed_is_in_no_image_of_the_memory(self):
        daemon, token = self.start(), canary("webhook")
        self.deliver(daemon, token)
        admin = daemon.admin_token
        gone = {"webhook token": token, "client's key": self.client, "admin token": admin,
                "signing secret as it stands in its file": self.signing_text}
        # The last buffers are given back when the connections that they were for are over.
        left = None

        def nothing_is_left():
            nonlocal left
            image = memory_of(daemon.process.pid)
            self.assertIn(self.upstream_key.encode(), image, "what is in use is not seen either")
            left = [name for name, secret in gone.items() if secret.encode() in image]
            return not left

        try:
            harness.until(nothing_is_left, "an image without them", timeout=10)
        except AssertionError:
            self.fail(f"still in the memory: {left}")

    @needs_root
    def test_no_other_process_of_the_same_user_reads_its_memory_and_no_core_is_written(self):
        place = harness.tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        shutil.copy(os.path.join(harness.BIN, "waybilld"), place)
        os.chown(place, NOBODY, NOBODY)
        nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        process = subprocess.Popen(
            [os.path.join(place, "waybilld"), "--listen", "127.0.0.1:0", "--data",
             os.path.join(place, "data")], stdout=subprocess.PIPE, text=True, **nobody)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        self.addCleanup(process.stdout.close)
        self.assertIn("listening", process.stdout.readline())
        look = "import sys\nfor name in sys.argv[1:]:\n    try:\n        open(name, 'rb').read(1)\n" \
               "        print('read', name)\n    except PermissionError:\n        pass\n"
        names = [f"/proc/{process.pid}/{name}" for name in ("mem", "environ", "maps", "auxv")]
        read = subprocess.run(["/usr/bin/env", "python3", "-c", look, *names],
                              capture_output=True, text=True, check=False, **nobody)
        if read.returncode != 0:  # a Python that only root can reach
            read = subprocess.run(["/usr/bin/python3", "-c", look, *names],
                                  capture_output=True, text=True, check=True, **nobody)
        self.assertEqual(read.stdout, "")
        with open(f"/proc/{process.pid}/limits") as limits:
            self.assertRegex(limits.read(), r"Max core file size +0 +0 ")


if __name__ == "__main__":
    unittest.main()
