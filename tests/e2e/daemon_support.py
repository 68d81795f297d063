"""What tests of the daemon share: a web server whose feeds do as they are told, and the daemon as a process."""

import http.server
import os
import pathlib
import signal
import sqlite3
import subprocess
import threading
import time

from support import BINARY, NOISE, SANITIZED, Case, offer, yml

DEADLINE_SECONDS = 240 if SANITIZED else 90


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        behave = self.server.take(self.path)
        behave(self)

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class Feeds(http.server.ThreadingHTTPServer):
    """Each path has a function that is given the request and how often the path was asked for before."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        self.behaviours = {}
        self.requests = []  # (path, when)
        self.lock = threading.Lock()
        self.closing = threading.Event()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self, path):
        with self.lock:
            count = sum(1 for asked, _ in self.requests if asked == path)
            self.requests.append((path, time.time()))
        behaviour = self.behaviours.get(path)
        return lambda request: behaviour(request, count) if behaviour else request.answer(404)

    def times(self, path):
        with self.lock:
            return [when for asked, when in self.requests if asked == path]

    def url(self, path):
        return f"http://127.0.0.1:{self.server_address[1]}{path}"

    def handle_error(self, *_):
        pass  # a run that was stopped does not listen to the end

    def close(self):
        self.closing.set()
        self.shutdown()
        self.server_close()


def steady(request, _):
    request.answer(200, yml(offer("A") + offer("B")).encode())


def changing(request, count):
    request.answer(200, yml(offer("A", str(10 + count)) + offer("B")).encode())


def hanging(request, _):
    """A head, and then nothing until the test is over."""
    request.send_response(200)
    request.send_header("Content-Length", "1000")
    request.end_headers()
    request.wfile.flush()
    request.server.closing.wait()


class Daemons(Case):
    def setUp(self):
        super().setUp()
        self.feeds = Feeds()
        self.addCleanup(self.feeds.close)
        self.settings = {}
        self.log = self.folder / "daemon.log"

    def write_configuration(self, **daemon):
        lines = ["jobs: jobs"] + ([f"daemon: {{{', '.join(f'{key}: {value}' for key, value in daemon.items())}}}"] if daemon else [])
        self.write("feedmill.yaml", "\n".join(lines) + "\n")

    def job(self, name, behaviour, **keys):
        """A job whose feed stands at its name, with `behaviour`."""
        self.feeds.behaviours[f"/{name}.xml"] = behaviour
        text = f"source: {self.feeds.url(f'/{name}.xml')}\ncatalog: {name}\n"
        self.write(f"jobs/{name}.yaml", text + "".join(f"{key}: {value}\n" for key, value in keys.items()))
        return name

    def start(self, *arguments):
        """The daemon, with what it says in self.log."""
        with open(self.log, "ab") as log:
            process = subprocess.Popen([BINARY, "daemon", "-v", *arguments, "--store", f"sqlite:{self.store}"], stdin=subprocess.DEVNULL,
                                       stdout=log, stderr=log, env=self.environment, cwd=self.folder)
        self.addCleanup(self.end, process)
        return process

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
        process.wait()

    def stop(self, process, number=signal.SIGTERM):
        process.send_signal(number)
        process.wait(DEADLINE_SECONDS)
        return process.returncode

    def said(self):
        text = NOISE.sub("", self.log.read_text())
        self.assertNotIn("Sanitizer", text, text)
        self.assertNotIn("runtime error", text, text)
        return text

    def wait_until(self, condition, what):
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            time.sleep(0.02)
        self.fail(f"waited in vain for {what}\n{self.said()}")

    def rows(self, sql, *parameters):
        """As query, of a store that may not be there yet."""
        try:
            return self.query(sql, *parameters)
        except sqlite3.OperationalError:
            return []

    def outcomes(self, job):
        return [row[0] for row in self.rows("SELECT outcome FROM run WHERE job = ? ORDER BY run_id", job)]

    def wait_for_outcomes(self, job, *outcomes):
        """Until the job's runs have ended in these, in this order, with others between."""
        def has_all():
            rest = iter(self.outcomes(job))
            return all(wanted in rest for wanted in outcomes)
        self.wait_until(has_all, f"runs of {job} that are {', '.join(outcomes)}: {self.outcomes(job)}")

    def processes(self):
        """All processes that work on this test's store or for those that do: runs and their readers."""
        found = {}
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (path / "cmdline").read_bytes().split(b"\0")
                state, parent = (path / "stat").read_text().rpartition(")")[2].split()[:2]
            except OSError:
                continue
            if state != "Z":
                found[int(path.name)] = (words, int(parent))
        ours = {pid for pid, (words, _) in found.items() if f"sqlite:{self.store}".encode() in words}
        readers = {pid for pid, (words, parent) in found.items() if words[0] == b"feedmill-reader" and (parent in ours)}
        return ours | readers

    def check_ledger(self):
        """Every instant was seen to once at most, and no two runs of a job went on at once."""
        doubled = self.query("SELECT job, due_at_ms, count(*) FROM run WHERE due_at_ms IS NOT NULL"
                             " AND outcome IN ('applied', 'unchanged', 'held') GROUP BY 1, 2 HAVING count(*) > 1")
        self.assertEqual(doubled, [])
        overlapping = self.query("SELECT a.run_id, b.run_id FROM run a JOIN run b ON a.job = b.job AND a.run_id < b.run_id"
                                 " WHERE b.started_at_ms < a.finished_at_ms AND a.outcome <> 'interrupted'")
        self.assertEqual(overlapping, [])
        self.assertEqual(self.query("SELECT run_id FROM run WHERE trigger = 'schedule' AND started_at_ms < due_at_ms"), [])


def usage_of(pid):
    """Processor time in ticks, and how often it was woken."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    switches = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("voluntary_ctxt_switches"))
    return int(fields[11]) + int(fields[12]), switches


def ticks_per_second():
    return os.sysconf("SC_CLK_TCK")
