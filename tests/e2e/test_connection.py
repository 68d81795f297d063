"""Connections: what is sent to whom, what is said of it, and the commands about them."""

import json
import shutil
import socket
import ssl
import subprocess
import threading
import time
import unittest

from connection_support import CANARY, CANARY_BASIC, FEED, OPENSSL, ConnectionCase, make_certificates
from support import BINARY, feed_warnings

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")

KINDS = {
    "headers": {"kind": "headers", "headers": {"X-Key": "CANARY", "Authorization": "CANARY", "Cookie": "CANARY"}},
    "basic": {"kind": "basic", "user": "shop", "password": "CANARY"},
    "bearer": {"kind": "bearer", "token": "CANARY"},
    "api_key": {"kind": "api_key", "in": "header", "name": "X-Api-Key", "value": "CANARY"},
    "query": {"kind": "api_key", "in": "query", "name": "key", "value": "CANARY"},
    "hmac": {"kind": "hmac", "preset": "timestamp-target", "header": "X-Sign", "secret": "CANARY"},
    "jwt": {"kind": "jwt", "key": "file:../server/client.key", "algorithm": "ES256", "issuer": "us", "role_token": "CANARY",
            "matching": '{"db_id":2,"email":"a@b.example","matching":"email_profile"}'},
    "role_token": {"kind": "role_token", "token": "CANARY", "provider": "android-firebase", "subscription_id": "device-1"},
    "aws_sigv4": {"kind": "aws_sigv4", "access_key_id": "AKIDEXAMPLE", "secret_access_key": "CANARY", "session_token": "CANARY", "region": "eu-central-1",
                  "service": "s3"},
    "digest": {"kind": "digest", "user": "shop", "password": "CANARY"},
    "mtls": {"kind": "mtls", "certificate": "../server/client.pem", "key": "file:../server/locked.key", "passphrase": "CANARY"},
}


def carries(request):
    """Has a recorded request anything of a connection?"""
    path, headers, has_certificate = request
    text = json.dumps([path, headers])
    return has_certificate or any(word in text for word in (CANARY, CANARY_BASIC, "X-Sign", "X-Timestamp", "Authorization", "Cookie", "X-Key", "X-Api-Key", "subscription_id", "x-amz"))


