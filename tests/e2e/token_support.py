"""A token server and the feed behind it, over TLS: checks clients by itself (openssl for signatures) and shares no code with the program."""

import base64
import binascii
import http.server
import itertools
import json
import ssl
import subprocess
import threading
import time
import urllib.parse

from connection_support import FEED, OPENSSL, LoopbackServer

JWT_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
CURVE_BYTES = {"ES256": 32, "ES384": 48, "ES512": 66}
DIGESTS = {"ES256": "-sha256", "ES384": "-sha384", "ES512": "-sha512", "RS256": "-sha256"}


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def der_integer(number):
    content = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return b"\x02" + bytes([len(content)]) + content


def der_signature(raw):
    """r and s side by side, as openssl wants them."""
    half = len(raw) // 2
    content = der_integer(int.from_bytes(raw[:half], "big")) + der_integer(int.from_bytes(raw[half:], "big"))
    size = bytes([len(content)]) if len(content) < 128 else b"\x81" + bytes([len(content)])
    return b"\x30" + size + content


def verify(folder, public_key, algorithm, token):
    """Header and claims of a token, if openssl finds its signature right."""
    header, payload, signature = token.split(".")
    raw = from_base64url(signature)
    if algorithm in CURVE_BYTES:
        assert len(raw) == 2 * CURVE_BYTES[algorithm], len(raw)
        raw = der_signature(raw)
    (folder / "signature").write_bytes(raw)
    done = subprocess.run([OPENSSL, "dgst", DIGESTS[algorithm], "-verify", public_key, "-signature", "signature"],
                          input=f"{header}.{payload}".encode(), cwd=folder, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout
    return json.loads(from_base64url(header)), json.loads(from_base64url(payload))


class Refusal(Exception):
    """An answer that is none of success: status and body."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):  # pylint: disable=invalid-name
        body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
        self.server.asked.append((self.path, dict(self.headers), body))
        try:
            self.server.hook(body)
            answer = self.server.scripted.pop(0) if self.server.scripted else None
            if answer is None:
                answer = (200, json.dumps(self.server.give(self.headers, body)))
        except Refusal as refusal:
            answer = refusal.args
        if callable(answer):
            answer(self)
            return
        self.reply(answer[0], answer[1], {"Content-Type": "application/json", "Cache-Control": "no-store", **(answer[2] if len(answer) > 2 else {})})

    def do_GET(self):  # pylint: disable=invalid-name
        self.server.requests.append((self.path, dict(self.headers)))
        status, headers, body = self.server.serve(self.path, self.headers.get("Authorization", ""))
        self.reply(status, body, headers)

    def reply(self, status, body, headers):
        content = body if isinstance(body, bytes) else body.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.close_connection = True
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class TokenServer(LoopbackServer):
    """POST /token gives tokens, GET /feed.xml wants one of them.

    `scripted` answers come before those of its own: (status, body[, headers]), or a function of the handler. `client` is
    (id, secret) for client_secret_basic and _post, (id, public key, algorithm) for private_key_jwt. With `refresh_tokens` it takes
    refresh tokens, gives a new one each time, and takes an old one for theft: nothing works any more then.
    """

    def __init__(self, context=None, method="client_secret_basic", client=("shop", "pass")):
        super().__init__(Handler, context)
        self.method = method
        self.client = client
        self.folder = None
        self.lifetime = 3600
        self.asked = []
        self.scripted = []
        self.valid = set()
        self.refresh_tokens = None
        self.is_stolen = False
        self.extra = {}
        self.hook = lambda body: None
        self.before_feed = lambda path: None
        self.lock = threading.Lock()
        self.numbers = itertools.count(1)
        self.seen_ids = set()
        self.start()

    # ---- the token endpoint ----

    def refuse(self, error, status=400, description=None):
        raise Refusal(status, json.dumps({"error": error, **({"error_description": description} if description else {})}))

    def check_client(self, headers, form):
        identifier = self.client[0]
        kind, _, credentials = headers.get("Authorization", "").partition(" ")
        if self.method in ("client_secret_basic", "basic_unencoded"):
            if kind != "Basic":
                self.refuse("invalid_client", 401)
            pair = base64.b64decode(credentials, validate=True).decode().split(":", 1)
            if self.method == "client_secret_basic":
                pair = [urllib.parse.unquote_plus(part) for part in pair]
            if tuple(pair) != tuple(self.client[:2]) or "client_secret" in form or "client_id" in form:
                self.refuse("invalid_client", 401)
            return
        if headers.get("Authorization") or form.get("client_id") != identifier:
            self.refuse("invalid_client", 401)
        if self.method == "client_secret_post" and form.get("client_secret") != self.client[1]:
            self.refuse("invalid_client", 401)
        if self.method == "private_key_jwt":
            self.check_assertion(form)

    def check_assertion(self, form):
        identifier, public_key, algorithm, audience, key_id = self.client
        try:
            header, claims = verify(self.folder, public_key, algorithm, form["client_assertion"])
            assert form["client_assertion_type"] == JWT_BEARER
            assert header == {"alg": algorithm, "typ": "JWT", **({"kid": key_id} if key_id else {})}, header
            assert claims["iss"] == claims["sub"] == identifier, claims
            assert claims["aud"] == audience, claims
            assert isinstance(claims["exp"], int) and 0 < claims["exp"] - time.time() <= 301, claims
            assert isinstance(claims["iat"], int) and abs(claims["iat"] - time.time()) < 60, claims
            assert len(claims["jti"]) >= 16 and claims["jti"] not in self.seen_ids, claims
            self.seen_ids.add(claims["jti"])
        except (AssertionError, KeyError, ValueError, binascii.Error) as error:
            self.refuse("invalid_client", 401, f"assertion: {error}")

    def give(self, headers, body):
        form = urllib.parse.parse_qs(body, keep_blank_values=True, strict_parsing=True)
        if any(len(values) != 1 for values in form.values()) or headers.get("Content-Type") != "application/x-www-form-urlencoded":
            self.refuse("invalid_request")
        form = {name: values[0] for name, values in form.items()}
        with self.lock:
            self.check_client(headers, form)
            token = f"access-{next(self.numbers)}-{'x' * 8}"
            answer = {"access_token": token, "token_type": "bearer", "expires_in": self.lifetime, **self.extra}
            if self.refresh_tokens is not None:
                answer["refresh_token"] = self.rotate(form)
            elif form.get("grant_type") != "client_credentials":
                self.refuse("unsupported_grant_type")
            self.valid.add(token)
            return answer

    def rotate(self, form):
        old = form.get("refresh_token")
        if form.get("grant_type") != "refresh_token":
            self.refuse("unsupported_grant_type")
        if self.is_stolen or old != self.refresh_tokens[-1]:
            self.is_stolen = True
            self.refuse("invalid_grant", description="token reuse detected")
        self.refresh_tokens.append(f"refresh-{len(self.refresh_tokens) + 1}-{'y' * 8}")
        return self.refresh_tokens[-1]

    # ---- the feed ----

    def serve(self, path, authorization):
        self.before_feed(path)
        if path in self.moves:
            return 302, {"Location": self.moves[path]}, b""
        kind, _, token = authorization.partition(" ")
        if kind != "Bearer" or token not in self.valid:
            return 401, {"WWW-Authenticate": 'Bearer error="invalid_token"'}, b"no"
        return 200, {"Content-Type": "text/xml"}, FEED

    def close(self):
        self.shutdown()
        self.server_close()


def tls_context(folder):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    return context
