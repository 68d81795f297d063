"""Connections that are added, edited and removed by commands."""

import os
import stat
import subprocess
import unittest

from connection_support import CANARY, ConnectionCase
from support import BINARY
from terminal_support import WAIT_SECONDS, Terminal


class ChangeCase(ConnectionCase):
    def setUp(self):
        super().setUp()
        self.seen = b""  # all that was shown on any terminal
        self.write("feedmill.yaml", "jobs: jobs\nconnections: connections\nvault_key: file:vault.key\n")
        self.assertEqual(self.feedmill("secret", "export-key", "vault.key", store=False).status, 0)

    def connection(self, *arguments, stdin=b"", expect=0):
        result = self.feedmill("connection", *arguments, stdin=stdin, store=False)
        self.assertEqual(result.status, expect, result.err + result.out)
        self.assert_silent(result)
        return result

    def file(self, name="acme"):
        return self.folder / f"connections/{name}.yaml"

    def files(self):
        return sorted(path.name for path in (self.folder / "connections").iterdir())

    def sets(self, **values):
        return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


class Adding(ChangeCase):
    def test_a_script_adds_a_connection_whose_secret_comes_on_standard_input(self):
        self.connection("add", "acme", "--kind", "basic", *self.sets(user="shop: 17", password="-"), stdin=b"x", expect=2)  # C7: a user has no colon
        self.assertEqual(self.files(), [])
        self.assertEqual(self.feedmill("secret", "list", store=False).out, "")
        self.connection("add", "acme", "--kind", "basic", *self.sets(user="shop-17", password="-", description="Acme: all", allowed_url="https://a.example/"),
                        stdin=CANARY.encode() + b"\n")
        self.assertEqual(self.file().read_text(), "kind: basic\ndescription: 'Acme: all'\nallowed_url: 'https://a.example/'\nuser: shop-17\n"
                                                  "password: vault:acme-password\n")
        self.assertEqual(stat.S_IMODE(self.file().stat().st_mode), 0o644)
        self.assertIn("acme-password", self.feedmill("secret", "list", store=False).out)
        self.connection("show", "acme")
        self.assertEqual(self.feedmill("check", store=False).status, 0)
        server = self.recorder()
        self.connection("add", "beta", "--kind", "bearer", *self.sets(token="vault:acme-password"))
        result = self.feedmill("run", self.job("shop", f"http://127.0.0.1:{server.port}/feed.xml", connection="beta"))
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(server.requests[0][1]["Authorization"], f"Bearer {CANARY}")

    def test_headers_and_parameters_are_set_one_by_one(self):
        self.connection("add", "acme", "--kind", "headers", "--set", "headers.X-Key=-", "--set", "headers.Accept=text:application/xml",
                        "--set", "headers.X.Y=vault:other", stdin=CANARY.encode())
        self.assertEqual(self.file().read_text(),
                         "kind: headers\nheaders:\n  X-Key: vault:acme-X-Key\n  Accept: {text: application/xml}\n  X.Y: 'vault:other'\n")
        self.connection("add", "beta", "--kind", "oauth2", "--set", "parameters.a b=c: d", *self.sets(
            token_url="https://t.example/", client_id="yes", client_secret="vault:acme-X-Key", network="private"))
        shown = self.connection("show", "beta", "--json").rows[0]
        self.assertEqual((shown["client_id"], shown["parameters"], shown["network"]), ("yes", "a b", "private"))

    def test_what_is_wrong_changes_nothing(self):
        self.connect("there", kind="none")
        before = self.file("there").read_bytes()
        basic = ["--kind", "basic"]
        rows = [
            (["acme"], "--kind"),
            (["acme", "--kind", "elephant"], "--kind"),
            (["acme", *basic], "'user' is missing"),
            (["acme", *basic, *self.sets(user="a")], "'password' is missing"),
            (["acme", *basic, *self.sets(user="a", password="literal")], "feedmill secret set acme"),
            (["acme", *basic, *self.sets(user="a", pasword="vault:a")], "has no field 'pasword'"),
            (["acme", *basic, "--set", "user"], "FIELD=VALUE"),
            (["acme", *basic, *self.sets(user="a", password="vault:a", allowed_url="ftp://a")], "allowed_url"),
            (["acme", *basic, *self.sets(user="a\nkind: none", password="vault:a")], "user"),
            (["acme", "--kind", "headers", "--set", "headers.Host=vault:a"], "Host"),  # C3, C7
            (["acme", "--kind", "headers", "--set", "headers.X-A=vault:a", "--set", "headers.x-a=vault:a"], "twice"),  # C5, C7
            (["acme", "--kind", "headers", "--set", "headers=vault:a"], "FIELD.NAME=VALUE"),
            (["acme", *basic, *self.sets(user="a", password="vault:a"), *self.sets(user="b")], "'user' is said twice"),
            (["acme", "--kind", "none", *self.sets(description="caf\udce9")], "'description' is no UTF-8"),
            (["acme", "--kind", "headers"], "'headers' is missing"),  # C1
            (["there", "--kind", "none"], "there is a connection 'there' already"),  # C1
            (["none", "--kind", "none"], "not 'none'"),
            (["../x", "--kind", "none"], "name"),
            ([".x", "--kind", "none"], "name"),
        ]
        for arguments, part in rows:
            with self.subTest(arguments=arguments):
                self.assertIn(part, self.connection("add", *arguments, expect=2).err)
                self.assertEqual(self.files(), ["there.yaml"])
        self.assertEqual(self.file("there").read_bytes(), before)
        for arguments in (["list", "--kind", "basic"], ["show", "there", "--set", "a=b"], ["add"], ["add", "a", "b"], ["remove"]):
            self.connection(*arguments, expect=2)
        for arguments in (["add", "new", "--kind", "none", "--algorithm", "ES256"], ["add", "new", "--kind", "none", "--force"], ["edit", "there", "--kind", "none"],
                          ["remove", "there", "--json"], ["keygen", "file:new.pem", "--set", "a=b"], ["list", "--network", "private"], ["kinds", "--cacert", "x"]):
            with self.subTest(arguments=arguments):
                self.assertIn("has no option", self.connection(*arguments, expect=2).err)
                self.assertEqual(self.files(), ["there.yaml"])
                self.assertFalse((self.folder / "new.pem").exists())

    def test_a_secret_of_another_is_not_replaced(self):
        self.connection("add", "shop", "--kind", "headers", "--set", "headers.x-token=-", stdin=CANARY.encode())
        result = self.connection("add", "shop-x", "--kind", "bearer", "--set", "token=-", stdin=b"something else", expect=2)
        self.assertIn("the vault has 'shop-x-token' already, which is left as it is", result.err)
        self.assertEqual(self.files(), ["shop.yaml"])
        server = self.recorder()
        result = self.feedmill("run", self.job("one", f"http://127.0.0.1:{server.port}/feed.xml", connection="shop"))
        self.assertEqual(result.status, 0, result.err)
        self.assertEqual(server.requests[0][1]["x-token"], CANARY)

    def test_one_standard_input_is_one_value(self):
        result = self.connection("add", "acme", "--kind", "mtls", *self.sets(certificate="a.pem", key="-", passphrase="-"), stdin=b"x", expect=2)
        self.assertIn("one value only", result.err)
        self.assertEqual(self.files(), [])

    def test_a_person_is_asked_for_what_is_missing(self):
        terminal = Terminal(self, "connection", "add", "acme")
        answers = [("kind (", "basic"), ("description (", ""), ("allowed_url (", "https://feeds.example/"), ("user (", "shop"), ("user_secret (", ""),
                   ("password (", "-"), ("value of the secret 'password'", CANARY), ("the same again", CANARY)]
        for question, answer in answers:
            terminal.expect(question)
            terminal.expect(": ")
            terminal.type(answer)
        status, shown = terminal.finish()
        self.assertEqual(status, 0, shown)
        self.assertNotIn(CANARY.encode(), self.seen)
        self.assertEqual(self.file().read_text(), "kind: basic\nallowed_url: 'https://feeds.example/'\nuser: shop\npassword: vault:acme-password\n")
        terminal = Terminal(self, "connection", "add", "beta", "--kind", "bearer")
        terminal.expect("description")
        os.write(terminal.master, b"\x03")
        status, _ = terminal.finish()
        self.assertEqual(status, 130)
        self.assertEqual(self.files(), ["acme.yaml"])


