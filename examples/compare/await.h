/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef ECHELON_COMPARE_AWAIT_H
#define ECHELON_COMPARE_AWAIT_H

/*
 * Waiting for another process, but neither for ever nor past an interrupt: the
 * flag that the signal's handler sets is looked at every 100 ms, because a
 * signal may come between the look and the wait.
 */

#include <signal.h>
#include <sys/types.h>

/* Patience for whatever may take as long as it likes, but for an interrupt. */
#define AWAIT_FOR_EVER (-1)

/* Until there is something to read, or the end. `interrupted` may be NULL. 0,
 * -ETIMEDOUT, -EINTR if interrupted, or -errno. */
int await_readable(int descriptor, int patience_ms,
    const volatile sig_atomic_t *interrupted);

/* Until a child has ended, which is then gone, and `status` is waitpid's. 0,
 * or as await_readable, and then it is still there. */
int await_end(pid_t child, int patience_ms,
    const volatile sig_atomic_t *interrupted, int *status);

/* Ends a child with SIGKILL. */
void await_kill(pid_t child);

#endif
