"""Secrets as a user keeps them: at the terminal, by standard input, with a key; and nowhere to be found but in the vault, encrypted."""

import base64
import contextlib
import ctypes
import ctypes.util
import hashlib
import hmac
import os
import re
import select
import signal
import struct
import subprocess
import time
import unittest

from support import BINARY, SANITIZED, Case
from terminal_support import WAIT_SECONDS, Terminal

CANARY = "canary-5f1b7c0e-secret"
PASSPHRASE = "pass phrase of canary-9d2e"


class Secrets(Case):
    def setUp(self):
        super().setUp()
        self.seen = b""  # all that was shown on any terminal
        self.vault = self.folder / "state/feedmill/vault"

    def secret(self, *arguments, stdin=b"", expect=0):
        result = self.feedmill("secret", *arguments, stdin=stdin, store=False)
        self.seen += result.out.encode() + result.err.encode()
        self.assertEqual(result.status, expect, result.err)
        return result

    def make_key(self):
        self.secret("export-key", "vault.key")
        self.write("feedmill.yaml", "vault_key: file:vault.key\n")

    def names(self):
        return [row["name"] for row in self.secret("list", "--json").rows]

    def assert_nowhere(self, *texts):
        """None of the texts, nor what is easily made of them, was shown or is in a file."""
        files = {path: path.read_bytes() for path in self.folder.rglob("*") if path.is_file()}
        for text in texts:
            raw = text.encode()
            for form in (raw, base64.b64encode(raw)[:-3], raw.hex().encode(), raw[::-1]):
                self.assertNotIn(form, self.seen)
                for path, content in files.items():
                    self.assertNotIn(form, content, path)


