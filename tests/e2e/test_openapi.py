"""Requests made up from the description of the API: no answer is a 500, and none is undescribed."""

import http.client
import json
import os
import urllib.parse

import harness
from openapi import Description, Imagination

SEED = int(os.environ.get("E2E_SEED", "0")) or harness.time.time_ns() % 2 ** 32
SECONDS = float(os.environ.get("E2E_FUZZ_SECONDS", "20"))


class OpenApi(harness.TestCase):
    def setUp(self):
        file = os.path.join(harness.tempfile.mkdtemp(), "operators")
        with open(file, "w") as operators:
            operators.write("vera:viewer:viewer-token-000001\n")
        self.server = self.daemon("--operators-file", file, "--max-retries", "1", "--retry-delays", "10ms")
        self.description = Description(self.server.call("GET", "/openapi.json").json)

    def texts(self):
        """What means something to this daemon, so that not every request ends at the door."""
        receiver = self.receiver(200, 503, 200, 500)
        ids = [self.server.submit(receiver.url) for _ in range(5)]
        response = self.server.call("POST", "/v1/responses", {"model": "m", "input": "x"}).json["id"]
        run = self.server.admin("POST", "redeliveries", {"all": True}).json["id"]
        return [*ids, response, run, receiver.url, f"http://127.0.0.1:{harness.refused_port()}/x",
                f"http://127.0.0.1:{receiver.port}", "*", "http://10.0.0.1/", "ftp://x", "1h", "5s", "m"]

    def ask(self, method, path, body, headers):
        """An answer; of a stream of events only the head and what comes first."""
        connection = http.client.HTTPConnection(*self.server.address, timeout=harness.PATIENCE)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            stream = response.headers["Content-Type"] == "text/event-stream" and path.startswith("/admin")
            return harness.Answer(response.status, response.headers,
                                  response.readline() if stream else response.read())
        finally:
            connection.close()

    def test_random_requests_are_answered_as_described(self):
        print(f"E2E_SEED={SEED}")
        imagine = Imagination(self.description, SEED, self.texts())
        tokens = [self.server.admin_token] * 8 + ["viewer-token-000001", "nobody"]
        operations = list(self.description.operations())
        deadline, seen = harness.time.monotonic() + SECONDS, {}
        while harness.time.monotonic() < deadline:
            method, path, operation = imagine.random.choice(operations)
            query, headers, url = [], {}, path
            for parameter in operation.get("parameters", []):
                if parameter["in"] == "path":
                    url = url.replace("{" + parameter["name"] + "}", urllib.parse.quote(imagine.text(), safe="") or "x")
                elif imagine.chance(0.3):
                    value = imagine.value(parameter["schema"])
                    value = value if isinstance(value, str) else json.dumps(value)
                    if parameter["in"] == "query":
                        query.append(parameter["name"] + "=" + urllib.parse.quote(value, safe=""))
                    elif value.isascii() and value.isprintable():
                        headers[parameter["name"]] = value
            if imagine.chance(0.05):
                query.append(urllib.parse.quote(imagine.text(), safe="=%&"))
            if path.startswith("/admin/"):
                headers["Authorization"] = "Bearer " + imagine.random.choice(tokens)
            body = None
            if "requestBody" in operation:
                body = imagine.body(self.description.schema_of_body(operation))
                if imagine.chance(0.95):
                    headers["Content-Type"] = "application/json"
            url += "?" + "&".join(query) if query else ""
            answer = self.ask(method, url, body, headers)
            problem = self.description.answer_problem(operation, answer)
            self.assertIsNone(problem, f"{method} {url} {headers} {body!r}: {answer}")
            self.assertTrue(answer.headers["x-request-id"])
            seen.setdefault((method, path), set()).add(answer.status)
        self.assertEqual(len(seen), len(operations), "every route was asked")
        self.assertIsNone(self.server.process.poll())
        self.server.admin("POST", "endpoints/resume", {"endpoint": "*"})
        last = self.server.submit(self.receiver().url)
        self.server.await_status(last, "delivered")

    def test_what_the_other_tests_of_this_file_compare_with_is_no_empty_page(self):
        self.assertGreater(len(list(self.description.operations())), 30)
        self.assertEqual(self.description.problem({"type": "object", "required": ["a"]}, {}), "answer: a is missing")
        self.assertIsNotNone(self.description.problem({"$ref": "#/components/schemas/Delivery"}, {"id": 1}))


if __name__ == "__main__":
    harness.unittest.main()
