"""Connections of the kind oauth2: how tokens are asked for, kept, renewed and refused."""

import base64
import json
import signal
import subprocess
import threading
import unittest
import urllib.parse

from connection_support import CANARY, OPENSSL, ConnectionCase, make_certificates, openssl
from support import BINARY
from token_support import TokenServer, tls_context

SECRET = f"{CANARY} +/%:&=~\u00e4"
CLIENT = "shop 17+/%:&"


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class OAuthCase(ConnectionCase):
    def setUp(self):
        super().setUp()
        self.pki = self.folder / "server"
        self.pki.mkdir()
        make_certificates(self.pki)
        self.write("secrets/canary", SECRET + "\n")
        self.server = self.token_server()

    def token_server(self, context=True, **keywords):
        server = TokenServer(tls_context(self.pki) if context else None, **{"client": (CLIENT, SECRET), **keywords})
        server.folder = self.pki
        self.addCleanup(server.close)
        return server

    def token_url(self, server=None):
        return f"https://localhost:{(server or self.server).port}/token"

    def source(self, path="/feed.xml"):
        return f"https://localhost:{self.server.port}{path}"

    def connect_oauth(self, **keys):
        return self.connect("acme", **{"kind": "oauth2", "token_url": self.token_url(), "client_id": CLIENT, "client_secret": "CANARY", **keys})

    def shop(self, name="shop", **keys):
        return self.job(name, self.source(), **{"connection": "acme", "cacert": "../server/ca.pem", **keys})

    def run_once(self, *arguments, **keys):
        job = self.shop(**keys)
        result = self.feedmill("run", job, "--json", *arguments)
        self.assert_silent(result)
        return result

    def assert_silent(self, *results):
        """Neither the client's secret nor a token, in any spelling, in any output or file."""
        super().assert_silent(*results)
        words = [SECRET, urllib.parse.quote_plus(SECRET), base64.b64encode(SECRET.encode()).decode()]
        for word in words + sorted(self.server.valid) + (self.server.refresh_tokens or []):
            for result in results:
                self.assertNotIn(word, result.out + result.err)
        for path in (self.folder / "state").rglob("*"):
            if path.is_file():
                for token in self.server.valid:
                    self.assertNotIn(token.encode(), path.read_bytes(), path)
        if self.store.exists():
            for token in self.server.valid:
                self.assertNotIn(token.encode(), self.store.read_bytes())