class Editing(ChangeCase):
    def setUp(self):
        super().setUp()
        self.connect("acme", kind="bearer", token="CANARY")
        self.before = self.file().read_bytes()
        self.file().chmod(0o640)

    def editor(self, script):
        path = self.write("editor", f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        self.environment["VISUAL"] = f"{path}  --wait"
        self.environment["TMPDIR"] = str(self.folder / "tmp")
        (self.folder / "tmp").mkdir(exist_ok=True)

    def copies(self):
        return sorted((self.folder / "tmp").iterdir())

    def test_what_validates_takes_its_place(self):
        self.editor('test "$1" = --wait && test "$(stat -c %a "$2")" = 600 && echo "description: changed" >> "$2"')
        self.write("connections/acme.yaml", "kind: bearer\ntoken: file:../secrets/canary\n").chmod(0o640)
        self.connection("edit", "acme")
        self.assertEqual(self.file().read_text(), "kind: bearer\ntoken: file:../secrets/canary\ndescription: changed\n")
        self.assertEqual(stat.S_IMODE(self.file().stat().st_mode), 0o640)
        self.assertEqual((self.copies(), self.files()), ([], ["acme.yaml"]))

    def test_what_does_not_is_kept_beside(self):
        self.editor(f'echo "kind: bearer\ntoken: {CANARY}" > "$2"')
        result = self.feedmill("connection", "edit", "acme", store=False)
        self.assertEqual(result.status, 2)
        self.assertNotIn(CANARY, result.err + result.out)
        copy, = self.copies()
        self.assertIn(f"kept in '{copy}'", result.err)
        self.assertIn(f"{copy}:2:8: token", result.err)
        self.assertIn(CANARY, copy.read_text())
        self.assertEqual(self.file().read_bytes(), self.before)

    def test_nothing_changed_is_nothing_written(self):
        self.editor("exit 0")
        self.assertIn("is as it was", self.connection("edit", "acme").err)
        self.assertEqual(self.copies(), [])
        self.editor("exit 3")
        failed = self.connection("edit", "acme", expect=1)
        self.assertIn("the editor", failed.err)
        self.assertNotIn("is kept", failed.err)
        self.assertEqual(self.file().read_bytes(), self.before)
        self.assertEqual(self.copies(), [])
        self.editor('echo "kind: none" > "$2"; exit 3')
        self.assertIn("is kept in", self.connection("edit", "acme", expect=1).err)
        self.assertEqual([copy.read_text() for copy in self.copies()], ["kind: none\n"])

    def test_a_link_stays_one(self):
        real = self.write("elsewhere/real.yaml", "kind: bearer\ntoken: vault:x\n")
        self.file().unlink()
        self.file().symlink_to(real)
        self.editor('echo "kind: none" > "$2"')
        self.connection("edit", "acme")
        self.assertTrue(self.file().is_symlink())
        self.assertEqual(real.read_text(), "kind: none\n")

    @unittest.skipIf(os.geteuid() != 0, "only root gives files away")
    def test_a_file_keeps_its_group(self):
        """By which the service reads it."""
        self.editor('echo "description: changed" >> "$2"')
        self.file().write_text("kind: none\n")
        os.chown(self.file(), 0, 65534)
        self.connection("edit", "acme")
        status = self.file().stat()
        self.assertEqual((status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)), (0, 65534, 0o640))

    def test_a_change_by_another_is_not_lost(self):
        self.editor(f'echo "kind: none" > "$2"; echo "kind: none # theirs" > {self.file()}')
        self.assertIn("changed by somebody else", self.connection("edit", "acme", expect=2).err)
        self.assertEqual(self.file().read_text(), "kind: none # theirs\n")

    def test_no_shell_sees_the_editor(self):
        self.editor("exit 0")
        self.environment["VISUAL"] = "touch pwned; true"
        self.connection("edit", "acme")
        self.assertTrue((self.folder / "pwned;").exists())
        self.assertFalse((self.folder / "pwned").exists())
        self.connection("edit", "nobody", expect=1)

    def test_a_connection_with_mistakes_can_be_mended(self):
        self.write("connections/acme.yaml", "kind: bearr\n")
        self.editor('echo "kind: none" > "$2"')
        self.connection("edit", "acme")
        self.assertEqual(self.file().read_text(), "kind: none\n")


