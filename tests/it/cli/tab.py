"""Presses Tab in a real shell.

    tab.py SHELL CASES STUB

SHELL is bash, zsh or fish, CASES a table such as tab.txt, STUB the completion script to source.
The environment has rsv in its PATH and the variables that lead it to a home. The shell runs on a
pseudo-terminal without anybody's configuration. For each case the line is typed, Tab is pressed,
and the shell itself says through a pipe what its line editor holds then: nothing is read off the
screen. Prints what failed; exits with 1 if anything did.
"""

import codecs
import fcntl
import os
import pty
import re
import select
import shlex
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time

CURSOR = "█"
SHELLS = ("bash", "zsh", "fish")
SHOW, CLEAR = b"\x02", b"\x06"  # Ctrl-B says what the line is; Ctrl-F does and empties it.
PATIENCE = 20  # seconds for any one answer
QUIET = 0.03

START = {
    "bash": ["bash", "--norc", "--noprofile", "-i"],
    "zsh": ["zsh", "-f", "-i"],
    "fish": ["fish", "--no-config", "--private", "-i"],
}

SETUP = {
    "bash": r"""
PS1='> '
unset HISTFILE
bind 'set completion-query-items 0'
bind 'set page-completions off'
bind 'set bell-style none'
__tab_show() { printf '%s\0' "$READLINE_LINE" > "$TAB_PIPE"; }
__tab_clear() { __tab_show; READLINE_LINE=; READLINE_POINT=0; }
bind -x '"\C-b": __tab_show'
bind -x '"\C-f": __tab_clear'
source "$TAB_STUB"
printf 'ready\0' > "$TAB_PIPE"
""",
    "zsh": r"""
PS1='> ' LISTMAX=100000
unsetopt beep
autoload -Uz compinit
compinit -u -D
__tab_show() { printf '%s\0' "$BUFFER" > "$TAB_PIPE"; }
__tab_clear() { __tab_show; zle -I; BUFFER= }
zle -N __tab_show
zle -N __tab_clear
bindkey -e
bindkey '^B' __tab_show
bindkey '^F' __tab_clear
source "$TAB_STUB"
printf 'ready\0' > "$TAB_PIPE"
""",
    "fish": r"""
function fish_prompt; echo '> '; end
function fish_greeting; end
set -g fish_autosuggestion_enabled 0
# --no-config leaves out what fish itself brings along, such as how to complete behind 'if'.
set -g fish_complete_path $__fish_data_dir/completions
function __tab_show; printf '%s\0' (commandline | string collect) > $TAB_PIPE; end
function __tab_clear; __tab_show; commandline ''; end
fish_default_key_bindings
bind \cb __tab_show
bind \cf __tab_clear
source $TAB_STUB
printf 'ready\0' > $TAB_PIPE
""",
}


class Case:
    """One entry of the table: what is typed, and the line that follows in each shell."""

    def __init__(self, name):
        self.name, self.typed, self.wanted, self.limits = name, None, {}, set()


def complain(at, what):
    sys.exit(f"tab.py: line {at + 1} of the table: {what}")


def read_table(path):
    """Gives the cases, in order, with the names in braces replaced by what rsv says."""
    with open(path, encoding="utf-8") as file:
        lines = file.read().split("\n")
    cases, known = [], {}
    for at, line in enumerate(lines):
        key, _, rest = line.strip().partition(" ")
        rest = rest.lstrip()
        if not key or key.startswith("#"):
            continue
        if key == "let":
            name, _, command = rest.partition(" = ")
            known[name] = ask_rsv(fill(command, known))
        elif key == "case":
            cases.append(Case(rest))
        elif not cases:
            complain(at, "no case has begun")
        else:
            limit = key == "limit"
            if limit:
                key, _, rest = rest.partition(" ")
                rest = rest.lstrip()
            if rest.count(CURSOR) != 1 or not rest.endswith(CURSOR):
                complain(at, "a line ends with the cursor")
            text = fill(rest[: -len(CURSOR)], known)
            case = cases[-1]
            if key == "type" and case.typed is None and not limit:
                case.typed = text
            elif key == "all" and not limit:
                case.wanted.update((shell, text) for shell in SHELLS)
            elif key in SHELLS:
                case.wanted[key] = text
                if limit:
                    case.limits.add(key)
            else:
                complain(at, f"'{key}' means nothing here")
    for case in cases:
        if case.typed is None or len(case.wanted) != len(SHELLS):
            sys.exit(f"tab.py: the case '{case.name}' is not complete")
    return cases


def fill(text, known):
    """Replaces {name}, and {name:8} by the first eight letters."""

    def value(found):
        text = known.get(found[1])
        return found[0] if text is None else text[: int(found[2] or len(text))]

    return re.sub(r"\{(\w+)(?::(\d+))?\}", value, text)


