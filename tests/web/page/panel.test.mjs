// The panel: words, plots, what a person types, what a MIDI keyboard sends.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  barNames,
  bars,
  line,
  lowest,
  pathOf,
  span,
} from '../../../bridge/web/static/js/panel/plot.js';
import { leftText, wordsOf } from '../../../bridge/web/static/js/panel/training.js';
import { WORDS, listOf, valueText, wordsFor } from '../../../bridge/web/static/js/panel/words.js';
import { velocityOf } from '../../../bridge/web/static/js/play/pads.js';
import { MidiIn, keyOf } from '../../../bridge/web/static/js/play/webmidi.js';

test('the newest value stands at the right, a higher one higher', () => {
  const [piece] = line([-2, -1], 40, 100, 50, [-2, -1]);
  assert.equal(piece[1].x, 100);
  assert.ok(piece[0].x < piece[1].x);
  assert.equal(piece[0].y, 50);
  assert.equal(piece[1].y, 0);
});

test('where nothing was measured the line has a hole', () => {
  const pieces = line([1, null, 2, 3], 4, 90, 10, [0, 4]);
  assert.deepEqual(
    pieces.map((piece) => piece.length),
    [1, 2],
  );
  assert.match(pathOf(pieces), /^M0 7\.5h0\.1M60 5L90 2\.5$/);
});

test('a single value does not fill the plot', () => {
  assert.deepEqual(span([-1], 0.5), [-1.25, -0.75]);
  assert.deepEqual(span([], 2), [0, 2]);
  assert.deepEqual(span([0, 5], 2), [0, 5]);
});

test('the lowest point of a curve, holes left out', () => {
  assert.equal(lowest([2, null, 1.5, 1.7, 1.5]), 2);
  assert.equal(lowest([null, Number.NaN]), null);
  assert.equal(lowest([]), null);
});

test('one late note in ten thousand is still seen', () => {
  const drawn = bars([10000, 0, 1], 300, 64);
  assert.equal(drawn[0].height, 64);
  assert.equal(drawn[1].height, 0);
  assert.ok(drawn[2].height >= 2);
});

test("the bars are named by the engine's edges", () => {
  assert.deepEqual(barNames([0.1, 1], 3), ['below 0.1 ms', '0.1 to 1 ms', '1 ms and more']);
});

test('values in words', () => {
  assert.equal(valueText(WORDS.answer_bars, 0), 'as the call');
  assert.equal(valueText(WORDS.answer_bars, 1), '1 bar');
  assert.equal(valueText(WORDS.answer_bars, 4), '4 bars');
  assert.equal(valueText(WORDS.feel, 0.5), '50 %');
  assert.equal(valueText(WORDS.temperature, 1), '1.00');
  assert.equal(valueText(WORDS.lock, 1), "the call's rhythm");
});

test('a parameter that the page has never heard of has a name all the same', () => {
  assert.equal(wordsFor('swing_amount', 'number', 'How much it swings.').label, 'Swing amount');
  assert.equal(
    wordsFor('swing_amount', 'number', 'How much it swings.').help,
    'How much it swings.',
  );
  assert.equal(wordsFor('frozen', 'switch').group, 'switch');
});

test('lists as a person writes them', () => {
  assert.deepEqual(listOf('15, 3.5; 2', 'numbers'), [15, 3.5, 2]);
  assert.deepEqual(listOf('', 'numbers'), []);
  assert.equal(listOf('15, x', 'numbers'), null);
  assert.deepEqual(listOf('on off 1', 'switches'), [true, false, true]);
  assert.equal(listOf('maybe', 'switches'), null);
});

test('a pad struck further down is louder; a pen with pressure says so itself', () => {
  assert.ok(velocityOf(0.1, 0.5) < velocityOf(0.9, 0.5));
  assert.equal(velocityOf(0.1, 0.8), velocityOf(0.9, 0.8));
  assert.ok(velocityOf(-1, 0.5) >= 1 && velocityOf(9, 0.5) <= 127);
});

test('MIDI: note-on, note-off, note-on of no velocity; nothing else is a key', () => {
  assert.deepEqual(keyOf([0x99, 36, 100]), { pitch: 36, velocity: 100, channel: 9 });
  assert.deepEqual(keyOf([0x80, 60, 64]), { pitch: 60, velocity: 0, channel: 0 });
  assert.deepEqual(keyOf([0x90, 60, 0]), { pitch: 60, velocity: 0, channel: 0 });
  assert.equal(keyOf([0xb0, 1, 64]), null);
  assert.equal(keyOf([0xf8]), null);
});

test('a MIDI keyboard that is pulled out leaves no key down', () => {
  const told = [];
  const midi = new MidiIn((name, pitch, velocity) => told.push([name, pitch, velocity]));
  midi.key(0, 60, 90, 0);
  midi.key(0, 64, 90, 0);
  midi.key(0, 60, 0, 0);
  told.length = 0;
  midi.release();
  assert.deepEqual(told, [['midi 0 64', 64, 0]]);
  midi.release();
  assert.equal(told.length, 1);
});

test('a training is told in words', () => {
  const running = { epochs: [], state: 'running', left_s: 150 };
  assert.equal(wordsOf(running), 'at most 3 min left');
  assert.equal(wordsOf({ ...running, left_s: null }), '');
  assert.equal(wordsOf({ ...running, state: 'finished', verdict: 'It is done.' }), 'It is done.');
  assert.match(wordsOf({ ...running, state: 'stopped' }), /^Stopped; the same command/);
  assert.match(wordsOf({ ...running, state: 'silent' }), /^Nothing heard/);
  assert.equal(wordsOf({ epochs: [] }), '');
  assert.equal(leftText(20), 'less than a minute left');
  assert.equal(leftText(9000), 'at most 2.5 hours left');
});