class TwoAtOnce(ChangeCase):
    def test_of_two_that_add_one_name_one_does(self):
        first = Terminal(self, "connection", "add", "acme", "--kind", "bearer")
        for question, answer in (("description (", "first"), ("allowed_url (", "")):
            first.expect(question)
            first.expect(": ")
            first.type(answer)
        first.expect("token (")
        self.connection("add", "acme", "--kind", "none", *self.sets(description="second"))
        first.type("vault:x")
        status, shown = first.finish()
        self.assertEqual(status, 2, shown)
        self.assertIn("there is a connection 'acme' already", shown)
        self.assertEqual(self.file().read_text(), "kind: none\ndescription: second\n")


class Removing(ChangeCase):
    def test_a_connection_that_jobs_use_stays(self):
        self.connect("acme", kind="bearer", token="CANARY")
        for name in ("one", "two"):
            self.job(name, "https://a.example/", connection="acme")
        self.assertIn("'one', 'two'", self.connection("remove", "acme", expect=2).err)
        self.assertEqual(self.files(), ["acme.yaml"])
        self.connection("remove", "acme", "--force")
        self.assertEqual(self.files(), [])
        self.assertEqual(self.feedmill("check", store=False).status, 2)
        self.connection("remove", "acme", expect=1)

    def test_one_that_nobody_uses_goes(self):
        self.connect("acme", kind="none")
        self.connection("remove", "acme")
        self.assertEqual(self.files(), [])


class Killed(ChangeCase):
    def test_a_kill_leaves_the_old_file_or_the_new_one(self):
        """Between any two steps: the editor is the last thing before the file is written, so the program is killed right behind it."""
        for pause in range(12):
            self.connect("acme", kind="none", description="old")
            old = self.file().read_bytes()
            script = self.write("editor", f'#!/bin/sh\necho "kind: none\ndescription: new" > "$1"\n(sleep 0.00{pause:02}; kill -9 $PPID) &\n')
            script.chmod(0o755)
            process = subprocess.run([BINARY, "connection", "edit", "acme"], env={**self.environment, "VISUAL": str(script), "TMPDIR": str(self.folder)},
                                     cwd=self.folder, capture_output=True, timeout=WAIT_SECONDS, check=False)
            self.assertIn(process.returncode, (0, -9))
            self.assertIn(self.file().read_bytes(), (old, b"kind: none\ndescription: new\n"))
            self.assertEqual(self.feedmill("check", store=False).status, 0)


if __name__ == "__main__":
    unittest.main()