class Commands(Secrets):
    def test_a_value_from_standard_input_is_stored_and_listed_by_name(self):
        self.make_key()
        result = self.secret("set", "acme", stdin=f"{CANARY}\n".encode())
        self.assertIn("stored 'acme'", result.out)
        self.assertIn("'vault:acme'", result.out)
        self.assertIn("replaced 'acme'", self.secret("set", "acme", stdin=CANARY.encode()).out)
        self.secret("set", "beta", stdin=CANARY.encode())
        rows = self.secret("list", "--json").rows
        self.assertEqual([row["name"] for row in rows], ["acme", "beta"])
        self.assertLessEqual(rows[0]["created_at_ms"], rows[0]["changed_at_ms"])
        self.assertAlmostEqual(rows[0]["changed_at_ms"] / 1000, time.time(), delta=600)
        self.assertRegex(self.secret("list").out, r"name +created_at_ms +changed_at_ms\nacme +20\d\d-")
        self.assertEqual(self.vault.stat().st_mode & 0o7777, 0o600)
        self.assert_nowhere(CANARY)

    def test_remove(self):
        self.make_key()
        self.secret("set", "acme", stdin=b"1")
        self.secret("set", "beta", stdin=b"2")
        self.assertIn("removed 'acme'", self.secret("remove", "acme").out)
        self.assertEqual(self.names(), ["beta"])
        self.assertIn("has no secret 'acme'", self.secret("remove", "acme", expect=1).err)

    def test_values_are_never_arguments(self):
        self.make_key()
        for arguments in (("set", "acme", CANARY), ("remove", "acme", CANARY), ("list", CANARY), ("rotate", CANARY)):
            result = self.secret(*arguments, expect=2)
            self.assertIn("never stands on the command line", result.err)
        self.assert_nowhere(CANARY)

    def test_what_is_no_value(self):
        self.make_key()
        for stdin, message in ((b"", "it is empty"), (b"\n", "it is empty"), (b"a\0b", "it has a byte NUL"), (b"x" * 65537, "it has more than 65536 bytes")):
            self.assertIn("the value: " + message, self.secret("set", "acme", stdin=stdin, expect=1).err)
        self.secret("set", "acme", stdin=b"x" * 65536 + b"\n")
        self.assertIn("a secret's name", self.secret("set", "a/b", stdin=b"x", expect=2).err)

    def test_wrong_use(self):
        for arguments, message in ((("set",), "needs NAME"), (("show", "acme"), "there is no 'secret show': say 'set', 'list', "),
                                   (("list", "--force"), "'secret list' has no option '--force'"),
                                   (("set", "x", "--json"), "'secret set' has no option '--json'"),
                                   (("list", "--passphrase"), "'secret list' has no option '--passphrase'"), ((), "needs set NAME")):
            self.assertIn(message, self.secret(*arguments, expect=2).err)

    def test_a_list_without_a_vault_is_empty(self):
        result = self.secret("list", "--json")
        self.assertEqual(result.out, "")
        self.assertIn("there is no vault", result.err)
        self.assertFalse(self.vault.exists())

    def test_the_vault_is_where_the_configuration_says(self):
        self.secret("export-key", "vault.key")
        self.write("feedmill.yaml", "vault: deep/er/safe\nvault_key: file:vault.key\n")
        self.secret("set", "acme", stdin=b"x")
        self.assertTrue((self.folder / "deep/er/safe").is_file())
        self.assertEqual(self.names(), ["acme"])

    def test_without_terminal_and_key_it_says_what_to_do(self):
        done = subprocess.run([BINARY, "secret", "set", "acme"], input=b"x", capture_output=True, env=self.environment, cwd=self.folder,
                              start_new_session=True, timeout=WAIT_SECONDS, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no terminal to ask at", done.stderr)
        self.assertIn(b"export-key FILE", done.stderr)

    def test_a_literal_in_the_configuration_is_refused_and_not_repeated(self):
        for content in (f"vault_key: {CANARY}\n", f"vault_kei: {CANARY}\n", f"vault_key: {{command: {CANARY}}}\n"):
            path = self.write("feedmill.yaml", content)
            result = self.secret("list", expect=2)
            self.assertIn("vault_k", result.err)
            path.unlink()
        self.assert_nowhere(CANARY)

    def test_a_key_by_command_and_by_credential(self):
        key = self.secret("export-key").out
        self.seen = b""
        self.write("vault.key", key)
        self.write("feedmill.yaml", "vault_key: command:cat vault.key\n")
        self.secret("set", "acme", stdin=b"x")
        self.write("feedmill.yaml", "vault_key: credential:vault-key\n")
        self.assertIn("CREDENTIALS_DIRECTORY is not set", self.secret("list", expect=1).err)
        self.environment["CREDENTIALS_DIRECTORY"] = str(self.folder / "credentials")
        self.write("credentials/vault-key", key)
        self.assertEqual(self.names(), ["acme"])
        self.write("feedmill.yaml", "vault_key: env:VAULT_KEY\n")
        self.environment["VAULT_KEY"] = key.strip()
        self.assertIn("warning: vault_key: the environment", self.secret("list").err)


class Keys(Secrets):
    def test_another_key_is_let_in_and_rotation_locks_the_old_one_out(self):
        self.make_key()
        self.secret("set", "acme", stdin=CANARY.encode())
        before = self.vault.read_bytes()
        self.secret("export-key", "new.key")
        self.assertEqual(self.names(), ["acme"])
        self.write("feedmill.yaml", "vault_key: file:new.key\n")
        self.assertEqual(self.names(), ["acme"])
        self.assertIn("no longer: 1", self.secret("rotate").out)
        self.assertEqual(self.names(), ["acme"])
        self.write("feedmill.yaml", "vault_key: file:vault.key\n")
        self.assertIn("the key is wrong", self.secret("list", expect=1).err)
        # Whoever has an old copy and the old key has the old values: that is what both are for.
        self.vault.write_bytes(before)
        self.assertEqual(self.names(), ["acme"])
        self.assert_nowhere(CANARY)

    def test_a_file_that_is_there_is_not_replaced_by_a_key(self):
        self.make_key()
        old = (self.folder / "vault.key").read_bytes()
        self.assertIn("'--force' replaces it", self.secret("export-key", "vault.key", expect=2).err)
        self.assertEqual((self.folder / "vault.key").read_bytes(), old)
        self.secret("export-key", "vault.key", "--force")
        self.assertNotEqual((self.folder / "vault.key").read_bytes(), old)
        self.secret("list")
        self.assertEqual((self.folder / "vault.key").stat().st_mode & 0o7777, 0o600)

    def test_a_key_is_not_shown_on_a_terminal(self):
        terminal = Terminal(self, "secret", "export-key")
        status, shown = terminal.finish()
        self.assertEqual(status, 2, shown)
        self.assertIn("not shown on a terminal", shown)

    def test_a_damaged_vault_is_told_from_a_wrong_key(self):
        self.make_key()
        self.secret("set", "acme", stdin=b"x")
        good = self.vault.read_bytes()
        for content, message in ((good[:100], "cut short"), (b"", "is empty"), (good[:50] + b"\xff" + good[51:], "checksum"), (b"hello", "no vault of feedmill")):
            self.vault.write_bytes(content)
            for arguments in (("list",), ("set", "beta"), ("rotate",), ("export-key", "x.key")):
                self.assertIn(message, self.secret(*arguments, stdin=b"y", expect=1).err)
            self.assertEqual(self.vault.read_bytes(), content)
        self.vault.write_bytes(good)
        self.vault.chmod(0o640)
        self.assertIn("chmod go=", self.secret("list", expect=1).err)

    def test_the_format_is_what_is_written_about_it(self):
        """A second opinion: the vault opens with Python's own HKDF and HMAC, and AES from the library."""
        self.make_key()
        self.secret("set", "acme", stdin=CANARY.encode())
        key = bytes.fromhex((self.folder / "vault.key").read_text().strip())
        self.assertEqual(open_vault(self.vault.read_bytes(), key), {"acme": CANARY.encode()})


class Prompts(Secrets):
    def make_by_prompt(self):
        terminal = Terminal(self, "secret", "set", "acme")
        terminal.expect("new passphrase of the vault: ")
        terminal.type(PASSPHRASE)
        terminal.expect("the same again: ")
        terminal.type(PASSPHRASE)
        terminal.expect("value of the secret: ")
        terminal.type(CANARY)
        terminal.expect("the same again: ")
        terminal.type(CANARY)
        status, shown = terminal.finish()
        self.assertEqual(status, 0, shown)
        self.assertIn("stored 'acme'", shown)

    def ask(self, *arguments, answers):
        terminal = Terminal(self, "secret", *arguments)
        for question, answer in answers:
            terminal.expect(question)
            terminal.type(answer)
        return terminal.finish()

    def test_passphrase_and_value_are_asked_twice_and_not_shown(self):
        self.make_by_prompt()
        status, shown = self.ask("list", answers=[("passphrase of the vault", PASSPHRASE)])
        self.assertEqual(status, 0, shown)
        self.assertIn("acme", shown)
        self.assert_nowhere(CANARY, PASSPHRASE)

    def test_a_wrong_passphrase_is_found_out_before_the_value_is_asked(self):
        self.make_by_prompt()
        status, shown = self.ask("set", "beta", answers=[("passphrase of the vault", "wrong " + CANARY)])
        self.assertEqual(status, 1, shown)
        self.assertIn("the passphrase is wrong", shown)
        self.assertNotIn("value of", shown)
        self.assert_nowhere(CANARY, PASSPHRASE)

    def test_entries_that_differ_store_nothing(self):
        status, shown = self.ask("set", "acme", answers=[("new passphrase", PASSPHRASE), ("again", PASSPHRASE + "x")])
        self.assertEqual(status, 1, shown)
        self.assertIn("differ", shown)
        self.assertFalse(self.vault.exists())
        self.assert_nowhere(PASSPHRASE)

    def test_a_passphrase_for_a_value_from_standard_input(self):
        self.make_by_prompt()
        reading, writing = os.pipe()
        os.write(writing, f"{CANARY}2\n".encode())
        os.close(writing)
        terminal = Terminal(self, "secret", "set", "beta", stdin=reading)
        os.close(reading)
        terminal.expect("passphrase of the vault")
        terminal.type(PASSPHRASE)
        status, shown = terminal.finish()
        self.assertEqual(status, 0, shown)
        self.assertIn("stored 'beta'", shown)
        self.assert_nowhere(CANARY, PASSPHRASE)

    def test_a_new_passphrase(self):
        self.make_by_prompt()
        status, shown = self.ask("rotate", "--passphrase", answers=[("passphrase of the vault", PASSPHRASE), ("new passphrase", "canary-second-one"),
                                                                    ("again", "canary-second-one")])
        self.assertEqual(status, 0, shown)
        self.assertEqual(self.ask("list", answers=[("passphrase", PASSPHRASE)])[0], 1)
        self.assertEqual(self.ask("list", answers=[("passphrase", "canary-second-one")])[0], 0)
        self.assert_nowhere(CANARY, PASSPHRASE, "canary-second-one")

    def test_from_a_passphrase_to_a_key(self):
        self.make_by_prompt()
        status, shown = self.ask("export-key", "vault.key", answers=[("passphrase of the vault", PASSPHRASE)])
        self.assertEqual(status, 0, shown)
        self.write("feedmill.yaml", "vault_key: file:vault.key\n")
        self.assertEqual(self.names(), ["acme"])
        self.secret("rotate")
        (self.folder / "feedmill.yaml").unlink()
        status, shown = self.ask("list", answers=[])
        self.assertEqual(status, 1, shown)
        self.assertIn("opens with a key only", shown)
        self.assert_nowhere(CANARY, PASSPHRASE)

    def test_a_signal_at_the_prompt_leaves_the_terminal_as_it_was(self):
        import termios
        terminal = Terminal(self, "secret", "set", "acme")
        before = termios.tcgetattr(terminal.master)
        terminal.expect("new passphrase of the vault: ")
        self.assertFalse(termios.tcgetattr(terminal.master)[3] & termios.ECHO)
        os.write(terminal.master, b"\x03")
        terminal.expect("signal")
        after = termios.tcgetattr(terminal.master)
        status, shown = terminal.finish()
        self.assertEqual(status, 128 + signal.SIGINT, shown)
        self.assertEqual(after[3], before[3])
        self.assertFalse(self.vault.exists())


class Process(Secrets):
    def test_nothing_of_a_value_can_be_seen_from_outside(self):
        """While the value is in the program, /proc and the environment of a command it starts show nothing of it."""
        self.make_key()
        self.write("look.sh", "#!/bin/sh\ntr '\\0' '\\n' < /proc/$PPID/environ > environ.txt; tr '\\0' '\\n' < /proc/$PPID/cmdline > cmdline.txt\n"
                              "env > own.txt; cat vault.key\n").chmod(0o700)
        self.write("feedmill.yaml", "vault_key: command:./look.sh\n")
        program = subprocess.Popen([BINARY, "secret", "set", "acme"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment, cwd=self.folder)
        with program:
            program.stdin.write(CANARY.encode())
            program.stdin.flush()
            # It has the value once the pipe is empty, and waits for the pipe's end.
            end = time.monotonic() + WAIT_SECONDS
            while pending(program.stdin) > 0 and time.monotonic() < end:
                select.select([], [], [], 0.01)
            for name in ("cmdline", "environ", "status"):
                with contextlib.suppress(PermissionError):
                    with open(f"/proc/{program.pid}/{name}", "rb") as file:
                        self.assertNotIn(b"canary", file.read())
            with open(f"/proc/{program.pid}/limits", encoding="ascii") as file:
                self.assertRegex(file.read(), r"Max core file size +0 +0 ")
            out, err = program.communicate()
        self.assertEqual(program.returncode, 0, err)
        self.seen += out + err
        self.assertEqual(self.names(), ["acme"])
        self.assert_nowhere(CANARY)

    @unittest.skipIf(SANITIZED, "the memory of a program under a sanitizer is laid out otherwise")
    def test_values_are_locked_in_memory(self):
        self.make_key()
        program = subprocess.Popen([BINARY, "secret", "set", "acme"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env=self.environment, cwd=self.folder)
        with program:
            program.stdin.write(CANARY.encode())
            program.stdin.flush()
            end = time.monotonic() + WAIT_SECONDS
            while pending(program.stdin) > 0 and time.monotonic() < end:
                select.select([], [], [], 0.01)
            with open(f"/proc/{program.pid}/status", encoding="ascii") as file:
                locked = int(re.search(r"VmLck:\s+(\d+) kB", file.read()).group(1))
            self.assertGreaterEqual(locked, 64)
            program.communicate()
        self.assertEqual(program.returncode, 0)

    def test_a_killed_rotation_loses_nothing(self):
        """By SIGKILL at instants that differ, beside the unit tests that kill at every call."""
        self.make_key()
        for number in range(20):
            self.secret("set", f"s{number}", stdin=f"{CANARY}{number}".encode())
        killed = 0
        for attempt in range(40):
            program = subprocess.Popen([BINARY, "secret", "rotate"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, cwd=self.folder)
            with program:
                select.select([program.stdout], [], [], attempt * 0.001)
                program.kill()
                program.communicate()
            killed += program.returncode == -signal.SIGKILL
        self.assertGreater(killed, 5)
        self.assertEqual(len(self.names()), 20)
        key = bytes.fromhex((self.folder / "vault.key").read_text().strip())
        self.assertEqual(open_vault(self.vault.read_bytes(), key), {f"s{n}": f"{CANARY}{n}".encode() for n in range(20)})
        self.secret("rotate")
        self.assertEqual({path.name for path in self.vault.parent.iterdir()}, {"vault", "vault-lock"})


def pending(pipe):
    """Bytes in a pipe that its reader has not taken."""
    import fcntl
    import termios
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]


# --- a reader of vaults by the description in secret/vault_format.h ---

def hkdf(key, salt, info, size=32):
    """RFC 5869 with SHA-256, one block."""
    secret = hmac.digest(salt, key, "sha256")
    return hmac.digest(secret, info + b"\x01", "sha256")[:size]


def gcm_open(key, nonce, associated, text, tag):
    """AES-256-GCM by the library itself, for Python has none."""
    crypto = ctypes.CDLL(ctypes.util.find_library("crypto"))
    crypto.EVP_CIPHER_CTX_new.restype = ctypes.c_void_p
    crypto.EVP_aes_256_gcm.restype = ctypes.c_void_p
    context = ctypes.c_void_p(crypto.EVP_CIPHER_CTX_new())
    plain, size = ctypes.create_string_buffer(len(text) + 16), ctypes.c_int()
    try:
        steps = [crypto.EVP_DecryptInit_ex(context, ctypes.c_void_p(crypto.EVP_aes_256_gcm()), None, key, nonce),
                 crypto.EVP_DecryptUpdate(context, None, ctypes.byref(size), associated, len(associated)),
                 crypto.EVP_DecryptUpdate(context, plain, ctypes.byref(size), text, len(text)),
                 crypto.EVP_CIPHER_CTX_ctrl(context, 0x11, 16, tag),
                 crypto.EVP_DecryptFinal_ex(context, ctypes.create_string_buffer(16), ctypes.byref(size))]
    finally:
        crypto.EVP_CIPHER_CTX_free(context)
    if steps != [1] * 5:
        raise ValueError("not authentic")
    return plain.raw[:len(text)]


def open_vault(content, key):
    """All values of a vault that `key` opens; raises ValueError where anything does not fit."""
    if content[:8] != b"FMVAULT\x01" or struct.unpack(">I", content[8:12])[0] != len(content):
        raise ValueError("no vault")
    if hashlib.sha256(content[:-32]).digest() != content[-32:]:
        raise ValueError("checksum")
    identifier, count, at, data_key = content[12:20], content[20], 21, None
    for _ in range(count):
        head, nonce, wrapped, tag = content[at:at + 36], content[at + 36:at + 48], content[at + 48:at + 80], content[at + 80:at + 96]
        at += 96
        if head[0] == 2:
            slot_key = hkdf(key, head[20:36], b"feedmill vault key")
            with contextlib.suppress(ValueError):
                data_key = gcm_open(slot_key, nonce, b"feedmill vault key\x01" + identifier + head, wrapped, tag)
    if data_key is None:
        raise ValueError("key")
    if hmac.digest(hkdf(data_key, identifier, b"feedmill vault seal"), content[:-64], "sha256") != content[-64:-32]:
        raise ValueError("seal")
    entry_key, values = hkdf(data_key, identifier, b"feedmill vault secret"), {}
    total, at = struct.unpack(">I", content[at:at + 4])[0], at + 4
    for _ in range(total):
        end = at + 1 + content[at] + 20
        head, size = content[at:end], struct.unpack(">I", content[end - 4:end])[0]
        nonce, text, tag = content[end:end + 12], content[end + 12:end + 12 + size], content[end + 12 + size:end + 28 + size]
        values[head[1:1 + head[0]].decode()] = gcm_open(entry_key, nonce, b"feedmill vault secret\x01" + identifier + head, text, tag)
        at = end + 28 + size
    if at != len(content) - 64:
        raise ValueError("something stands behind the entries")
    return values


if __name__ == "__main__":
    unittest.main()