class Clients(OAuthCase):
    def test_a_token_is_asked_for_by_the_credentials_of_the_client_and_sent(self):
        self.connect_oauth(scope="feeds:read prices", audience="https://feeds.example/", resource="urn:x", parameters={"x y": "a+b&c", "Host": "h"})
        result = self.run_once()
        self.assertEqual(result.status, 0, result.err)
        path, headers, body = self.server.asked[0]
        self.assertEqual(len(self.server.asked), 1)
        self.assertEqual(path, "/token")
        self.assertEqual(headers["Accept"], "application/json")
        self.assertEqual(urllib.parse.parse_qs(body), {"grant_type": ["client_credentials"], "scope": ["feeds:read prices"],
                                                       "audience": ["https://feeds.example/"], "resource": ["urn:x"], "x y": ["a+b&c"], "Host": ["h"]})
        self.assertEqual([headers["Authorization"].split("-")[0] for _, headers in self.server.requests], ["Bearer access"])
        self.assertEqual(result.report["connection"]["name"], "acme")

    def test_the_secret_may_stand_in_the_form(self):
        self.server.method = "client_secret_post"
        self.connect_oauth(token_endpoint_auth_method="client_secret_post")
        self.assertEqual(self.run_once().status, 0)

    def test_a_server_may_want_id_and_secret_as_they_are(self):
        self.server.method = "basic_unencoded"
        self.server.client = ("shop 17", SECRET)
        self.connect_oauth(token_endpoint_auth_method="basic_unencoded", client_id="shop 17")
        self.assertEqual(self.run_once().status, 0)

    def test_a_client_may_sign(self):
        keys = {"ES256": "prime256v1", "ES384": "secp384r1", "ES512": "secp521r1"}
        for algorithm in ("ES384", "ES256", "ES512", "RS256"):
            with self.subTest(algorithm=algorithm):
                if algorithm in keys:
                    openssl(self.pki, "ecparam", "-name", keys[algorithm], "-genkey", "-noout", "-out", "sign.key")
                else:
                    openssl(self.pki, "genrsa", "-out", "sign.key", "2048")
                (self.pki / "sign.key").chmod(0o600)
                openssl(self.pki, "pkey", "-in", "sign.key", "-pubout", "-out", "sign.pem")
                self.server.method = "private_key_jwt"
                is_named = algorithm != "ES384"
                audience = "https://issuer.example" if is_named else self.token_url()
                self.server.client = (CLIENT, "sign.pem", algorithm, audience, "k1" if is_named else None)
                self.connect("acme", kind="oauth2", token_url=self.token_url(), client_id=CLIENT, token_endpoint_auth_method="private_key_jwt",
                             key="file:../server/sign.key",
                             **({"algorithm": algorithm, "key_id": "k1", "assertion_audience": audience} if is_named else {}))
                for _ in range(2):  # each time with another jti
                    result = self.run_once("--full")
                    self.assertEqual(result.status, 0, result.err)
        self.connect("acme", kind="oauth2", token_url=self.token_url(), client_id=CLIENT, token_endpoint_auth_method="private_key_jwt",
                     key="file:../server/sign.key", algorithm="ES256")
        asked = len(self.server.asked)
        result = self.run_once()
        self.assertEqual(result.status, 2, result.err)
        self.assertIn("connection 'acme': key: ", result.err)
        self.assertEqual(len(self.server.asked), asked)

    def test_the_authorities_of_the_token_endpoint_may_be_others(self):
        self.connect_oauth()
        job = self.job("shop", self.source(), connection="acme")
        result = self.feedmill("run", job)
        self.assertEqual(result.status, 1)
        self.assertIn("the token endpoint 'localhost': the server's certificate does not verify", result.err)
        self.connect_oauth(cacert="../server/ca.pem")
        result = self.feedmill("run", job)
        self.assertIn("the server's certificate does not verify", result.err)
        self.assertNotIn("token endpoint", result.err)
        self.assertEqual(len(self.server.asked), 1)

    def test_fields_that_do_not_fit_together_are_refused_with_their_line(self):
        rows = [
            ({"token_url": "http://tokens.example/"}, "token_url: http, where anybody on the way can read the credentials"),
            ({"token_url": "https://user:x@tokens.example/"}, "token_url"),
            ({"token_url": "ftp://tokens.example/"}, "token_url"),
            ({"token_url": "https://tokens.example/#part"}, "token_url: a token endpoint has no fragment"),
            ({"algorithm": "ES256"}, "algorithm: only 'token_endpoint_auth_method: private_key_jwt'"),
            ({"key_id": "k"}, "key_id: only"),
            ({"assertion_audience": "https://a.example"}, "assertion_audience: only"),
            ({"audience": ""}, "audience: it is empty"),
            ({"resource": ""}, "resource: it is empty"),
            ({"client_secret": None}, "'client_secret' is missing"),
            ({"token_endpoint_auth_method": "none"}, "a client without a secret needs a 'refresh_token'"),
            ({"token_endpoint_auth_method": "private_key_jwt"}, "'key' is missing"),
            ({"key": "CANARY"}, "only 'token_endpoint_auth_method: private_key_jwt' has one"),
            ({"token_endpoint_auth_method": "mutual"}, "token_endpoint_auth_method"),
            ({"token_endpoint_auth_method": "basic_unencoded"}, "client_id"),
            ({"refresh_token": "CANARY"}, "it stands in the vault"),
            ({"scope": 'a"b'}, "scope"),
            ({"parameters": {"scope": "x"}}, "parameters: 'scope' has a key of its own"),
            ({"parameters": {"client_assertion": "x"}}, "parameters: 'client_assertion'"),
            ({"audiense": "x"}, "did you mean 'audience'?"),
            ({"client_secret": "literal"}, "feedmill secret set acme"),
        ]
        for keys, part in rows:
            with self.subTest(keys=keys):
                given = {"kind": "oauth2", "token_url": self.token_url(), "client_id": CLIENT, "client_secret": "CANARY", **keys}
                self.connect("acme", **{name: value for name, value in given.items() if value is not None})
                result = self.feedmill("check", store=False)
                self.assertEqual(result.status, 2, result.out)
                self.assertIn(part, result.err + result.out)
                self.assertIn("acme.yaml", result.err + result.out)
                self.assert_silent(result)
        self.assertEqual(self.server.asked, [])


