// @ts-check
/**
 * Which lane a pitch falls in: named drums, or one lane for each pitch.
 *
 * The nine drums and their pitches are those of `bridge/core/encodings/drum_classes.py`; a test
 * holds the two together.
 */

/** @type {readonly { name: string, short: string, pitch: number, others: readonly number[] }[]} */
export const DRUMS = [
  { name: 'kick', short: 'K', pitch: 36, others: [35] },
  {
    name: 'snare',
    short: 'S',
    pitch: 38,
    others: [27, 28, 31, 32, 33, 34, 37, 39, 40, 56, 65, 66, 75, 85],
  },
  {
    name: 'closed hat',
    short: 'CH',
    pitch: 42,
    others: [44, 54, 68, 69, 70, 71, 73, 78, 80, 22],
  },
  { name: 'open hat', short: 'OH', pitch: 46, others: [67, 72, 74, 79, 81, 26] },
  { name: 'low tom', short: 'LT', pitch: 45, others: [29, 41, 43, 61, 64, 84] },
  { name: 'mid tom', short: 'MT', pitch: 48, others: [47, 60, 63, 77, 86, 87] },
  { name: 'high tom', short: 'HT', pitch: 50, others: [30, 62, 76, 83] },
  { name: 'crash', short: 'CR', pitch: 49, others: [52, 55, 57, 58] },
  { name: 'ride', short: 'RD', pitch: 51, others: [53, 59, 82] },
];

/** @type {Map<number, number>} */
const DRUM_OF = new Map();
DRUMS.forEach((drum, lane) => {
  for (const pitch of [drum.pitch, ...drum.others]) DRUM_OF.set(pitch, lane);
});

/**
 * The lane of a drum, 0 to 8; null for what is no drum.
 *
 * @param {number} pitch
 */
export function drumLane(pitch) {
  return DRUM_OF.get(pitch) ?? null;
}

const NAMES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];

/**
 * Name of a pitch with Live's octaves, in which 60 is C3.
 *
 * @param {number} pitch
 */
export function pitchName(pitch) {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 2}`;
}

/** @param {number} pitch Whether it is a black key. */
export function isBlack(pitch) {
  return [1, 3, 6, 8, 10].includes(pitch % 12);
}

/** The pitches that a player's lanes show: whole octaves around all that was seen, two at least. */
export class PitchRange {
  constructor() {
    this.low = 48;
    this.high = 71;
  }

  /**
   * Make room for a pitch; returns whether the range has grown.
   *
   * @param {number} pitch
   */
  include(pitch) {
    const low = Math.min(this.low, Math.floor(pitch / 12) * 12);
    const high = Math.min(127, Math.max(this.high, Math.floor(pitch / 12) * 12 + 11));
    const grown = low !== this.low || high !== this.high;
    this.low = low;
    this.high = high;
    return grown;
  }

  /** How many pitches. */
  get size() {
    return this.high - this.low + 1;
  }
}
