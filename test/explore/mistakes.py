#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
#
# What the explorer for users finds, it says, shows in columns, and finds again
# by its seed; and where nothing is wrong it says so.
#
#   mistakes.py SENTENCE COLUMN,... COMMAND...    the sentence: a pattern, or
#                                                 `none`

import os
import re
import shlex
import subprocess
import sys

sentence, columns, *command = sys.argv[1:]


def run(arguments):
    done = subprocess.run(arguments, text=True, timeout=250,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode in (0, 1) and not done.stderr, (
        f"exit {done.returncode}: {done.stdout}{done.stderr}")
    return done.returncode, done.stdout


def schedule_of(text):
    """The head of the columns, the steps, and the sentence."""
    lines = text.splitlines()
    heads = [i for i, line in enumerate(lines)
             if all(name in line for name in columns.split(","))
             and not line.lstrip()[:1].isdigit()]
    assert heads, f"no columns in:\n{text}"
    failed = [i for i, line in enumerate(lines) if line.startswith("failed: ")]
    assert len(failed) == 1, text
    return lines[heads[0]:failed[0] + 1]


code, text = run(command)
if sentence == "none":
    assert code == 0, text
    lines = text.splitlines()
    assert all(re.match(r"\S+ +\d+ schedules, .*: all went well$", line)
               for line in lines), text
    assert len(lines) == int(os.environ["PATTERNS"]), text
    sys.exit()

assert code == 1, f"not found:\n{text}"
shown = schedule_of(text)
assert re.search(sentence, shown[-1]), f"not '{sentence}':\n{text}"
assert re.search(sentence, shown[-3]), f"not the last step:\n{text}"
again = shlex.split(re.search(r"^again: (.*)$", text, re.M).group(1))
again[1:1] = [command[1]] if len(command) > 1 and command[1][0] != "-" else []
for _ in range(2):
    code, text = run(again)
    assert code == 1 and schedule_of(text) == shown, text
code, text = run(again + ["--verbose"])
assert code == 1 and len(schedule_of(text)) > len(shown), text
