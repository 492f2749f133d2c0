// Commands: in order, one request at a time, and a refusal is nobody else's.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Api, Refused } from '../../../bridge/web/static/js/link/api.js';

/** The server, as far as commands go: what it was sent, and what it answers when it is let. */
function server() {
  const requests = [];
  globalThis.fetch = (path, options) =>
    new Promise((done, failed) => {
      requests.push({
        path,
        headers: options.headers,
        sent: JSON.parse(options.body),
        answer: (status, body) =>
          done({ ok: status < 400, status, text: async () => JSON.stringify(body) }),
        break: () => failed(new TypeError('Failed to fetch')),
      });
    });
  return requests;
}
const settled = () => new Promise((done) => setImmediate(done));
const key = (pitch, velocity) => ({ command: 'key', player: 1, pitch, velocity });

test('the keys of a chord travel together, with the header that no foreign page can send', async () => {
  const requests = server();
  const api = new Api();
  for (const pitch of [60, 64, 67]) api.command(key(pitch, 100));
  await settled();
  assert.deepEqual(
    requests[0].sent.map((one) => one.pitch),
    [60, 64, 67],
  );
  assert.equal(requests[0].headers['X-Magenta-Bridge'], '1');
  assert.equal('X-Magenta-Page' in requests[0].headers, false);
});

test('once it has a name the page sends it along', async () => {
  const requests = server();
  const api = new Api();
  api.page = 'a1b2';
  api.command(key(60, 100));
  await settled();
  assert.equal(requests[0].headers['X-Magenta-Page'], 'a1b2');
});

test('a release never overtakes its strike', async () => {
  const requests = server();
  const api = new Api();
  api.command(key(60, 100));
  await settled();
  api.command(key(60, 0));
  await settled();
  assert.equal(requests.length, 1, 'one request at a time');
  requests[0].answer(200, { done: 1 });
  await settled();
  assert.deepEqual(requests[1].sent, [key(60, 0)]);
});

test('what comes after a refused command is carried out all the same', async () => {
  const requests = server();
  const api = new Api();
  const before = api.command(key(60, 100));
  const refused = api.command({ command: 'do', player: 1, action: 'mutate' });
  const after = api.command(key(60, 0));
  await settled();
  requests[0].answer(409, { error: { code: 'x', message: 'No.', hint: 'Play.' }, done: 1 });
  await before;
  await assert.rejects(refused, (error) => error instanceof Refused && error.hint === 'Play.');
  await settled();
  assert.deepEqual(requests[1].sent, [key(60, 0)]);
  requests[1].answer(200, { done: 1 });
  await after;
});

test('a broken line fails what travelled, and the next command is tried', async () => {
  const requests = server();
  const api = new Api();
  const lost = api.command(key(60, 100));
  await settled();
  requests[0].break();
  await assert.rejects(lost, TypeError);
  const next = api.command(key(62, 100));
  await settled();
  requests[1].answer(200, { done: 1 });
  await next;
});

test('when the engine is gone nothing waits for the next one', async () => {
  server();
  const api = new Api();
  api.command(key(60, 100)).catch(() => {});
  await settled();
  const waits = api.command(key(60, 0));
  api.forget();
  await assert.rejects(waits, Refused);
});
