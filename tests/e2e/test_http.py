"""Fetching from a real web server: nginx on loopback, with and without TLS."""

import os
import shutil
import socket
import sqlite3
import subprocess
import time
import unittest

from support import Case, offer, yml

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
OPENSSL = shutil.which("openssl", path="/usr/bin:/bin")
TWO = yml(offer("A", "10") + offer("B", "20"))

CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log {folder}/access.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/xml xml; text/html html; }}
    server {{
        listen 127.0.0.1:{port};
        listen 127.0.0.1:{tls_port} ssl;
        server_name localhost;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        root {folder}/www;
        location = /moved.xml {{ return 302 /feed.xml; }}
        location = /loop.xml {{ return 302 /loop.xml; }}
        location = /downgrade.xml {{ return 302 http://localhost:{port}/feed.xml; }}
        location = /broken {{ return 503; }}
        location = /page {{ return 200 "<!DOCTYPE html><html><head><title>Log in</title></head></html>"; }}
    }}
}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_certificates(folder):
    """An authority, and a certificate for localhost signed by it."""
    def openssl(*arguments):
        subprocess.run([OPENSSL, *arguments], cwd=folder, check=True, capture_output=True)

    (folder / "names").write_text("subjectAltName=DNS:localhost\n")
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
            "-subj", "/CN=Test authority")
    openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=localhost")
    openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names", "-out",
            "server.pem")


@unittest.skipUnless(NGINX and OPENSSL, "nginx and openssl are not installed")
class Http(Case):
    def setUp(self):
        super().setUp()
        self.server = self.folder / "server"
        (self.server / "www").mkdir(parents=True)
        self.folder.chmod(0o755)  # the worker of a server started by root is another user
        make_certificates(self.server)
        self.port, self.tls_port = free_port(), free_port()
        configuration = self.server / "nginx.conf"
        configuration.write_text(CONFIGURATION.format(folder=self.server, port=self.port, tls_port=self.tls_port))
        self.publish(TWO)
        self.nginx = subprocess.Popen([NGINX, "-c", configuration, "-e", self.server / "error.log"], stderr=subprocess.PIPE)
        self.addCleanup(self.stop)
        self.wait_for(self.tls_port)

    def stop(self):
        self.nginx.terminate()
        self.nginx.wait(20)
        self.nginx.stderr.close()

    def wait_for(self, port):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                self.assertIsNone(self.nginx.poll(), "nginx did not start")
        self.fail("nginx does not answer")

    def publish(self, content, name="feed.xml"):
        path = self.server / "www" / name
        path.write_text(content)
        path.chmod(0o644)
        self.version = getattr(self, "version", 0) + 1
        os.utime(path, (1767225600 + self.version,) * 2)  # nginx makes its validators of size and second
        os.chmod(path.parent, 0o755)
        os.chmod(self.server, 0o755)

    def url(self, path="/feed.xml", tls=False):
        return f"{'https' if tls else 'http'}://localhost:{self.tls_port if tls else self.port}{path}"

    def failed(self, url, *arguments, expect=1):
        report = self.run_feed(url, *arguments, expect=expect)
        self.assertEqual(report["outcome"], "failed")
        return report["error"]

    def test_a_feed_over_tls_needs_no_configuration(self):
        report = self.run_feed(self.url(tls=True), "--cacert", self.server / "ca.pem")
        self.assertEqual(report["outcome"], "applied")
        self.assertEqual(report["feed"]["http_status"], 200)
        self.assertEqual(report["skus"]["created"], 2)
        self.assertEqual(report["feed"]["whole"], ["end_of_document", "length"])

    def test_an_unknown_authority_is_refused(self):
        error = self.failed(self.url(tls=True))
        self.assertEqual(error["code"], "refused")
        self.assertIn("certificate", error["message"])

    def test_a_certificate_for_another_host_is_refused(self):
        error = self.failed(f"https://127.0.0.1:{self.tls_port}/feed.xml", "--cacert", self.server / "ca.pem")
        self.assertEqual(error["code"], "refused")

    def test_not_modified_ends_early_and_a_change_is_applied(self):
        self.run_feed(self.url())
        again = self.run_feed(self.url())
        self.assertEqual((again["outcome"], again["feed"]["http_status"]), ("unchanged", 304))
        self.publish(yml(offer("A", "11") + offer("B", "20")))
        changed = self.run_feed(self.url())
        self.assertEqual((changed["outcome"], changed["skus"]["updated"]), ("applied", 1))

    def test_no_validator_is_sent_after_a_change_by_hand(self):
        self.run_feed(self.url())

        with sqlite3.connect(self.store) as database:
            database.execute("DELETE FROM sku WHERE sku_id = 'A'")
        database.close()
        report = self.run_feed(self.url())
        self.assertEqual((report["feed"]["http_status"], report["skus"]["created"]), (200, 1))

    def test_a_failed_import_is_not_remembered(self):
        self.publish(TWO[:-30])
        self.failed(self.url())
        self.assertEqual(self.failed(self.url())["code"], "feed")

    def test_redirects_are_followed_within_limits(self):
        self.assertEqual(self.run_feed(self.url("/moved.xml"))["outcome"], "applied")
        self.assertEqual(self.failed(self.url("/loop.xml"))["code"], "limit")
        error = self.failed(self.url("/downgrade.xml", tls=True), "--cacert", self.server / "ca.pem")
        self.assertEqual(error["code"], "refused")

    def test_answers_that_are_no_feed(self):
        self.assertEqual(self.failed(self.url("/nothing.xml"))["code"], "refused")
        self.assertTrue(self.failed(self.url("/broken"), expect=75)["temporary"])
        self.assertIn("HTML", self.failed(self.url("/page"))["message"])

    def test_a_dead_host_is_worth_a_retry(self):
        error = self.failed(f"http://localhost:{free_port()}/feed.xml", expect=75)
        self.assertTrue(error["temporary"])

    def test_the_environment_is_no_proxy(self):
        self.environment["http_proxy"] = f"http://127.0.0.1:{free_port()}"
        self.assertEqual(self.run_feed(self.url())["outcome"], "applied")

    def test_query_values_are_secrets(self):
        canary = "canary-6711"
        report = self.run_feed(self.url(f"/feed.xml?key={canary}"))
        self.assertEqual(report["outcome"], "applied")
        text = str(report) + self.store.read_bytes().decode("latin-1") + "".join(str(path) for path in self.folder.rglob("*"))
        self.assertNotIn(canary, text)
        self.assertNotIn(canary, str(self.failed(self.url(f"/nothing.xml?key={canary}"))))


if __name__ == "__main__":
    unittest.main()
