/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses: what is taken and what it listens on, what is refused.
 */
#include "core/address.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/compiler.h"
#include "support/run.h"

static char directory[] = "/tmp/echelon-address-XXXXXX";
static char socket_path[sizeof(directory) + 8];
static char text[512];
static const char *path;

static void
set_up(void)
{
	ck_assert_ptr_nonnull(mkdtemp(directory));
	(void)snprintf(socket_path, sizeof(socket_path), "%s/socket",
	    directory);
	(void)snprintf(text, sizeof(text), "unix:%s", socket_path);
}

static void
tear_down(void)
{
	(void)unlink(socket_path);
	ck_assert_int_eq(rmdir(directory), 0);
}

/** Listens, and says what on, as the library itself would print it. */
static void
listen_and_format(const char *address, char *buffer, size_t size)
{
	struct sockaddr_storage bound;
	socklen_t length = sizeof(bound);
	int fd = eln_address_listen(address, &path);

	ck_assert_msg(fd >= 0, "%s: %s", address, strerror(-fd));
	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&bound, &length),
	    0);
	eln_address_format((struct sockaddr *)&bound, buffer, size);
	ck_assert_int_eq(close(fd), 0);
}

static const struct {
	const char *address;
	const char *begins;
} good[] = {
	{ "127.0.0.1:0", "127.0.0.1:" },
	{ "localhost:0", "" },
	{ "0.0.0.0:0", "0.0.0.0:" },
	{ "[127.0.0.1]:0", "127.0.0.1:" },
	{ "127.0.0.1:00000", "127.0.0.1:" },
	{ "[::1]:0", "[::1]:" },
	{ "[::]:0", "[::]:" },
};

static bool
has_ipv6(void)
{
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool has = fd >= 0 &&
	    bind(fd, (struct sockaddr *)&in6, sizeof(in6)) == 0;

	if (fd >= 0) {
		(void)close(fd);
	}
	return has;
}

START_TEST(good_address_is_listened_on)
{
	char formatted[100];

	if (strstr(good[_i].address, "::") != NULL && !has_ipv6()) {
		return;
	}
	listen_and_format(good[_i].address, formatted, sizeof(formatted));
	ck_assert_ptr_null(path);
	ck_assert_msg(strncmp(formatted, good[_i].begins,
			  strlen(good[_i].begins)) == 0,
	    "%s is %s", good[_i].address, formatted);
}
END_TEST

static const struct {
	const char *address;
	int error;
} bad[] = {
	{ "", -EINVAL },
	{ ":", -EINVAL },
	{ "80", -EINVAL },
	{ ":80", -EINVAL },
	{ "localhost", -EINVAL },
	{ "localhost:", -EINVAL },
	{ "127.0.0.1:65536", -EINVAL },
	{ "127.0.0.1:4294967376", -EINVAL },
	{ "127.0.0.1:99999999999999999999", -EINVAL },
	{ "127.0.0.1:-1", -EINVAL },
	{ "127.0.0.1:+1", -EINVAL },
	{ "127.0.0.1: 1", -EINVAL },
	{ "127.0.0.1:1 ", -EINVAL },
	{ "127.0.0.1:0x50", -EINVAL },
	{ "127.0.0.1:http", -EINVAL },
	{ "::1:80", -EINVAL },
	{ "[::1]", -EINVAL },
	{ "[::1]80", -EINVAL },
	{ "[::1:80", -EINVAL },
	{ "[]:80", -EINVAL },
	{ "[:80", -EINVAL },
	{ "[::1]x:80", -EINVAL },
	{ "192.0.2.1:0", -EADDRNOTAVAIL },
	{ "unix:", -EINVAL },
	{ "unix:/no/such/directory/socket", -ENOENT },
};

START_TEST(bad_address_is_refused)
{
	int result = eln_address_listen(bad[_i].address, &path);

	ck_assert_msg(result == bad[_i].error, "\"%s\": %s", bad[_i].address,
	    strerror(-result));
}
END_TEST

START_TEST(unknown_host_is_unreachable_and_overlong_host_is_refused)
{
	/* No name service is asked: a label has at most 63 characters. */
	memset(text, 'a', 255);
	memcpy(text + 255, ":80", sizeof(":80"));
	ck_assert_int_eq(eln_address_listen(text, &path), -EHOSTUNREACH);
	memset(text, 'a', 256);
	memcpy(text + 256, ":80", sizeof(":80"));
	ck_assert_int_eq(eln_address_listen(text, &path), -EINVAL);
}
END_TEST

