// SPDX-License-Identifier: BSD-2-Clause
//
// The line server with Asio: an io_context that reads and writes, and a
// thread_pool for the service.
//
//     read ─▶ serve ─▶ service_answer (pool) ─▶ write ─▶ read
//
// A session does one of these at a time: so answers keep their order, and a
// peer that reads nothing is not served on. Whoever will be called next holds
// the session; only the thread of the io_context drops it.
//
// The end: SIGTERM stops listening and shuts every session for reading. What
// had arrived is still read and answered, then comes the end of the stream;
// run() returns when nobody holds anything any more.

#include <asio.hpp>

#include <csignal>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <utility>

#include "service.h"

using asio::ip::tcp;

namespace {

class session;

struct server {
	asio::io_context context;
	asio::thread_pool pool{ 16 };
	tcp::acceptor acceptor{ context };
	std::set<session *> sessions; // for the end
};

class session : public std::enable_shared_from_this<session> {
      public:
	session(server &server, tcp::socket socket)
	    : server_(server), socket_(std::move(socket))
	{
		server_.sessions.insert(this);
	}

	~session()
	{
		server_.sessions.erase(this);
	}

	session(const session &) = delete;
	session &operator=(const session &) = delete;

	void
	read()
	{
		asio::async_read_until(socket_,
		    asio::dynamic_buffer(input_, SERVICE_LINE), '\n',
		    [self = shared_from_this()](auto error, auto length) {
			    if (!error) {
				    self->serve(length);
			    }
		    });
	}

	void
	shut_for_reading()
	{
		asio::error_code ignored;

		socket_.shutdown(tcp::socket::shutdown_receive, ignored);
	}

      private:
	void
	serve(std::size_t length)
	{
		line_ = input_.substr(0, length);
		input_.erase(0, length);
		// The guard keeps run() from returning meanwhile.
		asio::post(server_.pool,
		    [self = shared_from_this(),
			guard = asio::make_work_guard(server_
							  .context)]() mutable {
			    service_answer(&self->line_[0], self->line_.size());
			    auto &context = self->server_.context;
			    asio::post(context,
				[self = std::move(self)] { self->write(); });
		    });
	}

	void
	write()
	{
		asio::async_write(socket_, asio::buffer(line_),
		    [self = shared_from_this()](auto error, auto) {
			    if (!error) {
				    self->read();
			    }
		    });
	}

	server &server_;
	tcp::socket socket_;
	std::string input_;
	std::string line_;
};

void
accept(server &server)
{
	server.acceptor.async_accept([&server](auto error, auto socket) {
		if (error == asio::error::operation_aborted) {
			return;
		}
		if (!error) {
			std::make_shared<session>(server, std::move(socket))
			    ->read();
		}
		accept(server);
	});
}

void
listen(server &server, unsigned short port)
{
	tcp::endpoint here{ asio::ip::address_v4::loopback(), port };

	server.acceptor.open(here.protocol());
	server.acceptor.set_option(tcp::acceptor::reuse_address(true));
	server.acceptor.bind(here);
	server.acceptor.listen();
	std::cout << "listening on " << server.acceptor.local_endpoint()
		  << std::endl;
}

} // namespace

int
main(int argc, char **argv)
try {
	server server;
	asio::signal_set terminated{ server.context, SIGTERM };

	terminated.async_wait([&server](auto, auto) {
		server.acceptor.close();
		for (session *each : server.sessions) {
			each->shut_for_reading();
		}
	});
	listen(server,
	    static_cast<unsigned short>(argc > 1 ? std::atoi(argv[1]) : 7000));
	accept(server);

	server.context.run();

	server.pool.join();
	return 0;
} catch (const std::exception &problem) {
	std::cerr << argv[0] << ": " << problem.what() << '\n';
	return 1;
}
