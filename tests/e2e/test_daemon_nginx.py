"""A daemon with jobs of every few seconds against a web server as suppliers have it: the ledger tells what happened, and people are told once."""

import json
import pathlib
import shutil
import socket
import subprocess
import unittest

from daemon_support import Daemons
from support import offer, yml

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
NGINX_CONFIGURATION = """
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/xml xml; }}
    server {{
        listen 127.0.0.1:{port};
        root {folder}/www;
        add_header Retry-After 2 always;
        # What a host does is said by files, so that it changes between two requests.
        if (-f {folder}/away) {{ return 503; }}
        location /slow.xml {{
            if (-f {folder}/hangs) {{ proxy_pass http://127.0.0.1:{silent}; }}
        }}
    }}
}}
"""


def listener():
    """A socket that nobody answers at; its port is taken until it is closed."""
    silent = socket.socket()
    silent.bind(("127.0.0.1", 0))
    silent.listen(64)
    return silent


@unittest.skipUnless(NGINX, "nginx is not installed")
class WebServer(Daemons):
    def setUp(self):
        super().setUp()
        self.server = self.folder / "server"
        (self.server / "www").mkdir(parents=True)
        silent = listener()
        self.addCleanup(silent.close)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        configuration = self.server / "nginx.conf"
        configuration.write_text(NGINX_CONFIGURATION.format(folder=self.server, port=self.port, silent=silent.getsockname()[1]))
        self.nginx = subprocess.Popen([NGINX, "-c", configuration, "-e", self.server / "error.log"], stderr=subprocess.PIPE)
        self.addCleanup(self.stop_server)
        for name in ("daily", "slow", "other"):
            self.put(f"{name}.xml", yml(offer("A", "10") + offer("B")))

    def stop_server(self):
        self.nginx.terminate()
        self.nginx.communicate()

    def put(self, name, text):
        """Whole or not at all, as who publishes feeds should."""
        draft = self.server / "draft"
        draft.write_text(text)
        draft.rename(self.server / "www" / name)

    def web_job(self, name, **keys):
        text = f"source: http://127.0.0.1:{self.port}/{name}.xml\ncatalog: {name}\nschedule: {{every: 1s}}\n"
        self.write(f"jobs/{name}.yaml", text + "".join(f"{key}: {value}\n" for key, value in keys.items()))

    def notices(self, job):
        told = pathlib.Path(self.folder / "told")
        lines = told.read_text().splitlines() if told.exists() else []
        return [(notice["event"], notice["problem"]) for notice in map(json.loads, lines) if notice["job"] == job]

    def price(self, job):
        return self.value("SELECT price_micros FROM sku WHERE catalog = ? AND sku_id = 'A'", job)

    def last(self, job):
        return (self.outcomes(job) or [None])[-1]

    def test_the_ledger_tells_the_story_and_people_are_told_once(self):
        self.write("feedmill.yaml", f"jobs: jobs\ndaemon: {{concurrency: 4}}\non_failure: [tee, -a, {self.folder / 'told'}]\n")
        self.web_job("daily", retry="{attempts: 1}")
        self.web_job("other", retry="{attempts: 1}")
        self.web_job("slow", retry="{attempts: 1}", run_timeout="1s")
        daemon = self.start()
        for name in ("daily", "other", "slow"):
            self.wait_for_outcomes(name, "applied", "unchanged")

        self.put("daily.xml", yml(offer("A", "11") + offer("B")))  # it changes
        self.wait_for_outcomes("daily", "applied", "unchanged", "applied")
        self.assertEqual(self.price("daily"), 11_000_000)

        (self.server / "www/other.xml").unlink()  # it is gone, for several runs
        self.wait_for_outcomes("other", "failed", "failed", "failed")
        (self.server / "hangs").touch()  # it does not come to an end
        self.wait_for_outcomes("slow", "failed", "failed")
        (self.server / "hangs").unlink()
        self.put("other.xml", yml(offer("A", "12") + offer("B")))
        self.wait_until(lambda: self.last("other") in ("applied", "unchanged") and self.last("slow") == "unchanged", "both to come back")
        self.wait_until(lambda: len(self.notices("other")) >= 2 and len(self.notices("slow")) >= 2, "their notices")

        (self.server / "away").touch()  # the whole host is, and says for how long
        for name in ("daily", "other", "slow"):
            self.wait_until(lambda job=name: self.last(job) == "failed", f"{name} to fail")
        (self.server / "away").unlink()
        for name in ("daily", "other", "slow"):
            self.wait_until(lambda job=name: self.last(job) == "unchanged", f"{name} to come back")
        self.wait_until(lambda: all(self.notices(name)[-1:] == [("recovered", None)] for name in ("daily", "other", "slow")), "all to be told")
        self.assertEqual(self.stop(daemon), 0, self.said())

        self.check_ledger()
        early = self.query("SELECT b.run_id FROM run a JOIN run b ON a.job = b.job AND b.run_id > a.run_id"
                           " WHERE a.retry_at_ms IS NOT NULL AND b.started_at_ms < a.retry_at_ms")
        self.assertEqual(early, [])
        errors = {code for (code,) in self.query("SELECT DISTINCT json_extract(error, '$.code') FROM run WHERE job = 'slow' AND outcome = 'failed'")}
        self.assertEqual(errors, {"timeout", "network"})
        # One notice for each problem, whatever the number of runs that had it, and one when it was over.
        self.assertEqual([event for event, _ in self.notices("daily")], ["problem", "recovered"])
        for name in ("other", "slow"):
            self.assertEqual([event for event, _ in self.notices(name)], ["problem", "recovered"] * 2, self.notices(name))
        self.assertEqual(self.price("other"), 12_000_000)


if __name__ == "__main__":
    unittest.main()
