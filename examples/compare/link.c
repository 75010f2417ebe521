/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One connection of the load generator, and what it sends.
 *
 * A request carries the connection's index and the request's number, the rest
 * is a fixed pattern; the reply must be the same bytes with byte 1 = 'R'. So
 * a reply that is lost, doubled, changed, out of order or of another
 * connection is noticed at once.
 *
 *     byte 0    1    2..3   4..7    8..15    16..63
 *          job  R    0      index   number   pattern
 *
 * Only the job T has a parameter of its own in there (stick.h). With a
 * dialogue a request is what that says.
 */
#include "load_internal.h"

#include "stick.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>

/* Reads "127.0.0.1:PORT", the only kind that the servers listen on. */
static int
parse_address(const char *text, struct sockaddr_in *address)
{
	char host[INET_ADDRSTRLEN] = "";
	const char *colon = strrchr(text, ':');
	unsigned long port;

	if (colon == NULL || (size_t)(colon - text) >= sizeof(host)) {
		return -EINVAL;
	}
	memcpy(host, text, (size_t)(colon - text));
	port = strtoul(colon + 1, NULL, 10);
	*address = (struct sockaddr_in){
		.sin_family = AF_INET,
		.sin_port = htons((in_port_t)port),
	};
	if (port == 0 || port > UINT16_MAX ||
	    inet_pton(AF_INET, host, &address->sin_addr) != 1) {
		return -EINVAL;
	}
	return 0;
}

static int
connect_link(struct link *link, const struct sockaddr_in *address)
{
	const int on = 1;

	link->descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
	    IPPROTO_TCP);
	if (link->descriptor == -1) {
		return -errno;
	}
	if (connect(link->descriptor, (const struct sockaddr *)address,
		sizeof(*address)) == -1 ||
	    setsockopt(link->descriptor, IPPROTO_TCP, TCP_NODELAY, &on,
		sizeof(on)) == -1) {
		return -errno;
	}
	return 0;
}

static int
watch_link(struct load *load, struct link *link, int operation)
{
	struct epoll_event event = {
		.events = link->waits_for_room ? EPOLLIN | EPOLLOUT : EPOLLIN,
		.data.ptr = link,
	};

	return epoll_ctl(load->epoll, operation, link->descriptor, &event) == -1
	    ? -errno
	    : 0;
}

static size_t
get_request_bytes(const struct load *load)
{
	return load->plan.dialogue != NULL ? load->plan.dialogue->request_bytes
					   : REQUEST_BYTES;
}

int
link_open(struct load *load, struct link *link, const char *address)
{
	size_t depth = load->plan.workload.depth;
	struct sockaddr_in to;
	int result = parse_address(address, &to);

	if (result != 0) {
		return load_fail(load, result, "no address: %s", address);
	}
	link->marks = calloc(depth, sizeof(*link->marks));
	link->out = malloc(depth * get_request_bytes(load));
	if (link->marks == NULL || link->out == NULL) {
		return load_fail(load, -ENOMEM, "out of memory");
	}
	result = connect_link(link, &to);
	if (result == 0) {
		result = watch_link(load, link, EPOLL_CTL_ADD);
	}
	if (result != 0) {
		return load_fail(load, result, "cannot connect to %s: %s",
		    address, strerror(-result));
	}
	return 0;
}

void
link_close(struct link *link)
{
	if (link->descriptor != -1) {
		close(link->descriptor);
	}
	free(link->marks);
	free(link->out);
	free(link->partial);
}

void
link_fill_request(unsigned char *request, const struct load *load,
    const struct link *link, char job, uint64_t number)
{
	const struct workload *workload = &load->plan.workload;

	memset(request, 0xa5, REQUEST_BYTES);
	memset(request, 0, 4);
	request[0] = (unsigned char)job;
	memcpy(request + 4, &link->index, sizeof(link->index));
	memcpy(request + 8, &number, sizeof(number));
	if (job == STICK_WAIT) {
		memcpy(request + STICK_WAIT_AT, &workload->wait_us,
		    sizeof(workload->wait_us));
	}
}

static void
put_request(unsigned char *request, const struct load *load,
    const struct link *link, char job)
{
	const struct dialogue *dialogue = load->plan.dialogue;

	if (dialogue != NULL) {
		memcpy(request, dialogue->request, dialogue->request_bytes);
	} else {
		link_fill_request(request, load, link, job, link->sent);
	}
}

static void
make_room(struct link *link)
{
	size_t length = link->out_end - link->out_begin;

	memmove(link->out, link->out + link->out_begin, length);
	link->out_begin = 0;
	link->out_end = length;
}

void
link_request(struct load *load, struct link *link, struct mark mark)
{
	size_t depth = load->plan.workload.depth;
	size_t bytes = get_request_bytes(load);

	if (link->out_end + bytes > depth * bytes) {
		make_room(link);
	}
	put_request(link->out + link->out_end, load, link, mark.job);
	link->out_end += bytes;
	link->marks[link->sent % depth] = mark;
	link->sent++;
	load->in_flight++;
}

/* Asks to be told of room only while there is something to send. */
static int
wait_for_room(struct load *load, struct link *link, bool waits)
{
	int result = 0;

	if (link->waits_for_room != waits) {
		link->waits_for_room = waits;
		result = watch_link(load, link, EPOLL_CTL_MOD);
	}
	return result == 0
	    ? 0
	    : load_fail(load, result, "epoll: %s", strerror(-result));
}

int
link_flush(struct load *load, struct link *link)
{
	ssize_t n = 0;

	if (link->out_begin < link->out_end) {
		n = send(link->descriptor, link->out + link->out_begin,
		    link->out_end - link->out_begin,
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	}
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		return load_fail(load, -errno,
		    "connection %u: sending request %llu: %s", link->index,
		    (unsigned long long)link->sent, strerror(errno));
	}
	if (n > 0) {
		link->out_begin += (size_t)n;
	}
	if (link->out_begin == link->out_end) {
		link->out_begin = link->out_end = 0;
	}
	return wait_for_room(load, link, link->out_end > 0);
}