START_TEST(path_of_a_unix_socket_fits_or_is_refused)
{
	size_t size = sizeof(((struct sockaddr_un *)NULL)->sun_path);

	memset(text, 'a', sizeof(text));
	memcpy(text, "unix:/", 6);
	text[5 + size] = '\0';
	ck_assert_int_eq(eln_address_listen(text, &path), -EINVAL);
	text[5 + size - 1] = '\0';
	text[5 + 4] = '/'; /* a folder that is not there */
	ck_assert_int_eq(eln_address_listen(text, &path), -ENOENT);
}
END_TEST

START_TEST(listening_socket_is_nonblocking_and_closed_on_exec)
{
	int fd = eln_address_listen("127.0.0.1:0", &path);
	int on = 0;
	socklen_t size = sizeof(on);

	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	ck_assert_int_eq(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size),
	    0);
	ck_assert_int_eq(on, 1);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(used_port_is_refused)
{
	struct sockaddr_in bound;
	socklen_t size = sizeof(bound);
	char again[100];
	int fd = eln_address_listen("127.0.0.1:0", &path);

	ck_assert_int_eq(getsockname(fd, (struct sockaddr *)&bound, &size), 0);
	eln_address_format((struct sockaddr *)&bound, again, sizeof(again));
	ck_assert_int_eq(eln_address_listen(again, &path), -EADDRINUSE);
	ck_assert_int_eq(close(fd), 0);
	fd = eln_address_listen(again, &path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(unix_socket_is_at_its_path)
{
	struct stat status;
	int fd = eln_address_listen(text, &path);

	ck_assert_int_ge(fd, 0);
	ck_assert_str_eq(path, socket_path);
	ck_assert_int_eq(lstat(socket_path, &status), 0);
	ck_assert(S_ISSOCK(status.st_mode));
	ck_assert_int_eq(eln_address_listen(text, &path), -EADDRINUSE);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(socket_file_that_nobody_serves_is_replaced)
{
	int fd = eln_address_listen(text, &path);

	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(access(socket_path, F_OK), 0);
	fd = eln_address_listen(text, &path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(close(fd), 0);
}
END_TEST

START_TEST(file_that_is_no_socket_is_left_alone)
{
	struct stat status;
	int fd = open(socket_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);

	ck_assert_int_eq(close(fd), 0);
	ck_assert_int_eq(eln_address_listen(text, &path), -EADDRINUSE);
	ck_assert_int_eq(lstat(socket_path, &status), 0);
	ck_assert(S_ISREG(status.st_mode));
}
END_TEST

START_TEST(address_is_formatted_as_it_is_written)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons(65535) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6,
		.sin6_port = htons(80) };
	struct sockaddr un = { .sa_family = AF_UNIX };
	struct sockaddr none = { .sa_family = AF_UNSPEC };
	char buffer[100];

	(void)inet_pton(AF_INET, "192.0.2.255", &in.sin_addr);
	eln_address_format((struct sockaddr *)&in, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, "192.0.2.255:65535");
	(void)inet_pton(AF_INET6, "2001:db8::ff", &in6.sin6_addr);
	eln_address_format((struct sockaddr *)&in6, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, "[2001:db8::ff]:80");
	eln_address_format(&un, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, "unix:");
	eln_address_format(&none, buffer, sizeof(buffer));
	ck_assert_str_eq(buffer, "unknown");
}
END_TEST

START_TEST(formatted_address_is_cut_to_its_buffer)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	char buffer[] = "xxxxxxxx";

	eln_address_format((struct sockaddr *)&in, buffer, 5);
	ck_assert_str_eq(buffer, "0.0.");
	ck_assert_int_eq(buffer[5], 'x');
	eln_address_format((struct sockaddr *)&in, buffer, 1);
	ck_assert_str_eq(buffer, "");
}
END_TEST

int
main(int argc, char **argv)
{
	Suite *suite = suite_create("address");
	TCase *tcase = tcase_create("address");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_loop_test(tcase, good_address_is_listened_on, 0,
	    ELN_COUNT(good));
	tcase_add_loop_test(tcase, bad_address_is_refused, 0, ELN_COUNT(bad));
	tcase_add_test(tcase,
	    unknown_host_is_unreachable_and_overlong_host_is_refused);
	tcase_add_test(tcase, path_of_a_unix_socket_fits_or_is_refused);
	tcase_add_test(tcase,
	    listening_socket_is_nonblocking_and_closed_on_exec);
	tcase_add_test(tcase, used_port_is_refused);
	tcase_add_test(tcase, unix_socket_is_at_its_path);
	tcase_add_test(tcase, socket_file_that_nobody_serves_is_replaced);
	tcase_add_test(tcase, file_that_is_no_socket_is_left_alone);
	tcase_add_test(tcase, address_is_formatted_as_it_is_written);
	tcase_add_test(tcase, formatted_address_is_cut_to_its_buffer);
	suite_add_tcase(suite, tcase);
	return test_run(suite, argc, argv);
}
