"""A service with TLS that judges what it is sent, for the tests of connections that sign."""

import ssl

from connection_support import FEED, ConnectionCase, make_certificates


class ServiceCase(ConnectionCase):
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
