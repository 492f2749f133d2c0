// @ts-check
/**
 * The notes on the stage: what was played (the call) and what is about to be (the answer).
 *
 * All moments are run beats of the player's clock. Calls have an open end while the key is held.
 */

const MOST_NOTES = 4000;
const SAME_BEATS = 1e-4;

/**
 * @typedef {object} RollNote
 * @property {'call' | 'answer'} kind
 * @property {number} player
 * @property {number} answer Id of the answer; 0 for the call.
 * @property {number} pitch
 * @property {number} velocity 1 to 127.
 * @property {number} channel
 * @property {number} start In run beats.
 * @property {number | null} end In run beats; null while the key is held.
 * @property {boolean} heard Whether a key is part of a call.
 * @property {number} seenS When the page was told, in its seconds.
 */

export class Roll {
  constructor() {
    /** @type {Map<number, RollNote[]>} */
    this.notes = new Map();
  }

  /** @param {number} player @returns {RollNote[]} */
  of(player) {
    return this.notes.get(player) ?? [];
  }

  /**
   * An answer's notes, before they sound. A note told twice is there once.
   *
   * @param {number} player
   * @param {number} answer
   * @param {{ pitch: number, velocity: number, channel?: number, start_beats: number,
   *   duration_beats: number }[]} told
   * @param {number} seenS
   * @returns {RollNote[]} Those that are new.
   */
  coming(player, answer, told, seenS) {
    const kept = this.#list(player);
    /** @type {RollNote[]} */
    const added = [];
    for (const { pitch, velocity, channel = 0, start_beats, duration_beats } of told) {
      const known = kept.some(
        (note) =>
          note.kind === 'answer' &&
          note.pitch === pitch &&
          note.channel === channel &&
          Math.abs(note.start - start_beats) < SAME_BEATS,
      );
      if (known) continue;
      const end = start_beats + duration_beats;
      const start = start_beats;
      added.push({
        kind: 'answer',
        player,
        answer,
        pitch,
        velocity,
        channel,
        start,
        end,
        heard: true,
        seenS,
      });
    }
    kept.push(...added);
    if (kept.length > MOST_NOTES) kept.splice(0, kept.length - MOST_NOTES);
    return added;
  }

  /**
   * Notes of an answer from a beat on will not sound after all.
   *
   * @param {number} player
   * @param {number} answer
   * @param {number} fromBeats
   * @param {boolean} silenced Whether what sounds there ends too.
   */
  takenBack(player, answer, fromBeats, silenced) {
    const kept = this.of(player).filter(
      (note) =>
        note.answer !== answer || note.kind === 'call' || note.start < fromBeats - SAME_BEATS,
    );
    for (const note of silenced ? kept : []) {
      const ours = note.kind === 'answer' && note.answer === answer;
      if (ours && note.end !== null && note.end > fromBeats) note.end = fromBeats;
    }
    this.notes.set(player, kept);
  }

  /**
   * A key was struck (velocity above 0) or let go.
   *
   * @param {number} player
   * @param {number} pitch
   * @param {number} velocity
   * @param {number} channel
   * @param {number} atBeats
   * @param {boolean} heard Whether it is part of a call.
   * @param {number} seenS
   */
  key(player, pitch, velocity, channel, atBeats, heard, seenS) {
    const kept = this.#list(player);
    for (const note of kept) {
      const same = note.pitch === pitch && note.channel === channel;
      if (note.end === null && same) note.end = Math.max(note.start, atBeats);
    }
    if (velocity <= 0) return;
    const start = atBeats;
    kept.push({
      kind: 'call',
      player,
      answer: 0,
      pitch,
      velocity,
      channel,
      start,
      end: null,
      heard,
      seenS,
    });
    if (kept.length > MOST_NOTES) kept.shift();
  }

  /**
   * Every held key is let go: the player's beat stopped, or the engine went.
   *
   * @param {number} player
   * @param {number} atBeats
   */
  release(player, atBeats) {
    for (const note of this.of(player)) {
      if (note.end === null) note.end = Math.max(note.start, atBeats);
    }
  }

  /**
   * Forget what ended before a beat.
   *
   * @param {number} player
   * @param {number} beforeBeats
   */
  prune(player, beforeBeats) {
    const kept = this.of(player);
    const rest = kept.filter((note) => note.end === null || note.end >= beforeBeats);
    if (rest.length !== kept.length) this.notes.set(player, rest);
  }

  /** Forget everything. */
  clear() {
    this.notes.clear();
  }

  /** @param {number} player */
  #list(player) {
    let list = this.notes.get(player);
    if (list === undefined) {
      list = [];
      this.notes.set(player, list);
    }
    return list;
  }
}
