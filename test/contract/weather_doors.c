/* SPDX-License-Identifier: BSD-2-Clause */

/*
 * Doors: how connections come in. Sockets that somebody else opened, Unix
 * sockets and IPv6, and more clients than there is room for.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "weather_support.h"

static const struct echelon_handler echo = ECHELON_HANDLER(
	.on_open = weather_on_open, .on_data = weather_echo,
    .on_close = weather_on_close);

static struct test_server *
start(int row, struct weather *weather, const char *const *settings)
{
	weather_init(weather);
	return test_server_start(test_patterns[row].name, &echo, weather,
	    settings);
}

static void
check_echo(int fd)
{
	client_say(fd, "hello");
	client_expect(fd, "hello");
}

/* ---- adopt ---- */

START_TEST(connected_sockets_of_others_are_served)
{
	struct weather weather;
	struct test_server *server = start(_i, &weather, NULL);
	int pair[2];

	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	client_say(pair[0], "before");
	ck_assert_int_eq(echelon_engine_adopt(test_server_engine(server),
			     pair[1], &echo, &weather),
	    0);
	client_expect(pair[0], "before");
	check_echo(pair[0]);
	ck_assert_uint_eq(test_server_stats(server).accepted, 1);
	ck_assert_int_eq(fcntl(pair[1], F_GETFD), FD_CLOEXEC);
	close(pair[0]);
	ck_assert_int_eq(weather_reason(&weather, 1), 0);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

static int
open_listening(void)
{
	struct sockaddr_in address = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	ck_assert_int_eq(listen(fd, 16), 0);
	return fd;
}

static int
port_of_listener(const struct test_server *server, unsigned n)
{
	char address[64];

	ck_assert_int_eq(echelon_engine_address(test_server_engine(server), n,
			     address, sizeof(address)),
	    0);
	return atoi(strrchr(address, ':') + 1);
}

START_TEST(listening_sockets_of_others_are_served)
{
	struct weather weather;
	struct test_server *server = start(_i, &weather, NULL);
	int listening = open_listening();
	int fd;

	ck_assert_int_eq(echelon_engine_adopt(test_server_engine(server),
			     listening, &echo, &weather),
	    0);
	fd = client_connect(port_of_listener(server, 1));
	check_echo(fd);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

static void
check_not_adopted(const struct test_server *server, int fd, int expected)
{
	static struct weather unused;

	ck_assert_int_eq(echelon_engine_adopt(test_server_engine(server), fd,
			     &echo, &unused),
	    expected);
}

START_TEST(what_cannot_be_served_stays_the_callers)
{
	static const char *const settings[] = { "limits.connections=1", NULL };
	struct weather weather;
	struct test_server *server = start(_i, &weather, settings);
	int stream = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int datagram = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int pair[2];
	int fd;

	check_not_adopted(server, -1, -EBADF);
	check_not_adopted(server, stream, -EINVAL);
	check_not_adopted(server, datagram, -EINVAL);
	check_not_adopted(server, weather.gate.read_end, -EINVAL);

	fd = test_server_connect(server);
	ck_assert(counter_wait(&weather.opened, 1));
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0,
			     pair),
	    0);
	check_not_adopted(server, pair[1], -EAGAIN);
	echelon_engine_stop(test_server_engine(server));
	check_not_adopted(server, pair[1], -ESHUTDOWN);

	ck_assert_int_eq(close(stream), 0);
	ck_assert_int_eq(close(datagram), 0);
	ck_assert_int_eq(close(pair[0]), 0);
	ck_assert_int_eq(close(pair[1]), 0);
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- Unix sockets ---- */

struct place {
	char folder[32];
	char path[64];    /* of the socket */
	char address[80]; /* "unix:" and the path */
};

static void
make_place(struct place *place)
{
	(void)snprintf(place->folder, sizeof(place->folder), "%s",
	    P_tmpdir "/weather-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(place->folder));
	(void)snprintf(place->path, sizeof(place->path), "%s/socket",
	    place->folder);
	(void)snprintf(place->address, sizeof(place->address), "unix:%s",
	    place->path);
}

static struct sockaddr_un
address_of(const struct place *place)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s",
	    place->path);
	return address;
}

/** Leaves a socket file behind that nobody serves. */
static void
leave_stale(const struct place *place)
{
	struct sockaddr_un address = address_of(place);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)),
	    0);
	close(fd);
	ck_assert_int_eq(access(place->path, F_OK), 0);
}

static int
connect_unix(const struct place *place)
{
	struct sockaddr_un address = address_of(place);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
			     sizeof(address)),
	    0);
	return fd;
}

