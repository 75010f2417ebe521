#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The command line of `schedule`: what is asked for is what is run.

  commands.py SCHEDULE

A selection that matches nothing is refused, a failure that is expected has to
be the one, and a run that passes is printed, by its own seed or choices.
"""

import re
import subprocess
import sys

LOCK = ["--scenario", "lock", "--memory", "strong"]


def run(*arguments):
    return subprocess.run([sys.argv[1], *arguments], check=False, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def check(holds, what, done):
    if not holds:
        sys.exit(f"{what}: exit {done.returncode}\n{done.stdout}")


def refuses(*arguments):
    done = run(*arguments)
    check(done.returncode == 2, f"not refused: {arguments}", done)


def gives(code, *arguments):
    done = run(*arguments)
    check(done.returncode == code, f"not {code}: {arguments}", done)
    return done


def schedule_of(done):
    """The lines of the printed schedule, without addresses."""
    lines = re.findall(r"^ +\d+  .*$", done.stdout, re.MULTILINE)
    return [re.sub(r"0x[0-9a-f]{6,}", "", line) for line in lines]


def prints_its_own_run(*strategy):
    """Two runs that pass differ, and each is printed again as it was."""
    first = gives(0, *LOCK, *strategy, "--seed", "1", "--print")
    second = gives(0, *LOCK, *strategy, "--seed", "2", "--print")
    check("--seed 2 --print" in second.stdout, "another seed", second)
    check(schedule_of(first) != schedule_of(second), "one schedule for two",
          second)
    again = gives(0, *LOCK, *strategy, "--seed", "2", "--print")
    check(schedule_of(again) == schedule_of(second), "not the same run", again)


def prints_the_first_of_a_search():
    done = gives(0, *LOCK, "--strategy", "exhaustive:1", "--print")
    check(len(schedule_of(done)) > 10, "no schedule", done)


def main():
    refuses("--group", "module")
    refuses("--scenario", "hsha-ful/")
    refuses("--scenario", "locks")
    refuses("--scenario", "lock", "--group", "engines")
    refuses("--memory", "stronger")
    prints_its_own_run("--strategy", "random")
    prints_its_own_run("--strategy", "pct:2")
    prints_the_first_of_a_search()
    gives(0, *LOCK, "--replay", "")
    # Nothing fails; so what is expected does not come.
    gives(1, *LOCK, "--runs", "10", "--expect", "sleeps for ever")
    # It does not fit, and that is a failure; by these words, or by others.
    broken = [*LOCK, "--replay", "0:99"]
    gives(1, *broken)
    gives(0, *broken, "--expect", "not the same")
    gives(1, *broken, "--expect", "sleeps for ever")


main()
