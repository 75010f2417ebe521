#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The seeded defects of defects.txt and the like: each must be found.

  defects.py list             NAME SOURCE ARGUMENTS... of each, for CMake
  defects.py make NAME OUT    its source, with the defect, to OUT
  defects.py run BUILD [NAME...]
                              builds and runs them; a table of what was found
                              after how many schedules. Exit 1: one was not,
                              or regressions.txt has not what found them
  defects.py update BUILD     the same of all, and writes the table into
                              docs/verification.md, and regressions.txt

A defect is sought by each strategy in turn, `points` points of each, in the
scenario and with the memory that its list names.
"""

import concurrent.futures
import glob
import os
import re
import shlex
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
POINTS = "1000000"
LANES = 2
FEW = 400  # schedules; what needs more is a regression
WRITTEN = "# Written by defects.py"
HEAD = "| seeded defect | scenario | memory | found by | after schedules | as |"


def read():
    """The defects, in order: name, file, scenario, memory, replacements."""
    defects = []
    for path in sorted(glob.glob(os.path.join(HERE, "defects*.txt"))):
        with open(path, encoding="utf-8") as file:
            add(defects, file)
    return defects


def add(defects, lines):
    for line in lines:
        line = line.rstrip("\n")
        if line[:1] in ("-", "+"):
            edits = defects[-1]["edits"]
            if line[0] == "-" and (not edits or edits[-1][1]):
                edits.append(([], []))
            edits[-1][line[0] == "+"].append(line[1:])
        elif line and line[0] != "#":
            word, value = line.split(None, 1)
            if word == "defect":
                defects.append({"name": value, "edits": [], "as": [],
                                "points": POINTS})
            elif word == "as":
                defects[-1]["as"].append(value)
            else:
                defects[-1][word] = value


def make(defect, out):
    with open(os.path.join(ROOT, defect["file"]), encoding="utf-8") as source:
        text = source.read()
    for before, after in defect["edits"]:
        before = "\n".join(before) + "\n"
        if text.count(before) != 1:
            sys.exit(f"{defect['name']}: occurs {text.count(before)} times "
                     f"in {defect['file']}:\n{before}")
        text = text.replace(before, "".join(line + "\n" for line in after))
    with open(out, "w", encoding="utf-8") as copy:
        copy.write(text)


def arguments(defect):
    if not defect["as"]:
        sys.exit(f"{defect['name']}: no words that it is found by")
    expected = [part for words in defect["as"] for part in ("--expect", words)]
    return expected + ["--scenario", defect["scenario"], "--memory",
                       defect["memory"], "--points", defect["points"]]


def search(defect, build):
    """How it was found: after how many schedules, by what, as, and by which
    line again; or None."""
    program = os.path.join(build, "defects", f"schedule_{defect['name']}")
    done = subprocess.run([program] + arguments(defect), check=False,
                          text=True, stdout=subprocess.PIPE)
    found = re.search(r"^found after (\d+) schedules, \d+ points: (.*)$",
                      done.stdout, re.MULTILINE)
    if done.returncode != 0 or found is None:
        return None
    strategy = [line.split()[2] for line in done.stdout.splitlines()
                if line.startswith(defect["scenario"] + " ")][-1]
    again = re.search(r"^again: (.*)$", done.stdout, re.MULTILINE)
    return int(found[1]), strategy, found[2], again[1]


def row(defect, result):
    schedules, strategy, words, _ = result or ("**missed**", "-", "-", None)
    return (f"| {defect['name'].replace('_', ' ')} | {defect['scenario']} | "
            f"{defect['memory']} | {strategy} | {schedules} | {words} |")


def run_all(build, names):
    """The defects, and how each was found; prints the table."""
    defects = [d for d in read() if not names or d["name"] in names]
    subprocess.run(["cmake", "--build", build, "--target"] +
                   [f"schedule_{d['name']}" for d in defects], check=True,
                   stdout=subprocess.DEVNULL)
    results = []
    print(HEAD, "|---|---|---|---|---|---|", sep="\n")
    with concurrent.futures.ThreadPoolExecutor(LANES) as pool:
        for defect, result in zip(defects, pool.map(
                lambda d: search(d, build), defects)):
            print(row(defect, result), flush=True)
            results.append(result)
    missed = results.count(None)
    print(f"\n{len(defects)} seeded defects, {len(defects) - missed} found")
    return list(zip(defects, results))


def rare(found):
    """The lines that find again what few schedules show."""
    return [result[3] for _, result in found if result and result[0] > FEW]


def halves(path):
    """What stands before the lines that are written there; and those."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    first = text.index("\n", text.index("\n", text.index(WRITTEN)) + 1) + 1
    return text[:first], text[first:].splitlines()


def is_up_to_date(found):
    _, lines = halves(os.path.join(HERE, "regressions.txt"))
    old = [line for line in rare(found) if line not in lines]
    for line in old:
        print(f"not in regressions.txt (defects.py update): {line}")
    return not old


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def update(found):
    path = os.path.join(HERE, "regressions.txt")
    before, _ = halves(path)
    write(path, before + "".join(line + "\n" for line in rare(found)))
    path = os.path.join(ROOT, "docs", "verification.md")
    with open(path, encoding="utf-8") as file:
        before, after = file.read().split(HEAD, 1)
    rest = after.lstrip("\n").split("\n")
    rest = rest[next(i for i, line in enumerate(rest)
                     if not line.startswith("|")):]
    rows = [row(defect, result) for defect, result in found]
    write(path, before + "\n".join([HEAD, "|---|---|---|---|---|---|"] + rows +
                                   rest))


def run(build, names, is_update):
    found = run_all(build, names)
    if is_update:
        update(found)
    good = all(result for _, result in found) and is_up_to_date(found)
    return 0 if good else 1


def main(command, *rest):
    if command == "list":
        for defect in read():
            print(shlex.join([defect["name"], defect["file"]] +
                             arguments(defect)))
        return 0
    if command == "make":
        name, out = rest
        make(next(d for d in read() if d["name"] == name), out)
        return 0
    return run(rest[0], rest[1:], command == "update")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] not in (
            "list", "make", "run", "update"):
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