class Tokens(OAuthCase):
    def test_a_token_serves_every_request_of_a_fetch(self):
        self.server.moves["/start"] = "/feed.xml"
        self.connect_oauth()
        result = self.feedmill("run", self.job("shop", self.source("/start"), connection="acme", cacert="../server/ca.pem"))
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(len(self.server.asked), 1)
        self.assertEqual(len({headers["Authorization"] for _, headers in self.server.requests}), 1)

    def test_a_token_that_is_refused_is_asked_for_once_more(self):
        self.server.extra = {"access_token": "revoked-token"}
        self.server.hook = lambda body: self.server.extra.clear() if self.server.asked[1:] else None
        self.connect_oauth()
        result = self.run_once()
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(len(self.server.asked), 2)
        self.assertEqual([headers["Authorization"] for _, headers in self.server.requests][0], "Bearer revoked-token")
        self.assertEqual(len(self.server.requests), 2)

    def test_a_token_that_was_refused_is_masked_too(self):
        """It may be refused for another reason than that it is over."""
        def serve(path, authorization):
            if path == "/feed.xml":
                return (401, {}, b"no") if "revoked-token" in authorization else (302, {"Location": "/landing/revoked-token"}, b"")
            return 404, {}, b"no"

        self.server.extra = {"access_token": "revoked-token"}
        self.server.hook = lambda body: self.server.extra.clear() if self.server.asked[1:] else None
        self.server.serve = serve
        self.connect_oauth()
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("/landing/***", result.err)
        self.assertNotIn("revoked-token", result.out + result.err)
        self.assertNotIn(b"revoked-token", self.store.read_bytes())

    def test_credentials_stay_inside(self):
        """U9 to U11, as the matrix of test_connection.py has it for the other kinds."""
        other = self.token_server()
        other.serve = lambda path, authorization: (200, {"Content-Type": "text/xml"}, Refusals.feed())
        self.server.moves["/start"] = f"https://localhost:{other.port}/feed.xml"
        self.connect_oauth()
        # the host that it leads to is asked without a token, and the first one is asked with one
        self.server.serve = lambda path, authorization: (302, {"Location": self.server.moves[path]}, b"")
        result = self.feedmill("run", self.job("shop", self.source("/start"), connection="acme", cacert="../server/ca.pem", network="private"), "--json")
        self.assertEqual(result.status, 0, result.err)
        self.assertIn("Authorization", self.server.requests[0][1])
        self.assertEqual([path for path, _ in other.requests], ["/feed.xml"])
        self.assertNotIn("Authorization", other.requests[0][1])
        self.assertEqual((other.asked, result.report["connection"]["withheld_from"]), ([], "localhost"))
        self.assert_silent(result)
        self.connect_oauth(redirect_outside="deny")
        self.store.unlink()
        self.assertEqual(self.feedmill("run", "shop", "--json").report["outcome"], "failed")
        self.assertEqual(len(other.requests), 1)

    def test_a_second_refusal_is_the_answer(self):
        self.server.extra = {"access_token": "revoked-token"}
        self.connect_oauth()
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("answered 401 (credentials needed)", result.err)
        self.assertEqual((len(self.server.asked), len(self.server.requests)), (2, 2))
        self.assertNotIn("revoked-token", result.out + result.err)

    def test_forbidden_is_not_refused(self):
        self.server.serve = lambda path, authorization: (403, {}, b"no")
        self.connect_oauth()
        self.assertEqual(self.run_once().status, 1)
        self.assertEqual((len(self.server.asked), len(self.server.requests)), (1, 1))

    def test_a_token_does_not_leave_the_scope(self):
        other = self.token_server()
        self.server.moves["/start"] = f"https://localhost:{other.port}/feed.xml"
        self.connect_oauth()
        job = self.job("shop", self.source("/start"), connection="acme", cacert="../server/ca.pem", network="private")
        result = self.feedmill("run", job, "--json")
        self.assertEqual(result.status, 1)
        self.assertIn("answered 401", result.err)
        self.assertEqual([headers.get("Authorization") for _, headers in other.requests], [None])
        self.assertEqual(len(self.server.asked), 1)
        self.assertEqual(other.asked, [])

    def test_a_source_outside_of_the_allowed_url_asks_for_no_token(self):
        self.connect_oauth(allowed_url=self.source("/elsewhere/"))
        self.assertEqual(self.run_once().status, 2)
        self.assertEqual(self.server.asked, [])

    def test_addresses_of_ours_are_for_those_who_say_so(self):
        self.connect_oauth(token_url=f"https://tokens.localhost:{self.server.port}/token")
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("the token endpoint 'tokens.localhost': ", result.err)
        self.assertIn("network: private", result.err)
        self.assertEqual(self.server.asked, [])
        result = self.run_once(network="private")
        self.assertIn("the server's certificate does not verify", result.err)
        self.connect_oauth(token_url=f"https://tokens.localhost:{self.server.port}/token", network="private")
        self.assertIn("the server's certificate does not verify", self.run_once().err)
        self.connect_oauth(token_url=f"https://tokens.localhost:{self.server.port}/token", network="public")
        self.assertIn("network: private", self.run_once(network="private").err)


