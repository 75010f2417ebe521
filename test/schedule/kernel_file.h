/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef TEST_SCHEDULE_KERNEL_FILE_H
#define TEST_SCHEDULE_KERNEL_FILE_H

/*
 * What the parts of the kernel in memory share: files, and who is told when
 * one changes. The model is in kernel.h.
 *
 * A file outlives its descriptor: a stream that is closed still has bytes on
 * their way. All files are gone at the next reset.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include "schedule/kernel.h"

enum {
	KERNEL_FILES = 256,      /* made in a run, at most */
	KERNEL_DESCRIPTORS = 64, /* open at a time, at most */
	KERNEL_ITEMS = 64,       /* registered with an epoll set, at most */
	KERNEL_BACKLOG = 16,     /* of a listener, at most */
	KERNEL_BYTES = 1 << 16   /* of a side of a stream, at most */
};

enum kernel_kind {
	KERNEL_NONE,
	KERNEL_STREAM,
	KERNEL_LISTENER,
	KERNEL_EVENTFD,
	KERNEL_EPOLL
};

/** Bytes in the order in which they came. */
struct kernel_queue {
	char *bytes; /* NULL until the first */
	uint32_t first;
	uint32_t n;
	uint32_t capacity;
};

struct kernel_stream {
	struct kernel_file *peer;    /* NULL: never connected */
	struct kernel_queue unsent;  /* not yet with the peer */
	struct kernel_queue arrived; /* not yet received */
	uint64_t delivered;          /* bytes that reached the peer, ever */
	bool fin_wanted;             /* after what is unsent */
	bool fin_sent;
	bool fin_came;       /* "done" */
	bool ends_input;     /* RCV_SHUTDOWN */
	bool ends_output;    /* SEND_SHUTDOWN */
	bool is_over;        /* the state CLOSE, after it was connected */
	bool is_orphan;      /* closed by its program */
	bool wants_room;     /* somebody has met a full queue: NOSPACE */
	bool resets;         /* SO_LINGER with 0 */
	int error;           /* for the next call, or 0 */
	unsigned short port; /* its own */
};

struct kernel_listener {
	unsigned short port;
	unsigned n;
	unsigned most;
	struct kernel_file *waiting[KERNEL_BACKLOG]; /* oldest first */
};

struct kernel_item {
	struct kernel_file *file; /* NULL: free */
	uint32_t events;
	uint64_t data;
	bool is_ready; /* in the list of the set */
};

struct kernel_epoll {
	struct kernel_item items[KERNEL_ITEMS];
	unsigned ready[KERNEL_ITEMS]; /* items, first first */
	unsigned n_ready;
};

struct kernel_file {
	enum kernel_kind kind;
	int status;     /* of F_GETFL */
	int descriptor; /* of F_GETFD */
	uint64_t count; /* of an eventfd */
	struct kernel_stream stream;
	struct kernel_listener listener;
	struct kernel_epoll *epoll;
};

struct kernel {
	struct kernel_options options;
	unsigned n_files;
	struct kernel_file *descriptors[KERNEL_DESCRIPTORS];
	unsigned short last_port;
};

extern struct kernel kernel;

/* ---- descriptors (kernel_table.c) ---- */

/** A call: a point, and to the memory what explore.h says. */
void kernel_enter(const char *call, const void *where);

/** A new file without a descriptor. */
struct kernel_file *kernel_file_make(enum kernel_kind kind);

/** The lowest descriptor for it, or -EMFILE. */
int kernel_install(struct kernel_file *file, bool non_blocking);

bool kernel_has_room(void);

/** The file behind a descriptor, of that kind (KERNEL_NONE: any), or NULL;
 *  what goes wrong is a violated claim, unless lenient. */
struct kernel_file *kernel_file_of(int fd, enum kernel_kind kind,
    const char *call, int *error);

/** A call that must not happen: a violated claim; or, lenient, `error`. */
int kernel_misuse(const char *call, int fd, int error);

/** Whether the run chooses what is allowed, and unusual. */
bool kernel_is_moody(const char *what);

/** What poll(2) would say of a file; changes nothing. */
uint32_t kernel_mask(const struct kernel_file *file);

/** As kernel_mask, and remembers who would like to know of room. */
uint32_t kernel_ask(struct kernel_file *file);

/** Takes memory that lasts until the end of the run. */
void *kernel_memory(size_t bytes);

/* ---- epoll (kernel_epoll.c) ---- */

/** Tells all sets that `file` has changed: `what` as the kernel's wake-ups
 *  have it, 0 for anything. */
void kernel_notify(const struct kernel_file *file, uint32_t what);

/** A file's descriptor is closed: no set knows it any more. */
void kernel_forget(const struct kernel_file *file);

int kernel_epoll_create(int flags);
int kernel_epoll_ctl(int set, int operation, int fd, struct epoll_event *event);
int kernel_epoll_wait(int set, struct epoll_event *events, int max,
    uint64_t timeout_ns);

/* ---- streams (kernel_stream.c) ---- */

uint32_t kernel_stream_mask(const struct kernel_file *file);
void kernel_stream_connect(struct kernel_file *a, struct kernel_file *b);
void kernel_stream_close(struct kernel_file *file);
bool kernel_stream_has_room(const struct kernel_file *file);
ssize_t kernel_stream_receive(struct kernel_file *file, void *buffer,
    size_t length, bool peeks);
ssize_t kernel_stream_send(struct kernel_file *file, const void *bytes,
    size_t length);
int kernel_stream_finish(struct kernel_file *file);
void kernel_stream_reset(struct kernel_file *file);

/* ---- sockets' calls (kernel_socket.c) ---- */

int kernel_socket(int domain, int type, int protocol);
int kernel_getsockname(int fd, struct sockaddr *address, socklen_t *size);
int kernel_getpeername(int fd, struct sockaddr *address, socklen_t *size);
int kernel_getsockopt(int fd, int level, int option, void *value,
    socklen_t *size);
int kernel_setsockopt(int fd, int level, int option, const void *value,
    socklen_t size);
int kernel_ioctl(int fd, unsigned long request, int *argument);
ssize_t kernel_recv(int fd, void *buffer, size_t length, int flags);
ssize_t kernel_sendmsg(int fd, const struct msghdr *message, int flags);
int kernel_shutdown(int fd, int how);

/* ---- listeners (kernel_listener.c) ---- */

int kernel_bind(int fd, const struct sockaddr *address, socklen_t size);
int kernel_listen(int fd, int backlog);
int kernel_connect(int fd, const struct sockaddr *address, socklen_t size);
int kernel_accept4(int fd, struct sockaddr *address, socklen_t *size,
    int flags);
void kernel_listener_close(struct kernel_file *file);
void kernel_write_address(struct sockaddr *address, socklen_t *size,
    unsigned short port);

/* ---- waiting (kernel_wait.c) ---- */

void kernel_futex_reset(void);
int kernel_poll(struct pollfd *fds, nfds_t n, int timeout_ms);
int kernel_futex_wait(void *word, uint32_t expected, uint64_t timeout_ns);
int kernel_futex_wake(void *word, int n);
int kernel_eventfd(unsigned initial, int flags);
ssize_t kernel_read(int fd, void *buffer, size_t length);
ssize_t kernel_write(int fd, const void *buffer, size_t length);
uint64_t kernel_now(void);
uint64_t kernel_now_coarse(void);

#endif
