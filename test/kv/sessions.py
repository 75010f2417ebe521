# SPDX-License-Identifier: BSD-2-Clause
"""Plays the scenes of a file to two servers and compares their replies.

A scene has connections of its own, named a, b and so on, and begins with
empty databases. Its steps are done one after the other: what a step sends
goes out in one write, and all of its replies are in before the next step. So
a scene says what happens first, on whatever connection. The first lines of
sessions.txt say how it is written.
"""

import re
import time

import resp_text as resp
import servers

ID = re.compile(rb"(\$2\r\nid\r\n):\d+\r\n")


def without_id(replies):
    """HELLO's replies name the connection; the two servers count apart."""
    return ID.sub(rb"\1:0\r\n", replies)


class Scene:
    def __init__(self, name):
        self.name = name
        self.steps = []  # (the line, who, what)


class Command:
    """One command of a step, and how its replies are compared."""

    def __init__(self, text, words_of):
        self.mark = text[0] if text[:2] in ("? ", "+ ") else "="
        words = words_of(text[2:] if self.mark != "=" else text)
        self.sent = resp.array(words)

    def problem(self, expected, got):
        if self.mark == "?":
            expected, got = resp.shape(expected), resp.shape(got)
        if self.mark == "+":
            return "an error" if got.startswith(b"-") else None
        return None if expected == got else "another reply"


def read_scenes(path, words_of):
    scenes = []
    with open(path, encoding="ascii") as lines:
        for line in lines:
            line = line.rstrip("\n")
            if line == "" or line.startswith("#"):
                continue
            if line.startswith("--- "):
                scenes.append(Scene(line[4:]))
            elif line.startswith("= "):
                scenes.append(watch_scene(line, words_of))
            else:
                add_step(scenes[-1], line, words_of)
    return scenes


def add_step(scene, line, words_of):
    who, what = line.split(" ", 1)
    if who == "wait":
        scene.steps.append((line, who, float(what) / 1000))
    elif what == "leaves":
        scene.steps.append((line, who, None))
    else:
        scene.steps.append((line, who, [
            Command(text, words_of) for text in what.split(" ; ")]))


def watch_scene(line, words_of):
    """"= SETUP | WRITE": does this write touch a key that another watches?"""
    setup, write = line[2:].split("| ")
    scene = Scene(line)
    if setup.strip() != "":
        add_step(scene, f"a {setup.strip()}", words_of)
    for step in ("a WATCH k", f"b {write}", "a MULTI ; PING ; EXEC"):
        add_step(scene, step, words_of)
    return scene


class Players:
    """A scene's connections to one server."""

    def __init__(self, port, protocol):
        self.port = port
        self.protocol = protocol
        self.connections = {}

    def talk(self, who, sent, count):
        """Sends, and returns `count` replies; fewer when the server closes."""
        connection = self.connections.get(who)
        if connection is None:
            connection = servers.connect(self.port)
            self.connections[who] = connection
            if self.protocol == 3:
                self.talk(who, resp.array([b"HELLO", b"3"]), 1)
        connection.sendall(sent)
        got = bytearray()
        replies = []
        while len(replies) < count:
            part = connection.recv(65536)
            if part == b"":
                break
            got += part
            replies = resp.split(without_id(bytes(got)))[0]
        return replies

    def leave(self, who):
        self.connections.pop(who).close()

    def leave_all(self):
        for who in list(self.connections):
            self.leave(who)


def play_step(scene, line, commands, both, who):
    sent = b"".join(command.sent for command in commands)
    expected, got = (players.talk(who, sent, len(commands))
                     for players in both)
    for i, command in enumerate(commands):
        one, other = expected[i:i + 1], got[i:i + 1]
        problem = command.problem(one[0], other[0]) if one and other \
            else None if one == other else "the stream ends"
        if problem is not None:
            raise servers.Failed(
                f"scene {scene.name}, RESP{both[0].protocol}: {line}\n"
                f"  command {i + 1}: {problem}\n"
                f"  redis {one}\n  kv    {other}")


def play(scene, ports, protocol):
    both = [Players(port, protocol) for port in ports]
    try:
        for players in both:
            players.talk("first", resp.array([b"FLUSHALL"]), 1)
        for line, who, what in scene.steps:
            if who == "wait":
                # Keys that end at a time are over when it has come.
                time.sleep(what)
            elif what is None:
                for players in both:
                    players.leave(who)
            else:
                play_step(scene, line, what, both, who)
    finally:
        for players in both:
            players.leave_all()


def check_watch_coverage(scenes, port):
    """Each command on keys has a scene that says whether it touches them."""
    with servers.connect(port) as connection:
        connection.sendall(resp.array([b"COMMAND"]))
        got = bytearray()
        while not resp.split(bytes(got))[0]:
            got += connection.recv(65536)
    names = set(re.findall(
        rb"\*6\r\n\$\d+\r\n(\w+)\r\n:-?\d+\r\n\*0\r\n:1\r\n", bytes(got)))
    seen = {re.split(r"\| ", scene.name)[1].split()[0].lower().encode()
            for scene in scenes if scene.name.startswith("= ")}
    if not names or names - seen:
        raise servers.Failed(
            f"no scene watches a key of {sorted(names - seen)}")


def compare(ports, path, words_of):
    scenes = read_scenes(path, words_of)
    check_watch_coverage(scenes, ports[1])
    for scene in scenes:
        for protocol in (2, 3):
            play(scene, ports, protocol)
    print(f"sessions: {len(scenes)} scenes, equal in RESP2 and RESP3")
