"""Readers that have been taken over, and systems that lack a part of the cage.

Environment besides that of support.py: FEEDMILL_MISBEHAVING (the program with a reader that does what the feed says, see misbehaving.c),
FEEDMILL_WITHOUT (runs a program on a system that refuses some calls, see without.c), FEEDMILL_COVERAGE (not empty: the lines that run
are counted, in files).
"""

import os
import subprocess
import time
import unittest

from support import BINARY, ROOT, SANITIZED, Case, offer, yml

MISBEHAVING = os.environ.get("FEEDMILL_MISBEHAVING", str(ROOT / "build/dev/tests/e2e/feedmill_misbehaving"))
WITHOUT = os.environ.get("FEEDMILL_WITHOUT", str(ROOT / "build/dev/tests/e2e/without"))

# What tools that are compiled in must be able to do, their cage does not forbid.
HAS_TOOLS = SANITIZED or bool(os.environ.get("FEEDMILL_COVERAGE"))

FORBIDDEN = "it tried what its cage forbids"
SECONDS_MAX = 60  # the program's clock goes thirty times as fast

# What a reader tries to get out of its cage; where there are tools only the first ones kill.
ESCAPES = ("opens_a_socket", "forks", "executes", "kills")
MORE_ESCAPES = ("opens_a_file", "opens_the_store", "writes_to_standard_output")

# What it does to its writer, and what the run says.
ATTACKS = {
    "sends_rubbish": "batch",
    "sends_no_frames": "does not check",
    "hangs": "silent for 120 seconds",
    "hangs_at_the_end": "silent for 10 seconds in all while the store was locked",
    "goes_on_after_the_end": "went on after its last word",
    "floods_with_signs_of_life": "unknown kind",
    "enters_twice": "unknown kind",
    "dies": "killed by signal 6",
    "ends_without_a_word": "ended in the middle of its work",
}

LANDLOCK_WARNING = "the feed was read without a part of the sandbox, which this system refuses: Landlock"


def feed_of(act):
    return yml(offer("A")).replace("<shop>", f"<!--{act}--><shop>")


class TakenOver(Case):
    def setUp(self):
        super().setUp()
        self.run_feed(self.write("before.xml", yml(offer("A") + offer("B"))), "--as", "acme")
        self.before = self.catalogue()

    def misbehave(self, act, *words, command=("run", "--as", "acme", "--missing", "delete", "--json"), content=None):
        """The program whose reader does `act`: it must fail in time, say why, and change nothing."""
        feed = self.write(f"{act}.xml", content or feed_of(act))
        started = time.monotonic()
        result = self.feedmill(*command, feed, program=(MISBEHAVING,), store=command[0] == "run", timeout=2 * SECONDS_MAX)
        self.assertLess(time.monotonic() - started, SECONDS_MAX)
        self.assertEqual(result.status, 1, result.err + result.out)
        for word in words:
            self.assertIn(word, result.err)
        self.assertEqual(self.catalogue(), self.before)
        return result

    def test_a_reader_that_leaves_its_cage_is_killed(self):
        if self.run_feed(self.folder / "before.xml", "--as", "acme", "--full")["warnings"]:
            self.skipTest("this system lacks a part of the cage")
        for act in ESCAPES if HAS_TOOLS else ESCAPES + MORE_ESCAPES:
            with self.subTest(act=act):
                result = self.misbehave(act, "killed by signal 31", FORBIDDEN)
                self.assertEqual((result.report["outcome"], result.report["error"]["code"]), ("failed", "reader"))
        self.misbehave("opens_a_socket", FORBIDDEN, command=("probe",), content="<feed><!--opens_a_socket--></feed>")

    def test_a_reader_that_attacks_its_writer_fails_the_run(self):
        for act, words in ATTACKS.items():
            with self.subTest(act=act):
                self.assertEqual(self.misbehave(act, words).report["outcome"], "failed")

    @unittest.skipIf(SANITIZED, "a sanitizer's reader has no limit of memory")
    def test_a_reader_gets_no_memory_without_end(self):
        self.misbehave("takes_all_memory", "killed by signal 6")

    def test_a_probe_ends_whatever_its_reader_does(self):
        for act, words in (("floods_with_signs_of_life", "read more than there is"), ("hangs", "silent"), ("dies", "signal 6"),
                           ("sends_no_frames", "does not check")):
            with self.subTest(act=act):
                self.misbehave(act, words, command=("probe",), content=f"<feed><!--{act}--></feed>")


class Lacking(Case):
    """A system that refuses parts of the cage."""

    def setUp(self):
        super().setUp()
        self.feed = self.write("feed.xml", yml(offer("A")))
        if subprocess.run([WITHOUT, "landlock", "seccomp", "--", "/bin/true"], check=False).returncode != 0:
            self.skipTest("no system call can be refused here")

    def lacking(self, *calls):
        return {"program": (WITHOUT, *calls, "--", BINARY)}

    def test_a_missing_part_is_a_warning(self):
        report = self.run_feed(self.feed, "--as", "acme", **self.lacking("landlock"))
        self.assertEqual((report["outcome"], report["warnings"]), ("applied", [LANDLOCK_WARNING]))
        report = self.run_feed(self.feed, "--as", "acme", "--full", **self.lacking("landlock", "seccomp"))
        self.assertEqual((report["outcome"], report["warnings"]), ("applied", [LANDLOCK_WARNING + ", seccomp"]))
        result = self.feedmill("run", self.feed, "--as", "acme", "--full", "--verbose", **self.lacking("seccomp"))
        self.assertRegex(result.out, r"warning.*seccomp")

    def test_probe_and_explain_warn_too(self):
        self.run_feed(self.feed, "--as", "acme")
        for command in (("probe", self.feed), ("skus", "get", "A", "--explain")):
            with self.subTest(command=command):
                result = self.feedmill(*command, store=command[0] == "skus", **self.lacking("landlock"))
                self.assertEqual(result.status, 0, result.err)
                self.assertEqual(result.err, f"feedmill: warning: {LANDLOCK_WARNING}\n")

    def test_a_missing_part_is_an_error_where_the_sandbox_is_required(self):
        self.run_feed(self.feed, "--as", "acme")
        before = self.catalogue()
        self.write("feed.xml", yml(offer("A", "11")))
        configuration = ("--config", self.write("feedmill.yaml", "sandbox: required\n"))
        for name, calls in (("Landlock", ["landlock"]), ("seccomp", ["seccomp"])):
            for command in (("run", self.feed, "--as", "acme"), ("probe", self.feed), ("skus", "get", "A", "--explain")):
                with self.subTest(name=name, command=command):
                    result = self.feedmill(*command, *configuration, store=command[0] != "probe", **self.lacking(*calls))
                    self.assertEqual(result.status, 1, result.err)
                    self.assertRegex(result.err, f"refuses a part of the sandbox that is required: .*{name}")
                    self.assertEqual(self.catalogue(), before)

    def test_a_whole_cage_does_where_it_is_required(self):
        if self.run_feed(self.feed, "--as", "acme")["warnings"]:
            self.skipTest("this system lacks a part of the cage")
        configuration = self.write("feedmill.yaml", "sandbox: required\n")
        report = self.run_feed(self.feed, "--as", "acme", "--full", "--config", configuration)
        self.assertEqual((report["outcome"], report["warnings"]), ("applied", []))


if __name__ == "__main__":
    unittest.main()
