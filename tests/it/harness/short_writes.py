#!/usr/bin/env python3
"""short_writes.py COUNT PROGRAM ARGUMENT...

Runs a program and has the kernel write only half of what each call asks for: `write` and `pwrite64` to
a regular file are entered with half their length (ptrace changes the argument, not the answer), so the
kernel does write that half and says so. The file COUNT gets the number of calls that were shortened.
"""

import ctypes
import os
import platform
import signal
import stat
import struct
import sys

TRACEME, CONT_TO_SYSCALL, SETOPTIONS, GET_SYSCALL_INFO, SET_SYSCALL_INFO = 0, 24, 0x4200, 0x420E, 0x4212
POKEUSER, RDX = 6, 12 * 8
# TRACESYSGOOD, TRACEFORK, TRACEVFORK, TRACECLONE, TRACEEXEC, EXITKILL
OPTIONS = 1 | 2 | 4 | 8 | 16 | 1 << 20
WALL, SYSCALL_STOP, ENTRY = 0x40000000, signal.SIGTRAP | 0x80, 1
WRITES = (1, 18) if platform.machine() == "x86_64" else (64, 68)

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]
libc.ptrace.restype = ctypes.c_long


def ptrace(request, thread, address=None, data=None):
    result = libc.ptrace(request, thread, address, data)
    if result == -1 and ctypes.get_errno():
        raise OSError(ctypes.get_errno(), f"ptrace {request:#x}")
    return result


def is_file(thread, descriptor):
    try:
        return stat.S_ISREG(os.stat(f"/proc/{thread}/fd/{descriptor}").st_mode)
    except OSError:
        return False


def shorten(thread):
    """Halves the length of a write that is about to be made; says whether it did."""
    info = ctypes.create_string_buffer(88)
    ptrace(GET_SYSCALL_INFO, thread, 88, ctypes.cast(info, ctypes.c_void_p))
    number, descriptor, _, length = struct.unpack_from("<4Q", info, 24)
    if info.raw[0] != ENTRY or number not in WRITES or length < 2 or not is_file(thread, descriptor):
        return False
    if platform.machine() == "x86_64":
        ptrace(POKEUSER, thread, RDX, length // 2)
    else:
        struct.pack_into("<Q", info, 24 + 3 * 8, length // 2)
        ptrace(SET_SYSCALL_INFO, thread, 88, ctypes.cast(info, ctypes.c_void_p))
    return True


def main(count_file, words):
    child = os.fork()
    if child == 0:
        ptrace(TRACEME, 0)
        os.kill(os.getpid(), signal.SIGSTOP)
        os.execv(words[0], words)
    os.waitpid(child, 0)
    ptrace(SETOPTIONS, child, None, OPTIONS)
    ptrace(CONT_TO_SYSCALL, child)
    shortened, exit_status = 0, 1
    while True:
        try:
            thread, status = os.waitpid(-1, WALL)
        except ChildProcessError:
            break
        if not os.WIFSTOPPED(status):
            if thread == child:
                exit_status = os.waitstatus_to_exitcode(status)
            continue
        sent = os.WSTOPSIG(status)
        if sent == SYSCALL_STOP:
            shortened += shorten(thread)
        # Stops that tracing itself makes are not passed on as signals.
        passed = None if sent in (SYSCALL_STOP, signal.SIGTRAP, signal.SIGSTOP) else sent
        ptrace(CONT_TO_SYSCALL, thread, None, passed)
    with open(count_file, "w") as file:
        file.write(str(shortened))
    sys.exit(exit_status if exit_status >= 0 else 128 - exit_status)


main(sys.argv[1], sys.argv[2:])
