"""Connections that sign: the other side is openssl's command line and Python's standard library, which share no code with the program."""

import base64
import datetime
import hashlib
import hmac
import json
import ssl
import stat
import subprocess
import time
import unittest
import urllib.parse

from connection_support import CANARY, FEED, OPENSSL, ConnectionCase, make_certificates

DIGESTS = {"ES256": "sha256", "ES384": "sha384", "ES512": "sha512", "RS256": "sha256"}
SIGNATURES = {"ES256": 64, "ES384": 96, "ES512": 132, "RS256": 384}
MATCHING = '{"db_id":2,"email":"registered_db@localhost","matching":"email_profile"}'


def unpack(text):
    """Base64url without padding, as it must be written."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert base64.urlsafe_b64encode(data).decode().rstrip("=") == text
    return data


def integer(data):
    data = data.lstrip(b"\0") or b"\0"
    data = b"\0" + data if data[0] & 0x80 else data
    return b"\x02" + bytes([len(data)]) + data


def der(signature):
    """r and s side by side as the sequence of two integers that openssl reads."""
    half = len(signature) // 2
    body = integer(signature[:half]) + integer(signature[half:])
    size = bytes([len(body)]) if len(body) < 128 else bytes([0x81, len(body)])
    return b"\x30" + size + body


class TokenCase(ConnectionCase):
    """A service with TLS that looks at what it is sent before it gives the feed."""

    def setUp(self):
        super().setUp()
        self.server_folder = self.folder / "server"
        self.server_folder.mkdir()
        make_certificates(self.server_folder)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.server_folder / "server.pem", self.server_folder / "server.key")
        self.service = self.recorder(self.context)
        self.verdicts = []
        self.judge = None
        self.service.answer = self.answer
        self.source = f"https://localhost:{self.service.port}/feed.xml"

    def answer(self, _path, headers):
        try:
            self.judge(self.service.requests[-1][0], headers)
        except Exception as error:  # pylint: disable=broad-except
            self.verdicts.append(repr(error))
            return 401, {}, b"no"
        self.verdicts.append("taken")
        return 200, {"Content-Type": "text/xml"}, FEED

    def fetch(self, source=None, **keys):
        """One run by a connection with these keys."""
        self.connect("acme", **keys)
        self.verdicts.clear()
        self.store.unlink(missing_ok=True)
        job = self.job("shop", source or self.source, connection="acme", cacert="../server/ca.pem")
        return self.feedmill("run", job, "--json")

    def assert_taken(self, result, times=1):
        self.assertEqual(self.verdicts, ["taken"] * times, result.err + result.out)
        self.assertEqual(result.status, 0, result.err)
        self.assert_silent(result)

    def openssl_output(self, *arguments):
        return subprocess.run([OPENSSL, *arguments], cwd=self.folder, check=True, capture_output=True).stdout

    def verify(self, token, algorithm, public):
        """Header and claims of a token whose signature openssl finds right."""
        head, payload, signature = token.split(".")
        signature = unpack(signature)
        assert len(signature) == SIGNATURES[algorithm], len(signature)
        (self.folder / "signed").write_bytes(f"{head}.{payload}".encode())
        (self.folder / "signature").write_bytes(signature if algorithm == "RS256" else der(signature))
        self.openssl_output("dgst", f"-{DIGESTS[algorithm]}", "-verify", public, "-signature", "signature", "signed")
        (self.folder / "signed").unlink()
        return json.loads(unpack(head)), json.loads(unpack(payload))


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class Jwt(TokenCase):
    def make_keys(self, algorithm="ES384"):
        """A pair by the commands of the service's manual."""
        if algorithm == "RS256":
            self.openssl_output("genrsa", "-out", "private.key", "3072")
            self.openssl_output("rsa", "-in", "private.key", "-pubout", "-out", "public.pem")
        else:
            curve = {"ES256": "prime256v1", "ES384": "secp384r1", "ES512": "secp521r1"}[algorithm]
            self.openssl_output("ecparam", "-name", curve, "-genkey", "-noout", "-out", "private.key")
            self.openssl_output("ec", "-in", "private.key", "-pubout", "-out", "public.pem")
        (self.folder / "private.key").chmod(0o600)

    def judge_by(self, algorithm, check, header="Authorization", scheme="Bearer "):
        def judge(path, headers):
            value = headers[header]
            assert value.startswith(scheme), value
            assert "?" not in path, path
            check(*self.verify(value[len(scheme):], algorithm, "public.pem"))

        self.judge = judge

    def test_a_service_with_role_tokens_takes_what_is_sent(self):
        def check(head, claims):
            assert head == {"alg": "ES384", "typ": "JWT", "kid": "k-7"}, head
            assert sorted(claims) == ["exp", "iss", "matching", "rtoken"], claims
            assert claims["iss"] == "Feed Mill" and claims["rtoken"] == CANARY and claims["matching"] == MATCHING, claims
            assert isinstance(claims["exp"], int) and 290 <= claims["exp"] - time.time() <= 301, claims

        self.make_keys()
        self.judge_by("ES384", check)
        result = self.fetch(kind="jwt", key="file:../private.key", key_id="k-7", issuer="Feed Mill", role_token="CANARY", matching=MATCHING)
        self.assert_taken(result)
        for form in (CANARY.encode(), (self.folder / "private.key").read_bytes().splitlines()[1]):
            self.assertNotIn(form.decode(), result.out + result.err)

    def test_each_algorithm_is_verified_by_openssl(self):
        for algorithm in DIGESTS:
            with self.subTest(algorithm=algorithm):
                self.make_keys(algorithm)
                self.judge_by(algorithm, lambda head, claims, wanted=algorithm: self.assertEqual((head["alg"], claims["aud"]), (wanted, "feeds")))
                self.assert_taken(self.fetch(kind="jwt", key="file:../private.key", algorithm=algorithm, issuer="us", claims={"aud": "feeds"}))

    def test_header_and_scheme_are_the_services(self):
        self.make_keys()
        self.judge_by("ES384", lambda head, claims: self.assertEqual(claims["exp"] - claims["iat"], 90), header="X-Token", scheme="")
        self.assert_taken(self.fetch(kind="jwt", key="file:../private.key", issuer="us", lifetime="90s", issued_at=True, header="X-Token", scheme=""))

    def test_each_hop_has_a_token_of_its_own(self):
        tokens = []
        self.make_keys()
        self.judge_by("ES384", lambda head, claims: tokens.append(self.service.requests[-1][1]["Authorization"]))
        judged = self.answer

        def answer(path, headers):
            status, more, body = judged(path, headers)
            return (302, {"Location": "/next"}, b"") if path == "/feed.xml" and status == 200 else (status, more, body)

        self.service.answer = answer
        self.assert_taken(self.fetch(kind="jwt", key="file:../private.key", issuer="us"), times=2)
        self.assertEqual(len(set(tokens)), 2)

    def test_what_does_not_fit_is_told_before_anything_is_sent(self):
        self.make_keys()
        self.openssl_output("ec", "-in", "private.key", "-aes256", "-passout", f"pass:{CANARY}", "-out", "locked.key")
        self.openssl_output("ecparam", "-name", "secp256k1", "-genkey", "-noout", "-out", "other.key")
        self.openssl_output("genrsa", "-out", "short.key", "1024")
        for name in ("locked.key", "other.key", "short.key", "public.pem"):
            (self.folder / name).chmod(0o600)
        rows = [
            ({"algorithm": "ES256"}, "key: the algorithm ES256 needs a key on the curve P-256"),
            ({"algorithm": "RS256"}, "key: the algorithm RS256 needs an RSA key"),
            ({"key": "file:../other.key"}, "key: the algorithm ES384 needs a key on the curve P-384"),
            ({"key": "file:../short.key", "algorithm": "RS256"}, "key: the RSA key has 1024 bits"),
            ({"key": "file:../public.pem"}, "key: it is no private key in PEM"),
            ({"key": "file:../secrets/canary"}, "key: it is no private key in PEM"),
            ({"key": "file:../locked.key"}, "needs a 'passphrase'"),
            ({"key": "file:../locked.key", "passphrase": "file:../public.pem"}, "passphrase is another one"),
            ({"key": "file:../nowhere.key"}, "key: secret 'file:"),
            ({"algorithm": "none"}, "acme.yaml:1:"),
            ({"lifetime": "2d"}, "lifetime"),
        ]
        self.judge = lambda path, headers: None
        for keys, part in rows:
            with self.subTest(keys=keys):
                result = self.fetch(**{"kind": "jwt", "key": "file:../private.key", "issuer": "us", **keys})
                checked = self.feedmill("check", store=False)
                self.assertIn(result.status, (1, 2))
                self.assertEqual(checked.status, 2)
                self.assertIn(part, result.err + result.out)
                self.assertIn(part, checked.err)
                self.assert_silent(result, checked)
        self.assertEqual(self.service.requests, [])
        self.judge_by("ES384", lambda head, claims: None)
        self.assert_taken(self.fetch(kind="jwt", key="file:../locked.key", passphrase="CANARY", issuer="us"))

    def test_a_service_that_refuses_a_token_is_believed(self):
        self.make_keys()
        self.judge_by("ES384", lambda head, claims: self.fail("not by us"))
        result = self.fetch(kind="jwt", key="file:../private.key", issuer="us")
        self.assertEqual(result.status, 1)
        self.assertIn("401", result.report["error"]["message"])

    def test_keygen_makes_what_openssl_makes(self):
        self.write("feedmill.yaml", "jobs: jobs\nconnections: connections\nvault_key: file:vault.key\n")
        self.assertEqual(self.feedmill("secret", "export-key", "vault.key", store=False).status, 0)
        for algorithm, curve in (("ES384", b"secp384r1"), ("ES256", b"prime256v1"), ("ES512", b"secp521r1"), ("RS256", b"3072 bit")):
            with self.subTest(algorithm=algorithm):
                target = f"file:{algorithm}.key"
                made = self.feedmill("connection", "keygen", target, *([] if algorithm == "ES384" else ["--algorithm", algorithm]), store=False)
                self.assertEqual(made.status, 0, made.err)
                (self.folder / "public.pem").write_text(made.out)
                private = self.folder / f"{algorithm}.key"
                self.assertEqual(stat.S_IMODE(private.stat().st_mode), 0o600)
                self.assertEqual(self.openssl_output("pkey", "-in", private.name, "-pubout").decode(), made.out)
                self.assertIn(curve, self.openssl_output("pkey", "-pubin", "-in", "public.pem", "-noout", "-text"))
                self.assertEqual(private.read_text().splitlines()[0], f"-----BEGIN {'RSA' if algorithm == 'RS256' else 'EC'} PRIVATE KEY-----")
                self.judge_by(algorithm, lambda head, claims: None)
                self.assert_taken(self.fetch(kind="jwt", key=f"file:../{private.name}", algorithm=algorithm, issuer="us"))
        made = self.feedmill("connection", "keygen", "vault:acme-key", store=False)
        self.assertEqual(made.status, 0, made.err)
        (self.folder / "public.pem").write_text(made.out)
        self.judge_by("ES384", lambda head, claims: None)
        self.assert_taken(self.fetch(kind="jwt", key="vault:acme-key", issuer="us"))

    def test_keygen_replaces_nothing_unasked(self):
        self.write("feedmill.yaml", "vault_key: file:vault.key\n")
        self.assertEqual(self.feedmill("secret", "export-key", "vault.key", store=False).status, 0)
        for target in ("vault:key", "file:a.key"):
            with self.subTest(target=target):
                first = self.feedmill("connection", "keygen", target, store=False)
                again = self.feedmill("connection", "keygen", target, store=False)
                self.assertEqual((first.status, again.status, again.out), (0, 2, ""))
                self.assertIn("--force", again.err)
                forced = self.feedmill("connection", "keygen", target, "--force", store=False)
                self.assertEqual(forced.status, 0)
                self.assertNotEqual(first.out, forced.out)
        for arguments in (["keygen"], ["keygen", "a"], ["keygen", "env:KEY"], ["keygen", "command:x"], ["keygen", "vault:"], ["keygen", "vault:a b"],
                          ["keygen", "vault:k", "--algorithm", "HS256"], ["keygen", "vault:k", "extra"], ["list", "--algorithm", "ES256"]):
            result = self.feedmill("connection", *arguments, store=False)
            self.assertEqual((result.status, result.out), (2, ""), arguments)
        missing = self.feedmill("connection", "keygen", "file:nowhere/a.key", store=False)
        self.assertEqual((missing.status, missing.out), (1, ""), missing.err)

    def test_no_private_key_is_printed(self):
        result = self.feedmill("connection", "keygen", "file:a.key", store=False)
        for line in (self.folder / "a.key").read_text().splitlines():
            self.assertNotIn(line, result.out + result.err)


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class RoleToken(TokenCase):
    KEYS = {"kind": "role_token", "token": "CANARY", "provider": "android-firebase", "subscription_id": "a/b+c d&e"}

    def test_a_role_token_comes_with_its_two_parameters(self):
        def judge(path, headers):
            query = urllib.parse.parse_qs(urllib.parse.urlsplit(path).query, strict_parsing=True)
            assert query == {"page": ["1"], "provider": ["android-firebase"], "subscription_id": ["a/b+c d&e"]}, query
            assert headers["Authorization"] == f"Bearer {CANARY}", headers

        self.judge = judge
        self.assert_taken(self.fetch(f"{self.source}?page=1", **self.KEYS))

    def test_header_and_scheme_are_the_services(self):
        self.judge = lambda path, headers: self.assertEqual((headers["X-Role"], headers.get("Authorization")), (f"rToken {CANARY}", None))
        self.assert_taken(self.fetch(**self.KEYS, header="X-Role", scheme="rToken"))

    def test_a_parameter_that_is_there_is_no_matter_of_ours(self):
        self.judge = lambda path, headers: None
        result = self.fetch(f"{self.source}?provider=ios", **self.KEYS)
        self.assertEqual(result.status, 2)
        self.assertIn("'provider' already", result.err + result.out)
        self.assertEqual(self.service.requests, [])


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


class SigV4(TokenCase):
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


class HttpSignature(TokenCase):
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


if __name__ == "__main__":
    unittest.main()
