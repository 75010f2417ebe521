/* SPDX-License-Identifier: BSD-2-Clause */
#include "os/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/contract.h"
#include "os/sys.h"

int
eln_os_thread_start(struct eln_os_thread *thread, const char *name,
    void *(*run)(void *arg), void *arg)
{
	sigset_t all;
	sigset_t before;
	int error;

	/* The new thread inherits the mask. */
	(void)sigfillset(&all);
	error = pthread_sigmask(SIG_SETMASK, &all, &before);
	ELN_CONTRACT(error == 0, "pthread_sigmask failed");
	error = eln_sys->thread_create(&thread->id, run, arg);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error != 0) {
		return error;
	}
	(void)pthread_setname_np(thread->id, name);
	return 0;
}

void
eln_os_thread_join(struct eln_os_thread *thread)
{
	int error = pthread_join(thread->id, NULL);

	ELN_CONTRACT(error == 0, "the thread cannot be joined");
}

struct eln_os_thread
eln_os_thread_self(void)
{
	return (struct eln_os_thread){ .id = pthread_self() };
}

bool
eln_os_thread_is_self(const struct eln_os_thread *thread)
{
	return pthread_equal(thread->id, pthread_self()) != 0;
}

uint32_t
eln_os_thread_number(void)
{
	return (uint32_t)syscall(SYS_gettid);
}

int
eln_os_thread_sleeps(uint32_t number)
{
	char path[64];
	char text[256];
	const char *end;
	ssize_t n;
	int fd;

	(void)snprintf(path, sizeof(path), "/proc/self/task/%u/stat",
	    (unsigned)number);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		return -errno;
	}
	n = read(fd, text, sizeof(text) - 1);
	(void)close(fd);
	if (n <= 0) {
		return -EIO;
	}
	text[n] = '\0';
	/* "pid (name) state": the name may contain anything (proc(5)). */
	end = strrchr(text, ')');
	if (end == NULL || end[1] == '\0') {
		return -EIO;
	}
	return end[2] != 'R';
}

unsigned
eln_os_processors(void)
{
	cpu_set_t set;
	int n;

	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) != 0) {
		long online = sysconf(_SC_NPROCESSORS_ONLN);

		return online < 1 ? 1 : (unsigned)online;
	}
	n = CPU_COUNT(&set);
	return n < 1 ? 1 : (unsigned)n;
}

uint64_t
eln_os_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == 0) {
		return 1;
	}
	return limit.rlim_cur == RLIM_INFINITY ? UINT64_MAX
					       : (uint64_t)limit.rlim_cur;
}
