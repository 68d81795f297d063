"""The text file for Prometheus, read by a parser of our own that takes nothing on trust."""

import fcntl
import json
import os
import re
import shutil
import subprocess
import threading
import time
import unittest

from support import BINARY
from test_jobs import JobCase, offer

NAME = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
VALUE = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]+)?)")


class FormatError(Exception):
    pass


def parse_labels(text):
    """The labels up to and with '}', and the rest behind it."""
    labels = {}
    while True:
        match = LABEL.match(text)
        if not match or text[match.end():match.end() + 2] != '="':
            raise FormatError(f"no label: {text!r}")
        name, at, value = match[0], match.end() + 2, ""
        while text[at:at + 1] != '"':
            if at >= len(text):
                raise FormatError("a label without end")
            if text[at] == "\\":
                if text[at + 1:at + 2] not in ("\\", '"', "n"):
                    raise FormatError(f"no escape: {text[at:at + 2]!r}")
                value += {"n": "\n"}.get(text[at + 1], text[at + 1])
                at += 1
            else:
                value += text[at]
            at += 1
        if name in labels:
            raise FormatError(f"label {name} twice")
        labels[name] = value
        text = text[at + 1:]
        if text.startswith("}"):
            return labels, text[1:]
        if not text.startswith(","):
            raise FormatError(f"neither comma nor end: {text!r}")
        text = text[1:]


def parse(text):
    """{(name, labels): value} of the text exposition format 0.0.4; FormatError for anything that is not it, or that a collector refuses."""
    if not text.endswith("\n"):
        raise FormatError("no line feed at the end")
    samples, kinds, helps, closed, current = {}, {}, set(), set(), None
    for line in text[:-1].split("\n"):
        if line.startswith("# "):
            word, name, rest = (line[2:].split(" ", 2) + ["", ""])[:3]
            if word not in ("HELP", "TYPE") or not NAME.fullmatch(name) or name in closed or name in (helps if word == "HELP" else kinds):
                raise FormatError(f"comment: {line!r}")
            if word == "TYPE" and rest not in ("counter", "gauge", "histogram", "summary", "untyped"):
                raise FormatError(f"type: {line!r}")
            if name != current and current:
                closed.add(current)
            current = name
            if word == "HELP":
                helps.add(name)
            else:
                kinds[name] = rest
            continue
        match = NAME.match(line)
        if not match:
            raise FormatError(f"no sample: {line!r}")
        name, rest = match[0], line[match.end():]
        if name != current or name not in kinds or name not in helps:
            raise FormatError(f"a sample outside of its metric: {line!r}")
        labels = {}
        if rest.startswith("{"):
            labels, rest = parse_labels(rest[1:])
        if not rest.startswith(" ") or not VALUE.fullmatch(rest[1:]):
            raise FormatError(f"no value: {line!r}")
        key = (name, tuple(sorted(labels.items())))
        if key in samples:
            raise FormatError(f"twice: {line!r}")
        samples[key] = float(rest[1:])
    return samples


class Parser(unittest.TestCase):
    def test_it_refuses_what_is_wrong(self):
        head = "# HELP a b\n# TYPE a gauge\n"
        self.assertEqual(parse(head + 'a{b="c\\"\\\\\\n",d="}"} 1.5\n'), {("a", (("b", 'c"\\\n'), ("d", "}"))): 1.5})
        for text in ("a 1", "a 1\n", head + "a 1", head + "a  1\n", head + "a x\n", head + 'a{b="c} 1\n', head + 'a{b="\\x"} 1\n', head + 'a{b="c",} 1\n', head + "a 1\na 1\n",
                     head + "\n", head + "b 1\n", head + 'a{b="1",b="2"} 1\n', "# TYPE a gouge\n", head + head, head + "a 1\n# HELP b c\n# TYPE b gauge\nb 1\na 2\n"):
            with self.subTest(text), self.assertRaises(FormatError):
                parse(text)


