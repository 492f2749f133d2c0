// The beat on the page: between the engine's messages, over tempo changes, stops and jumps.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { linesBetween, placeInBar } from '../../../bridge/web/static/js/time/barlines.js';
import { BeatLine } from '../../../bridge/web/static/js/time/beatline.js';
import { EngineTime } from '../../../bridge/web/static/js/time/enginetime.js';
import { random } from './random.mjs';

const near = (got, wanted, within, what) =>
  assert.ok(Math.abs(got - wanted) <= within, `${what ?? ''} ${got} is not ${wanted} ± ${within}`);

function told(changes = {}) {
  return {
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
    ...changes,
  };
}

test('between two messages the beat goes on in tempo', () => {
  const clock = new BeatLine();
  clock.hear(told(), 100);
  assert.equal(clock.at(100.5), 9);
  assert.equal(clock.engineAt(12), 102);
  assert.equal(clock.songAt(12), 12);
});

test('a stopped beat stands, and no moment is due', () => {
  const clock = new BeatLine();
  clock.hear(told(), 100);
  clock.hear(told({ time_s: 101, run_beats: 10, playing: false }), 101);
  assert.equal(clock.at(150), 10);
  assert.equal(clock.engineAt(11), null);
});

test('a small difference is glided over without a step, and is gone soon', () => {
  const clock = new BeatLine();
  clock.hear(told(), 100);
  const before = clock.at(101);
  clock.hear(told({ time_s: 101, run_beats: 10.04 }), 101);
  near(clock.at(101), before, 1e-9, 'no step');
  near(clock.at(102), 12.04, 1e-3, 'after a second');
});

test('the drawn beat never stands still or goes back while the song plays', () => {
  const draw = random(7);
  const clock = new BeatLine();
  let engineS = 100;
  let beats = 8;
  let before = -Infinity;
  clock.hear(told(), engineS);
  for (let turn = 0; turn < 2000; turn += 1) {
    const tempo = 40 + draw() * 260;
    const frames = 1 + Math.floor(draw() * 8);
    for (let frame = 0; frame < frames; frame += 1) {
      engineS += 1 / 60;
      const drawn = clock.at(engineS);
      assert.ok(drawn > before, `${drawn} after ${before}`);
      before = drawn;
    }
    beats = clock.exactAt(engineS) + (draw() - 0.5) * 0.4;
    const jumpsBefore = clock.jumps;
    clock.hear(told({ time_s: engineS, run_beats: beats, tempo_qpm: tempo }), engineS);
    if (clock.jumps > jumpsBefore) before = -Infinity;
  }
});

test('a tempo change is followed from the message on', () => {
  const clock = new BeatLine();
  clock.hear(told(), 100);
  clock.hear(told({ time_s: 101, run_beats: 10, tempo_qpm: 60 }), 101);
  near(clock.at(103), 12, 1e-9);
});

test('a jump is followed at once', () => {
  const clock = new BeatLine();
  clock.hear(told(), 100);
  clock.hear(told({ time_s: 101, run_beats: 40 }), 101);
  assert.equal(clock.at(101), 40);
  assert.equal(clock.jumps, 1);
});

test('bars lie where the engine says, whatever the signature', () => {
  const clock = new BeatLine();
  clock.hear(told({ bar_beats: 3.5, next_bar_line_beats: 9.5, song_beats: 5.5 }), 100);
  const bars = linesBetween(clock, 6, 17).filter((line) => line.bar);
  assert.deepEqual(
    bars.map((line) => line.beats),
    [6, 9.5, 13, 16.5],
  );
  assert.deepEqual(
    bars.map((line) => line.number),
    [2, 3, 4, 5],
  );
  const beats = linesBetween(clock, 6, 9.49).map((line) => line.beats);
  assert.deepEqual(
    beats,
    [6, 7, 8, 9],
    'the half beat at the end of the bar has no line of its own',
  );
});

test('the place in the bar', () => {
  const clock = new BeatLine();
  clock.hear(told(), 100);
  assert.deepEqual(placeInBar(clock, 10.5), { bar: 3, beat: 3, phase: 0.625 });
  assert.deepEqual(placeInBar(clock, 12), { bar: 4, beat: 1, phase: 0 });
});

test("the engine's clock is found in spite of slow pings", () => {
  const draw = random(3);
  const time = new EngineTime();
  const offsetS = 5000.125;
  for (let ping = 0; ping < 60; ping += 1) {
    const sentS = 10 + ping;
    const there = 0.0004 + (draw() < 0.3 ? draw() * 0.08 : 0);
    const back = 0.0004 + (draw() < 0.3 ? draw() * 0.08 : 0);
    time.add(sentS, sentS + there + offsetS, sentS + there + back);
    if (ping > 12) near(time.engineAt(100) - 100, offsetS, 0.002, `after ping ${ping}`);
  }
  assert.ok(time.uncertaintyS < 0.002);
});

test('its offset never jumps by what a ping may be wrong', () => {
  const time = new EngineTime();
  time.add(10, 1010.02, 10.04);
  const before = time.offsetS;
  time.add(11, 1011.0005, 11.001);
  assert.ok(Math.abs(time.offsetS - before) <= 0.0201);
});

test('another engine has another clock, and is believed at once', () => {
  const time = new EngineTime();
  time.add(10, 1010, 10.001);
  time.add(11, 61, 11.001);
  near(time.engineAt(11), 61, 0.001);
});

test('an answer that never came, or is no number, changes nothing', () => {
  const time = new EngineTime();
  time.add(10, Number.NaN, 10.001);
  time.add(10, 1010, 9);
  assert.equal(time.known, false);
});
