// @ts-check
/** A training: how far it is, its curve, and what came of it. */

import { el, svg } from './dom.js';
import { SPARK_PX, WIDTH, number, picture } from './figures.js';
import { line, lowest, pathOf, span } from './plot.js';

const LEAST_NATS = 0.2;
const EDGE_PX = 4;
const STOPPED = 'Stopped; the same command goes on.';
const SILENT = 'Nothing heard for two minutes. If it was killed, the same command goes on.';

/**
 * @typedef {object} Epoch
 * @property {number} number
 * @property {number | null} training_nats
 * @property {number | null} validation_nats
 */

/**
 * @typedef {object} Training
 * @property {readonly Epoch[]} epochs
 * @property {string} [name]
 * @property {string} [state]
 * @property {number} [most_epochs]
 * @property {number | null} [share]
 * @property {number | null} [left_s]
 * @property {string} [verdict]
 */

/**
 * A time that is left, for people. @param {number} seconds
 */
export function leftText(seconds) {
  if (seconds < 60) return 'less than a minute left';
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `at most ${minutes} min left`;
  return `at most ${(minutes / 60).toFixed(1)} hours left`;
}

/**
 * What is said of a training beside its curve: a running one may end before its last epoch.
 *
 * @param {Training} training
 */
export function wordsOf(training) {
  if (training.verdict) return training.verdict;
  if (training.state === 'stopped') return STOPPED;
  if (training.state === 'silent') return SILENT;
  const left = training.left_s;
  if (training.state !== 'running' || left === null || left === undefined) return '';
  return leftText(left);
}

/**
 * Show a training; without one its whole box is hidden.
 *
 * @param {HTMLElement} place
 * @param {Training | null} training
 */
export function showTraining(place, training) {
  const none = training === null || (training.epochs.length === 0 && !training.state);
  place.parentElement?.toggleAttribute('hidden', none);
  if (training === null || none) return;
  place.replaceChildren(
    ...headOf(training),
    ...(training.epochs.length ? curveOf(training.epochs) : []),
    el('p', { class: 'verdict' }, wordsOf(training)),
  );
}

/** @param {Training} training */
function headOf(training) {
  const { epochs, most_epochs: most = 0, share = null } = training;
  const last = epochs[epochs.length - 1];
  const reached = `epoch ${last?.number ?? 0}${most ? ` of ${most}` : ''}`;
  const head = el(
    'p',
    { class: 'figures' },
    ...(training.name ? [el('span', {}, training.name)] : []),
    el('span', {}, reached),
    ...(last ? [el('span', { class: 'call' }, `learnt ${number(last.training_nats)}`)] : []),
    ...(last ? [el('span', { class: 'answer' }, `held out ${number(last.validation_nats)}`)] : []),
  );
  if (training.state !== 'running' || share === null) return [head];
  return [head, el('progress', { max: 1, value: share, 'aria-label': 'How much is done' })];
}

/** @param {readonly Epoch[]} epochs */
function curveOf(epochs) {
  const learnt = epochs.map((epoch) => epoch.training_nats);
  const held = epochs.map((epoch) => epoch.validation_nats);
  const known = [...learnt, ...held].filter((value) => value !== null && Number.isFinite(value));
  const range = span(/** @type {number[]} */ (known), LEAST_NATS);
  const best = lowest(held);
  const reached =
    best === null ? '' : `lowest ${number(held[best])} at epoch ${epochs[best].number}`;
  const width = WIDTH - 2 * EDGE_PX;
  const height = SPARK_PX - 2 * EDGE_PX;
  const curve = (/** @type {string} */ name, /** @type {(number | null)[]} */ values) =>
    svg('path', {
      class: name,
      d: pathOf(line(values, values.length, width, height, range)),
      transform: `translate(${EDGE_PX} ${EDGE_PX})`,
    });
  const bestX = EDGE_PX + (width * (best ?? 0)) / Math.max(1, epochs.length - 1);
  const mark = svg('path', { class: 'mark', d: `M${bestX.toFixed(1)} 0V${SPARK_PX}` });
  return [
    picture(
      `Training: ${epochs.length} epochs, held out ${number(held[held.length - 1])} nats a step, ` +
        reached,
      SPARK_PX,
      ...(best === null ? [] : [mark]),
      curve('call', learnt),
      curve('answer', held),
    ),
    el('p', { class: 'faint' }, reached),
  ];
}
