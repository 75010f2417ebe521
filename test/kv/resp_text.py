# SPDX-License-Identifier: BSD-2-Clause
"""RESP2 and RESP3 as far as the tests of kv need them."""


LINES = {b"+": "status", b"-": "error", b":": "integer", b"_": "null",
         b",": "double", b"#": "boolean", b"(": "big number"}


class Reader:
    """Cuts a stream of replies into single ones, without understanding."""

    def __init__(self, data):
        self.data = data
        self.at = 0

    def line(self):
        end = self.data.index(b"\r\n", self.at)
        line = self.data[self.at:end]
        self.at = end + 2
        return line

    def skip(self):
        """Moves behind one reply; returns its shape."""
        line = self.line()
        kind, rest = line[:1], line[1:]
        if kind in (b"$", b"="):
            length = int(rest)
            self.at += length + 2 if length >= 0 else 0
            if length < 0:
                return "null"
            return "bulk" if kind == b"$" else "verbatim"
        if kind in (b"*", b"~"):
            elements = [self.skip() for _ in range(max(int(rest), 0))]
            return elements if kind == b"*" else {"set": elements}
        if kind == b"%":
            return {"map": [self.skip() for _ in range(2 * int(rest))]}
        return LINES[kind]

    def next(self):
        """The bytes of the next reply; IndexError, ValueError if cut."""
        start = self.at
        self.skip()
        if self.at > len(self.data):
            raise ValueError("cut")
        return self.data[start:self.at]


def split(data):
    """All whole replies of a stream, and what is left behind them."""
    reader = Reader(data)
    replies = []
    while reader.at < len(data):
        start = reader.at
        try:
            replies.append(reader.next())
        except (ValueError, KeyError, IndexError):
            return replies, data[start:]
    return replies, b""


def shape(reply):
    return Reader(reply).skip()


def array(words):
    """A command as clients send it."""
    parts = [b"*%d\r\n" % len(words)]
    parts += [b"$%d\r\n%s\r\n" % (len(word), word) for word in words]
    return b"".join(parts)