class Metrics(JobCase):
    def setUp(self):
        super().setUp()
        (self.folder / "collector").mkdir()
        self.file = self.folder / "collector/feedmill.prom"
        self.configure(metrics="collector/feedmill.prom")

    def metrics(self, job=None):
        """Of one job: {name without prefix, with further labels: value}."""
        samples = parse(self.file.read_text())
        if job is None:
            return samples
        found = {}
        for (name, labels), value in samples.items():
            labels = dict(labels)
            if labels.pop("job", None) == job:
                found[" ".join([name.removeprefix("feedmill_job_"), *labels.values()])] = value
        return found

    def test_an_applied_run_is_there_in_figures(self):
        self.job("acme", offer("A"), offer("B"))
        report = json.loads(self.run_job("acme", 0, "--json").out)
        self.assertEqual(self.file.stat().st_mode & 0o777, 0o644)
        self.assertEqual(os.listdir(self.folder / "collector"), ["feedmill.prom"])
        metrics = self.metrics("acme")
        started, finished = self.query("SELECT started_at_ms, finished_at_ms FROM run")[0]
        expected = {
            "last_run_outcome applied": 1, "last_run_id": 1, "last_run_start_timestamp_seconds": started / 1000, "last_run_duration_seconds": (finished - started) / 1000,
            "last_run_fetched_bytes": (self.folder / "acme.xml").stat().st_size, "last_success_timestamp_seconds": finished / 1000,
            "last_run_records read": 2, "last_run_records known": 0, "last_run_records parsed": 2, "last_run_records rejected": 0,
            "items_present category": 1, "items_present product": 2, "items_present sku": 2, "held": 0, "paused": 0, "failing": 0, "missed": 0, "problem_runs": 0,
        }
        for kind, count in (("category", 1), ("product", 2), ("sku", 2)):
            expected[f"last_run_items created {kind}"] = count
        self.assertEqual({" ".join([name.split(" ")[0], *sorted(name.split(" ")[1:])]): value for name, value in metrics.items()},
                         {" ".join([name.split(" ")[0], *sorted(name.split(" ")[1:])]): value for name, value in expected.items()})

    def test_the_file_follows_the_jobs(self):
        self.job("acme", *(offer(f"A{n}") for n in range(9)), guards={"removed": {"percent": 10, "count": 1}}, missing="mark")
        self.job("beta", offer("B"))
        self.run_job("acme")
        success = self.metrics("acme")["last_success_timestamp_seconds"]
        self.run_job("acme")
        self.assertEqual(self.metrics("acme")["last_run_outcome unchanged"], 1)
        self.assertGreaterEqual(self.metrics("acme")["last_success_timestamp_seconds"], success)
        self.assertNotIn("last_run_outcome applied", self.metrics("acme"))
        self.assertFalse([name for name in self.metrics("acme") if name.startswith("last_run_items")])
        self.feed("acme", offer("A0"))
        self.run_job("acme", 3)
        held = self.metrics("acme")
        self.assertEqual((held["held"], held["failing"], held["problem_runs"], held["items_present sku"], held["last_run_records read"]), (1, 0, 1, 9, 1))
        self.feed("acme")
        self.run_job("acme", 1)
        self.run_job("acme", 1)
        failed = self.metrics("acme")
        self.assertEqual((failed["last_run_outcome failed"], failed["failing"], failed["problem_runs"]), (1, 1, 3))
        self.assertEqual(failed["problem_start_timestamp_seconds"], self.value("SELECT started_at_ms FROM run WHERE run_id = 3") / 1000)
        self.run_job("beta")
        self.assertEqual(self.metrics("acme"), failed)
        self.assertEqual(self.metrics("beta")["items_present sku"], 1)
        self.act("pause", "beta")
        self.assertEqual((self.metrics("beta")["paused"], self.metrics("acme")["paused"]), (1, 0))
        self.act("resume", "beta")
        self.assertEqual(self.metrics("beta")["paused"], 0)

    def test_runs_without_a_job_and_dry_ones_are_not_in_it(self):
        self.job("acme", offer("A"))
        self.run_job("acme", 0, "--dry-run")
        self.assertFalse(self.file.exists())
        self.assertEqual(self.feedmill("run", "./acme.xml", store=False).status, 0)
        self.assertEqual([key for key in self.metrics() if "last_run" in key[0] or "adhoc" in str(key)], [])

    def test_what_somebody_wrote_into_the_ledger_is_escaped(self):
        self.job("acme", offer("A"))
        self.run_job("acme")
        with self.writing() as database:
            database.execute("UPDATE run SET outcome = 'a\"b\\c\nd', bytes = 'many', counts = '{'")
        self.job("beta", offer("B"))
        self.assertEqual(self.feedmill("run", "beta", store=False).status, 0)
        metrics = self.metrics("acme")
        self.assertEqual(metrics['last_run_outcome a"b\\c\nd'], 1)
        self.assertNotIn("last_run_fetched_bytes", metrics)
        self.assertNotIn("last_run_records read", metrics)

    def test_a_file_that_cannot_be_written_is_warned_of(self):
        self.job("acme", offer("A"))
        shutil.rmtree(self.folder / "collector")
        result = self.run_job("acme")
        self.assertRegex(result.err, r"^feedmill: warning: the metrics 'collector/feedmill.prom': the folder 'collector' cannot be opened: No such file or directory\n$")

    def test_many_runs_at_once_leave_whole_files(self):
        names = [self.job(f"job{n}", offer(f"A{n}")) for n in range(8)]
        done = []
        stop = threading.Event()
        faults = []

        def read():
            while not stop.is_set():
                try:
                    parse(self.file.read_text())
                except FileNotFoundError:
                    continue
                except FormatError as error:
                    faults.append(error)

        reader = threading.Thread(target=read)
        reader.start()
        try:
            for process in [subprocess.Popen([BINARY, "run", name], cwd=self.folder, env=self.environment) for name in names]:
                done.append(process.wait(timeout=120))
        finally:
            stop.set()
            reader.join()
        self.assertEqual((done, faults), ([0] * 8, []))
        self.assertEqual([self.metrics(name)["last_run_outcome applied"] for name in names], [1] * 8)
        self.assertEqual(os.listdir(self.folder / "collector"), ["feedmill.prom"])

    def test_of_a_burst_one_waits_and_writes_for_all(self):
        names = [self.job(f"job{n}", offer(f"A{n}")) for n in range(8)]
        folder = os.open(self.folder / "collector", os.O_RDONLY | os.O_DIRECTORY)
        self.addCleanup(os.close, folder)
        fcntl.flock(folder, fcntl.LOCK_EX)  # as one that writes
        runs = [subprocess.Popen([BINARY, "run", name], cwd=self.folder, env=self.environment) for name in names]
        deadline = time.monotonic() + 120
        while sum(run.poll() is not None for run in runs) < len(runs) - 1 and time.monotonic() < deadline:
            time.sleep(0.02)
        self.assertEqual([run.poll() for run in runs].count(None), 1)
        self.assertFalse(self.file.exists())
        fcntl.flock(folder, fcntl.LOCK_UN)
        self.assertEqual([run.wait(timeout=120) for run in runs], [0] * len(runs))
        self.assertEqual([self.metrics(name)["last_run_outcome applied"] for name in names], [1] * len(runs))


if __name__ == "__main__":
    unittest.main()
