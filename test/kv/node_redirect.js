// SPDX-License-Identifier: BSD-2-Clause
//
// Loaded before an example of node-redis: what connects to the default port
// of this machine connects to KV_PORT.

'use strict';

const net = require('net');

const connect = net.Socket.prototype.connect;

function elsewhere(argument) {
  if (Array.isArray(argument)) {
    return argument.map(elsewhere);
  }
  if (argument !== null && typeof argument === 'object' &&
      argument.port === 6379) {
    const port = Number(process.env.KV_PORT);
    return { ...argument, host: '127.0.0.1', port };
  }
  return argument;
}

net.Socket.prototype.connect = function (...options) {
  const redirected = options.map(elsewhere);
  // net marks the array that it has already taken apart by a symbol.
  options.forEach((option, i) => {
    if (Array.isArray(option)) {
      for (const symbol of Object.getOwnPropertySymbols(option)) {
        redirected[i][symbol] = option[symbol];
      }
    }
  });
  return connect.apply(this, redirected);
};