START_TEST(stale_socket_file_is_replaced_and_ours_removed_at_the_end)
{
	struct weather weather;
	struct test_server *server = start(_i, &weather, NULL);
	struct place place;
	int fd;

	make_place(&place);
	leave_stale(&place);
	ck_assert_int_eq(echelon_engine_listen(test_server_engine(server),
			     place.address, &echo, &weather),
	    0);
	fd = connect_unix(&place);
	check_echo(fd);
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(access(place.path, F_OK), -1);
	ck_assert_int_eq(rmdir(place.folder), 0);
	weather_deinit(&weather);
}
END_TEST

START_TEST(socket_file_in_use_is_left_alone)
{
	struct weather weather;
	struct test_server *server = start(_i, &weather, NULL);
	struct place place;
	int fd;

	make_place(&place);
	ck_assert_int_eq(echelon_engine_listen(test_server_engine(server),
			     place.address, &echo, &weather),
	    0);
	ck_assert_int_eq(echelon_engine_listen(test_server_engine(server),
			     place.address, &echo, &weather),
	    -EADDRINUSE);
	fd = connect_unix(&place);
	check_echo(fd);
	close(fd);
	test_server_stop(server);
	ck_assert_int_eq(rmdir(place.folder), 0);
	weather_deinit(&weather);
}
END_TEST

START_TEST(other_file_in_the_way_is_left_alone)
{
	struct weather weather;
	struct test_server *server = start(_i, &weather, NULL);
	struct place place;
	int fd;

	make_place(&place);
	fd = open(place.path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	ck_assert_int_ge(fd, 0);
	close(fd);
	ck_assert_int_eq(echelon_engine_listen(test_server_engine(server),
			     place.address, &echo, &weather),
	    -EADDRINUSE);
	test_server_stop(server);
	ck_assert_int_eq(unlink(place.path), 0);
	ck_assert_int_eq(rmdir(place.folder), 0);
	weather_deinit(&weather);
}
END_TEST

/* ---- IPv6 ---- */

START_TEST(ipv6_is_served)
{
	struct sockaddr_in6 address = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	struct weather weather;
	struct test_server *server = start(_i, &weather, NULL);
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		(void)fprintf(stderr, "no IPv6 here: nothing tested\n");
	} else {
		ck_assert_int_eq(
		    echelon_engine_listen(test_server_engine(server), "[::1]:0",
			&echo, &weather),
		    0);
		address.sin6_port = htons((uint16_t)port_of_listener(server,
		    1));
		ck_assert_int_eq(connect(fd, (struct sockaddr *)&address,
				     sizeof(address)),
		    0);
		check_echo(fd);
	}
	close(fd);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

/* ---- more clients than room ---- */

START_TEST(clients_above_the_limit_wait_and_are_served_later)
{
	static const char *const settings[] = { "limits.connections=4", NULL };
	enum {
		LIMIT = 4,
		CLIENTS = 20
	};
	struct weather weather;
	struct test_server *server = start(_i, &weather, settings);
	int fds[CLIENTS];

	for (int i = 0; i < CLIENTS; i++) {
		fds[i] = test_server_connect(server);
		client_say(fds[i], "hello");
	}
	/* The kernel hands them out in order; each that leaves makes room. */
	for (int i = 0; i < CLIENTS; i++) {
		client_expect(fds[i], "hello");
		ck_assert_uint_le(test_server_stats(server).connections, LIMIT);
		ck_assert_int_le(counter_get(&weather.opened), i + LIMIT);
		close(fds[i]);
		(void)weather_reason(&weather, i + 1);
	}
	ck_assert_int_eq(weather_closed_with(&weather, 0), CLIENTS);
	ck_assert_uint_eq(test_server_stats(server).refused, 0);
	test_server_stop(server);
	weather_deinit(&weather);
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("weather: doors");

	weather_add(suite, "connected", connected_sockets_of_others_are_served);
	weather_add(suite, "listening", listening_sockets_of_others_are_served);
	weather_add(suite, "refused", what_cannot_be_served_stays_the_callers);
	weather_add(suite, "stale",
	    stale_socket_file_is_replaced_and_ours_removed_at_the_end);
	weather_add(suite, "in use", socket_file_in_use_is_left_alone);
	weather_add(suite, "other file", other_file_in_the_way_is_left_alone);
	weather_add(suite, "IPv6", ipv6_is_served);
	weather_add(suite, "limit",
	    clients_above_the_limit_wait_and_are_served_later);
	return test_run(suite, argc, argv);
}
