"""A daemon on a log that a later version went on with."""

import json
import os
import shutil
import tempfile

import harness

GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden", "from_the_future")


class LaterVersion(harness.TestCase):
    def setUp(self):
        data = tempfile.mkdtemp(prefix="waybill-e2e-")
        os.chmod(data, 0o700)
        for name in ("waybill.db", "secrets.key"):
            shutil.copyfile(os.path.join(GOLDEN, name), os.path.join(data, name))
            os.chmod(os.path.join(data, name), 0o600)
        self.server = self.daemon(data=data)

    def test_every_reader_shows_the_stored_text_of_every_event(self):
        exported = harness.run("waybill", "export", self.server.db).stdout
        self.assertIn('"data":{"through":"eu-west","hops":[1,2.0,3e0]}', exported)
        self.assertIn('"data":{ "name":"signing", "t":"\\u00e9\\/" }', exported)
        for source in (["--data", self.server.data], ["--log", self.server.db]):
            events = harness.run("waybill", "events", "--limit", "1000", "--json", *source).stdout
            self.assertEqual(events, exported, "byte for byte")
        served = self.server.admin("GET", "events?after=0&limit=500").body.decode()
        for line in exported.splitlines():
            self.assertIn(line, served)

    def test_it_is_said_in_words_and_nothing_of_it_is_sent(self):
        held = [one for one in self.server.deliveries() if one["held_by"] == "later_version"]
        self.assertEqual(len(held), 3)
        for delivery in held:
            self.assertIsNone(delivery["next_attempt_at"])
            text = harness.run("waybill", "show", delivery["id"], "--data", self.server.data).stdout
            self.assertIn("an event of a later version: ", text)
            self.assertIn("neither sends nor changes it", " ".join(text.split()))

    def test_verify_notes_them_and_finds_nothing_wrong(self):
        self.server.stop()
        said = harness.run("waybill", "verify", self.server.db).stdout
        self.assertIn("\nOK  ", "\n" + said)
        self.assertIn("Of a later version of Waybill: ", said)
        report = json.loads(harness.run("waybill", "verify", self.server.db, "--json").stdout)
        self.assertTrue(report["sound"])
        self.assertGreater(report["later_events"], 0)


if __name__ == "__main__":
    harness.unittest.main()
