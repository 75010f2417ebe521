// SPDX-License-Identifier: BSD-2-Clause
//
// What node_redis.py runs by node: node-redis 4 and later against the server
// at the port given. Says what failed and exits with 1.

'use strict';

const assert = require('assert');
const { createClient, WatchError } = require('redis');

const url = `redis://127.0.0.1:${process.argv[2]}`;
const COUNTERS = 6;
const EACH = 50;

// What node-redis gives for a map or a list of them has no prototype.
function same(got, expected, what) {
  assert.deepStrictEqual(
    JSON.parse(JSON.stringify(got)), JSON.parse(JSON.stringify(expected)),
    what);
}

async function connect(options) {
  const client = createClient({ url, ...options });
  client.on('error', (error) => { throw error; });
  await client.connect();
  return client;
}

async function checkConnecting() {
  const client = await connect({ url: `${url}/3`, name: 'tester' });
  await client.set('here', 'drei');
  same(await client.clientGetName(), 'tester', 'name');
  const other = await connect();
  same(await other.get('here'), null, 'another database');
  await client.flushDb();
  await client.quit();
  await other.quit();
}

// All of one tick go out in one write.
async function checkPipeline(client) {
  same(await Promise.all([
    client.set('k', 'v', { EX: 100, NX: true }), client.get('k'),
    client.incr('n'), client.rPush('l', ['x', 'y']), client.lRange('l', 0, -1),
    client.hSet('h', { a: '1', b: '2' }), client.hGetAll('h'),
    client.sAdd('s', ['q', 'q']), client.sMembers('s'),
    client.zAdd('z', [{ score: 1.5, value: 'm' }]), client.zScore('z', 'm'),
    client.zRangeWithScores('z', 0, -1), client.get('nosuch'),
    client.mGet(['k', 'nosuch']), client.lPop('nosuch'),
  ]), [
    'OK', 'v', 1, 2, ['x', 'y'], 2, { a: '1', b: '2' }, 1, ['q'], 1, 1.5,
    [{ value: 'm', score: 1.5 }], null, ['v', null], null,
  ], 'a pipeline');
}

async function checkTransaction(client) {
  same(await client.multi().set('t', '1').incrBy('t', 41).get('t')
    .hGetAll('h').exec(), ['OK', 42, '42', { a: '1', b: '2' }], 'EXEC');
  await assert.rejects(
    client.multi().set('t', '2').addCommand(['NOSUCH']).exec());
  same(await client.get('t'), '42', 'behind EXECABORT');
}

async function checkWatch(client) {
  const other = await connect();
  await client.watch('t');
  await other.set('t', '50');
  await assert.rejects(client.multi().set('t', '51').exec(), WatchError);
  await client.watch('t');
  await client.unwatch();
  await other.set('t', '52');
  same(await client.multi().get('t').exec(), ['52'], 'behind UNWATCH');
  await other.quit();
}

async function count() {
  const client = await connect();
  let done = 0;
  while (done < EACH) {
    await client.watch('counter');
    const seen = Number(await client.get('counter'));
    try {
      await client.multi().set('counter', String(seen + 1)).exec();
      done++;
    } catch (error) {
      if (!(error instanceof WatchError)) {
        throw error;
      }
    }
  }
  await client.quit();
}

async function main() {
  await checkConnecting();
  const client = await connect();
  await checkPipeline(client);
  await checkTransaction(client);
  await checkWatch(client);
  await Promise.all(Array.from({ length: COUNTERS }, count));
  same(await client.get('counter'), String(COUNTERS * EACH), 'counted');
  await client.flushAll();
  await client.quit();
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
