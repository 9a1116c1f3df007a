"""Files that others may write, or secrets that others may read: refused, named, and mended by the
command that the refusal says."""

import os
import re
import shutil
import subprocess
import unittest

import harness

NOBODY = 65534
IS_ROOT = os.geteuid() == 0
needs_root = unittest.skipUnless(IS_ROOT, "only root can give files to another user")


def mode_of(path):
    return os.lstat(path).st_mode & 0o7777


class Starts(harness.TestCase):
    def made(self):
        """A data directory that a daemon has used and left in an orderly way."""
        daemon = self.daemon()
        receiver = self.receiver()
        daemon.await_status(daemon.submit(receiver.url, token="a-token-of-the-receiver"), "delivered")
        daemon.stop()
        return daemon

    def refusal(self, data, *options, **more):
        """What a start says that is refused."""
        ended = subprocess.run(
            [os.path.join(more.pop("bin", harness.BIN), "waybilld"), "--listen", "127.0.0.1:0",
             "--data", data, *options], capture_output=True, text=True, timeout=harness.PATIENCE,
            stdin=subprocess.DEVNULL, **more)
        self.assertNotEqual(ended.returncode, 0)
        self.assertEqual(ended.stdout, "")
        return ended.stderr

    def mend(self, refusal, **more):
        """Runs the command that the refusal names last."""
        commands = re.findall(r"`([^`]+)`", refusal)
        self.assertTrue(commands, refusal)
        subprocess.run(commands[-1], shell=True, check=True, **more)

    def expect_refused_and_mended(self, daemon, *words):
        refusal = self.refusal(daemon.data)
        for word in words:
            self.assertIn(word, refusal)
        self.mend(refusal)
        daemon.restart()
        daemon.stop()