def ask_rsv(command):
    words = ["rsv", *shlex.split(command)]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
    answer = done.stdout.strip()
    if done.returncode or not answer or "\n" in answer:
        sys.exit(f"tab.py: rsv {command}: {done.stdout}{done.stderr}")
    return answer


class Shell:
    """A shell on a pseudo-terminal, and the pipe through which it answers."""

    def __init__(self, name, stub, folder):
        pipe, setup = os.path.join(folder, "pipe"), os.path.join(folder, "setup")
        os.mkfifo(pipe)
        # Open for writing, too: so it never is at an end, and the shell never waits for a reader.
        self.pipe = os.open(pipe, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(setup, "w", encoding="utf-8") as file:
            file.write(SETUP[name])
        environment = {
            key: value
            for key, value in os.environ.items()
            if key in ("PATH", "HOME", "LANG") or key.startswith(("RSV_", "XDG_"))
        }
        environment.update(
            TERM="xterm", LC_ALL="C.UTF-8", TAB_PIPE=pipe, TAB_STUB=os.path.abspath(stub)
        )
        self.screen, self.answers = bytearray(), bytearray()
        self.process, self.terminal = pty.fork()
        if self.process == 0:
            try:
                os.execvpe(START[name][0], START[name], environment)
            finally:
                os._exit(127)
        # So wide that no line is wrapped, so high that no list is cut.
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 200, 400, 0, 0))
        self.listen(0.5, PATIENCE)
        self.press(f"source {shlex.quote(setup)}\r".encode())
        if self.answer() != "ready":
            self.fail("did not start")
        self.listen(0.2, PATIENCE)

    def press(self, keys):
        while keys:
            keys = keys[os.write(self.terminal, keys) :]

    def listen(self, quiet, limit):
        """Takes what the shell writes until it has written something and then is quiet."""
        end, seen = time.monotonic() + limit, False
        while time.monotonic() < end:
            if self.take(quiet if seen else min(limit, 1)):
                seen = True
            else:
                return

    def take(self, seconds):
        """Waits for output on the screen or in the pipe; True if there was some."""
        ready, _, _ = select.select([self.terminal, self.pipe], [], [], seconds)
        if self.terminal in ready:
            try:
                data = os.read(self.terminal, 65536)
            except OSError:
                data = b""
            if not data:
                self.fail("ended")
            self.screen += data
            if b"\x1b[c" in data or b"\x1b[0c" in data:
                self.press(b"\x1b[?6c")  # newer shells ask what terminal this is
        if self.pipe in ready:
            self.answers += os.read(self.pipe, 65536)
        return bool(ready)

    def answer(self):
        end = time.monotonic() + PATIENCE
        while b"\0" not in self.answers:
            if time.monotonic() > end:
                self.fail("does not answer")
            self.take(0.1)
        text, _, rest = bytes(self.answers).partition(b"\0")
        self.answers = bytearray(rest)
        return codecs.decode(text, "utf-8", "replace")

    def line(self, key):
        self.press(key)
        return self.answer()

    def tab(self, typed):
        """What the line is after this has been typed and Tab been pressed."""
        self.press(typed.encode())
        before = self.line(SHOW)
        if before != typed:
            self.line(CLEAR)
            return f"(typing went wrong) {before}"
        self.screen.clear()
        self.press(b"\t")
        self.listen(QUIET, 0.3)
        after = self.line(CLEAR)
        left = self.line(SHOW)
        if left:
            self.fail(f"keeps '{left}' on its line")
        return after

    def fail(self, what):
        screen = bytes(self.screen[-2000:])
        self.end()
        sys.exit(f"tab.py: the shell {what}; on its screen: {screen!r}")

    def end(self):
        for number in (signal.SIGHUP, signal.SIGKILL):
            try:
                os.kill(self.process, number)
            except ProcessLookupError:
                return
            for _ in range(20):
                if os.waitpid(self.process, os.WNOHANG)[0]:
                    return
                time.sleep(0.02)


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in SHELLS:
        sys.exit(__doc__)
    name, table, stub = sys.argv[1:]
    cases = read_table(table)
    failed = limits = 0
    folder = tempfile.mkdtemp(prefix="rsv-tab-")
    try:
        shell = Shell(name, stub, folder)
        for case in cases:
            wanted = case.wanted[name]
            limits += name in case.limits
            got = shell.tab(case.typed)
            if got != wanted:
                failed += 1
                print(
                    f"{name}: {case.name}: typed '{case.typed}{CURSOR}', "
                    f"expected '{wanted}{CURSOR}', got '{got}{CURSOR}'"
                )
        shell.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if limits:
        print(f"{limits} of the cases state a limit of {name}")
    print(f"{len(cases) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
