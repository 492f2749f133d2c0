// @ts-check
/**
 * Nine drums from noise and oscillators.
 *
 * Every voice is a few nodes that end by themselves; nothing is loaded.
 */

import { drumLane } from '../stage/lanes.js';

/**
 * @typedef {(context: BaseAudioContext, out: AudioNode, atS: number, level: number,
 *   noise: AudioBuffer) => AudioScheduledSourceNode[]} Voice
 */

/**
 * @param {BaseAudioContext} context
 * @returns {AudioBuffer} A second of white noise, the same in every run.
 */
export function whiteNoise(context) {
  const buffer = context.createBuffer(1, context.sampleRate, context.sampleRate);
  const samples = buffer.getChannelData(0);
  let state = 22222;
  for (let index = 0; index < samples.length; index += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    samples[index] = state / 2147483648 - 1;
  }
  return buffer;
}

/**
 * @param {BaseAudioContext} context
 * @param {AudioNode} out
 * @param {number} atS
 * @param {number} level
 * @param {number} decayS
 */
function envelope(context, out, atS, level, decayS) {
  const gain = context.createGain();
  gain.gain.setValueAtTime(0.0001, atS);
  gain.gain.exponentialRampToValueAtTime(Math.max(0.0002, level), atS + 0.002);
  gain.gain.exponentialRampToValueAtTime(0.0001, atS + decayS);
  gain.connect(out);
  return gain;
}

/**
 * An oscillator that falls from one frequency to another.
 *
 * @param {BaseAudioContext} context
 * @param {AudioNode} out
 * @param {number} atS
 * @param {{ type: OscillatorType, fromHz: number, toHz: number, bendS: number, decayS: number,
 *   level: number }} how
 */
function tone(context, out, atS, how) {
  const oscillator = context.createOscillator();
  oscillator.type = how.type;
  oscillator.frequency.setValueAtTime(how.fromHz, atS);
  oscillator.frequency.exponentialRampToValueAtTime(how.toHz, atS + how.bendS);
  oscillator.connect(envelope(context, out, atS, how.level, how.decayS));
  oscillator.start(atS);
  oscillator.stop(atS + how.decayS + 0.02);
  return oscillator;
}

/**
 * Noise through a filter.
 *
 * @param {BaseAudioContext} context
 * @param {AudioNode} out
 * @param {number} atS
 * @param {AudioBuffer} noise
 * @param {{ type: BiquadFilterType, hz: number, q: number, decayS: number, level: number }} how
 */
function hiss(context, out, atS, noise, how) {
  const source = context.createBufferSource();
  source.buffer = noise;
  source.loop = true;
  const filter = context.createBiquadFilter();
  filter.type = how.type;
  filter.frequency.value = how.hz;
  filter.Q.value = how.q;
  source.connect(filter);
  filter.connect(envelope(context, out, atS, how.level, how.decayS));
  source.start(atS, (atS * 7.3) % 0.5);
  source.stop(atS + how.decayS + 0.02);
  return source;
}

/** @param {number} fromHz @returns {Voice} */
function tom(fromHz) {
  return (context, out, atS, level, noise) => [
    tone(context, out, atS, {
      type: 'sine',
      fromHz,
      toHz: fromHz * 0.55,
      bendS: 0.18,
      decayS: 0.34,
      level: 0.85 * level,
    }),
    hiss(context, out, atS, noise, {
      type: 'lowpass',
      hz: 1800,
      q: 0.5,
      decayS: 0.05,
      level: 0.16 * level,
    }),
  ];
}

/** @param {number} decayS @returns {Voice} */
function hat(decayS) {
  return (context, out, atS, level, noise) => [
    hiss(context, out, atS, noise, {
      type: 'highpass',
      hz: 7800,
      q: 0.8,
      decayS,
      level: 0.4 * level,
    }),
    hiss(context, out, atS, noise, {
      type: 'bandpass',
      hz: 10400,
      q: 4,
      decayS: decayS * 0.7,
      level: 0.5 * level,
    }),
  ];
}

/** @param {number} hz @param {number} decayS @param {number} share @returns {Voice} */
function cymbal(hz, decayS, share) {
  return (context, out, atS, level, noise) => [
    hiss(context, out, atS, noise, { type: 'highpass', hz, q: 0.6, decayS, level: share * level }),
    tone(context, out, atS, {
      type: 'square',
      fromHz: hz * 0.81,
      toHz: hz * 0.8,
      bendS: 0.1,
      decayS: 0.12,
      level: 0.035 * level,
    }),
  ];
}

/** @type {readonly Voice[]} In the order of the lanes. */
const VOICES = [
  (context, out, atS, level, noise) => [
    tone(context, out, atS, {
      type: 'sine',
      fromHz: 165,
      toHz: 47,
      bendS: 0.09,
      decayS: 0.36,
      level: 1.1 * level,
    }),
    hiss(context, out, atS, noise, {
      type: 'lowpass',
      hz: 3200,
      q: 0.4,
      decayS: 0.016,
      level: 0.4 * level,
    }),
  ],
  (context, out, atS, level, noise) => [
    tone(context, out, atS, {
      type: 'triangle',
      fromHz: 240,
      toHz: 176,
      bendS: 0.05,
      decayS: 0.13,
      level: 0.55 * level,
    }),
    hiss(context, out, atS, noise, {
      type: 'bandpass',
      hz: 3400,
      q: 0.45,
      decayS: 0.2,
      level: 0.75 * level,
    }),
  ],
  hat(0.055),
  hat(0.38),
  tom(118),
  tom(162),
  tom(215),
  cymbal(4200, 1.5, 0.34),
  cymbal(6400, 0.75, 0.24),
];

/**
 * Strike a drum; what is no drum is silent.
 *
 * @param {BaseAudioContext} context
 * @param {AudioNode} out
 * @param {number} pitch
 * @param {number} velocity 1 to 127.
 * @param {number} atS The audio clock's seconds.
 * @param {AudioBuffer} noise
 * @returns {AudioScheduledSourceNode[]} What can be stopped.
 */
export function strike(context, out, pitch, velocity, atS, noise) {
  const lane = drumLane(pitch);
  if (lane === null) return [];
  return VOICES[lane](context, out, atS, (velocity / 127) ** 1.6, noise);
}
