"""Recording servers, certificates and connections for the tests of connections."""

import base64
import http.server
import json
import os
import shutil
import ssl
import subprocess
import threading

from support import Case, offer, yml

OPENSSL = shutil.which("openssl", path="/usr/bin:/bin")
FEED = yml(offer("A", "10") + offer("B", "20")).encode()
CANARY = "CANARY-5e1f0c"
CANARY_BASIC = base64.b64encode(f"shop:{CANARY}".encode()).decode()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers by the server's table of paths; what was asked is kept with all its headers."""

    def do_GET(self):  # pylint: disable=invalid-name
        path = self.path.split("?")[0]
        has_certificate = isinstance(self.connection, ssl.SSLSocket) and bool(self.connection.getpeercert())
        self.server.requests.append((self.path, dict(self.headers), has_certificate))
        status, headers, body = self.server.answer(path, self.headers)
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class LoopbackServer(http.server.ThreadingHTTPServer):
    """A server on a port of its own; TLS where it is given a context. It serves once start() is called."""

    daemon_threads = True

    def __init__(self, handler, context=None):
        super().__init__(("127.0.0.1", 0), handler)
        self.context = context
        self.requests = []
        self.moves = {}

    def start(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    @property
    def port(self):
        return self.server_address[1]

    def finish_request(self, request, client_address):
        if self.context is None:
            super().finish_request(request, client_address)
            return
        with self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request, client_address):
        pass  # a client that does not like our certificate, or went away


class Recorder(LoopbackServer):
    """Keeps what it was asked. `moves` maps paths to Locations, `challenged` paths ask for Digest."""

    def __init__(self, context=None):
        super().__init__(Handler, context)
        self.challenged = set()
        self.etag = None
        self.start()

    def answer(self, path, headers):
        if path in self.challenged and "Authorization" not in headers:
            return 401, {"WWW-Authenticate": 'Digest realm="feeds", nonce="n1", qop="auth", algorithm=SHA-256'}, b"no"
        if path in self.moves:
            return 302, {"Location": self.moves[path]}, b""
        if self.etag and headers.get("If-None-Match") == self.etag:
            return 304, {"ETag": self.etag}, b""
        return 200, {"Content-Type": "text/xml", **({"ETag": self.etag} if self.etag else {})}, FEED

    def close(self):
        self.shutdown()
        self.server_close()


def openssl(folder, *arguments):
    subprocess.run([OPENSSL, *arguments], cwd=folder, check=True, capture_output=True)


def make_certificates(folder):
    """An authority, a certificate for localhost and 127.0.0.1, and one for a client, whose key is encrypted too."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    (folder / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
    openssl(folder, "req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2", "-subj", "/CN=Test authority")
    for name in ("server", "client"):
        openssl(folder, "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}")
        openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names",
                "-out", f"{name}.pem")
    openssl(folder, "pkcs8", "-topk8", "-in", "client.key", "-out", "locked.key", "-passout", f"pass:{CANARY}")
    for path in folder.glob("*.key"):
        path.chmod(0o600)


class ConnectionCase(Case):
    """With connections whose secrets are in files."""

    def setUp(self):
        super().setUp()
        self.write("feedmill.yaml", "jobs: jobs\nconnections: connections\n")
        (self.folder / "jobs").mkdir()
        (self.folder / "connections").mkdir()
        self.write("secrets/canary", CANARY + "\n")

    def connect(self, name, /, **keys):
        """A connection; 'CANARY' as a value is a reference to the secret."""
        text = json.dumps(keys).replace('"CANARY"', '"file:../secrets/canary"')
        self.write(f"connections/{name}.yaml", text)
        return name

    def job(self, name, source, **keys):
        self.write(f"jobs/{name}.yaml", json.dumps({"source": str(source), **keys}))
        return name

    def recorder(self, context=None):
        server = Recorder(context)
        self.addCleanup(server.close)
        return server

    def assert_silent(self, *results):
        """The canary is in no output, and in no file that the program wrote."""
        for result in results:
            for secret in (CANARY, CANARY_BASIC):
                self.assertNotIn(secret, result.out)
                self.assertNotIn(secret, result.err)
        for folder, _, names in os.walk(self.folder):
            if os.path.basename(folder) in ("secrets", "server"):
                continue
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    content = file.read()
                for secret in (CANARY, CANARY_BASIC):
                    self.assertNotIn(secret.encode(), content, os.path.join(folder, name))
