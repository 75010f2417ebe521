# SPDX-License-Identifier: BSD-2-Clause
"""The kinds of proof: which commands each runs, and what it reads from them.

A *part* has jobs and a table. A *job* is a command line; its `read` makes
rows of the table from what was printed, or raises Failed. `figures` gives
names to sums of the rows, for the promises.
"""

import os
import re
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))



def source(*names):
    with open(os.path.join(ROOT, *names), encoding="utf-8") as file:
        return file.read()


# As a user names them; and each row that the contract tests run for.
PATTERNS = re.search(r"^set\(patterns ([^)]*)\)", source(
    "test", "CMakeLists.txt"), re.MULTILINE).group(1).split()
ROWS = re.findall(r'^\t\{ "([^"]+)"', source("test", "support", "patterns.c"),
                  re.MULTILINE)
BUILDS = ("release", "asan", "tsan")
LANES = 2
# Tests that mostly wait are run two per processor.
WAITING = f"-j{2 * LANES}"

# Lengths: full, brief.
LENGTHS = {
    "ledger_requests": (1000000, 20000),
    "peers_seconds": (45, 3),
    "fuzz_seconds": (60, 5),
}


class Failed(Exception):
    """What was expected did not happen; the text says what."""


class Job:
    """One command line: `read(text)` returns the rows of its part's table."""

    def __init__(self, argv, read, alone=False):
        self.argv = argv
        self.read = read
        self.alone = alone
        self.rows = []
        self.seconds = 0.0

    def words(self):
        return " ".join(f"'{w}'" if re.search(r"[^\w=:/.,-]", w) else w
                        for w in self.argv)

    def run(self):
        began = time.monotonic()
        ended = subprocess.run(self.argv, cwd=ROOT, check=False,
                               stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT)
        self.seconds = time.monotonic() - began
        text = ended.stdout.decode("utf-8", "replace")
        if ended.returncode != 0:
            raise Failed(f"{self.words()}: exit {ended.returncode}\n"
                         + "\n".join(text.splitlines()[-60:]))
        self.rows = self.read(text)


class Part:
    """`figures(rows)` returns the part's figures by their names."""

    def __init__(self, title, words, columns, jobs, figures):
        self.title = title
        self.words = words
        self.columns = columns
        self.jobs = jobs
        self.figures = figures

    def rows(self):
        return [row for job in self.jobs for row in job.rows]

    def commands(self):
        return list(dict.fromkeys(job.words() for job in self.jobs))

    def seconds(self):
        return sum(job.seconds for job in self.jobs)


def find(pattern, text, what):
    found = re.search(pattern, text, re.MULTILINE)
    if found is None:
        raise Failed(f"{what}: no line like {pattern!r} in:\n"
                     + "\n".join(text.splitlines()[-20:]))
    return found.groups()


def total(rows, column):
    return sum(row[column] for row in rows)


def program(name, preset="release"):
    return f"build/{preset}/bin/{name}"


def length(name, brief):
    return str(LENGTHS[name][1 if brief else 0])


# ---- models ----

MODEL_ROW = re.compile(
    r"^(\w+) +(.*?) +(passes|ends|fails|spins) +(\S+) +(\d+) +[\d.]+$",
    re.MULTILINE)


# Those that claim what is promised (docs/verification.md, Claims).
MODELS_OF = {
    "G1": ("run_word", "seat"),
    "G3": ("slot", "turn"),
    "G5": ("park", "lead", "overload", "condition"),
    "G6": ("park", "run_word", "lead", "timer", "overload", "condition",
           "turn", "seat"),
    "G8": ("park", "lead", "condition", "layers_end", "seat"),
}


def models_of_variants():
    return list(dict.fromkeys(
        line.split()[0] for line in source("test", "model", "variants")
        .splitlines() if line.strip() and not line.startswith("#")))


def said_of_models(rows):
    """What a promise says of its models."""
    states = {row[0]: row[2] for row in rows}
    said = {}
    for promise, names in MODELS_OF.items():
        if not set(names) <= set(states):
            raise Failed(f"{promise}: no model {set(names) - set(states)}")
        said[promise] = (f"{sum(states[name] for name in names):,} states of "
                         + ", ".join(names))
    return said


def read_model(text):
    rows = []
    for model, _, expected, result, states in MODEL_ROW.findall(text):
        if result != expected:
            raise Failed(f"model {model}: {result}, expected {expected}")
        rows.append((model, expected in ("passes", "ends"), int(states)))
    if not rows:
        raise Failed("a model printed no table:\n" + text)
    holds = [states for _, good, states in rows if good]
    wrong = [states for _, good, states in rows if not good]
    return [(rows[0][0], len(holds), sum(holds), len(wrong), sum(wrong))]


def models(brief):
    full = [] if brief else ["--full"]
    jobs = [Job(["test/model/run", *full, name], read_model)
            for name in models_of_variants()]
    return Part(
        "Models",
        "Spin visits every state of each; a model with a known mistake in it "
        "must fail, and does. docs/verification.md has each variant.",
        ("model", "variants that hold", "states", "mistakes found",
         "states until found"),
        jobs,
        lambda rows: {"mistakes": total(rows, 3), **said_of_models(rows)})


