// @ts-check
/**
 * One of the engine's beats between two of its messages.
 *
 * The engine says now and then where its beat is and how fast; in between the page goes on by
 * itself. Small differences are glided over, so that nothing on the stage twitches; stops, starts
 * and jumps are followed at once. Run beats are quarter notes counted since the clock first ran:
 * they never go back in the engine. Song beats are where the song is, and jump with it.
 */

/** Beyond this a difference is a jump, not an error of ours, in beats. */
const JUMP_BEATS = 0.25;
/** How long a small difference is glided over, at least, in seconds. */
const GLIDE_S = 0.12;

/**
 * @typedef {object} BeatNow What the engine says of one of its clocks.
 * @property {number} time_s The engine's clock when it said it.
 * @property {number} run_beats
 * @property {number} song_beats
 * @property {number} tempo_qpm Quarter notes a minute.
 * @property {number} bar_beats Length of a bar.
 * @property {number | null} next_bar_line_beats The next bar line, in run beats.
 * @property {boolean} playing
 * @property {string} source
 * @property {boolean} locked Whether the beat can be trusted.
 */

export class BeatLine {
  constructor() {
    /** @type {BeatNow | null} */
    this.now = null;
    this.jumps = 0;
    this.glideBeats = 0;
    this.glideFromS = 0;
    this.glideS = GLIDE_S;
  }

  /** Whether anything has been heard of this clock. */
  get known() {
    return this.now !== null;
  }

  /** Whether the beat runs. */
  get playing() {
    return this.now !== null && this.now.playing;
  }

  /** Quarter notes a minute. */
  get tempoQpm() {
    return this.now?.tempo_qpm ?? 120;
  }

  /** Length of a bar in beats. */
  get barBeats() {
    const beats = this.now?.bar_beats ?? 4;
    return beats > 0 ? beats : 4;
  }

  /**
   * The engine has said where the beat is.
   *
   * @param {BeatNow} told
   * @param {number} engineS The engine's time now, in seconds.
   */
  hear(told, engineS) {
    const before = this.now;
    const drawn = this.at(engineS);
    this.now = told;
    const difference = drawn - this.exactAt(engineS);
    this.glideBeats = 0;
    if (before === null) return;
    if (before.playing !== told.playing || Math.abs(difference) > JUMP_BEATS) {
      if (Math.abs(difference) > JUMP_BEATS) this.jumps += 1;
      return;
    }
    this.glideBeats = difference;
    this.glideFromS = engineS;
    // So slow that the drawn beat never stands still or goes back: half the tempo at the most.
    const beatsPerS = told.playing ? told.tempo_qpm / 60 : 1;
    this.glideS = Math.max(GLIDE_S, (2 * Math.abs(difference)) / beatsPerS);
  }

  /**
   * The beat by the engine's last word, in run beats.
   *
   * @param {number} engineS
   */
  exactAt(engineS) {
    if (this.now === null) return 0;
    if (!this.now.playing) return this.now.run_beats;
    return this.now.run_beats + ((engineS - this.now.time_s) * this.now.tempo_qpm) / 60;
  }

  /**
   * The beat as it is drawn, in run beats: within a glide of `exactAt`.
   *
   * @param {number} engineS
   */
  at(engineS) {
    if (this.glideBeats === 0) return this.exactAt(engineS);
    const passed = Math.max(0, engineS - this.glideFromS) / this.glideS;
    return this.exactAt(engineS) + this.glideBeats * Math.exp(-passed);
  }

  /**
   * When a beat is due by the engine's clock, in seconds; null while the beat stands.
   *
   * @param {number} runBeats
   */
  engineAt(runBeats) {
    if (this.now === null || !this.now.playing) return null;
    return this.now.time_s + ((runBeats - this.now.run_beats) * 60) / this.now.tempo_qpm;
  }

  /**
   * The position in the song of a run beat, if the song goes on as it does, in beats.
   *
   * @param {number} runBeats
   */
  songAt(runBeats) {
    if (this.now === null) return runBeats;
    return this.now.song_beats + runBeats - this.now.run_beats;
  }
}
