// @ts-check
/**
 * The page's sound: answers by the audio clock, keys at once, a click on the beat.
 *
 * A browser lets a page sound only after a person has touched it: `start` is called from a click.
 */

import { linesBetween } from '../time/barlines.js';
import { AudioClock } from './audioclock.js';
import { strike, whiteNoise } from './drumvoices.js';
import { SoundPlan, clicksBetween } from './plan.js';
import { Tone } from './polysynth.js';

const TURN_MS = 25;
const HAND_OVER_S = 0.12;
/** Timers of a hidden page fire once a second. */
const HIDDEN_HAND_OVER_S = 1.3;

/**
 * @typedef {import('../stage/roll.js').RollNote} RollNote
 *
 * @typedef {object} Sounding
 * @property {RollNote} note
 * @property {number} endS By the audio clock.
 * @property {(atS: number) => void} cut
 */

export class Speaker {
  /**
   * @param {import('../time/enginetime.js').EngineTime} engineTime
   * @param {(player: number) => import('../time/beatline.js').BeatLine} clockOf
   * @param {(player: number) => boolean} isDrums Whether a player's answers are drums.
   * @param {() => number} clickPlayer Whose beat is clicked.
   */
  constructor(engineTime, clockOf, isDrums, clickPlayer) {
    this.engineTime = engineTime;
    this.clockOf = clockOf;
    this.isDrums = isDrums;
    this.clickPlayer = clickPlayer;
    this.plan = new SoundPlan();
    this.clock = new AudioClock();
    /** @type {AudioContext | null} */
    this.context = null;
    /** @type {Sounding[]} */
    this.sounding = [];
    /** @type {Map<string, { end: (atS: number) => void }>} */
    this.held = new Map();
    this.click = false;
    this.clickedS = 0;
    this.volume = 0.8;
    this.timer = 0;
  }

  /** Whether anything can be heard. */
  get on() {
    return this.context !== null && this.context.state === 'running';
  }

  /** Begin to sound; to be called from a person's touch. */
  async start() {
    if (this.context === null) {
      this.context = new AudioContext({ latencyHint: 'interactive' });
      const limiter = this.context.createDynamicsCompressor();
      limiter.threshold.value = -12;
      limiter.ratio.value = 6;
      limiter.connect(this.context.destination);
      this.out = this.context.createGain();
      this.out.gain.value = this.volume;
      this.out.connect(limiter);
      this.noise = whiteNoise(this.context);
    }
    this.clock.reset();
    await this.context.resume();
    if (!this.timer) this.timer = window.setInterval(() => this.turn(), TURN_MS);
  }

  /** Be silent. */
  async stop() {
    window.clearInterval(this.timer);
    this.timer = 0;
    this.cutAll();
    await this.context?.suspend();
  }

  /** @param {number} volume 0 to 1. */
  setVolume(volume) {
    this.volume = volume;
    if (this.context !== null)
      this.out?.gain.setTargetAtTime(volume, this.context.currentTime, 0.02);
  }

  /**
   * Notes are coming.
   *
   * @param {readonly RollNote[]} notes
   */
  coming(notes) {
    if (!this.on) return;
    this.plan.add(notes);
    this.turn();
  }

  /**
   * Notes of an answer from a beat on do not come after all.
   *
   * @param {number} player
   * @param {number} answer
   * @param {number} fromBeats
   * @param {boolean} silenced Whether what sounds there ends too.
   */
  takenBack(player, answer, fromBeats, silenced) {
    this.plan.takeBack(player, answer, fromBeats);
    if (this.context === null) return;
    const nowS = this.context.currentTime;
    const engineS = this.clockOf(player).engineAt(fromBeats);
    const fromS = engineS === null ? nowS : Math.max(nowS, this.audioAt(engineS));
    for (const one of this.sounding) {
      if (one.note.player !== player || one.note.answer !== answer || one.endS <= fromS) continue;
      const never = one.note.start >= fromBeats - 1e-4;
      if (!never && !silenced) continue;
      one.cut(never ? nowS : fromS);
      one.endS = fromS;
    }
  }

