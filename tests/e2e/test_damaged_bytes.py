"""Bytes beside the log that are not what was stored: never sent, never shown."""

import sqlite3

import harness


class DamagedBytes(harness.TestCase):
    def damage(self, server, *statements):
        server.stop()
        with sqlite3.connect(server.db) as log:
            for statement in statements:
                log.execute(statement)
        log.close()
        server.restart()

    def test_what_is_damaged_is_answered_with_an_error_and_shown_in_words(self):
        receiver = self.receiver(200)
        server = self.daemon()
        stored = server.call("POST", "/v1/responses", {"model": "echo-1", "input": "hi"}).json["id"]
        other = server.call("POST", "/v1/responses", {"model": "echo-1", "input": "ho"}).json["id"]
        sent = server.submit(receiver.url, payload={"n": 1})
        server.await_status(sent, "delivered")
        of = {event["data"].get("object_id") or event["stream"]: event["global_position"]
              for event in server.events()
              if event["type"] in ("response_completed", "delivery_accepted")}
        self.damage(server,
                    "UPDATE exchanges SET head = CAST(replace(head, '200', '500') AS BLOB)",
                    "UPDATE destinations SET url = replace(url, '127', '128')",
                    "UPDATE payloads SET bytes = CAST('X' || substr(bytes, 2) AS BLOB) "
                    f"WHERE global_position = {of[stored]}",
                    f"DELETE FROM payloads WHERE global_position = {of[sent]}")

        answer = server.call("GET", f"/v1/responses/{stored}")
        self.assertEqual((answer.status, answer.json["error"]["code"]), (500, "damaged"), answer)
        self.assertEqual(server.call("GET", f"/v1/responses/{stored}?stream=true").status, 500)
        self.assertEqual(server.call("GET", f"/v1/responses/{other}").status, 200)

        answer = server.admin("GET", f"deliveries/{sent}/payload")
        self.assertEqual((answer.status, answer.json["error"]["code"]), (500, "damaged"), answer)
        self.assertIn("is missing, though nothing on record erased it", answer.body.decode())
        shown = server.delivery(sent)
        self.assertIsNone(shown["url"])
        attempt = shown["attempts"][0]
        self.assertIsNone(attempt["response"]["headers"])
        self.assertIn("is damaged: it has another digest than the event names. It is not shown.",
                      attempt["explanation"])

        for source in (["--data", server.data], ["--log", server.db]):
            text = harness.run("waybill", "show", sent, *source).stdout
            self.assertIn("(missing or damaged)", text)
            failed = harness.run("waybill", "payload", sent, *source, expect=1)
            self.assertEqual(failed.stdout, "")
            self.assertIn("is missing", failed.stderr)

        self.assertEqual(server.call("DELETE", f"/v1/responses/{stored}").status, 200,
                         "what is damaged can still be deleted")


if __name__ == "__main__":
    harness.unittest.main()
