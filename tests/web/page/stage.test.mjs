// The stage: which notes are on it, and where.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { PitchRange, drumLane, pitchName } from '../../../bridge/web/static/js/stage/lanes.js';
import { laneOf, layOut, yOf } from '../../../bridge/web/static/js/stage/layout.js';
import { Roll } from '../../../bridge/web/static/js/stage/roll.js';
import { pageOf, stepOf } from '../../../bridge/web/static/js/stage/stepgrid.js';
import { BeatLine } from '../../../bridge/web/static/js/time/beatline.js';
import { Frames, percentile } from '../../../bridge/web/static/js/stage/frames.js';

const kick = (start_beats, duration_beats = 0.25) => ({
  pitch: 36,
  velocity: 100,
  start_beats,
  duration_beats,
  channel: 9,
});
const seat = (number, drums) => ({ number, drums, range: new PitchRange() });

test('a note falls: above the line before its beat, on it at its beat, below after', () => {
  const layout = layOut(1000, 700, [seat(1, true)], 1, 4);
  assert.ok(yOf(layout, 8, 7) < layout.nowY);
  assert.equal(yOf(layout, 8, 8), layout.nowY);
  assert.ok(yOf(layout, 8, 8.5) > layout.nowY);
  assert.equal(yOf(layout, 12, 8), layout.top, 'what is four beats away comes in at the top');
});

test('two players stand side by side, and nothing overlaps', () => {
  const layout = layOut(1200, 700, [seat(1, true), seat(2, false)], 1, 4);
  const [one, two] = layout.columns;
  assert.ok(one.x + one.width < two.x);
  assert.ok(two.x + two.width <= 1200);
  for (const column of layout.columns) {
    for (const lane of column.lanes) {
      assert.ok(lane.x >= column.x - 1e-9 && lane.x + lane.width <= column.x + column.width + 1e-9);
    }
  }
  assert.equal(one.lanes.length, 9);
  assert.equal(two.lanes.length, 24);
});

test('on a phone the chosen player has the stage to itself', () => {
  const seats = [seat(1, true), seat(2, false), seat(3, true)];
  const narrow = layOut(320, 500, seats, 2, 4);
  assert.deepEqual(
    narrow.columns.map((column) => column.player),
    [2],
  );
  const wide = layOut(1400, 500, seats, 2, 4);
  assert.deepEqual(
    wide.columns.map((column) => column.player),
    [1, 2, 3],
  );
  const last = layOut(400, 500, seats, 3, 4);
  assert.ok(
    last.columns.some((column) => column.player === 3),
    'the chosen one is always there',
  );
});

test('lanes are named where names fit', () => {
  const wide = layOut(900, 500, [seat(1, true)], 1, 4).columns[0];
  assert.equal(laneOf(wide, 38)?.label, 'snare');
  const narrow = layOut(320, 500, [seat(1, true)], 1, 4).columns[0];
  assert.equal(laneOf(narrow, 38)?.label, 'S');
});

test('other drums of General MIDI share the nearest lane, and what is no drum has none', () => {
  assert.equal(drumLane(35), drumLane(36));
  assert.equal(drumLane(40), drumLane(38));
  assert.equal(drumLane(100), null);
  const column = layOut(900, 500, [seat(1, true)], 1, 4).columns[0];
  assert.equal(laneOf(column, 100), null);
});

test('a melody has a lane for each pitch, and room is made by octaves', () => {
  const range = new PitchRange();
  assert.equal(range.include(60), false);
  assert.equal(range.include(85), true);
  assert.equal(range.high, 95);
  assert.equal(range.include(127), true);
  assert.equal(range.high, 127);
  const column = layOut(900, 500, [{ number: 1, drums: false, range }], 1, 4).columns[0];
  assert.equal(laneOf(column, 60)?.label, 'C3');
  assert.equal(laneOf(column, 20), null);
  assert.equal(pitchName(61), 'C♯3');
});

