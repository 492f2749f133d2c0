// @ts-check
/**
 * The engine's clock as this page sees it.
 *
 * Each ping says what the engine's clock showed somewhere between its sending and the answer's
 * arrival. The ping with the shortest way of the last few is believed, and its middle is taken.
 * Moments of the page are `performance.now() / 1000`.
 */

const KEPT_PINGS = 12;
/** The offset may be corrected by this share of the time that passes, so that nothing jumps. */
const SLEW = 0.02;
/** Beyond this it does jump: the engine is another one, or the machine slept. */
const JUMP_S = 0.2;

export class EngineTime {
  constructor() {
    /** @type {{ offsetS: number, roundTripS: number }[]} */
    this.pings = [];
    /** @type {number | null} */
    this.offsetS = null;
    this.heardS = 0;
    this.guessed = false;
  }

  /** Whether the engine's time is known. */
  get known() {
    return this.offsetS !== null;
  }

  /** Half of the shortest round trip: the most that the offset can be wrong, in seconds. */
  get uncertaintyS() {
    return this.pings.length ? this.#best().roundTripS / 2 : Infinity;
  }

  /** The shortest round trip of the last pings, in seconds. */
  get roundTripS() {
    return 2 * this.uncertaintyS;
  }

  /** Forget everything: another engine. */
  reset() {
    this.pings = [];
    this.offsetS = null;
  }

  /**
   * Take the engine's time from a message of which nobody knows how long it took.
   *
   * @param {number} engineS
   * @param {number} pageS When it was there.
   */
  guess(engineS, pageS) {
    this.offsetS = engineS - pageS;
    this.heardS = pageS;
    this.guessed = true;
  }

  /**
   * One ping has come back.
   *
   * @param {number} sentS When it left, in the page's seconds.
   * @param {number} engineS What the engine's clock showed.
   * @param {number} receivedS When the answer was there, in the page's seconds.
   */
  add(sentS, engineS, receivedS) {
    const roundTripS = receivedS - sentS;
    if (!(roundTripS >= 0) || !Number.isFinite(engineS)) return;
    const offsetS = engineS - (sentS + receivedS) / 2;
    if (this.offsetS !== null && Math.abs(offsetS - this.offsetS) > JUMP_S + roundTripS / 2) {
      this.reset();
    }
    this.pings.push({ offsetS, roundTripS });
    if (this.pings.length > KEPT_PINGS) this.pings.shift();
    this.#follow(this.#best().offsetS, receivedS);
  }

  /**
   * The engine's time at a moment of the page, in seconds.
   *
   * @param {number} pageS
   */
  engineAt(pageS) {
    return pageS + (this.offsetS ?? 0);
  }

  /**
   * The page's time at a moment of the engine, in seconds.
   *
   * @param {number} engineS
   */
  pageAt(engineS) {
    return engineS - (this.offsetS ?? 0);
  }

  /**
   * @param {number} targetS
   * @param {number} pageS
   */
  #follow(targetS, pageS) {
    const most = SLEW * Math.max(0, pageS - this.heardS);
    this.heardS = pageS;
    if (this.offsetS === null || this.guessed || Math.abs(targetS - this.offsetS) > JUMP_S) {
      this.offsetS = targetS;
      this.guessed = false;
      return;
    }
    this.offsetS += Math.max(-most, Math.min(most, targetS - this.offsetS));
  }

  #best() {
    return this.pings.reduce((best, ping) => (ping.roundTripS < best.roundTripS ? ping : best));
  }
}