class Refusals(OAuthCase):
    def ask(self, *scripted, **keys):
        """One run for which the endpoint answers that."""
        self.server.scripted = list(scripted)
        self.server.asked.clear()
        self.connect_oauth(**keys)
        return self.run_once()

    def test_the_endpoint_says_why_not(self):
        rows = [
            (401, {"error": "invalid_client"}, 1, "answered 401: 'invalid_client'"),
            (400, {"error": "invalid_scope", "error_description": "no such scope"}, 1, "answered 400: 'invalid_scope' ('no such scope')"),
            (400, {"error": "unauthorized_client"}, 1, "unauthorized_client"),
            (400, {"error": "temporarily_unavailable"}, 75, "temporarily_unavailable"),
            (503, {"error": "server_error"}, 75, "answered 503: 'server_error'"),
            (429, "slow down", 75, "answered 429, Retry-After: 120"),
            (500, "<html>", 75, "answered 500"),
            (404, "", 1, "answered 404"),
            (400, {"error": ["x"], "error_description": 7}, 1, "answered 400"),
            (400, {"error": "e" * 5000, "error_description": "d" * 50000}, 1, "eeee"),
            (400, {"error": "a\x1b[31mb", "error_description": "two\nlines\x00"}, 1, "a\\x1b[31mb"),
            (204, "", 1, "answered 204"),
            (201, {"access_token": "x", "token_type": "Bearer"}, 1, "answered 201"),
        ]
        for status, body, exit_status, part in rows:
            with self.subTest(status=status, body=body):
                text = body if isinstance(body, str) else json.dumps(body)
                result = self.ask((status, text, {"Retry-After": "120"} if status == 429 else {}))
                self.assertEqual(result.status, exit_status, result.err)
                self.assertIn("connection 'acme': the token endpoint 'localhost': ", result.err)
                self.assertIn(part, result.err)
                self.assertNotIn("\x1b", result.err + result.out)
                self.assertLess(len(result.err), 2500)
                self.assertEqual((len(self.server.asked), self.server.requests), (1, []))
                wait = self.value("SELECT retry_at_ms - started_at_ms FROM run ORDER BY run_id DESC LIMIT 1")
                if status == 429:
                    self.assertTrue(120_000 <= wait < 180_000, wait)
                else:
                    self.assertLess(wait or 0, 60_000)

    def test_an_answer_that_says_the_secret_is_not_repeated(self):
        spellings = [SECRET, urllib.parse.quote(SECRET, safe=""), urllib.parse.quote_plus(SECRET), base64.b64encode(SECRET.encode()).decode(),
                     base64.urlsafe_b64encode(SECRET.encode()).decode(), base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode(),
                     "padding " * 22 + SECRET, "".join(f"%{byte:02x}" for byte in SECRET.encode())]
        for spelling in spellings:
            for body in ({"error": "invalid_client", "error_description": f"bad: {spelling}"}, {"error": spelling}):
                with self.subTest(body=body):
                    result = self.ask((400, json.dumps(body)))
                    self.assertEqual(result.status, 1)
                    if not (spelling.startswith("padding") and len(body) == 1):  # that is cut off before it comes to the secret
                        self.assertIn("***", result.err)
                    self.assertNotIn(spelling[8:24], (result.err + result.out).replace("padding", ""))
        self.server.hook = lambda body: self.server.scripted.insert(0, (400, json.dumps({"error": self.server.asked[-1][1]["Authorization"]})))
        result = self.ask()
        self.assertIn("'Basic ***'", result.err)

    def test_answers_that_are_no_tokens_are_refused(self):
        good = {"access_token": "abcdefgh", "token_type": "Bearer"}
        rows = [
            ("", "no JSON object"),
            ("null", "no JSON object"),
            ("[]", "no JSON object"),
            ("{", "no JSON object"),
            ('{"access_token":"a","token_type":"Bearer"} x', "no JSON object"),
            ('{"access_token":"a","token_type":"Bearer",}', "no JSON object"),
            ('{"access_token":"a","access_token":"b","token_type":"Bearer"}', "'access_token' twice"),
            ('{"access_token":"a","acc\\u0065ss_token":"b","token_type":"Bearer"}', "'access_token' twice"),
            ("\ufeff" + json.dumps(good), "no JSON object"),
            (json.dumps({"token_type": "Bearer"}), "no 'access_token'"),
            (json.dumps({"access_token": "abcdefgh"}), "no 'token_type'"),
            (json.dumps({**good, "token_type": "mac"}), "'token_type' is not Bearer"),
            (json.dumps({**good, "token_type": 7}), "'token_type' is not Bearer"),
            (json.dumps({**good, "access_token": ""}), "'access_token' is empty"),
            (json.dumps({**good, "access_token": None}), "'access_token' is no string"),
            (json.dumps({**good, "access_token": "a\r\nX-Evil: 1"}), "'access_token' has a character"),
            (json.dumps({**good, "access_token": "a b"}), "'access_token' has a character"),
            (json.dumps({**good, "access_token": "\u00e4"}), "'access_token' has a character"),
            (json.dumps({**good, "access_token": "a" * 9000}), "'access_token' is longer than"),
            *((json.dumps(good)[:-1] + f', "expires_in": {text}}}', "'expires_in' is no whole number")
              for text in ("0", "-1", "1.5", "1e3", '"x"', '""', "true", "null", "[]", "9" * 19)),
            (json.dumps({**good, "padding": "x" * 70000}), "longer than 64 KiB"),
        ]
        for text, part in rows:
            with self.subTest(text=text[:100]):
                result = self.ask((200, text))
                self.assertEqual(result.status, 1, result.err)
                self.assertIn(part, result.err)
                self.assertNotIn("abcdefgh", result.err + result.out)
                self.assertEqual((len(self.server.asked), self.server.requests), (1, []))

    def test_answers_that_are_tokens_are_taken(self):
        for more in ({}, {"expires_in": 1}, {"expires_in": 3600}, {"expires_in": "3599"}, {"expires_in": 999999999999999999}, {"token_type": "BEARER"},
                     {"other": {"access_token": "x"}}, {"refresh_token": None}):
            with self.subTest(more=more):
                self.server.valid = {"abcdefgh"}
                result = self.ask((200, " \n" + json.dumps({"access_token": "abcdefgh", "token_type": "Bearer", **more}) + "\n"))
                self.assertEqual(result.status, 0, result.err)

    def test_no_redirect_is_followed_with_credentials(self):
        other = self.token_server()
        for status in (301, 302, 303, 307, 308):
            result = self.ask((status, "", {"Location": self.token_url(other)}))
            self.assertEqual(result.status, 1)
            self.assertIn(f"answered {status}, and no redirect is followed", result.err)
        self.assertEqual((other.asked, other.requests), ([], []))

    def test_an_endpoint_that_does_not_end_is_left(self):
        ended = threading.Event()
        self.addCleanup(ended.set)

        def drip(handler):
            """A body without an end, as fast as it is taken."""
            handler.send_response(200)
            handler.end_headers()
            while not ended.is_set():
                handler.wfile.write(b" " * 4096)

        def flood(handler):
            handler.send_response(200)
            while not ended.is_set():
                handler.send_header("X-Flood", "x" * 1000)
                handler.flush_headers()

        result = self.ask(drip)
        self.assertEqual(result.status, 1)
        self.assertIn("longer than 64 KiB", result.err)
        result = self.ask(flood)
        self.assertEqual(result.status, 1)
        self.assertIn("head of the answer is too long", result.err)
        self.server.scripted = [lambda handler: ended.wait(60)]
        job = self.shop(timeout="1s")
        result = self.feedmill("run", job)
        self.assertEqual(result.status, 75, result.err)
        self.assertIn("no answer within the time for it", result.err)

    def test_an_endpoint_that_is_not_there_is_worth_another_try(self):
        self.server.scripted = [lambda handler: handler.connection.close()]
        self.connect_oauth()
        result = self.run_once()
        self.assertEqual(result.status, 75, result.err)
        gone = self.token_server()
        gone.close()
        self.connect_oauth(token_url=self.token_url(gone))
        result = self.run_once()
        self.assertEqual(result.status, 75, result.err)
        self.assertIn("no connection to 'localhost'", result.err)

    def test_a_feed_server_that_says_the_token_back_is_masked(self):
        def serve(path, authorization):
            token = authorization.partition(" ")[2]
            if path == "/feed.xml":
                return 302, {"Location": f"/landing/{token}/feed?x={token}"}, b""
            return 404, {"ETag": f'"{token}"'}, b"no"

        self.server.serve = serve
        self.connect_oauth()
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("/landing/***/feed", result.err)
        self.server.serve = lambda path, authorization: (200, {"ETag": f'"{authorization[7:]}"', "Content-Type": "text/xml"}, self.feed())
        self.assertEqual(self.run_once().status, 0)

    @staticmethod
    def feed():
        from connection_support import FEED  # pylint: disable=import-outside-toplevel
        return FEED


