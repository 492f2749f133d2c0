// @ts-check
/** A soft polyphonic synthesiser: two oscillators and a filter for each note. */

const ATTACK_S = 0.006;
const RELEASE_S = 0.16;
const SUSTAIN = 0.55;
const DECAY_S = 0.35;
const LEVEL = 0.24;
/** A note whose end never comes ends by itself. */
const LONGEST_S = 30;

/** @param {number} pitch */
export function hertz(pitch) {
  return 440 * 2 ** ((pitch - 69) / 12);
}

export class Tone {
  /**
   * A note begins.
   *
   * @param {BaseAudioContext} context
   * @param {AudioNode} out
   * @param {number} pitch
   * @param {number} velocity 1 to 127.
   * @param {number} atS The audio clock's seconds.
   */
  constructor(context, out, pitch, velocity, atS) {
    const level = LEVEL * (velocity / 127) ** 1.4;
    this.gain = context.createGain();
    this.gain.gain.setValueAtTime(0, atS);
    this.gain.gain.linearRampToValueAtTime(level, atS + ATTACK_S);
    this.gain.gain.setTargetAtTime(level * SUSTAIN, atS + ATTACK_S, DECAY_S);
    const filter = context.createBiquadFilter();
    filter.type = 'lowpass';
    filter.Q.value = 0.9;
    const open = Math.min(14000, hertz(pitch) * (3 + (5 * velocity) / 127));
    filter.frequency.setValueAtTime(open, atS);
    filter.frequency.setTargetAtTime(open * 0.45, atS, 0.3);
    filter.connect(this.gain);
    this.gain.connect(out);
    this.level = level;
    this.oscillators = [0, 1].map((index) => {
      const oscillator = context.createOscillator();
      oscillator.type = index === 0 ? 'sawtooth' : 'triangle';
      oscillator.frequency.value = hertz(pitch);
      oscillator.detune.value = index === 0 ? -4 : 4;
      oscillator.connect(filter);
      oscillator.start(atS);
      oscillator.stop(atS + LONGEST_S);
      return oscillator;
    });
  }

  /**
   * It ends.
   *
   * @param {number} atS The audio clock's seconds.
   */
  end(atS) {
    this.gain.gain.setTargetAtTime(0, atS, RELEASE_S / 4);
    for (const oscillator of this.oscillators) oscillator.stop(atS + RELEASE_S * 2);
  }

  /**
   * It is cut off, or never begins.
   *
   * @param {number} atS
   */
  cut(atS) {
    this.gain.gain.cancelScheduledValues(atS);
    this.gain.gain.setTargetAtTime(0, atS, 0.008);
    for (const oscillator of this.oscillators) oscillator.stop(atS + 0.06);
  }
}