  /** Silence, at once. */
  cutAll() {
    this.plan.clear();
    if (this.context === null) return;
    for (const one of this.sounding) one.cut(this.context.currentTime);
    for (const one of this.held.values()) one.end(this.context.currentTime);
    this.sounding = [];
    this.held.clear();
  }

  /**
   * A key of this page goes down (velocity above 0) or up: heard at once.
   *
   * @param {string} name What tells this key from others that are held.
   * @param {boolean} drums
   * @param {number} pitch
   * @param {number} velocity
   */
  key(name, drums, pitch, velocity) {
    if (!this.on || this.context === null || !this.out || !this.noise) return;
    const nowS = this.context.currentTime;
    this.held.get(name)?.end(nowS);
    this.held.delete(name);
    if (velocity <= 0) return;
    if (drums) {
      strike(this.context, this.out, pitch, velocity, nowS, this.noise);
    } else {
      this.held.set(name, new Tone(this.context, this.out, pitch, velocity, nowS));
    }
  }

  /** Hand over what is due soon. */
  turn() {
    const { context, out, noise } = this;
    if (context === null || !out || !noise || !this.on || !this.engineTime.known) return;
    this.#listen(context);
    const nowS = this.engineTime.engineAt(performance.now() / 1000);
    const untilS = nowS + (document.hidden ? HIDDEN_HAND_OVER_S : HAND_OVER_S);
    for (const { note, engineS, lengthS } of this.plan.due(nowS, untilS, this.clockOf)) {
      this.#sound(note, Math.max(context.currentTime, this.audioAt(engineS)), lengthS);
    }
    if (this.click) this.#click(untilS);
    const ended = context.currentTime - 0.5;
    this.sounding = this.sounding.filter((one) => one.endS > ended);
  }

  /**
   * When something that is to be heard at a moment of the engine must be handed to the audio clock.
   *
   * What the audio clock plays now is heard later by the way to the ear; the browser says how much.
   *
   * @param {number} engineS
   */
  audioAt(engineS) {
    if (this.context === null) return 0;
    return this.clock.at(this.engineTime.pageAt(engineS)) ?? this.context.currentTime;
  }

  /** @param {AudioContext} context Ask what is heard now. */
  #listen(context) {
    const stamp = context.getOutputTimestamp?.();
    if (stamp?.performanceTime && stamp.contextTime !== undefined) {
      this.clock.add(stamp.contextTime, stamp.performanceTime / 1000);
    } else {
      const latencyS = context.outputLatency || context.baseLatency || 0;
      this.clock.add(context.currentTime - latencyS, performance.now() / 1000);
    }
  }

  /**
   * @param {RollNote} note
   * @param {number} atS
   * @param {number} lengthS
   */
  #sound(note, atS, lengthS) {
    const { context, out, noise } = this;
    if (context === null || !out || !noise) return;
    if (this.isDrums(note.player)) {
      const sources = strike(context, out, note.pitch, note.velocity, atS, noise);
      const cut = (/** @type {number} */ cutS) => {
        for (const source of sources) source.stop(cutS);
      };
      this.sounding.push({ note, endS: atS + 1.6, cut });
      return;
    }
    const tone = new Tone(context, out, note.pitch, note.velocity, atS);
    tone.end(atS + Math.max(0.04, lengthS));
    this.sounding.push({ note, endS: atS + lengthS + 0.3, cut: (cutS) => tone.cut(cutS) });
  }

  /** @param {number} untilS */
  #click(untilS) {
    const { context, out } = this;
    if (context === null || !out) return;
    const clock = this.clockOf(this.clickPlayer());
    const fromS = Math.max(this.clickedS, untilS - HIDDEN_HAND_OVER_S);
    for (const { engineS, accent } of clicksBetween(clock, fromS, untilS, linesBetween)) {
      const atS = Math.max(context.currentTime, this.audioAt(engineS));
      const oscillator = context.createOscillator();
      const gain = context.createGain();
      oscillator.frequency.value = accent ? 1760 : 1175;
      gain.gain.setValueAtTime(accent ? 0.22 : 0.13, atS);
      gain.gain.exponentialRampToValueAtTime(0.0001, atS + 0.05);
      oscillator.connect(gain);
      gain.connect(out);
      oscillator.start(atS);
      oscillator.stop(atS + 0.06);
    }
    this.clickedS = untilS;
  }
}