# ---- schedules ----

def read_schedules(text):
    schedules, points, long, buffered = find(
        r"^(\d+) schedules, (\d+) points; (\d+) of at least 100 points, "
        r"(\d+) of them with store buffers$", text, "schedule")
    return [(int(schedules), int(points), int(long), int(buffered))]


def schedules(brief):
    argv = [program("schedule"), "--jobs", str(LANES), "--regressions",
            "test/schedule/regressions.txt"]
    argv += ["--points", "10000"] if brief else ["--full"]
    return Part(
        "Schedules",
        "The library's own code runs on fibres, in chosen orders: modules, "
        "patterns over a rig, and whole engines on a kernel in memory; at "
        "random, by changing priorities, and all orders with few preemptions; "
        "over strong, x86's and weaker memory. Not one failed.",
        ("schedules", "points", "of at least 100 points",
         "of these with store buffers"),
        [Job(argv, read_schedules, alone=True)],
        lambda rows: {"schedules": rows[0][0], "points": rows[0][1],
                      "long": rows[0][2], "buffered": rows[0][3]})


# ---- seeded defects ----

DEFECT_ROW = re.compile(
    r"^\| ([^|]+) \| (\S+) \| (\w+) \| (\S+) \| (\d+) \| (.+) \|$",
    re.MULTILINE)


def read_defects(text):
    seeded, found = find(r"^(\d+) seeded defects, (\d+) found$", text,
                         "defects")
    rows = [(defect, scenario, memory, strategy, int(after), words)
            for defect, scenario, memory, strategy, after, words
            in DEFECT_ROW.findall(text)]
    if seeded != found or len(rows) != int(seeded):
        raise Failed(f"defects: {found} of {seeded} found")
    return rows


def defects(brief):
    names = ["wake_dropped", "message_released_twice"] if brief else []
    return Part(
        "Seeded defects",
        "A line or two of the library, changed on purpose, each in a program "
        "of its own: the explorer must find it. The mistakes that the models "
        "must find are counted above.",
        ("defect", "scenario", "memory", "found by", "after schedules", "as"),
        [Job(["test/schedule/defects.py", "run", "build/release", *names],
             read_defects, alone=True)],
        lambda rows: {"defects": len(rows)})


# ---- calls ----

CALLS_ROW = re.compile(r"^(?:\d+: )?(\S+): (\d+) cells run, (\d+) wrong$",
                       re.MULTILINE)


def read_calls(build):
    def read(text):
        rows = CALLS_ROW.findall(text)
        if not rows or any(wrong != "0" for _, _, wrong in rows):
            raise Failed(f"calls under {build}: {rows}")
        return [(pattern, build, int(cells)) for pattern, cells, _ in rows]
    return read


def calls(brief):
    builds = BUILDS[:1] if brief else BUILDS
    jobs = [Job(["ctest", "--preset", build, "-V", WAITING, "-L", "calls"],
                read_calls(build), alone=True) for build in builds]
    return Part(
        "Every function in every place",
        "Each public function from inside each function of the handler, from "
        "another thread, and after the end: docs/calls.md has what happens, "
        "and each of its cells is run.",
        ("pattern", "build", "cells run"), jobs,
        lambda rows: {"cells": total(rows, 2)})


# ---- faults ----

FAULT_ROW = re.compile(r"^(\S.*?) +(\d+) +(\d+)$", re.MULTILINE)


def read_faults(text):
    never = find(r"^\d+ runs, \d+ kinds, never met: (\d+)$", text, "faults")
    if never != ("0",):
        raise Failed(f"faults: {never[0]} kinds were never met")
    return [(kind, int(runs), int(met))
            for kind, runs, met in FAULT_ROW.findall(text)]


def faults(brief):
    argv = [program("fault"), "--jobs", "6"]
    argv += ["--patterns", "1"] if brief else ["--all"]
    return Part(
        "Faults",
        "The nth call of each kind fails, and then four in a row from the "
        "nth on, for n = 1, 2, 3 and so on until a run meets none. After "
        "each: no crash, no leak, no lost descriptor; the next client is "
        "served, or starting says the documented error.",
        ("what fails, and how", "runs", "faults met"),
        [Job(argv, read_faults, alone=True)],
        lambda rows: {"kinds": len(rows), "runs": total(rows, 1),
                      "met": total(rows, 2)})


# ---- contract: the guarantees, by number ----

PASSED = re.compile(r":(g\d+_\w+):(\d+): Passed$", re.MULTILINE)
EXCUSED = re.compile(r"^(?:\d+: )?excused: (?:\w*_)?g(\d+)(?:_\w+)?: \S+: ",
                     re.MULTILINE)