test('an answer is on the stage before it sounds, once', () => {
  const roll = new Roll();
  assert.equal(roll.coming(1, 5, [kick(16), kick(17)], 0).length, 2);
  assert.equal(roll.coming(1, 5, [kick(17), kick(18)], 0).length, 1, 'told twice, there once');
  assert.deepEqual(
    roll.of(1).map((note) => note.start),
    [16, 17, 18],
  );
});

test('what is taken back is gone, of that answer alone, and what sounds ends', () => {
  const roll = new Roll();
  roll.coming(1, 5, [kick(15, 2), kick(16), kick(17)], 0);
  roll.coming(1, 6, [kick(20)], 0);
  roll.takenBack(1, 5, 16, true);
  assert.deepEqual(
    roll.of(1).map((note) => [note.start, note.end]),
    [
      [15, 16],
      [20, 20.25],
    ],
  );
});

test('taken back without silence: what sounds goes on', () => {
  const roll = new Roll();
  roll.coming(1, 5, [kick(15, 2), kick(16)], 0);
  roll.takenBack(1, 5, 16, false);
  assert.deepEqual(
    roll.of(1).map((note) => [note.start, note.end]),
    [[15, 17]],
  );
});

test('a held key grows until it is let go', () => {
  const roll = new Roll();
  roll.key(1, 60, 90, 0, 8, true, 0);
  assert.equal(roll.of(1)[0].end, null);
  roll.key(1, 60, 0, 0, 9.5, true, 0);
  assert.equal(roll.of(1)[0].end, 9.5);
});

test('a key struck twice without a release ends the first', () => {
  const roll = new Roll();
  roll.key(1, 60, 90, 0, 8, true, 0);
  roll.key(1, 60, 90, 0, 9, true, 0);
  assert.deepEqual(
    roll.of(1).map((note) => note.end),
    [9, null],
  );
  roll.release(1, 10);
  assert.deepEqual(
    roll.of(1).map((note) => note.end),
    [9, 10],
  );
});

test('what is long past is forgotten, what is held is not', () => {
  const roll = new Roll();
  roll.coming(1, 1, [kick(2), kick(90)], 0);
  roll.key(1, 60, 90, 0, 3, true, 0);
  roll.prune(1, 50);
  assert.deepEqual(
    roll.of(1).map((note) => note.start),
    [90, 3],
  );
});

test('a flood of notes is bounded', () => {
  const roll = new Roll();
  roll.coming(
    1,
    1,
    Array.from({ length: 9000 }, (_, index) => kick(index)),
    0,
  );
  assert.equal(roll.of(1).length, 4000);
});

test('with less motion: two bars stand still until both are over', () => {
  const clock = new BeatLine();
  const at = (beats) => {
    const next_bar_line_beats = (Math.floor(beats / 4) + 1) * 4;
    clock.hear(
      {
        time_s: 0,
        run_beats: beats,
        song_beats: beats,
        tempo_qpm: 120,
        bar_beats: 4,
        next_bar_line_beats,
        playing: true,
        source: 'internal',
        locked: true,
      },
      0,
    );
    return pageOf(clock, beats);
  };
  for (const beats of [8, 9.5, 12, 15.9]) {
    assert.ok(Math.abs(at(beats).from - 8) < 1e-9, `at ${beats}`);
    assert.ok(Math.abs(at(beats).to - 16) < 1e-9);
  }
  assert.ok(Math.abs(at(16).from - 16) < 1e-9, 'then the page turns');
  assert.equal(at(9).steps, 32);
  assert.equal(stepOf(8.98, 8), 4);
});

test('frame times: half and ninety-nine per cent', () => {
  assert.equal(percentile([], 50), null);
  assert.equal(percentile([1, 2, 3, 4], 50), 2.5);
  const frames = new Frames();
  for (let frame = 0; frame <= 100; frame += 1) frames.begin(frame * 16 + (frame === 100 ? 34 : 0));
  assert.equal(frames.summary().gapP50Ms, 16);
  assert.ok(frames.summary().gapP99Ms > 16);
  frames.pause();
  frames.begin(99999);
  assert.equal(Math.max(...frames.gapsMs), 50, 'the time that the page was hidden is no frame');
});