class Commands(ConnectionCase):
    def setUp(self):
        super().setUp()
        self.server = self.recorder()
        self.source = f"http://127.0.0.1:{self.server.port}/feed.xml"

    def test_a_run_fetches_by_its_connection_and_the_ledger_says_so(self):
        self.connect("acme", **KINDS["bearer"])
        result = self.feedmill("run", self.job("shop", self.source, connection="acme"), "--json")
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.server.requests[0][1]["Authorization"], f"Bearer {CANARY}")
        self.assertEqual(result.report["connection"]["name"], "acme")
        self.assertIsNone(result.report["connection"]["withheld_from"])
        self.assertEqual(self.query("SELECT connection, connection_revision FROM run"), [("acme", result.report["connection"]["revision"])])
        shown = self.feedmill("show", "shop", "--json")
        self.assertEqual(shown.rows[0]["connection"], "acme")
        self.assert_silent(result, shown)

    def test_a_run_without_a_connection_has_none_in_the_ledger(self):
        result = self.feedmill("run", self.job("shop", self.source, connection="none"), "--json")
        self.assertIsNone(result.report["connection"])
        self.assertEqual(self.query("SELECT connection, connection_revision FROM run"), [(None, None)])
        self.assertFalse(carries(self.server.requests[0]))

    def test_the_command_line_names_a_connection_for_a_url(self):
        self.connect("acme", **KINDS["basic"])
        for command in (["run", "--json"], ["probe", "--json"]):
            result = self.feedmill(*command, self.source, "--connection", "acme", store=command[0] == "run")
            self.assertEqual(result.status, 0, result.err)
            self.assertEqual(self.server.requests.pop()[1]["Authorization"], f"Basic {CANARY_BASIC}")
            self.assert_silent(result)
        self.assertEqual(self.feedmill("run", self.source, "--connection", "acm").status, 2)
        self.assertEqual(self.server.requests, [])

    def test_a_probe_writes_the_connection_into_the_job(self):
        self.connect("acme", **KINDS["basic"])
        result = self.feedmill("probe", self.source, "--connection", "acme", "--write", ".", "--as", "shop", store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertIn("connection: acme\n", (self.folder / "jobs/shop.yaml").read_text())
        self.assertEqual(self.feedmill("run", "shop").status, 0)
        self.assertTrue(carries(self.server.requests[-1]))

    def test_validators_belong_to_the_connection(self):
        self.server.etag = '"v1"'
        self.connect("acme", **KINDS["bearer"])
        job = self.job("shop", self.source, connection="acme")
        self.assertEqual(self.run_feed(job)["outcome"], "applied")
        self.assertEqual(self.run_feed(job)["outcome"], "unchanged")
        self.assertEqual(self.server.requests[-1][1]["If-None-Match"], '"v1"')
        self.connect("acme", **KINDS["bearer"], description="another revision")
        self.run_feed(job)
        self.assertNotIn("If-None-Match", self.server.requests[-1][1])
        self.run_feed(job, "--full")
        self.run_feed(job)
        self.assertIn("If-None-Match", self.server.requests[-1][1])

    def test_replay_needs_no_connection(self):
        self.connect("acme", **KINDS["bearer"])
        job = self.job("shop", self.source, connection="acme")
        self.run_feed(job)
        (self.folder / "secrets/canary").unlink()
        result = self.feedmill("replay", "shop", "--json")
        self.assertEqual(result.status, 0, result.err)
        self.assertIsNone(result.report["connection"])
        self.assertEqual(self.query("SELECT connection FROM run ORDER BY run_id"), [("acme",), (None,)])

    def test_a_source_outside_of_the_allowed_url_is_asked_for_nothing(self):
        self.connect("acme", **KINDS["bearer"], allowed_url=f"http://127.0.0.1:{self.server.port}/feeds/")
        result = self.feedmill("run", self.job("shop", self.source, connection="acme"))
        self.assertEqual(result.status, 2)
        self.assertIn("outside of the Allowed URL of the connection 'acme': its path lies outside", result.err)
        self.assertEqual(self.feedmill("check", store=False).status, 2)
        self.assertEqual(self.server.requests, [])

    def test_http_to_another_machine_needs_a_word(self):
        self.connect("acme", **KINDS["bearer"])
        job = self.job("shop", f"http://feeds.localhost:{self.server.port}/feed.xml", connection="acme", network="private")
        result = self.feedmill("run", job)
        self.assertEqual(result.status, 1)
        self.assertIn("insecure_http: true", result.err)
        self.assertEqual(self.server.requests, [])
        self.connect("acme", **KINDS["bearer"], insecure_http=True)
        self.assertEqual(self.feedmill("run", job).status, 0)
        self.assertTrue(carries(self.server.requests[0]))
        self.assertIn("WARNING", self.feedmill("check", store=False).err)

    def test_a_connection_may_say_which_network_is_reached(self):
        source = f"http://feeds.localhost:{self.server.port}/feed.xml"
        moved = f"http://elsewhere.localhost:{self.server.port}/feed.xml"
        rows = [(None, None, False), ("private", None, True), (None, "private", True), ("public", "private", False), ("private", "public", True)]
        for word, job_word, is_reached in rows:
            with self.subTest(connection=word, job=job_word):
                self.connect("acme", **KINDS["bearer"], insecure_http=True, **({"network": word} if word else {}))
                job = self.job("shop", source, connection="acme", **({"network": job_word} if job_word else {}))
                result = self.feedmill("run", job, "--full")
                self.assertEqual(result.status, 0 if is_reached else 1, result.err)
                if not is_reached:
                    self.assertIn("network: private", result.err)
        self.server.moves["/feed.xml"] = moved  # out of the scope, where the connection has no word
        result = self.feedmill("run", self.job("shop", source, connection="acme"), "--full")
        self.assertEqual(result.status, 1)
        self.assertIn("'elsewhere.localhost' leads to the loopback address", result.err)

    def test_a_secret_that_cannot_be_had_fails_the_run_before_anything_is_sent(self):
        self.connect("acme", kind="bearer", token="file:../secrets/nowhere")
        result = self.feedmill("run", self.job("shop", self.source, connection="acme"), "--json")
        self.assertEqual(result.status, 1)
        self.assertEqual(result.report["error"]["code"], "not_found")
        self.assertIn("connection 'acme': token: ", result.report["error"]["message"])
        self.assertEqual(self.server.requests, [])
        self.assertEqual(self.query("SELECT outcome, connection FROM run"), [("failed", "acme")])
        checked = self.feedmill("check", store=False)
        self.assertEqual(checked.status, 2)
        self.assertIn("acme.yaml", checked.err)

    def test_a_value_that_may_not_be_sent_is_refused_without_showing_it(self):
        self.write("secrets/broken", f"{CANARY}\r\nX-Evil: 1")
        for keys in ({"kind": "bearer", "token": "file:../secrets/broken"}, {"kind": "headers", "headers": {"X-Key": "file:../secrets/broken"}},
                     {"kind": "api_key", "in": "header", "name": "X-Key", "value": "file:../secrets/broken"}):
            self.connect("acme", **keys)
            result = self.feedmill("run", self.job("shop", self.source, connection="acme"))
            checked = self.feedmill("check", store=False)
            self.assertEqual((result.status, checked.status), (2, 2), result.err)
            self.assert_silent(result, checked)
        self.assertEqual(self.server.requests, [])

    def test_a_secret_written_into_a_file_is_not_shown_back(self):
        self.write("connections/acme.yaml", f"kind: bearer\ntoken: '{CANARY}'\n")
        job = self.job("shop", self.source, connection="acme")
        for command in (["run", job], ["check"], ["connection", "list"], ["connection", "test", "acme"], ["probe", self.source]):
            result = self.feedmill(*command, store=command[0] == "run")
            self.assertEqual(result.status, 2, command)
            self.assertIn("acme.yaml:2:8: token: ", result.err)
            self.assertIn("feedmill secret set acme", result.err)
            self.assertNotIn(CANARY, result.out + result.err)

    def test_check_tells_which_jobs_use_which_connection(self):
        self.connect("acme", **KINDS["bearer"])
        self.connect("idle", kind="none")
        self.job("shop", self.source, connection="acme")
        result = self.feedmill("check", "--json", store=False)
        self.assertEqual(result.status, 0, result.out + result.err)
        self.assertEqual(result.report["connections"], [{"connection": "acme", "kind": "bearer", "jobs": ["shop"]}, {"connection": "idle", "kind": "none", "jobs": []}])
        self.assertIn("1 jobs, 2 connections, ", self.feedmill("check", store=False).out)
        self.job("other", self.source, connection="acne")
        result = self.feedmill("check", store=False)
        self.assertEqual(result.status, 2)
        self.assertIn("there is no connection 'acne'; did you mean 'acme'?", result.err)

    def test_check_warns_of_the_environment(self):
        self.environment["ACME_TOKEN"] = CANARY
        self.connect("acme", kind="bearer", token="env:ACME_TOKEN")
        result = self.feedmill("check", store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertIn("WARNING", result.err)
        self.assert_silent(result)

    def test_check_warns_of_a_short_key(self):
        self.connect("acme", **KINDS["hmac"])
        self.assertIn("acme.yaml: the key is shorter than 24 bytes", self.feedmill("check", store=False).err)
        self.write("secrets/canary", CANARY * 2)
        self.assertNotIn("WARNING", self.feedmill("check", store=False).err)

    def test_a_secret_comes_from_the_vault(self):
        self.write("feedmill.yaml", "jobs: jobs\nconnections: connections\nvault_key: file:vault.key\n")
        self.assertEqual(self.feedmill("secret", "export-key", "vault.key", store=False).status, 0)
        self.connect("acme", kind="bearer", token="vault:acme")
        job = self.job("shop", self.source, connection="acme")
        missing = self.feedmill("check", store=False)
        self.assertEqual(missing.status, 2)
        self.assertIn("vault:acme", missing.err)
        stored = self.feedmill("secret", "set", "acme", stdin=CANARY.encode(), store=False)
        self.assertEqual(stored.status, 0, stored.err)
        result = self.feedmill("run", job)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.server.requests[0][1]["Authorization"], f"Bearer {CANARY}")
        self.assert_silent(missing, stored, result, self.feedmill("check", store=False))

    def test_c8_a_change_counts_from_the_next_run(self):
        self.connect("acme", kind="headers", headers={"X-Key": "CANARY"})
        before = self.feedmill("connection", "show", "acme", "--json", store=False).rows[0]["revision"]
        answer = self.server.answer

        def change(path, headers):
            if path == "/start":
                self.connect("acme", kind="headers", headers={"X-Other": "CANARY"})
            return answer(path, headers)

        self.server.answer = change
        self.server.moves["/start"] = "/feed.xml"
        job = self.job("shop", f"http://127.0.0.1:{self.server.port}/start", connection="acme")
        self.assertEqual(self.run_feed(job)["connection"]["revision"], before)
        self.assertEqual(["X-Key" in headers for _, headers, _ in self.server.requests], [True, True])
        after = self.run_feed(job, "--full")["connection"]["revision"]
        self.assertNotEqual(after, before)
        self.assertEqual([("X-Key" in headers, "X-Other" in headers) for _, headers, _ in self.server.requests[2:]], [(False, True)] * 2)
        self.assertEqual(self.query("SELECT connection, connection_revision FROM run ORDER BY run_id"), [("acme", before), ("acme", after)])

    def test_what_a_server_says_back_is_masked(self):
        echoes = {"headers": "X-Key", "basic": "Authorization", "bearer": "Authorization", "api_key": "X-Api-Key"}
        for kind, name in echoes.items():
            for status in (302, 404, 429, 200):
                with self.subTest(kind=kind, status=status):
                    self.connect("acme", **KINDS[kind])

                    def answer(path, headers, name=name, status=status):
                        said = headers.get(name, "").split(" ")[-1]
                        if path != "/feed.xml":
                            return 404, {}, b"no"
                        return status, {"Location": f"http://{said.strip('=')}.localhost:1/{said}/{said.lower()}?{said}", "Retry-After": said, "ETag": f'"{said}"',
                                        "Content-Type": f"text/{said}; charset={said}", "Last-Modified": said, "Content-Encoding": said if status == 200 else ""}, FEED

                    self.server.answer = answer
                    job = self.job("shop", self.source, connection="acme")
                    results = [self.feedmill("run", job, "--full", "--json"), self.feedmill("connection", "test", "acme", store=False),
                               self.feedmill("connection", "test", "acme", "--json", store=False)]
                    self.assertEqual(results[0].status, 75 if status == 429 else 1, results[0].err)
                    self.assert_silent(*results)
                    for result in results:
                        self.assertNotIn(CANARY.lower(), (result.out + result.err).lower())
        self.assertNotIn(CANARY, str(self.query("SELECT error FROM run")))

    def test_c9_a_connection_is_used_only_where_it_is_named(self):
        self.connect("acme", **KINDS["bearer"], allowed_url=f"http://127.0.0.1:{self.server.port}/")
        self.run_feed(self.job("shop", self.source))
        self.run_feed(self.source + "?x=1", "--as", "adhoc")
        self.feedmill("probe", self.source + "?x=2", store=False)
        self.assertEqual([carries(request) for request in self.server.requests], [False] * 3)

    def test_c10_values_are_secret_and_show_has_names_only(self):
        self.connect("acme", kind="headers", headers={"X-Key": "CANARY", "Authorization": {"text": CANARY}})
        shown = self.feedmill("connection", "show", "acme", store=False)
        self.assertIn("X-Key, Authorization", shown.out)
        self.assert_no_canary(shown)

    def test_probe_says_who_got_no_credentials(self):
        self.connect("acme", **KINDS["bearer"])
        other = self.recorder()
        self.server.moves["/start"] = f"http://127.0.0.1:{other.port}/feed.xml"
        probed = self.feedmill("probe", f"http://127.0.0.1:{self.server.port}/start", "--connection", "acme", "--network", "private", store=False)
        self.assertEqual(probed.status, 0, probed.err)
        self.assertIn("WARNING: redirected to '127.0.0.1', which got nothing of the connection 'acme'", probed.err)
        self.assertFalse(carries(other.requests[0]))

    def assert_no_canary(self, result):
        self.assertNotIn(CANARY, result.out + result.err)

    def test_list_show_and_kinds_print_no_value(self):
        self.connect("acme", kind="headers", description="Acme", allowed_url="https://feeds.acme.example/a",
                     headers={"X-Key": "CANARY", "X-Shop": {"text": "hidden-text"}})
        self.connect("basic", **KINDS["basic"])
        self.job("shop", "https://feeds.acme.example/a/feed.xml", connection="acme")
        rows = self.feedmill("connection", "list", "--json", store=False).rows
        self.assertEqual([(row["connection"], row["kind"], row["jobs"], row["allowed_url"]) for row in rows],
                         [("acme", "headers", 1, "https://feeds.acme.example/a"), ("basic", "basic", 0, None)])
        shown = self.feedmill("connection", "show", "acme", "--json", store=False)
        self.assertEqual(shown.rows[0]["headers"], "X-Key, X-Shop")
        self.assertNotIn("hidden-text", shown.out)
        shown = self.feedmill("connection", "show", "basic", store=False)
        self.assertIn("shop", shown.out)
        self.assertIn("file:", shown.out)
        self.assert_silent(shown)
        kinds = {row["kind"] for row in self.feedmill("connection", "kinds", "--json", store=False).rows}
        self.assertEqual(kinds, {"none", "basic", "bearer", "api_key", "headers", "hmac", "jwt", "role_token", "oauth2", "digest", "mtls", "aws_sigv4"})
        for arguments in (["show"], ["show", "a", "b"], ["list", "a"], ["elephant"], ["test"]):
            self.assertEqual(self.feedmill("connection", *arguments, store=False).status, 2, arguments)
        self.assertEqual(self.feedmill("connection", "show", "nobody", store=False).status, 1)

    def test_test_shows_no_part_of_an_authorization(self):
        (self.folder / "secrets/two").write_text(f"{CANARY} and-more\n")
        (self.folder / "secrets/two").chmod(0o600)
        self.connect("acme", kind="headers", headers={"Authorization": "file:../secrets/two"})
        tested = self.feedmill("connection", "test", "acme", self.source, store=False)
        self.assertEqual(tested.status, 0, tested.err)
        self.assertIn("> Authorization: ***\n", tested.out)
        self.assertNotIn(CANARY, tested.out + tested.err)

    def test_what_a_killed_test_left_goes_with_the_next_one(self):
        def folders():
            return {path.name for path in (self.folder / "state/feedmill").glob("connection-*")}

        def start():
            process = subprocess.Popen([BINARY, "connection", "test", "acme", self.source.replace("feed", "slow")], cwd=self.folder, env=self.environment,
                                       stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.addCleanup(process.wait)
            self.addCleanup(process.kill)
            self.assertTrue(asked.acquire(timeout=60))
            return process

        asked, end = threading.Semaphore(0), threading.Event()
        self.addCleanup(end.set)
        answer = self.server.answer

        def answer_slowly(path, headers):
            if path == "/slow.xml":
                asked.release()
                end.wait()
            return answer(path, headers)

        self.server.answer = answer_slowly
        self.connect("acme", **KINDS["bearer"])
        killed, living = start(), start()
        stale = self.folder / f"state/feedmill/connection-{killed.pid}"
        self.assertEqual(folders(), {stale.name, f"connection-{living.pid}"})
        killed.kill()
        killed.wait()
        (stale / "part").write_text("of a feed")
        for name in ("connection-x", "connection-", "connections"):  # are none of ours
            (self.folder / "state/feedmill" / name).mkdir()
        result = self.feedmill("connection", "test", "acme", self.source, store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(folders(), {f"connection-{living.pid}", "connection-x", "connection-"})
        living.terminate()
        living.wait(60)
        self.assertEqual(folders(), {"connection-x", "connection-"})

    def test_test_asks_and_imports_nothing(self):
        self.connect("acme", **KINDS["query"])
        result = self.feedmill("connection", "test", "acme", self.source, store=False)
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.server.requests[0][0], f"/feed.xml?key={CANARY}")
        self.assertEqual([path for path in (self.folder / "state").rglob("*") if path.is_file()], [])
        self.assertEqual(self.feedmill("connection", "test", "acme", store=False).status, 2)
        self.job("shop", self.source, connection="acme")
        tested = self.feedmill("connection", "test", "acme", "--json", store=False)
        self.assertEqual((tested.status, tested.report["ok"]), (0, True))
        self.server.challenged.add("/feed.xml")
        refused = self.feedmill("connection", "test", "acme", store=False)
        self.assertEqual(refused.status, 1)
        self.assertIn("answered 401 (credentials needed)", refused.err)
        self.assert_silent(result, tested, refused)
        self.assertFalse(self.store.exists())


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class Redirects(ConnectionCase):
    """Every way out of the scope, for every kind."""

    def setUp(self):
        super().setUp()
        server = self.folder / "server"
        server.mkdir()
        make_certificates(server)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(server / "server.pem", server / "server.key")
        context.load_verify_locations(server / "ca.pem")
        context.verify_mode = ssl.CERT_OPTIONAL
        self.inside, self.other, self.plain = self.recorder(context), self.recorder(context), self.recorder()

    def ways(self):
        """Name, the targets of redirects, and who gets what: the scope's server first; True carries the connection. None = the run fails."""
        inside, other, plain = (f"https://localhost:{self.inside.port}", f"https://localhost:{self.other.port}", f"http://localhost:{self.plain.port}")
        host = f"https://127.0.0.1:{self.inside.port}"
        return [
            ("same", ["/feed"], [True, True], [], "applied"),
            ("port", [f"{other}/feed"], [True], [False], "applied"),
            ("host", [f"{host}/feed"], [True, False], [], "applied"),
            ("down", [f"{plain}/feed"], [True], [], "failed"),  # U12
            ("again", [f"{other}/back", f"{inside}/feed"], [True, False], [False], "applied"),
            ("path", ["/start/../feed", "/feed"], [True, True], [], "applied"),
        ]

    def travel(self, kind, way, settings):
        name, targets, inside, other, outcome = way
        for server in (self.inside, self.other, self.plain):
            server.requests.clear()
            server.moves.clear()
        self.inside.challenged = set()
        if kind == "digest":
            self.inside.challenged = {"/start", "/start/feed"} | ({"/feed"} if all(inside) else set())
        self.inside.moves["/start"] = targets[0]
        if len(targets) > 1:
            self.other.moves["/back"] = targets[1]
        self.connect("acme", **KINDS[kind], **settings)
        job = self.job("shop", f"https://localhost:{self.inside.port}/start", connection="acme", cacert="../server/ca.pem", network="private")
        self.store.unlink(missing_ok=True)
        result = self.feedmill("run", job, "--json")
        where = f"{kind}, {name}: {result.err}{result.out}"
        self.assertEqual(result.report["outcome"], outcome, where)
        seen = [carries(request) for request in self.inside.requests]
        if kind == "digest":  # each question is a request without credentials
            seen = [carried for carried, request in zip(seen, self.inside.requests) if carried or request[0] not in self.inside.challenged]
        self.assertEqual(seen, inside, where)
        self.assertEqual([carries(request) for request in self.other.requests], other, where)
        self.assertEqual(self.plain.requests, [], where)
        withheld = (result.report["connection"] or {}).get("withheld_from")
        leaves = outcome == "applied" and not all(inside + other)
        self.assertEqual(withheld is not None, leaves, where)
        self.assertEqual(any("got nothing of the connection 'acme'" in warning for warning in feed_warnings(result.report)), leaves, where)
        self.assert_silent(result)

    def test_no_key_of_a_tls_session_is_written_down(self):
        log = self.folder / "keys.log"
        self.environment["SSLKEYLOGFILE"] = str(log)
        self.connect("acme", **KINDS["bearer"])
        job = self.job("shop", f"https://localhost:{self.inside.port}/feed", connection="acme", cacert="../server/ca.pem", network="private")
        for command in (["run", job], ["probe", job, "--network", "private"], ["connection", "test", "acme"]):
            self.feedmill(*command, store=command[0] == "run")
            self.assertFalse(log.exists(), command)
        self.assertGreaterEqual(len(self.inside.requests), 2)

    def test_test_says_who_got_nothing(self):
        self.inside.moves["/start"] = f"https://localhost:{self.other.port}/feed"
        self.other.answer = lambda path, headers: (200, {"Content-Type": "text/xml"}, b"<a/>" + b" " * 8_000_000)  # it is broken off
        self.connect("acme", **KINDS["bearer"])
        self.job("shop", f"https://localhost:{self.inside.port}/start", connection="acme", cacert="../server/ca.pem", network="private")
        tested = self.feedmill("connection", "test", "acme", store=False)
        self.assertEqual(tested.status, 0, tested.err)
        self.assertIn("WARNING: redirected to 'localhost', which got nothing of the connection 'acme'", tested.err)
        tested = self.feedmill("connection", "test", "acme", "--json", store=False)
        self.assertEqual(tested.report["withheld_from"], "localhost")

    def test_credentials_are_sent_inside_only(self):
        for kind in KINDS:
            for way in self.ways():
                with self.subTest(kind=kind, way=way[0]):
                    self.travel(kind, way, {})

    def test_an_allowed_url_bounds_the_path_too(self):
        scope = {"allowed_url": f"https://localhost:{self.inside.port}/start"}
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.travel(kind, ("path", ["/feed"], [True, False], [], "applied"), scope)
                self.travel(kind, ("below", ["/start/feed"], [True, True], [], "applied"), scope)

    def test_a_redirect_outside_may_be_forbidden(self):
        for kind in KINDS:
            with self.subTest(kind=kind):
                self.travel(kind, ("deny", [f"https://localhost:{self.other.port}/feed"], [True], [], "failed"), {"redirect_outside": "deny"})
        self.assertEqual(json.loads(self.value("SELECT error FROM run"))["code"], "connection_scope")


NGINX_CONFIGURATION = """
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
worker_processes 1;
events {{ worker_connections 64; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    types {{ text/xml xml; }}
    map $http_authorization $is_bearer {{ default 0; "Bearer {secret}" 1; }}
    map $http_x_key $is_key {{ default 0; "{secret}" 1; }}
    map $arg_key $is_query {{ default 0; "{secret}" 1; }}
    server {{
        listen 127.0.0.1:{port} ssl;
        server_name localhost;
        ssl_certificate {folder}/server.pem;
        ssl_certificate_key {folder}/server.key;
        ssl_client_certificate {folder}/ca.pem;
        ssl_verify_client optional;
        root {folder}/www;
        location /basic/ {{ auth_basic feeds; auth_basic_user_file {folder}/users; }}
        location /bearer/ {{ if ($is_bearer = 0) {{ return 403; }} }}
        location /headers/ {{ if ($is_key = 0) {{ return 403; }} }}
        location /query/ {{ if ($is_query = 0) {{ return 403; }} }}
        location /mtls/ {{ if ($ssl_client_verify != SUCCESS) {{ return 403; }} }}
        location /both/ {{ if ($ssl_client_verify != SUCCESS) {{ return 403; }} auth_basic feeds; auth_basic_user_file {folder}/users; }}
    }}
}}
"""


@unittest.skipUnless(NGINX and OPENSSL, "nginx and openssl are not installed")
class Servers(ConnectionCase):
    """A web server as people have it lets us in, and nobody else."""

    def setUp(self):
        super().setUp()
        self.server = self.folder / "server"
        self.server.mkdir()
        self.folder.chmod(0o755)  # the worker of a server started by root is another user
        make_certificates(self.server)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        for name in ("basic", "bearer", "headers", "query", "mtls", "both"):
            path = self.server / "www" / name
            path.mkdir(parents=True)
            (path / "feed.xml").write_bytes(FEED)
        (self.server / "users").write_text(f"shop:{{PLAIN}}{CANARY}\n")
        configuration = self.server / "nginx.conf"
        configuration.write_text(NGINX_CONFIGURATION.format(folder=self.server, port=self.port, secret=CANARY))
        self.nginx = subprocess.Popen([NGINX, "-c", configuration, "-e", self.server / "error.log"], stderr=subprocess.PIPE)
        self.addCleanup(self.stop)
        for _ in range(600):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                time.sleep(0.05)
        self.fail("nginx does not answer")

    def stop(self):
        self.nginx.terminate()
        self.nginx.communicate()

    def run_by(self, name, path):
        job = self.job("shop", f"https://localhost:{self.port}/{path}/feed.xml", connection=name, cacert="../server/ca.pem")
        self.store.unlink(missing_ok=True)
        return self.feedmill("run", job, "--json")

    def test_each_kind_is_let_in_and_nobody_else(self):
        self.connect("nobody", kind="none")
        for path, kind in (("basic", "basic"), ("bearer", "bearer"), ("headers", "headers"), ("query", "query"), ("mtls", "mtls")):
            with self.subTest(kind=kind):
                self.connect("acme", **KINDS[kind])
                result = self.run_by("acme", path)
                self.assertEqual(result.status, 0, result.err)
                self.assertEqual(self.run_by("nobody", path).status, 1)
                self.assert_silent(result)

    def test_a_certificate_is_matched_with_its_key_before_anything_is_sent(self):
        rows = [
            ({"key": "file:../server/server.key"}, "the key does not belong to the certificate"),
            ({"key": "file:../server/locked.key"}, "needs a 'passphrase'"),
            ({"key": "file:../secrets/canary"}, "no private key"),
            ({"key": "file:../server/client.key", "certificate": "../server/client.key"}, "no certificate"),
            ({"key": "file:../server/client.key", "certificate": "../server/nowhere.pem"}, "certificate"),
        ]
        for keys, part in rows:
            with self.subTest(keys=keys):
                self.connect("acme", **{"kind": "mtls", "certificate": "../server/client.pem", **keys})
                result = self.run_by("acme", "mtls")
                self.assertIn(result.status, (1, 2))
                self.assertIn(part, result.err)
                self.assert_silent(result)
        self.connect("acme", kind="mtls", certificate="../server/client.pem", key="file:../server/client.key")
        self.assertEqual(self.run_by("acme", "mtls").status, 0)

    def test_every_other_kind_may_have_a_client_certificate_beside_what_it_sends(self):
        certificate = {"client_certificate": "../server/client.pem", "client_key": "file:../server/locked.key", "client_key_passphrase": KINDS["mtls"]["passphrase"]}
        self.connect("basic", **KINDS["basic"])
        self.connect("alone", kind="none", **certificate)
        self.connect("both", **KINDS["basic"], **certificate)
        for connection, status in (("basic", 1), ("alone", 1), ("both", 0)):
            with self.subTest(connection=connection):
                result = self.run_by(connection, "both")
                self.assertEqual(result.status, status, result.err)
                self.assert_silent(result)
        self.connect("other", **KINDS["basic"], **{**certificate, "client_key": "file:../server/server.key"})
        result = self.run_by("other", "both")
        self.assertIn("client_certificate: the key does not belong to the certificate", result.err)
        shown = self.feedmill("connection", "show", "both", store=False)
        self.assertIn("client.pem", shown.out)
        self.assert_silent(shown)


if __name__ == "__main__":
    unittest.main()
