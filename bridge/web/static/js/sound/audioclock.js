// @ts-check
/**
 * The audio clock as the page's clock has it.
 *
 * The browser says now and then what it plays, to some milliseconds; one such word would shift
 * every note by as much. The median of the last seconds does not.
 */

const KEPT = 60;
/** Beyond this the audio clock has stood still, or is another one, in seconds. */
const JUMP_S = 0.06;

export class AudioClock {
  constructor() {
    /** @type {number[]} */
    this.offsets = [];
    /** @type {number | null} Audio clock less page's clock, in seconds. */
    this.offsetS = null;
  }

  /** Forget everything: the audio clock stood still. */
  reset() {
    this.offsets = [];
    this.offsetS = null;
  }

  /**
   * The browser has said what is heard.
   *
   * @param {number} audioS What of the audio clock is heard,
   * @param {number} pageS at this moment of the page.
   */
  add(audioS, pageS) {
    const offset = audioS - pageS;
    if (this.offsetS !== null && Math.abs(offset - this.offsetS) > JUMP_S) this.reset();
    this.offsets.push(offset);
    if (this.offsets.length > KEPT) this.offsets.shift();
    const sorted = [...this.offsets].sort((one, other) => one - other);
    this.offsetS = sorted[Math.floor(sorted.length / 2)];
  }

  /**
   * When the audio clock must play what is to be heard at a moment of the page; null while unknown.
   *
   * @param {number} pageS
   */
  at(pageS) {
    return this.offsetS === null ? null : pageS + this.offsetS;
  }
}
