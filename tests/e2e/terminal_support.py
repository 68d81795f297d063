"""The program on a terminal, as a person has it."""

import contextlib
import os
import pty
import select
import time

from support import BINARY

WAIT_SECONDS = 120


class Terminal:
    """The program on a terminal of its own, as its session's."""

    def __init__(self, case, *arguments, stdin=None):
        self.case = case
        self.shown = b""
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(case.folder)
            if stdin is not None:
                os.dup2(stdin, 0)
            os.execve(BINARY, [BINARY, *map(str, arguments)], {**case.environment, "TERM": "xterm"})

    def expect(self, text):
        """Wait until `text` is shown; what was before it is dropped."""
        end = time.monotonic() + WAIT_SECONDS
        while text.encode() not in self.shown:
            ready, _, _ = select.select([self.master], [], [], max(0, end - time.monotonic()))
            piece = b""
            if ready:
                with contextlib.suppress(OSError):  # the other side is closed
                    piece = os.read(self.master, 65536)
            if not piece:
                self.case.fail(f"{text!r} is not in {self.shown!r}")
            self.case.seen += piece
            self.shown += piece
        self.shown = self.shown.split(text.encode(), 1)[1]

    def type(self, text):
        os.write(self.master, text.encode() + b"\n")

    def finish(self):
        """Everything that is still shown, and the exit status."""
        with contextlib.suppress(OSError):
            while piece := os.read(self.master, 65536):
                self.shown += piece
                self.case.seen += piece
        _, status = os.waitpid(self.pid, 0)
        os.close(self.master)
        return os.waitstatus_to_exitcode(status), self.shown.decode()
