# SPDX-License-Identifier: BSD-2-Clause
"""What users are promised: each with how it is tested, and what was seen.

{part.figure} is a figure of a part.
"""

PROMISES = (
    ("G1: at most one thread is inside the handler of a connection",
     "contract tests; a model; schedules; ghosts in the sanitized builds",
     "{contract.G1} checks; {models.G1}; {schedules.schedules} schedules"),
    ("G2: input in order, output in order",
     "contract tests; the ledger",
     "{contract.G2} checks; of {ledger.sent} requests {ledger.answered} "
     "answered in order, byte by byte, at least {ledger.least} per pattern"),
    ("G3: on_close exactly once for each on_open, after every other call",
     "contract tests; a model; schedules; ghosts in the sanitized builds",
     "{contract.G3} checks; {models.G3}; {schedules.schedules} schedules"),
    ("G4: no handler function is called from inside a function that it called",
     "contract tests", "{contract.G4} checks"),
    ("G5: nobody waits behind a blocked handler while another thread is free",
     "contract tests; models with a handler that never ends",
     "{contract.G5} checks; {models.G5}"),
    ("G6: no lost wake-up, no processor time while nothing happens",
     "models and schedules of all that sleeps, also with weaker memory; "
     "contract tests",
     "{models.G6}; {schedules.long} "
     "schedules of at least 100 points, {schedules.buffered} of them with "
     "store buffers; {contract.G6} checks"),
    ("G7: every queue, buffer and count has a limit and a rule for reaching it",
     "contract tests; peers that never read, or come in storms",
     "{contract.G7} checks; {peers.peers} peers"),
    ("G8: stop, from any thread and any handler; over by the drain deadline",
     "contract tests; models and schedules that stop",
     "{contract.G8} checks; {models.G8}; {schedules.schedules} schedules"),
    ("G9: the above for every pattern",
     "every row of test/support/patterns.c runs every contract test",
     "{contract.all} checks, each test for all {contract.rows} rows; "
     "{contract.excused} more excused, as documented"),
    ("G10: nothing global", "contract tests", "{contract.G10} checks"),
    ("Each public function does in each place what docs/calls.md says",
     "every cell is run", "{calls.cells} cells"),
    ("These proofs would notice", "models and the library with seeded "
     "mistakes",
     "{models.mistakes} mistakes in models and {defects.defects} in the "
     "library, all found"),
    ("A call of the system that fails costs what the documents say, and no "
     "more", "every kind fails at every place where it can",
     "{faults.kinds} kinds, {faults.met} faults in {faults.runs} runs"),
    ("No peer can break it, or another's connection",
     "ten kinds of hostile peers, with ledgers",
     "{peers.peers} peers, {peers.answered} requests answered in order"),
    ("No bytes can break what reads them", "libFuzzer on four readers",
     "{fuzz.executions} executions"),
)
