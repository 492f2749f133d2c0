// The computer's keyboard plays, and steers as AI Jam's did.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import {
  HELP,
  actOfKey,
  belongsToElement,
  letterOfPitch,
  pitchOfKey,
} from '../../../bridge/web/static/js/play/keymap.js';

test('the middle row plays drums in the order of the lanes', () => {
  const row = ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyH', 'KeyJ', 'KeyK', 'KeyL'];
  assert.deepEqual(
    row.map((code) => pitchOfKey(code, true, 60)),
    [36, 38, 42, 46, 45, 48, 50, 49, 51],
  );
  assert.equal(pitchOfKey('KeyW', true, 60), null);
});

test('or a piano, black keys in the row above', () => {
  assert.equal(pitchOfKey('KeyA', false, 60), 60);
  assert.equal(pitchOfKey('KeyW', false, 60), 61);
  assert.equal(pitchOfKey('KeyK', false, 60), 72);
  assert.equal(pitchOfKey('KeyP', false, 120), null, 'there is no pitch above 127');
});

test('every key that plays has its letter on the pad', () => {
  for (const code of ['KeyA', 'KeyS', 'KeyL']) {
    assert.equal(letterOfPitch(pitchOfKey(code, true, 60), true, 60), code.slice(3));
    assert.equal(letterOfPitch(pitchOfKey(code, false, 48), false, 48), code.slice(3));
  }
  assert.equal(letterOfPitch(20, false, 60), '');
});

test("AI Jam's keys", () => {
  assert.deepEqual(actOfKey('Space', ' ', false), { toggle: 'loop' });
  assert.deepEqual(actOfKey('KeyM', 'm', false), { do: 'mutate' });
  assert.deepEqual(actOfKey('KeyX', 'x', false), { toggle: 'mute_input' });
  assert.deepEqual(actOfKey('Delete', 'Delete', false), { do: 'panic' });
  assert.deepEqual(actOfKey('Digit4', '4', false), { set: 'answer_bars', value: 4 });
  assert.deepEqual(actOfKey('Digit4', '$', true), { set: 'call_bars', value: 4 });
  assert.equal(actOfKey('ArrowUp', 'ArrowUp', false).turn, 'temperature');
  assert.equal(actOfKey('ArrowLeft', 'ArrowLeft', false).turn, 'bundle');
  assert.equal(actOfKey('Digit9', '9', false), null);
});

test('no key both plays and steers', () => {
  const codes = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `Key${letter}`);
  for (const code of [...codes, 'Semicolon', 'Space', 'Enter']) {
    const plays = pitchOfKey(code, true, 60) !== null || pitchOfKey(code, false, 60) !== null;
    assert.ok(!(plays && actOfKey(code, '', false)), code);
  }
  assert.ok(HELP.length > 10);
});

test('a focused control keeps the keys that it needs', () => {
  assert.ok(belongsToElement('INPUT', 'text', 'KeyA'));
  assert.ok(belongsToElement('SELECT', '', 'ArrowUp'));
  assert.ok(belongsToElement('INPUT', 'range', 'ArrowUp'));
  assert.ok(!belongsToElement('INPUT', 'range', 'KeyA'), 'a slider does not stop the drums');
  assert.ok(belongsToElement('BUTTON', '', 'Space'));
  assert.ok(!belongsToElement('BUTTON', '', 'KeyA'));
  assert.ok(!belongsToElement('BODY', '', 'Space'));
});