class DataDirectory(Starts):
    def test_a_directory_that_others_may_write_is_refused_until_it_is_closed(self):
        daemon = self.made()
        for mode in (0o777, 0o775, 0o702, 0o1777):
            with self.subTest(oct(mode)):
                os.chmod(daemon.data, mode)
                self.expect_refused_and_mended(daemon, daemon.data, "can be written by other users")
                self.assertEqual(mode_of(daemon.data), 0o700)

    def test_a_directory_that_others_may_look_into_is_taken(self):
        data = os.path.join(harness.tempfile.mkdtemp(), "data")
        os.mkdir(data)
        os.chmod(data, 0o755)
        daemon = self.daemon(data=data)
        daemon.stop()
        self.assertEqual(mode_of(data), 0o755)
        for name in os.listdir(data):
            self.assertEqual(mode_of(os.path.join(data, name)), 0o600, name)

    def test_a_file_that_others_may_write_is_refused_and_so_is_a_secret_that_they_may_read(self):
        daemon = self.made()
        for name, mode in (("admin.token", 0o644), ("admin.token", 0o640), ("admin.token", 0o666),
                           ("secrets.key", 0o604), ("secrets.key", 0o620), ("waybill.db", 0o666),
                           ("waybill.head", 0o620), ("waybill.lock", 0o602), ("index.db", 0o660)):
            with self.subTest(name, mode=oct(mode)):
                path = os.path.join(daemon.data, name)
                os.chmod(path, mode)
                self.expect_refused_and_mended(daemon, path, f"(mode {mode:04o})", "by other users")

    def test_a_log_that_others_may_read_is_taken(self):
        daemon = self.made()
        os.chmod(daemon.db, 0o644)
        daemon.restart()
        daemon.stop()

    def test_a_link_in_the_place_of_a_file_of_ours_is_refused_and_what_it_names_is_untouched(self):
        elsewhere = os.path.join(harness.tempfile.mkdtemp(), "elsewhere")
        for name in ("secrets.key", "secrets.key.new", "admin.token", "waybill.lock", "waybill.head",
                     "waybill.db.new", "waybill.db-wal", "index.db", "index.db.new", "credentials.seen"):
            with self.subTest(name):
                daemon = self.made()
                path = os.path.join(daemon.data, name)
                if os.path.exists(path):
                    shutil.move(path, elsewhere)
                else:
                    with open(elsewhere, "w") as file:
                        file.write("what somebody keeps elsewhere")
                with open(elsewhere, "rb") as file:
                    before = file.read()
                os.symlink(elsewhere, path)
                refusal = self.refusal(daemon.data)
                self.assertIn(path + " is a symbolic link", refusal)
                with open(elsewhere, "rb") as file:
                    self.assertEqual(file.read(), before)
                self.mend(refusal)
                self.assertFalse(os.path.lexists(path))

    def test_a_pipe_in_the_place_of_a_file_of_ours_keeps_nobody_waiting(self):
        daemon = self.made()
        for name in ("waybill.lock", "waybill.head", "admin.token", "secrets.key", "credentials.seen"):
            with self.subTest(name):
                path = os.path.join(daemon.data, name)
                os.rename(path, path + ".kept")
                os.mkfifo(path, 0o600)
                self.assertIn(path + " is no regular file", self.refusal(daemon.data))
                os.rename(path + ".kept", path)

    @needs_root
    def test_what_another_user_put_there_is_refused(self):
        daemon = self.made()
        for name in ("admin.token", "secrets.key", "waybill.db", "index.db", "admin.token.new"):
            with self.subTest(name):
                path = os.path.join(daemon.data, name)
                if not os.path.exists(path):
                    os.close(os.open(path, os.O_CREAT, 0o600))
                os.chown(path, NOBODY, NOBODY)
                self.expect_refused_and_mended(daemon, path, f"belongs to user {NOBODY}")

    @needs_root
    def test_root_makes_no_files_in_the_directory_of_another_user(self):
        data = harness.tempfile.mkdtemp()
        os.chown(data, NOBODY, NOBODY)
        refusal = self.refusal(data)
        for words in (data, "runs as root", f"setpriv --reuid {NOBODY}", f"chown -R 0 {data}"):
            self.assertIn(words, refusal)
        self.assertEqual(os.listdir(data), [])
        daemon = self.made()
        os.chown(daemon.data, NOBODY, NOBODY)
        before = sorted(os.listdir(daemon.data))
        rebuilt = harness.run("waybill", "rebuild", daemon.db, expect=None)
        self.assertNotEqual(rebuilt.returncode, 0)
        self.assertIn("runs as root", rebuilt.stderr)
        self.assertEqual(sorted(os.listdir(daemon.data)), before)

    def as_nobody(self):
        """A place that another user can reach, with a copy of the daemon; how to run it there."""
        place = harness.tempfile.mkdtemp(dir="/tmp")
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        shutil.copy(os.path.join(harness.BIN, "waybilld"), place)
        data = os.path.join(place, "data")
        os.mkdir(data, 0o700)
        for path in (place, data):
            os.chown(path, NOBODY, NOBODY)
        return data, {"user": NOBODY, "group": NOBODY, "extra_groups": [], "bin": place}

    @needs_root
    def test_a_file_that_root_left_is_named_with_the_command_that_gives_it_back(self):
        data, nobody = self.as_nobody()
        lock = os.path.join(data, "waybill.lock")
        os.close(os.open(lock, os.O_CREAT, 0o600))
        refusal = self.refusal(data, **nobody)
        self.assertIn(f"{lock} belongs to root", refusal)
        self.assertIn(f"`chown {NOBODY} {lock}`", refusal)

    @needs_root
    def test_a_directory_of_root_is_named_with_what_makes_it_usable(self):
        for mode, words in ((0o755, "belongs to root"),
                            (0o2775, "name a directory in it, which is made for this user alone")):
            with self.subTest(oct(mode)):
                data, nobody = self.as_nobody()
                os.chown(data, 0, NOBODY)
                os.chmod(data, mode)
                refusal = self.refusal(data, **nobody)
                self.assertIn(words, refusal)
                self.assertEqual(os.listdir(data), [])
                self.mend(refusal)
                self.assertEqual(os.stat(data).st_uid, NOBODY)
                self.assertEqual(mode_of(data) & 0o022, 0)

    @needs_root
    def test_a_secret_of_root_stays_readable_for_the_daemon_when_it_is_closed_to_others(self):
        data, nobody = self.as_nobody()
        keys = os.path.join(nobody["bin"], "keys")
        with open(keys, "w") as file:
            file.write("alice:key-of-alice-0123456789abcdef\n")
        os.chmod(keys, 0o646)
        refusal = self.refusal(data, "--api-keys-file", keys, **nobody)
        self.assertIn("can be written by other users", refusal)
        self.mend(refusal)
        self.assertEqual((mode_of(keys), os.stat(keys).st_gid), (0o640, NOBODY))

    @needs_root
    def test_a_directory_of_a_third_user_is_refused(self):
        data, nobody = self.as_nobody()
        os.chmod(data, 0o755)
        os.chown(data, 65533, 65533)
        refusal = self.refusal(data, **nobody)
        self.assertIn(f"{data} belongs to user 65533", refusal)
        self.assertIn(f"`chown -R {NOBODY} {data}`", refusal)

    def test_a_directory_in_one_that_everybody_may_change_is_warned_of(self):
        parent = os.path.join(harness.tempfile.mkdtemp(), "parent")
        os.mkdir(parent)
        os.chmod(parent, 0o777)
        daemon = self.daemon(data=os.path.join(parent, "data"))
        self.assertIn(f"`chmod +t {parent}`", daemon.stderr())
        daemon.stop()
        os.chmod(parent, 0o1777)
        with open(daemon.log_path, "w"):
            pass
        daemon.restart()
        self.assertNotIn("chmod", daemon.stderr())


