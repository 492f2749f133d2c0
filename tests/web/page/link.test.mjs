// One truth: what a person sets is shown at once, and the engine's word always wins in the end.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { Edits, same } from '../../../bridge/web/static/js/link/edits.js';
import { waitMs } from '../../../bridge/web/static/js/link/feed.js';
import { JamState, stateText } from '../../../bridge/web/static/js/link/jamstate.js';

function desk() {
  const sent = [];
  const refused = [];
  const edits = new Edits(
    (player, name, value) =>
      new Promise((done, failed) => sent.push({ player, name, value, done, failed })),
    () => {},
    (error) => refused.push(error.message),
  );
  return { edits, sent, refused };
}
const settled = () => new Promise((done) => setImmediate(done));

test('an edit is shown at once and is pending until the engine says the same', async () => {
  const { edits, sent } = desk();
  edits.set(1, 'temperature', 1.3, 0);
  assert.deepEqual(edits.shown(1, 'temperature', 1), { value: 1.3, pending: true });
  sent[0].done();
  await settled();
  edits.told(1, { temperature: 1.2999999523162842 });
  assert.deepEqual(edits.shown(1, 'temperature', 1.3), { value: 1.3, pending: false });
});

test('a dragged knob: one request at a time, and of the rest only the newest', async () => {
  const { edits, sent } = desk();
  for (let turn = 0; turn < 50; turn += 1) edits.set(1, 'density', turn / 50, turn / 60);
  assert.equal(sent.length, 1);
  sent[0].done();
  await settled();
  assert.deepEqual(
    sent.map((one) => one.value),
    [0, 0.98],
  );
  edits.told(1, { density: 0 });
  assert.equal(
    edits.shown(1, 'density', 0).value,
    0.98,
    "an older value's echo does not pull it back",
  );
  sent[1].done();
  await settled();
  edits.told(1, { density: 0.98 });
  assert.equal(edits.shown(1, 'density', 0.98).pending, false);
  assert.equal(sent.length, 2, 'an echo makes no new request');
});

test('what the engine refuses goes back to its value, with its words', async () => {
  const { edits, sent, refused } = desk();
  edits.set(1, 'bundle', 'none_such', 0);
  sent[0].failed(new Error('There is no bundle none_such on offer.'));
  await settled();
  assert.deepEqual(edits.shown(1, 'bundle', 'groove_drums'), {
    value: 'groove_drums',
    pending: false,
  });
  assert.deepEqual(refused, ['There is no bundle none_such on offer.']);
});

test('an edit that the engine never confirms is given up', async () => {
  const { edits, sent } = desk();
  edits.set(1, 'loop', true, 0);
  sent[0].done();
  await settled();
  edits.tire(1);
  assert.equal(edits.shown(1, 'loop', false).pending, true);
  edits.tire(3);
  assert.deepEqual(edits.shown(1, 'loop', false), { value: false, pending: false });
});

test("somebody else's edit shows at once where nobody here turns the same knob", () => {
  const { edits } = desk();
  edits.set(1, 'feel', 0.2, 0);
  edits.told(1, { temperature: 0.7, feel: 1 });
  assert.equal(edits.shown(1, 'temperature', 0.7).value, 0.7);
  assert.equal(edits.shown(2, 'feel', 1).value, 1, 'of another player');
});

test('equal up to single precision, and in lists', () => {
  assert.ok(same(0.1, Math.fround(0.1)));
  assert.ok(!same(0.1, 0.11));
  assert.ok(same([15, 3], [15, 3]) && !same([15], [15, 3]));
  assert.ok(!same(1, true));
});

test('the page tries again soon at first, then less often, and never stops', () => {
  const waits = [1, 2, 3, 4, 50].map(waitMs);
  assert.deepEqual(
    [...waits].sort((a, b) => a - b),
    waits,
  );
  assert.ok(waits[0] <= 500 && waits[4] === 4000);
});

const beat = {
  clock: 'own',
  time_s: 100,
  run_beats: 8,
  song_beats: 8,
  tempo_qpm: 120,
  bar_beats: 4,
  next_bar_line_beats: 12,
  playing: true,
  source: 'internal',
  locked: true,
};
const player = {
  number: 1,
  name: 'pads',
  kind: 'port',
  clock: 'own',
  bundle: 'groove_drums',
  drums: true,
  state: 0,
  settings: { temperature: 1 },
  away: false,
};

test('hello replaces everything that an engine of before had told', () => {
  const jam = new JamState();
  jam.hello({ time_s: 100, clocks: [beat], players: [player, { ...player, number: 2 }] }, 0);
  jam.key({ player: 1, pitch: 36, velocity: 100, channel: 9, at_beats: 8, heard: true }, 0);
  jam.hello({ time_s: 5, clocks: [{ ...beat, time_s: 5 }], players: [player] }, 0);
  assert.deepEqual(
    jam.ordered.map((one) => one.number),
    [1],
  );
  assert.equal(jam.roll.of(1).length, 0);
  assert.equal(jam.clockOf(1).at(5), 8);
});

test('each player follows the clock that it names', () => {
  const jam = new JamState();
  const other = { ...beat, clock: 'device 1', run_beats: 100, tempo_qpm: 60 };
  jam.hello(
    {
      time_s: 100,
      clocks: [beat, other],
      players: [player, { ...player, number: 2, clock: 'device 1' }],
    },
    0,
  );
  assert.equal(jam.clockOf(1).at(101), 10);
  assert.equal(jam.clockOf(2).at(101), 101);
});

test('when the song stops, held keys are let go', () => {
  const jam = new JamState();
  jam.hello({ time_s: 100, clocks: [beat], players: [player] }, 0);
  jam.key({ player: 1, pitch: 60, velocity: 100, channel: 0, at_beats: 8, heard: true }, 0);
  jam.beat({ ...beat, time_s: 101, run_beats: 10, playing: false }, 101);
  assert.equal(jam.roll.of(1)[0].end, 10);
});

test("a player's state in words", () => {
  assert.equal(stateText(player), 'Ready');
  assert.equal(stateText({ ...player, state: 1, bar: 2, bars: 0 }), 'Listening 2');
  assert.equal(stateText({ ...player, state: 'answering', bar: 1, bars: 4 }), 'Answering 1/4');
  assert.equal(stateText({ ...player, state: 3, away: true }), 'Away');
});
