// @ts-check
/**
 * The computer's keyboard: notes on the middle row, and the keys that AI Jam had.
 *
 * Keys are named by their place (`KeyboardEvent.code`): a French or German layout plays the same.
 */

import { DRUMS } from '../stage/lanes.js';

const WHITE_AND_BLACK = [
  'KeyA',
  'KeyW',
  'KeyS',
  'KeyE',
  'KeyD',
  'KeyF',
  'KeyT',
  'KeyG',
  'KeyY',
  'KeyH',
  'KeyU',
  'KeyJ',
  'KeyK',
  'KeyO',
  'KeyL',
  'KeyP',
  'Semicolon',
];
const DRUM_KEYS = ['KeyA', 'KeyS', 'KeyD', 'KeyF', 'KeyG', 'KeyH', 'KeyJ', 'KeyK', 'KeyL'];

/** Where the piano row starts, MIDI pitch. */
export const LOWEST_BASE = 24;
export const HIGHEST_BASE = 96;

/**
 * The pitch that a key plays; null for a key that plays none.
 *
 * @param {string} code
 * @param {boolean} drums
 * @param {number} base Pitch of the key A, for melodies.
 * @returns {number | null}
 */
export function pitchOfKey(code, drums, base) {
  if (drums) {
    const lane = DRUM_KEYS.indexOf(code);
    return lane < 0 ? null : DRUMS[lane].pitch;
  }
  const offset = WHITE_AND_BLACK.indexOf(code);
  return offset < 0 || base + offset > 127 ? null : base + offset;
}

/**
 * The letter that stands on a pad or a piano key; empty where there is none.
 *
 * @param {number} pitch
 * @param {boolean} drums
 * @param {number} base
 */
export function letterOfPitch(pitch, drums, base) {
  const code = drums
    ? DRUM_KEYS[DRUMS.findIndex((drum) => drum.pitch === pitch)]
    : WHITE_AND_BLACK[pitch - base];
  if (code === undefined) return '';
  return code === 'Semicolon' ? ';' : code.slice(3);
}

/** @type {readonly { keys: string, what: string }[]} What the help shows, in groups of one line. */
export const HELP = [
  {
    keys: 'A S D F …',
    what: 'play: drums, or the white keys of a piano (W E T Y U O P are the black ones)',
  },
  { keys: '[ ]', what: 'an octave down, up' },
  { keys: 'Q', what: 'pads or piano' },
  { keys: 'Enter', what: 'go: answer now, or end the call' },
  { keys: 'R', what: 'again: the same call, another answer' },
  { keys: 'M', what: 'mutate: the answer becomes the call' },
  { keys: 'Space', what: 'loop on or off' },
  { keys: 'X', what: 'solo: the model does not hear your keys' },
  { keys: 'Delete or Backspace', what: 'panic: everything silent' },
  { keys: '↑ ↓', what: 'temperature' },
  { keys: '← →', what: 'model' },
  { keys: '1 … 8, 0', what: 'answer in bars; 0 as long as the call' },
  { keys: 'Shift + 1 … 8, 0', what: 'call in bars; 0 ends by silence' },
  { keys: 'Z', what: 'click on the beat' },
  { keys: 'C', what: "the engine's own clock: run or stop" },
  { keys: 'B', what: 'keep what was just played, as a MIDI file' },
  { keys: 'N', what: 'the next player' },
  { keys: 'V', what: 'full screen' },
  { keys: '?', what: 'this help' },
];

/**
 * @typedef {{ do: string } | { toggle: string } | { turn: string, by: number } |
 *   { set: string, value: number } | { page: string }} Act
 *
 * @type {Record<string, Act>}
 */
const ACTS = {
  Enter: { do: 'go' },
  KeyR: { do: 'again' },
  KeyM: { do: 'mutate' },
  Space: { toggle: 'loop' },
  KeyX: { toggle: 'mute_input' },
  Delete: { do: 'panic' },
  Backspace: { do: 'panic' },
  ArrowUp: { turn: 'temperature', by: 0.05 },
  ArrowDown: { turn: 'temperature', by: -0.05 },
  ArrowLeft: { turn: 'bundle', by: -1 },
  ArrowRight: { turn: 'bundle', by: 1 },
  BracketLeft: { page: 'octave down' },
  BracketRight: { page: 'octave up' },
  KeyQ: { page: 'instrument' },
  KeyZ: { page: 'click' },
  KeyC: { page: 'clock' },
  KeyB: { page: 'keep' },
  KeyN: { page: 'next player' },
  KeyV: { page: 'full screen' },
};

/**
 * What a key does besides playing; null for nothing.
 *
 * @param {string} code `KeyboardEvent.code`
 * @param {string} key `KeyboardEvent.key`
 * @param {boolean} shift
 * @returns {Act | null}
 */
export function actOfKey(code, key, shift) {
  if (key === '?') return { page: 'help' };
  const digit = /^Digit([0-8])$/.exec(code);
  if (digit) return { set: shift ? 'call_bars' : 'answer_bars', value: Number(digit[1]) };
  return ACTS[code] ?? null;
}

/**
 * Whether the element that has the focus needs this key itself.
 *
 * @param {string} tag In capitals.
 * @param {string} type Of an input.
 * @param {string} code
 */
export function belongsToElement(tag, type, code) {
  if (tag === 'TEXTAREA' || tag === 'SELECT') return true;
  if (tag === 'INPUT' && !['range', 'checkbox', 'radio', 'button'].includes(type)) return true;
  if (tag === 'INPUT' && type === 'range') {
    return code.startsWith('Arrow') || ['Home', 'End', 'PageUp', 'PageDown'].includes(code);
  }
  if (['BUTTON', 'INPUT', 'SUMMARY', 'A'].includes(tag))
    return code === 'Space' || code === 'Enter';
  return false;
}