class RefreshTokens(OAuthCase):
    def setUp(self):
        super().setUp()
        self.write("feedmill.yaml", "jobs: jobs\nconnections: connections\nvault_key: file:vault.key\n")
        self.assertEqual(self.feedmill("secret", "export-key", "vault.key", store=False).status, 0)
        self.store_token("refresh-1-yyyyyyyy")
        self.server.refresh_tokens = ["refresh-1-yyyyyyyy"]
        self.connect_oauth(refresh_token="vault:acme")

    def store_token(self, text):
        stored = self.feedmill("secret", "set", "acme", stdin=text.encode(), store=False)
        self.assertEqual(stored.status, 0, stored.err)

    def presented(self):
        return [urllib.parse.parse_qs(body)["refresh_token"][0] for _, _, body in self.server.asked]

    def test_a_new_refresh_token_is_the_one_of_the_next_run(self):
        for _ in range(3):
            result = self.run_once("--full")
            self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.presented(), self.server.refresh_tokens[:3])

    def test_the_refresh_token_of_an_answer_that_is_refused_is_kept(self):
        """The server takes no other one any more."""
        self.server.refresh_tokens.append("refresh-2-yyyyyyyy")
        self.server.scripted = [(200, json.dumps({"access_token": "abcdefgh", "token_type": "mac", "refresh_token": "refresh-2-yyyyyyyy"}))]
        result = self.run_once()
        self.assertEqual(result.status, 1, result.err)
        self.assertIn("'token_type' is not Bearer", result.err)
        result = self.run_once()
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.presented(), ["refresh-1-yyyyyyyy", "refresh-2-yyyyyyyy"])

    def test_a_server_may_leave_the_refresh_token_as_it_is(self):
        self.server.scripted = [(200, json.dumps({"access_token": "abcdefgh", "token_type": "Bearer"})) for _ in range(2)]
        self.server.valid = {"abcdefgh"}
        before = (self.folder / "state/feedmill/vault").read_bytes()
        self.assertEqual(self.run_once().status, 0)
        self.assertEqual(self.run_once("--full").status, 0)
        self.assertEqual(self.presented(), ["refresh-1-yyyyyyyy"] * 2)
        self.assertEqual((self.folder / "state/feedmill/vault").read_bytes(), before)

    def test_a_public_client_has_no_secret(self):
        self.server.method = "none"
        self.connect("acme", kind="oauth2", token_url=self.token_url(), client_id=CLIENT, token_endpoint_auth_method="none", refresh_token="vault:acme")
        self.assertEqual(self.run_once().status, 0)

    def test_a_refusal_by_the_feed_uses_the_new_one(self):
        self.server.extra = {"access_token": "revoked-token"}
        self.server.hook = lambda body: self.server.extra.clear() if self.server.asked[1:] else None
        self.assertEqual(self.run_once().status, 0)
        self.assertEqual(self.presented(), self.server.refresh_tokens[:2])

    def test_a_run_that_is_killed_before_the_token_is_used_has_stored_the_new_one(self):
        killed = threading.Event()
        self.server.before_feed = lambda path: (process.kill(), killed.set())
        job = self.shop()
        process = subprocess.Popen([BINARY, "run", job, "--store", f"sqlite:{self.store}"], env=self.environment, cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.assertTrue(killed.wait(60))
        self.assertEqual(process.wait(), -signal.SIGKILL)
        self.server.before_feed = lambda path: None
        result = self.run_once()
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(self.presented(), self.server.refresh_tokens[:2])

    def test_of_two_runs_at_once_the_second_one_waits_and_has_the_new_one(self):
        jobs = [self.shop(name) for name in ("one", "two", "three")]
        processes = []
        for number, job in enumerate(jobs):
            processes.append(subprocess.Popen([BINARY, "run", job, "--store", f"sqlite:{self.folder}/{number}.db"], env=self.environment, cwd=self.folder,
                                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
        for process in processes:
            out, _ = process.communicate(timeout=120)
            self.assertEqual(process.returncode, 0, out.decode())
        self.assertEqual(self.presented(), self.server.refresh_tokens[:3])
        self.assertFalse(self.server.is_stolen)

    def test_a_new_one_that_cannot_be_stored_is_not_used(self):
        vault = self.folder / "state/feedmill/vault"

        def spoil(_):
            vault.chmod(0o644)  # refused from now on

        self.server.hook = spoil
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("the endpoint gave a new refresh token, which cannot be stored", result.err)
        self.assertEqual(self.server.requests, [])
        vault.chmod(0o600)

    def test_a_refresh_token_that_is_over_is_told(self):
        self.store_token("refresh-0-yyyyyyyy")
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("answered 400: 'invalid_grant' ('token reuse detected')", result.err)
        self.assertEqual(self.server.requests, [])

    def test_a_refresh_token_that_is_missing_fails_before_anything_is_asked(self):
        self.connect_oauth(refresh_token="vault:nobody")
        result = self.run_once()
        self.assertEqual(result.status, 1)
        self.assertIn("vault:nobody", result.err)
        self.assertEqual(self.server.asked, [])


class Trials(OAuthCase):
    """connection test shows what is asked and answered, and no secret."""

    def test_the_request_for_a_token_is_shown_too(self):
        self.connect_oauth()
        self.shop()
        shown = self.feedmill("connection", "test", "acme", store=False)
        self.assertEqual(shown.status, 0, shown.err)
        for part in ("> POST /token HTTP/1.1\n", "> Authorization: Basic ***\n", "> Content-Type: application/x-www-form-urlencoded\n",
                     "> GET /feed.xml HTTP/1.1\n", "> Authorization: Bearer ***\n", "< HTTP/1.1 200 OK\n", "< Content-Type: text/xml\n",
                     "* 127.0.0.1 answered after ", "* TLS: TLSv1.3 ", "* certificate of: CN=server\n", "* certified by: CN=Test authority\n",
                     "* certificate expires: 20", "answers with a feed"):
            self.assertIn(part, shown.out)
        tested = self.feedmill("connection", "test", "acme", "--json", store=False)
        token, feed = tested.report["exchanges"]
        self.assertEqual((token["status"], feed["status"]), (200, 200))
        self.assertEqual(token["request"][0], "POST /token HTTP/1.1")
        self.assertEqual((feed["certificate_subject"], feed["certificate_days"]), ("CN=server", 1))
        self.assertRegex(feed["certificate_expires"], r"^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assert_silent(shown, tested)

    def test_a_refusal_is_shown_with_what_came_before(self):
        self.connect_oauth()
        self.shop()
        self.server.scripted = [(400, json.dumps({"error": "invalid_client", "error_description": SECRET}), {"Server": urllib.parse.quote(SECRET)})]
        tested = self.feedmill("connection", "test", "acme", "--json", store=False)
        self.assertEqual(tested.status, 1)
        self.assertEqual((tested.report["ok"], tested.report["exchanges"][0]["status"]), (False, 400))
        self.assertIn("'invalid_client' ('***", tested.report["error"])
        self.assert_silent(tested)

    def test_a_server_that_says_secrets_in_its_head_is_masked(self):
        self.connect_oauth()
        self.shop()
        self.server.serve = lambda path, authorization: (200, {"ETag": f'"{authorization[7:]}"', "Server": base64.b64encode(authorization.encode()).decode()}, b"<x/>")
        shown = self.feedmill("connection", "test", "acme", store=False)
        self.assertIn('< ETag: "***"', shown.out)
        self.assert_silent(shown)
        for token in self.server.valid:
            self.assertNotIn(base64.b64encode(f"Bearer {token}".encode()).decode()[12:-4], shown.out)


if __name__ == "__main__":
    unittest.main()
