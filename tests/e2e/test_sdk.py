"""The official npm packages as clients and as verifying receivers.

They are installed with npm from the lock file beside them, once for each state of that file, into the
build directory. When that is not possible the test fails: it is never skipped.
"""

import base64
import hashlib
import os
import shutil
import subprocess
import tempfile

import harness
from model_server import ModelServer
from scripted_upstream import ScriptedUpstream, answers, chat_events, hangs, response_object, streams

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "sdk")
INSTALLED = os.path.join(harness.BIN, "..", "e2e-sdk")
NODE = os.environ.get("E2E_NODE", "node")
WHSEC = "whsec_" + base64.b64encode(bytes(range(24))).decode()
WHSK = "whsk_" + base64.b64encode(bytes(range(32))).decode()
FILES = ["package.json", "package-lock.json", "receiver.mjs", "openai.test.mjs",
         "anthropic.test.mjs", "backend.test.mjs", "webhooks.test.mjs"]


def install():
    """Copies the tests and installs what they need, unless that is there."""
    for program in ("node", "npm"):
        assert shutil.which(program), \
            f"{program} is missing: tools/test.sh installs what the tests need"
    os.makedirs(INSTALLED, exist_ok=True)
    for file in FILES:
        shutil.copy(os.path.join(HERE, file), INSTALLED)
    with open(os.path.join(HERE, "package-lock.json"), "rb") as lock:
        state = hashlib.sha256(lock.read()).hexdigest()
    stamp = os.path.join(INSTALLED, "installed")
    if os.path.exists(stamp):
        with open(stamp) as file:
            if file.read() == state:
                return
    npm = subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--omit=peer"],
                         cwd=INSTALLED, capture_output=True, text=True, timeout=240)
    assert npm.returncode == 0, \
        "npm could not install the packages of tests/e2e/sdk/package-lock.json. These tests need a " \
        "package registry (or npm's cache) once.\n" + npm.stderr[-2000:]
    with open(stamp, "w") as file:
        file.write(state)


OWN_ROUTES = {
    "/v1/embeddings": {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": [1, 2]}]},
    "/v1/models/org%2Fm": {"id": "org/m", "object": "model", "type": "model"},
    "/v1/files": {"id": "file-1", "object": "file"},
    "/v1/messages/count_tokens": {"input_tokens": 7},
}


def by_model():
    """An upstream that does what the request's model says, and has some routes of its own."""
    busy = {}

    def script(exchange):
        request = exchange.request
        own = OWN_ROUTES.get(request.path.split("?")[0])
        if own:
            return answers({**own, "size": len(request.body)})(exchange)
        if request.path == "/v1/files/file-1/content":
            return answers(b"\x00\xff", content_type="application/octet-stream")(exchange)
        model = request.json.get("model", "")
        if model.startswith("status-"):
            message = {"type": "x", "message": "scripted " + model}
            return answers({"type": "error", "error": message}, int(model[7:]))(exchange)
        if model == "hang":
            return hangs(exchange)
        if model == "cut":
            return streams(*chat_events("half")[:2], cut=True)(exchange)
        if model == "busy-twice":
            busy[request.path] = busy.get(request.path, 0) + 1
            if busy[request.path] <= 2:
                return answers({"error": {"message": "busy"}}, 503, Retry_After_Ms=10)(exchange)
            if request.path.endswith("messages"):
                return answers({"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
                                "content": [{"type": "text", "text": "at last"}],
                                "stop_reason": "end_turn", "usage": {}})(exchange)
            return answers({"id": "chatcmpl-1", "object": "chat.completion", "choices": [
                {"index": 0, "message": {"role": "assistant", "content": "at last"},
                 "finish_reason": "stop"}]})(exchange)
        return answers(response_object())(exchange)
    return script


class OfficialPackages(harness.TestCase):
    @classmethod
    def setUpClass(cls):
        install()

    def setUp(self):
        directory = tempfile.mkdtemp(prefix="waybill-e2e-keys-")
        secrets, keys = os.path.join(directory, "secrets"), os.path.join(directory, "keys")
        with open(secrets, "w") as file:
            file.write(f"{WHSEC}\n{WHSK}\n")
        with open(keys, "w") as file:
            file.write("tester:sk-right\n")
        upstream = ScriptedUpstream(by_model())
        self.addCleanup(upstream.close)
        echo = self.daemon("--echo-delay", "50ms")
        signed = self.daemon("--signing-secret-file", secrets, "--api-keys-file", keys)
        scripted = self.daemon("--upstream", upstream.url)
        self.env = {**os.environ, "ECHO_URL": echo.url, "SIGNED_URL": signed.url,
                    "SCRIPTED_URL": scripted.url, "CLIENT_KEY": "sk-right", "WHSEC": WHSEC,
                    "WHSK": WHSK}

    def run_file(self, name):
        result = subprocess.run([NODE, name], cwd=INSTALLED, env=self.env, capture_output=True,
                                text=True, timeout=120)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn("# fail 0", result.stdout.replace("ℹ", "#"))

    def test_openai(self):
        self.run_file("openai.test.mjs")

    def test_anthropic(self):
        self.run_file("anthropic.test.mjs")

    def test_model_servers(self):
        for name, dialect in (("VLLM", "vllm"), ("LLAMA", "llama.cpp")):
            server = ScriptedUpstream(ModelServer(dialect))
            self.addCleanup(server.close)
            self.env[name + "_DIRECT_URL"] = server.url
            self.env[name + "_URL"] = self.daemon("--upstream", server.url).url
        self.run_file("backend.test.mjs")

    def test_verifying_receivers(self):
        self.run_file("webhooks.test.mjs")


if __name__ == "__main__":
    harness.unittest.main()
