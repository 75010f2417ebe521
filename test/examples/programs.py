#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Runs the small example servers as a user would, under one pattern.

    programs.py BIN PATTERN

BIN is the folder of the programs. Each is started on a free port, spoken to
over plain sockets, stopped by SIGTERM, and must exit 0.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile

BOUND = 30  # seconds, for whatever should come at once


@contextlib.contextmanager
def server(folder, program, pattern, *arguments):
    """Yields the port of a running program; it must drain and exit 0."""
    child = subprocess.Popen(
        [os.path.join(folder, program), "--listen", "127.0.0.1:0",
         "--pattern", pattern, *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    try:
        line = child.stdout.readline().decode()
        assert line.startswith("listening on 127.0.0.1:"), line
        yield int(line.rsplit(":", 1)[1])
        child.send_signal(signal.SIGTERM)
        status = child.wait(BOUND)
        assert status == 0, f"{program} exited {status}"
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        child.stdout.close()


def connect(port):
    return socket.create_connection(("127.0.0.1", port), BOUND)


def receive(sock, length):
    data = b""
    while len(data) < length:
        piece = sock.recv(length - len(data))
        assert piece, f"closed after {len(data)} of {length} bytes"
        data += piece
    return data


def echo_answers_with_the_same_bytes(folder, pattern):
    sent = bytes(range(256)) * 4096
    with server(folder, "echo", pattern) as port, connect(port) as sock:
        for start in range(0, len(sent), 65536):
            piece = sent[start:start + 65536]
            sock.sendall(piece)
            assert receive(sock, len(piece)) == piece
        sock.shutdown(socket.SHUT_WR)
        assert sock.recv(1) == b""


def work_answers_every_job(folder, pattern):
    with server(folder, "work", pattern) as port, connect(port) as sock:
        for job in b"ECBSF":
            request = bytes([job, 0]) + os.urandom(62)
            sock.sendall(request[:10])
            sock.sendall(request[10:])
            assert receive(sock, 64) == request[:1] + b"R" + request[2:]


def reply_later_answers_in_order(folder, pattern):
    with server(folder, "reply-later", pattern) as port:
        socks = [connect(port) for _ in range(8)]
        for sock in socks:
            sock.sendall(b"one\ntwo\nthree\n")
        for sock in socks:
            with sock, sock.makefile("rb") as lines:
                for word in (b"one", b"two", b"three"):
                    line = lines.readline()
                    assert line == word.upper() + b"\n", line


REQUESTS = {  # and how many bytes the reply has
    "echo": (b"hello", 5),
    "work": (b"E" + bytes(63), 64),
    "reply-later": (b"one\n", 4),
    "kv": (b"PING\r\n", 7),
}


def traces_are_written_by_every_program(folder, pattern):
    check = os.path.join(os.path.dirname(__file__), "..", "support",
                         "check_trace.py")
    with tempfile.TemporaryDirectory() as traces:
        for program, (request, length) in REQUESTS.items():
            files = {suffix: os.path.join(traces, f"{program}.{suffix}")
                     for suffix in ("txt", "svg", "json")}
            for file in files.values():
                with server(folder, program, pattern, "--trace", file) as port:
                    with connect(port) as sock:
                        sock.sendall(request)
                        receive(sock, length)
            with open(files["txt"], encoding="utf-8") as text:
                lines = text.read()
            title = f"{program}, {pattern.partition(':')[0]}\n"
            assert lines.startswith(title), lines
            assert "c0 on_data {" in lines, lines
            subprocess.run([sys.executable, check, files["svg"],
                            files["json"]], check=True, timeout=BOUND,
                           stdout=subprocess.DEVNULL)


def main():
    folder, pattern = sys.argv[1:3]
    for test in (echo_answers_with_the_same_bytes, work_answers_every_job,
                 reply_later_answers_in_order,
                 traces_are_written_by_every_program):
        test(folder, pattern)
        print(f"{test.__name__}: passed")


main()
