// @ts-check
/**
 * When each coming note is given to the audio clock.
 *
 * A note is handed over a little before it sounds, at the moment that its beat has then: late
 * enough that a change of tempo still moves it, early enough that a busy page can't make it late.
 */

/** A note that is later than this is left out rather than played wrong, in seconds. */
const TOO_LATE_S = 0.03;

/**
 * @typedef {import('../stage/roll.js').RollNote} RollNote
 *
 * @typedef {object} Due
 * @property {RollNote} note
 * @property {number} engineS When it sounds, by the engine's clock.
 * @property {number} lengthS How long.
 */

export class SoundPlan {
  constructor() {
    /** @type {Set<RollNote>} Notes that wait. */
    this.waiting = new Set();
    /** How many were left out because they came too late. */
    this.dropped = 0;
  }

  /** @param {readonly RollNote[]} notes */
  add(notes) {
    for (const note of notes) this.waiting.add(note);
  }

  /**
   * Notes of an answer from a beat on are not to sound.
   *
   * @param {number} player
   * @param {number} answer
   * @param {number} fromBeats
   */
  takeBack(player, answer, fromBeats) {
    for (const note of this.waiting) {
      const same = note.player === player && note.answer === answer;
      if (same && note.start >= fromBeats - 1e-4) this.waiting.delete(note);
    }
  }

  /** Nothing is to sound. */
  clear() {
    this.waiting.clear();
  }

  /**
   * Take out what sounds before a moment.
   *
   * @param {number} nowS The engine's time.
   * @param {number} untilS The engine's time up to which notes are handed over.
   * @param {(player: number) => import('../time/beatline.js').BeatLine} clockOf
   * @returns {Due[]} In order.
   */
  due(nowS, untilS, clockOf) {
    /** @type {Due[]} */
    const found = [];
    for (const note of this.waiting) {
      const clock = clockOf(note.player);
      const engineS = clock.engineAt(note.start);
      if (engineS === null || engineS > untilS) continue;
      this.waiting.delete(note);
      if (engineS < nowS - TOO_LATE_S) {
        this.dropped += 1;
        continue;
      }
      const lengthS = (((note.end ?? note.start) - note.start) * 60) / clock.tempoQpm;
      found.push({ note, engineS: Math.max(engineS, nowS), lengthS });
    }
    return found.sort((one, other) => one.engineS - other.engineS);
  }
}

/**
 * The beats of a click between two moments: what a metronome sounds.
 *
 * @param {import('../time/beatline.js').BeatLine} clock
 * @param {number} fromS The engine's time, not included.
 * @param {number} untilS The engine's time, included.
 * @param {(clock: import('../time/beatline.js').BeatLine, from: number, to: number) =>
 *   import('../time/barlines.js').Line[]} linesBetween
 */
export function clicksBetween(clock, fromS, untilS, linesBetween) {
  if (!clock.playing || untilS <= fromS) return [];
  const from = clock.exactAt(fromS);
  const lines = linesBetween(clock, from, clock.exactAt(untilS));
  return lines.flatMap((line) => {
    const engineS = clock.engineAt(line.beats);
    return engineS !== null && engineS > fromS + 1e-4 && engineS <= untilS + 1e-4
      ? [{ engineS, accent: line.bar }]
      : [];
  });
}
