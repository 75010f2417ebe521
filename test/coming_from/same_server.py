#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs one line server of examples/coming_from and holds it to its promises.

    same_server.py BIN PROGRAM[:PATTERN]

Exits 77 when the program was not built, because its library is not there.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys

BOUND = 30        # seconds, for whatever should come at once
LONG = 60000      # milliseconds, longer than BOUND: who waits for it fails
LINE_MAX = 1000   # bytes, with the newline
SKIPPED = 77


@contextlib.contextmanager
def server(command):
    """Yields (process, port); kills what is left of it."""
    child = subprocess.Popen(command, stdout=subprocess.PIPE)
    try:
        line = child.stdout.readline().decode()
        assert line.startswith("listening on 127.0.0.1:"), line
        yield child, int(line.rsplit(":", 1)[1])
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), BOUND)


def read_line(sock):
    line = b""
    while not line.endswith(b"\n"):
        piece = sock.recv(1)
        assert piece, f"closed after {line!r}"
        line += piece
    return line


def ask(sock, line):
    sock.sendall(line + b"\n")
    return read_line(sock)


def stop(child):
    child.send_signal(signal.SIGTERM)
    status = child.wait(BOUND)
    assert status == 0, f"exit status {status}"


def a_line_is_answered_in_capitals(command):
    with server(command) as (child, port), connect(port) as sock:
        assert ask(sock, b"hello") == b"HELLO\n"
        sock.sendall(b"in two ")
        assert ask(sock, b"pieces") == b"IN TWO PIECES\n"
        stop(child)
        assert sock.recv(1) == b""


def answers_come_in_the_order_of_requests(command):
    lines = [b"wait 20" if n % 50 == 0 else b"line %d" % n
             for n in range(500)]
    with server(command) as (child, port), connect(port) as sock:
        sock.sendall(b"".join(line + b"\n" for line in lines))
        for line in lines:
            answer = read_line(sock)
            assert answer == line.upper() + b"\n", (line, answer)
        stop(child)


def who_asks_slowly_keeps_nobody_waiting(command):
    with server(command) as (_, port), connect(port) as slow:
        slow.sendall(b"wait %d\n" % LONG)
        for _ in range(3):
            with connect(port) as quick:
                assert ask(quick, b"quick") == b"QUICK\n"


def the_last_lines_are_answered_after_fin(command):
    with server(command) as (child, port), connect(port) as sock:
        sock.sendall(b"wait 20\none\ntwo\nhalf")
        sock.shutdown(socket.SHUT_WR)
        for answer in (b"WAIT 20\n", b"ONE\n", b"TWO\n"):
            assert read_line(sock) == answer
        assert sock.recv(1) == b""
        stop(child)


def what_has_arrived_is_answered_before_the_end(command):
    with server(command) as (child, port), connect(port) as sock, \
            connect(port) as idle:
        assert ask(sock, b"accepted") == b"ACCEPTED\n"
        assert ask(idle, b"accepted") == b"ACCEPTED\n"
        sock.sendall(b"wait 300\none\ntwo\nhalf")
        stop(child)
        for answer in (b"WAIT 300\n", b"ONE\n", b"TWO\n"):
            assert read_line(sock) == answer
        assert sock.recv(1) == b""
        assert idle.recv(1) == b""


def a_line_has_a_limit(command):
    with server(command) as (child, port):
        with connect(port) as sock:
            longest = b"x" * (LINE_MAX - 1)
            assert ask(sock, longest) == longest.upper() + b"\n"
        with connect(port) as sock:
            sock.sendall(b"x" * LINE_MAX)
            with contextlib.suppress(ConnectionResetError):
                assert sock.recv(1) == b""
        stop(child)


def a_peer_that_is_gone_harms_nobody(command):
    with server(command) as (child, port):
        for _ in range(20):
            with connect(port) as sock:
                # Reset by close: the answers meet a connection that is gone.
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                b"\1\0\0\0\0\0\0\0")
                sock.sendall(b"wait 20\none\n" * 20)
        with connect(port) as sock:
            assert ask(sock, b"still here") == b"STILL HERE\n"
        stop(child)


def main():
    folder, name = sys.argv[1:3]
    program, _, pattern = name.partition(":")
    path = os.path.join(folder, program)
    if not os.path.exists(path):
        print(f"skipped: {program} was not built, its library is not here")
        return SKIPPED
    command = [path, "0"]
    if pattern:
        command = [path, "--listen", "127.0.0.1:0", "--pattern", pattern,
                   "--set", "deadlines.linger=100ms"]
    for test in (a_line_is_answered_in_capitals,
                 answers_come_in_the_order_of_requests,
                 who_asks_slowly_keeps_nobody_waiting,
                 the_last_lines_are_answered_after_fin,
                 what_has_arrived_is_answered_before_the_end,
                 a_line_has_a_limit,
                 a_peer_that_is_gone_harms_nobody):
        test(command)
        print(f"{test.__name__}: passed", flush=True)
    return 0


sys.exit(main())
