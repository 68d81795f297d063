"""Connections that sign requests, or answer a question: each service here computes again, with Python's standard library, what it must find."""

import base64
import datetime
import hashlib
import hmac
import time
import unittest
import urllib.parse

from connection_support import CANARY, FEED, OPENSSL
from service_support import ServiceCase


def signing_key(secret, day, region, service):
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key


def canonical_path(path, is_s3):
    """As a server has it: it decodes what arrives, and encodes it by the rule."""
    if is_s3:
        return urllib.parse.quote(urllib.parse.unquote_to_bytes(path), safe="/-_.~")
    parts = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    closed = "/" if parts and path.rsplit("/", 1)[1] in ("", ".", "..") else ""
    return urllib.parse.quote("/" + "/".join(parts) + closed, safe="/-_.~")


def canonical_query(query):
    pairs = []
    for pair in filter(None, query.split("&")):
        name, _, value = pair.partition("=")
        pairs.append(tuple(urllib.parse.quote(urllib.parse.unquote_to_bytes(text), safe="-_.~") for text in (name, value)))
    return "&".join(f"{name}={value}" for name, value in sorted(pairs))


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class SigV4(ServiceCase):
    """A service that signs each request again with what it knows, and compares."""

    KEYS = {"kind": "aws_sigv4", "access_key_id": "AKIDEXAMPLE", "secret_access_key": "CANARY", "region": "eu-central-1"}

    def judge_by(self, service, secret=CANARY, token=None):
        is_s3 = service == "s3"

        def judge(target, headers):
            path, _, query = target.partition("?")
            received = {name.lower(): value for name, value in headers.items()}
            algorithm, _, rest = received["authorization"].partition(" ")
            fields = dict(field.split("=", 1) for field in rest.split(", "))
            key_id, day, region, named, last = fields["Credential"].split("/")
            assert (algorithm, key_id, region, named, last) == ("AWS4-HMAC-SHA256", "AKIDEXAMPLE", "eu-central-1", service, "aws4_request"), fields
            at = datetime.datetime.strptime(received["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
            assert received["x-amz-date"].startswith(day) and abs(at.timestamp() - time.time()) < 60, received
            names = fields["SignedHeaders"].split(";")
            needed = {"host", "x-amz-date"} | ({"x-amz-content-sha256"} if is_s3 else set()) | ({"x-amz-security-token"} if token else set())
            assert names == sorted(names) and set(names) == needed, names
            assert received.get("x-amz-security-token") == token, received
            payload = hashlib.sha256(b"").hexdigest()
            assert received.get("x-amz-content-sha256") == (payload if is_s3 else None), received
            lines = ["GET", canonical_path(path, is_s3), canonical_query(query)] + [f"{name}:{received[name]}" for name in names]
            request = "\n".join(lines + ["", fields["SignedHeaders"], payload])
            scope = fields["Credential"].partition("/")[2]
            text = "\n".join([algorithm, received["x-amz-date"], scope, hashlib.sha256(request.encode()).hexdigest()])
            expected = hmac.new(signing_key(secret, day, region, service), text.encode(), hashlib.sha256).hexdigest()
            assert hmac.compare_digest(expected, fields["Signature"]), request

        self.judge = judge

    def test_each_path_and_query_is_signed_as_it_is_sent(self):
        base = f"https://localhost:{self.service.port}"
        for service in ("s3", "execute-api"):
            for target in ("/feed.xml", "/", "/a/b/", "/a%20b/c%2Bd.xml", "/a//b", "/caf%C3%A9.xml", "/a~b_c-d.e", "/x?b=2&a=1&e=%41&s=a*b",
                           "/x?list-type=2&prefix=a%2Fb", "/x?acl", "/x?a=b&a=a", "/x?q=1+2"):
                with self.subTest(service=service, target=target):
                    self.judge_by(service)
                    self.assert_taken(self.fetch(base + target, **self.KEYS, service=service))

    def test_a_temporary_key_brings_its_token(self):
        self.judge_by("s3", token=CANARY)
        self.assert_taken(self.fetch(**self.KEYS, service="s3", session_token="CANARY"))

    def test_another_secret_or_scope_is_refused_by_the_service(self):
        for keys, secret in (({}, "another"), ({"region": "us-east-1"}, CANARY), ({"service": "sqs"}, CANARY)):
            with self.subTest(keys=keys):
                self.judge_by("s3", secret=secret)
                result = self.fetch(**{**self.KEYS, "service": "s3", **keys})
                self.assertEqual(result.status, 1)
                self.assertIn("401", result.report["error"]["message"])
                self.assertNotIn("taken", self.verdicts)
                self.assert_silent(result)

    def test_a_secret_that_is_no_key_is_told_before_anything_is_sent(self):
        self.write("secrets/broken", f"{CANARY} {CANARY}")
        self.judge_by("s3")
        for keys, part in (({"secret_access_key": "file:../secrets/broken"}, "secret_access_key: it has a blank"),
                           ({"secret_access_key": "file:../secrets/nowhere"}, "secret_access_key: secret 'file:"),
                           ({"region": "eu central"}, "region: 1 to 128")):
            with self.subTest(keys=keys):
                result = self.fetch(**{**self.KEYS, "service": "s3", **keys})
                self.assertIn(result.status, (1, 2))
                self.assertIn(part, result.err + result.out)
                self.assert_silent(result)
        self.assertEqual(self.service.requests, [])


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class HttpSignature(ServiceCase):
    """A service that makes the signature base of RFC 9421 from what arrived, by what Signature-Input says."""

    def components(self, target, headers, names):
        path, sign, query = target.partition("?")
        known = {"@method": "GET", "@authority": headers["Host"], "@path": path, "@query": sign + query if sign else "?"}
        return [f'"{name}": {known[name]}' for name in names]

    def judge_by(self, secrets):
        """Each label and keyid with its secret, and no other."""

        def judge(target, headers):
            inputs = dict(part.split("=", 1) for part in headers["Signature-Input"].split(", "))
            signatures = dict(part.split("=", 1) for part in headers["Signature"].split(", "))
            assert set(inputs) == set(signatures) == set(secrets), (inputs, signatures)
            for label, (key_id, secret) in secrets.items():
                covered, *parameters = inputs[label].split(";")
                names = [name.strip('"') for name in covered.strip("()").split(" ")]
                assert {"@method", "@authority", "@path", "@query"} == set(names), names
                values = dict(parameter.split("=", 1) for parameter in parameters)
                assert abs(int(values["created"]) - time.time()) < 60, values
                assert values.get("keyid") == (f'"{key_id}"' if key_id else None), values
                base = "\n".join(self.components(target, headers, names) + [f'"@signature-params": {inputs[label]}'])
                expected = base64.b64encode(hmac.new(secret.encode(), base.encode(), hashlib.sha256).digest()).decode()
                assert signatures[label] == f":{expected}:", base

        self.judge = judge

    def test_each_request_is_signed_as_it_is_sent(self):
        base = f"https://localhost:{self.service.port}"
        self.judge_by({"sig1": ("feeds", CANARY)})
        for target in ("/feed.xml", "/", "/a%20b?c=d&e", "/feed.xml?", "/caf%C3%A9?q=%25"):
            with self.subTest(target=target):
                self.assert_taken(self.fetch(base + target, kind="hmac", preset="rfc9421", key_id="feeds", secret="CANARY"))

    def test_both_keys_sign_while_the_service_changes_over(self):
        self.write("secrets/before", "the key before this one\n")
        keys = {"kind": "hmac", "preset": "rfc9421", "key_id": "new", "secret": "CANARY", "previous_key_id": "old", "previous_secret": "file:../secrets/before"}
        both = {"sig1": ("new", CANARY), "sig2": ("old", "the key before this one")}
        for until, secrets in (({}, both), ({"previous_until": "2999-01-01"}, both), ({"previous_until": "2020-01-01T00:00:00Z"}, {"sig1": ("new", CANARY)})):
            with self.subTest(until=until):
                self.judge_by(secrets)
                self.assert_taken(self.fetch(**keys, **until))

    def test_another_key_is_refused_by_the_service(self):
        self.judge_by({"sig1": (None, "another key")})
        result = self.fetch(kind="hmac", preset="rfc9421", secret="CANARY")
        self.assertEqual(result.status, 1)
        self.assert_silent(result)

    def test_a_scheme_with_room_for_one_signature_takes_no_second_key(self):
        self.judge_by({})
        result = self.fetch(kind="hmac", preset="github", secret="CANARY", previous_secret="CANARY")
        self.assertEqual(result.status, 2)
        self.assertIn("acme.yaml:1:", result.err)
        self.assertIn("room for one signature", result.err)
        self.assertEqual(self.service.requests, [])


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class Hmac(ServiceCase):
    """Receivers of webhooks as their makers describe them; a request for a feed has an empty body."""

    SECRET = "a secret of more than 24 bytes"

    def setUp(self):
        super().setUp()
        self.write("secrets/key", self.SECRET + "\n")

    def digest(self, content, secret=None):
        return hmac.new((secret or self.SECRET).encode(), content.encode(), hashlib.sha256)

    def check(self, judge, **keys):
        self.judge = judge
        self.assert_taken(self.fetch(**{"kind": "hmac", "secret": "file:../secrets/key", **keys}))

    def assert_recent(self, seconds):
        self.assertLess(abs(int(seconds) - time.time()), 60)

    def test_standard_webhooks_and_svix(self):
        key = base64.b64encode(self.SECRET.encode()).decode()
        self.write("secrets/key", f"whsec_{key}\n")
        for preset, prefix in (("standard", "webhook"), ("svix", "svix")):
            def judge(_path, headers, prefix=prefix):
                identifier, seconds = headers[f"{prefix}-id"], headers[f"{prefix}-timestamp"]
                self.assert_recent(seconds)
                expected = base64.b64encode(self.digest(f"{identifier}.{seconds}.").digest()).decode()
                self.assertEqual(headers[f"{prefix}-signature"], f"v1,{expected}")
                self.assertNotIn(".", identifier)

            with self.subTest(preset=preset):
                self.check(judge, preset=preset)

    def test_signatures_of_the_body(self):
        hexadecimal, plain = self.digest("").hexdigest(), base64.b64encode(self.digest("").digest()).decode()
        for preset, header, value in (("body-hex", "X-Sign", hexadecimal), ("body-base64", "X-Sign", plain), ("shopify", "X-Shopify-Hmac-SHA256", plain),
                                      ("github", "X-Hub-Signature-256", f"sha256={hexadecimal}")):
            with self.subTest(preset=preset):
                keys = {"header": header} if header == "X-Sign" else {}
                self.check(lambda path, headers, wanted=(header, value): self.assertEqual(headers[wanted[0]], wanted[1]), preset=preset, **keys)

    def test_stripe_and_slack_sign_the_time(self):
        def stripe(_path, headers):
            fields = dict(part.split("=", 1) for part in headers["Stripe-Signature"].split(","))
            self.assert_recent(fields["t"])
            self.assertEqual(fields["v1"], self.digest(f"{fields['t']}.").hexdigest())

        def slack(_path, headers):
            seconds = headers["X-Slack-Request-Timestamp"]
            self.assert_recent(seconds)
            self.assertEqual(headers["X-Slack-Signature"], "v0=" + self.digest(f"v0:{seconds}:").hexdigest())

        self.check(stripe, preset="stripe")
        self.check(slack, preset="slack")

    def test_a_request_is_signed_as_it_is_sent(self):
        def judge(path, headers):
            self.assert_recent(headers["X-Timestamp"])
            self.assertEqual(headers["X-Sign"], self.digest(f"{headers['X-Timestamp']}GET{path}").hexdigest())

        for target in ("/feed.xml", "/a%20b//c?d=e%2Ff&g", "/?"):
            with self.subTest(target=target):
                self.judge = judge
                self.assert_taken(self.fetch(f"https://localhost:{self.service.port}{target}", kind="hmac", preset="timestamp-target", header="X-Sign",
                                             secret="file:../secrets/key"))

    def test_a_form_of_ones_own(self):
        def judge(path, headers):
            when = headers["X-When"]
            self.assert_recent(datetime.datetime.fromisoformat(when.replace("Z", "+00:00")).timestamp())
            content = f"GET|{headers['Host']}|{path.partition('?')[0]}|{path.partition('?')[2]}|{hashlib.sha256(b'').hexdigest()}|{when}"
            self.assertEqual(headers["X-Sign"], "key=shop; sig=" + base64.b64encode(self.digest(content).digest()).decode())

        self.judge = judge
        self.assert_taken(self.fetch(f"{self.source}?page=1", kind="hmac", header="X-Sign", encoding="base64", timestamp_format="rfc3339",
                                     content="{method}|{host}|{path}|{query}|{body_sha256}|{timestamp}", value="key=shop; sig={signatures}",
                                     extra_headers={"X-When": "{timestamp}"}, secret="file:../secrets/key"))

    def test_both_secrets_sign_while_the_service_changes_over(self):
        def judge(_path, headers):
            fields = headers["Stripe-Signature"].split(",")
            content = fields[0].partition("=")[2] + "."
            self.assertEqual(fields[1:], ["v1=" + self.digest(content, secret).hexdigest() for secret in (self.SECRET, CANARY)])

        self.check(judge, preset="stripe", previous_secret="CANARY", previous_until="2999-12-31")

    def test_another_secret_is_refused_by_the_service(self):
        self.judge = lambda path, headers: self.assertEqual(headers["X-Hub-Signature-256"], "sha256=" + self.digest("", "another").hexdigest())
        result = self.fetch(kind="hmac", preset="github", secret="CANARY")
        self.assertEqual(result.status, 1)
        self.assertIn("401", result.report["error"]["message"])
        self.assert_silent(result)


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class Digest(ServiceCase):
    """A service that asks, and computes the answer of RFC 7616 itself."""

    def ask(self, algorithm, password=CANARY, realm="feeds"):
        digest = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}[algorithm]

        def hashed(*parts):
            return digest(":".join(parts).encode()).hexdigest()

        def answer(_path, headers):
            value = headers.get("Authorization")
            if value is None:
                return 401, {"WWW-Authenticate": f'Digest realm="{realm}", nonce="n0nce", qop="auth", algorithm={algorithm}'}, b"who?"
            fields = {name: text.strip('"') for name, text in (part.strip().split("=", 1) for part in value.removeprefix("Digest ").split(","))}
            target = self.service.requests[-1][0]
            expected = hashed(hashed("shop", realm, password), fields["nonce"], fields["nc"], fields["cnonce"], fields["qop"], hashed("GET", target))
            good = fields["username"] == "shop" and fields["uri"] == target and fields["nonce"] == "n0nce" and fields["response"] == expected
            self.verdicts.append("taken" if good else "refused")
            if good:
                return 200, {"Content-Type": "text/xml"}, FEED
            return 401, {"WWW-Authenticate": f'Digest realm="{realm}", nonce="n0nce", qop="auth", algorithm={algorithm}'}, b"no"

        self.service.answer = answer

    def test_a_question_is_answered(self):
        for algorithm in ("SHA-256", "MD5"):
            with self.subTest(algorithm=algorithm):
                self.ask(algorithm)
                self.assert_taken(self.fetch(f"{self.source}?page=1", kind="digest", user="shop", password="CANARY"))

    def test_another_password_is_refused_by_the_service(self):
        self.ask("SHA-256", password="another")
        result = self.fetch(kind="digest", user="shop", password="CANARY")
        self.assertEqual(result.status, 1)
        self.assertNotIn("taken", self.verdicts)
        self.assertIn("401", result.report["error"]["message"])
        self.assert_silent(result)


if __name__ == "__main__":
    unittest.main()
