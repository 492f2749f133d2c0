// @ts-check
/** Bar and beat lines in a stretch of run beats. */

const SAME_BEATS = 1e-6;

/**
 * @typedef {object} Line
 * @property {number} beats Where, in run beats.
 * @property {boolean} bar Whether a bar begins here.
 * @property {number} number Of the bar, from 1 at the song's start, or of the beat in its bar.
 */

/**
 * All lines between two beats, in order.
 *
 * @param {import('./beatline.js').BeatLine} clock
 * @param {number} fromBeats
 * @param {number} toBeats
 * @returns {Line[]}
 */
export function linesBetween(clock, fromBeats, toBeats) {
  const barBeats = clock.barBeats;
  const anchor = clock.now?.next_bar_line_beats ?? 0;
  /** @type {Line[]} */
  const lines = [];
  const first = Math.ceil((fromBeats - anchor) / barBeats - SAME_BEATS) - 1;
  const last = Math.floor((toBeats - anchor) / barBeats + SAME_BEATS);
  for (let bar = first; bar <= last; bar += 1) {
    const start = anchor + bar * barBeats;
    const number = Math.round(clock.songAt(start) / barBeats) + 1;
    for (let beat = 0; beat < barBeats - SAME_BEATS; beat += 1) {
      const beats = start + beat;
      if (beats < fromBeats - SAME_BEATS || beats > toBeats + SAME_BEATS) continue;
      lines.push({ beats, bar: beat === 0, number: beat === 0 ? number : beat + 1 });
    }
  }
  return lines;
}

/**
 * Which beat of which bar a run beat lies in, both from 1.
 *
 * @param {import('./beatline.js').BeatLine} clock
 * @param {number} runBeats
 */
export function placeInBar(clock, runBeats) {
  const barBeats = clock.barBeats;
  const anchor = clock.now?.next_bar_line_beats ?? 0;
  const bars = Math.floor((runBeats - anchor) / barBeats + SAME_BEATS);
  const start = anchor + bars * barBeats;
  return {
    bar: Math.round(clock.songAt(start) / barBeats) + 1,
    beat: Math.floor(runBeats - start + SAME_BEATS) + 1,
    phase: (runBeats - start) / barBeats,
  };
}
