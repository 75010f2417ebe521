#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
#
# A classic of examples/broken is found and shown, its schedules can be seen
# again, and its repaired twin passes.
#
#   twins.py BROKEN NAME THREAD...     the threads are the columns

import re
import subprocess
import sys

program, name, *threads = sys.argv[1:]
RANDOM = re.compile(r"^(\d+) random schedules of (\d+), [\d.]+ s: (.*)$", re.M)
LINE = re.compile(r"^ *(\d+)  (.*)$", re.M)


def run(*arguments):
    done = subprocess.run([program, name, *arguments], text=True, timeout=120,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert done.returncode in (0, 1) and not done.stderr, (
        f"{arguments}: exit {done.returncode}: {done.stderr}")
    return done.returncode, done.stdout


def violated(text):
    found = re.findall(r"^violated  (.+)$", text, re.M)
    assert len(found) == 1, f"not one violation in:\n{text}"
    return found[0]


def columns_of(text):
    """The lines of the schedule, and where each column begins."""
    heads = [line for line in text.splitlines() if threads[0] in line
             and not LINE.match(line)]
    assert heads, f"no head of columns in:\n{text}"
    starts = [heads[0].find(thread) for thread in threads]
    assert -1 not in starts and starts == sorted(set(starts)), heads[0]
    return starts, [line for line in text.splitlines() if LINE.match(line)]


def check_columns(text, reason):
    """Each thread does something, in its own column; the end says why."""
    starts, lines = columns_of(text)
    used = set()
    for line in lines:
        at = len(line) - len(re.sub(r"^ *\d+ *", "", line))
        used.add(at)
    assert used.issuperset(starts), f"columns at {used}, not {starts}:\n{text}"
    assert reason in lines[-1], f"the last line is not '{reason}':\n{text}"
    assert re.search(r" \w+\.c:\d+ \w+$", text, re.M), "no places"


def check_broken():
    code, text = run()
    count, most, said = RANDOM.search(text).groups()
    assert code == 1, f"not found:\n{text}"
    assert said.startswith("violated: "), said
    shown = violated(text)
    check_columns(text, shown)

    path = re.search(r"--replay '(.*)'$", text, re.M).group(1)
    code, again = run("--replay", path)
    assert code == 1 and violated(again) == shown
    assert columns_of(again) == columns_of(text), f"another schedule:\n{again}"

    seed = re.search(r"--seed (\d+)$", text, re.M).group(1)
    for _ in range(2):
        code, again = run("--seed", seed)
        assert code == 1 and "violated: " + violated(again) == said, again
        check_columns(again, violated(again))
    assert int(count) <= int(most)
    return most, path, seed


def check_repaired(most, path, seed):
    code, text = run("--repaired")
    count, of, said = RANDOM.search(text).groups()
    assert code == 0 and said == "the rule held", text
    assert count == of == most, f"not as many schedules:\n{text}"
    assert re.search(r"^all \d+ schedules .*: the rule held$", text, re.M)
    for which in (("--replay", path), ("--seed", seed)):
        code, text = run("--repaired", *which)
        assert code == 0 and "held in this schedule" in text, text


check_repaired(*check_broken())
if name == "lost-wake":
    # It takes a store buffer: interleaving alone does not show it.
    assert run("--memory", "strong")[0] == 0