def rows_of_tests(text, build):
    """Every test, and that it passed for each row."""
    tests = {}
    for test, row in PASSED.findall(text):
        tests.setdefault(test, set()).add(int(row))
    for test, rows in tests.items():
        if rows != set(range(len(ROWS))):
            raise Failed(f"contract under {build}: {test} passed for rows "
                         f"{sorted(rows)} of {len(ROWS)}")
    return tests


def read_contract(build):
    def read(text):
        ran = {}
        for test, rows in rows_of_tests(text, build).items():
            number = int(re.match(r"g(\d+)", test).group(1))
            ran[number] = ran.get(number, 0) + len(rows)
        if set(ran) != set(range(1, 9)) | {10}:
            raise Failed(f"contract under {build}: checks of {sorted(ran)}")
        excused = [int(number) for number in EXCUSED.findall(text)]
        return [(f"G{number}", build, ran[number] - excused.count(number),
                 excused.count(number)) for number in sorted(ran)]
    return read


def contract(brief):
    builds = BUILDS[:1] if brief else BUILDS
    jobs = [Job(["env", "CK_VERBOSITY=verbose", "ctest", "--preset", build,
                 "-V", WAITING, "-L", "contract"],
                read_contract(build), alone=True) for build in builds]

    def figures(rows):
        sums = {}
        for name, _, count, _ in rows:
            sums[name] = sums.get(name, 0) + count
        sums["all"] = total(rows, 2)
        sums["excused"] = total(rows, 3)
        sums["rows"] = len(ROWS)
        return sums
    return Part(
        "The contract",
        f"Each test runs for {len(ROWS)} patterns and settings, on the plain "
        "build, under AddressSanitizer and UBSan, and under ThreadSanitizer, "
        "without suppressions. Where a pattern does not keep what a test is "
        "about, as documented, it is excused, says so, and is not counted.",
        ("guarantee", "build", "checks passed", "excused"), jobs, figures)


# ---- load ----

def read_ledger(pattern):
    def read(text):
        sent, answered, megabytes = find(
            r"^ledger: (\d+) requests sent, (\d+) answered, (\d+) MiB each "
            r"way, [\d.]+ s: every byte back, in order$", text, "ledger")
        if sent != answered:
            raise Failed(f"ledger under {pattern}: {answered} of {sent}")
        return [(pattern, int(sent), int(answered), int(megabytes))]
    return read


def ledger(brief):
    jobs = [Job([program("stress_ledger"), "--pattern", pattern, "--requests",
                 length("ledger_requests", brief)], read_ledger(pattern))
            for pattern in PATTERNS]
    return Part(
        "The ledger",
        "Every request has a nonce, a number and a CRC; each is answered once, "
        "in order, byte by byte what was asked for: the first byte that is not "
        "in its place ends the run, and so does one that comes after the last.",
        ("pattern", "requests sent", "answered in order", "MiB each way"),
        jobs, lambda rows: {"sent": total(rows, 1),
                            "answered": total(rows, 2),
                            "least": min(row[2] for row in rows)})


def read_peers(pattern):
    def read(text):
        return [(pattern, *(int(figure) for figure in find(
            r"^peers: (\d+) peers, (\d+) requests sent, (\d+) answered in "
            r"order; \d+ late$", text, "peers")))]
    return read


def peers(brief):
    jobs = [Job([program("stress_peers"), "--pattern", pattern, "--seconds",
                 length("peers_seconds", brief)], read_peers(pattern))
            for pattern in PATTERNS]
    return Part(
        "Peers that do not behave",
        "They pipeline, send a byte at a time, stop in the middle and are "
        "silent or reset, never read, connect and reset, come in storms; "
        "those that keep to the limits are answered as by the ledger. What is "
        "sent and not answered is of peers that left, or were too slow.",
        ("pattern", "peers", "requests sent", "answered in order"),
        jobs, lambda rows: {"peers": total(rows, 1),
                            "answered": total(rows, 3)})


# ---- any bytes ----

FUZZERS = ("config", "arguments", "input", "resp")


def read_fuzzer(name):
    def read(text):
        executions, = find(r"^stat::number_of_executed_units: +(\d+)$", text,
                           name)
        return [(name, int(executions))]
    return read


def fuzz(brief):
    jobs = [Job([program(f"fuzz_{name}", "fuzz"), "-verbosity=1",
                 f"-max_total_time={length('fuzz_seconds', brief)}",
                 "-timeout=20", "-print_final_stats=1", "-max_len=1400",
                 f"-artifact_prefix=build/fuzz/{name}-",
                 f"build/fuzz/test/fuzz/found/{name}",
                 f"test/fuzz/corpus/{name}"], read_fuzzer(name))
            for name in FUZZERS]
    return Part(
        "Any bytes",
        "libFuzzer looks for bytes that break a claim, under AddressSanitizer "
        "and UBSan.",
        ("what reads them", "executions"), jobs,
        lambda rows: {"executions": total(rows, 1)})


PARTS = {"models": models, "schedules": schedules, "defects": defects,
         "faults": faults, "contract": contract, "calls": calls,
         "ledger": ledger, "peers": peers, "fuzz": fuzz}
