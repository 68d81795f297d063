"""Tokens: of our own, which openssl's command line verifies, and of the service's. The other side shares no code with the program."""

import base64
import json
import stat
import subprocess
import time
import unittest
import urllib.parse

from connection_support import CANARY, OPENSSL
from service_support import ServiceCase
from support import BINARY

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


@unittest.skipUnless(OPENSSL, "openssl is not installed")
class Jwt(ServiceCase):
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

    def test_j30_no_token_is_kept_or_shown(self):
        self.make_keys()
        self.judge_by("ES384", lambda head, claims: None)
        result = self.fetch(kind="jwt", key="file:../private.key", issuer="us", role_token="CANARY", matching=MATCHING)
        self.assert_taken(result)
        shown = self.feedmill("show", "shop", "--json")
        tested = self.feedmill("connection", "test", "acme", "--json", store=False)
        parts = [part for request in self.service.requests for part in request[1]["Authorization"].partition(" ")[2].split(".")]
        self.assertEqual(len(parts), 6, tested.err)
        files = [path.read_bytes().decode("latin-1") for path in self.folder.rglob("*") if path.is_file() and path.name not in ("signature",)]
        for text in (result.out, result.err, shown.out, tested.out, tested.err, *files):
            for part in parts:
                self.assertNotIn(part, text)

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
        again = self.feedmill("connection", "public-key", "vault:acme-key", store=False)
        self.assertEqual((again.status, again.out), (0, made.out), again.err)
        again = self.feedmill("connection", "public-key", "file:RS256.key", "--algorithm", "RS256", store=False)
        self.assertEqual(again.out.encode(), self.openssl_output("pkey", "-in", "RS256.key", "-pubout"))

    def test_a_public_key_is_shown_of_a_private_key_only(self):
        self.make_keys()
        self.environment["KEY"] = (self.folder / "private.key").read_text()
        shown = self.feedmill("connection", "public-key", "env:KEY", store=False)
        self.assertEqual((shown.status, shown.out), (0, (self.folder / "public.pem").read_text()), shown.err)
        for arguments, status, part in ((["file:secrets/canary"], 2, "no private key in PEM"), (["file:private.key", "--algorithm", "ES256"], 2, "P-256"),
                                        (["file:nowhere"], 1, "nowhere"), (["vault:nobody"], 1, "vault:nobody"), (["acme"], 2, ""), ([], 2, "public-key REFERENCE"),
                                        (["file:private.key", "--force"], 2, "has no option '--force'")):
            with self.subTest(arguments=arguments):
                result = self.feedmill("connection", "public-key", *arguments, store=False)
                self.assertEqual((result.status, result.out), (status, ""), result.err)
                self.assertIn(part, result.err)
                self.assert_silent(result)

    def test_of_many_that_make_a_key_at_once_one_does(self):
        command = [BINARY, "connection", "keygen", "file:one.key", "--algorithm", "ES256"]
        for _ in range(5):
            makers = [subprocess.Popen(command, cwd=self.folder, env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(6)]
            results = [(*maker.communicate(timeout=60), maker.returncode) for maker in makers]
            self.assertEqual(sorted(status for _, _, status in results), [0, 2, 2, 2, 2, 2], results)
            made = next(out for out, _, status in results if status == 0)
            self.assertEqual(self.feedmill("connection", "public-key", "file:one.key", "--algorithm", "ES256", store=False).out, made)
            self.assertEqual([path.name for path in self.folder.glob("one.key*")], ["one.key"])
            (self.folder / "one.key").unlink()

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
class RoleToken(ServiceCase):
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

    def test_an_expired_role_token_is_not_sent(self):
        self.judge = lambda path, headers: None
        result = self.fetch(**self.KEYS, expires="2020-01-01")
        self.assertEqual(result.status, 2)
        self.assertIn("expires: the role token of the connection 'acme' expired at 2020-01-01T00:00:00Z", result.err + result.out)
        self.assertEqual(self.service.requests, [])
        self.assert_taken(self.fetch(**self.KEYS, expires="2999-01-01"))

    def test_a_parameter_that_is_there_is_no_matter_of_ours(self):
        self.judge = lambda path, headers: None
        result = self.fetch(f"{self.source}?provider=ios", **self.KEYS)
        self.assertEqual(result.status, 2)
        self.assertIn("'provider' already", result.err + result.out)
        self.assertEqual(self.service.requests, [])


if __name__ == "__main__":
    unittest.main()