class NamedSecrets(Starts):
    """Files that an option names may be links, and readable for those who were meant to."""

    def keys(self, mode):
        path = os.path.join(harness.tempfile.mkdtemp(), "keys")
        with open(path, "w") as file:
            file.write("alice:key-of-alice-0123456789abcdef\n")
        os.chmod(path, mode)
        return path

    def test_one_that_others_may_write_is_refused(self):
        for mode in (0o666, 0o660, 0o602):
            with self.subTest(oct(mode)):
                path = self.keys(mode)
                for option in ("--api-keys-file", "--upstream-key-file", "--admin-token-file"):
                    upstream = ["--upstream", "http://127.0.0.1:1"]
                    refusal = self.refusal(harness.tempfile.mkdtemp(), option, path,
                                           *(upstream if "upstream" in option else []))
                    self.assertIn(path + " can be written by other users", refusal)
                self.mend(refusal)
                self.assertEqual(mode_of(path), 0o600)

    def test_settings_that_others_may_write_are_refused_and_ones_that_they_may_read_are_taken(self):
        path = os.path.join(harness.tempfile.mkdtemp(), "waybill.conf")
        with open(path, "w") as file:
            file.write("max-retries = 3\n")
        os.chmod(path, 0o664)
        refusal = self.refusal(harness.tempfile.mkdtemp(), "--config", path)
        self.assertIn(path + " can be written by other users", refusal)
        self.mend(refusal)
        self.assertEqual(mode_of(path), 0o644)
        self.daemon("--config", path)

    def test_one_that_everybody_may_read_is_warned_of(self):
        path = self.keys(0o644)
        daemon = self.daemon("--api-keys-file", path)
        self.assertIn(f"`chmod 600 {path}`", daemon.stderr())

    def test_one_that_a_group_may_read_or_that_is_a_link_is_taken(self):
        path = self.keys(0o640)
        os.symlink(path, path + ".link")
        daemon = self.daemon("--api-keys-file", path + ".link")
        self.assertNotIn("chmod", daemon.stderr())

    @needs_root
    def test_one_of_another_user_is_refused(self):
        path = self.keys(0o600)
        os.chown(path, NOBODY, NOBODY)
        refusal = self.refusal(harness.tempfile.mkdtemp(), "--api-keys-file", path)
        self.assertIn(f"{path} belongs to user {NOBODY}", refusal)


if __name__ == "__main__":
    unittest.main()
