// Sound: each coming note is handed to the audio clock once, at the moment that its beat has then.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { AudioClock } from '../../../bridge/web/static/js/sound/audioclock.js';
import { SoundPlan, clicksBetween } from '../../../bridge/web/static/js/sound/plan.js';
import { hertz } from '../../../bridge/web/static/js/sound/polysynth.js';
import { linesBetween } from '../../../bridge/web/static/js/time/barlines.js';
import { random } from './random.mjs';
import { BeatLine } from '../../../bridge/web/static/js/time/beatline.js';

const note = (start, player = 1, answer = 1) => ({
  kind: 'answer',
  player,
  answer,
  pitch: 36,
  velocity: 100,
  channel: 9,
  start,
  end: start + 0.5,
  heard: true,
  seenS: 0,
});

function clockAt(timeS, runBeats, tempoQpm = 120, playing = true) {
  const clock = new BeatLine();
  hear(clock, timeS, runBeats, tempoQpm, playing);
  return clock;
}

function hear(clock, timeS, runBeats, tempoQpm = 120, playing = true) {
  clock.hear(
    {
      time_s: timeS,
      run_beats: runBeats,
      song_beats: runBeats,
      tempo_qpm: tempoQpm,
      bar_beats: 4,
      next_bar_line_beats: Math.ceil(runBeats / 4 + 1e-9) * 4,
      playing,
      source: 'internal',
      locked: true,
    },
    timeS,
  );
}

test('a note is handed over when it is near, with its moment and its length in seconds', () => {
  const plan = new SoundPlan();
  const clock = clockAt(100, 0);
  plan.add([note(4), note(4.25), note(8)]);
  assert.deepEqual(
    plan.due(101, 101.12, () => clock),
    [],
  );
  const due = plan.due(101.95, 102.07, () => clock);
  assert.deepEqual(
    due.map(({ engineS, lengthS }) => [engineS, lengthS]),
    [[102, 0.25]],
  );
  assert.deepEqual(
    plan.due(101.95, 102.07, () => clock),
    [],
    'once',
  );
  assert.equal(plan.waiting.size, 2);
});

test('a tempo change before that moves it', () => {
  const plan = new SoundPlan();
  const clock = clockAt(100, 0);
  plan.add([note(4)]);
  hear(clock, 101, 2, 60);
  assert.deepEqual(
    plan.due(101.95, 102.07, () => clock),
    [],
  );
  assert.equal(plan.due(102.95, 103.07, () => clock)[0].engineS, 103);
});

test('while the beat stands nothing sounds, and nothing is lost', () => {
  const plan = new SoundPlan();
  const clock = clockAt(100, 3.9, 120, false);
  plan.add([note(4)]);
  assert.deepEqual(
    plan.due(100, 110, () => clock),
    [],
  );
  hear(clock, 200, 3.9);
  assert.equal(plan.due(200, 200.1, () => clock).length, 1);
});

test('what is taken back does not sound; other answers and other players do', () => {
  const plan = new SoundPlan();
  const clock = clockAt(100, 0);
  plan.add([note(4), note(5), note(5, 2), note(5, 1, 2)]);
  plan.takeBack(1, 1, 5);
  assert.deepEqual(
    plan.due(100, 104, () => clock).map(({ note: one }) => [one.player, one.answer, one.start]),
    [
      [1, 1, 4],
      [2, 1, 5],
      [1, 2, 5],
    ],
  );
});

test('a note that comes too late is left out, one that is just late sounds now', () => {
  const plan = new SoundPlan();
  const clock = clockAt(100, 0);
  plan.add([note(0), note(1.98)]);
  const due = plan.due(101, 101.1, () => clock);
  assert.deepEqual(
    due.map(({ engineS }) => engineS),
    [101],
  );
  assert.equal(plan.dropped, 1);
});

test('the click sounds each beat once, however the turns fall', () => {
  const clock = clockAt(100, 0.5);
  const heard = [];
  for (let turn = 0, fromS = 100; turn < 90; turn += 1) {
    const untilS = fromS + 0.025 + (turn % 3) * 0.02;
    heard.push(...clicksBetween(clock, fromS, untilS, linesBetween));
    fromS = untilS;
  }
  const gaps = heard.slice(1).map((click, i) => click.engineS - heard[i].engineS);
  assert.ok(heard.length >= 7);
  assert.ok(
    gaps.every((gap) => Math.abs(gap - 0.5) < 1e-6),
    `${gaps}`,
  );
  assert.equal(heard.filter((click) => click.accent).length, Math.ceil((heard.length - 3) / 4));
});

test('the audio clock: what the browser says coarsely does not shift the notes', () => {
  const draw = random(5);
  const clock = new AudioClock();
  assert.equal(clock.at(1), null);
  for (let turn = 0; turn < 200; turn += 1) {
    const pageS = 10 + turn * 0.025;
    clock.add(pageS - 9 - draw() * 0.01, pageS);
    if (turn > 60) assert.ok(Math.abs(clock.at(20) - 10.995) < 0.002, `after ${turn}`);
  }
});

test('an audio clock that stood still is believed at once', () => {
  const clock = new AudioClock();
  for (let turn = 0; turn < 60; turn += 1) clock.add(turn, turn + 9);
  clock.add(60, 70);
  assert.equal(clock.at(80), 70);
});

test('A above middle C has 440 Hz, an octave doubles', () => {
  assert.equal(hertz(69), 440);
  assert.equal(hertz(81), 880);
});
