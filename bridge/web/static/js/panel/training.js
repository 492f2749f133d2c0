// @ts-check
/** The curve of a training: what was learnt, what was held out, and where that was lowest. */

import { el, svg } from './dom.js';
import { SPARK_PX, WIDTH, number, picture } from './figures.js';
import { line, lowest, pathOf, span } from './plot.js';

const LEAST_NATS = 0.2;
const EDGE_PX = 4;

/**
 * @typedef {object} Epoch
 * @property {number} number
 * @property {number | null} training_nats
 * @property {number | null} validation_nats
 */

/**
 * Show the curve; without one its whole box is hidden.
 *
 * @param {HTMLElement} place
 * @param {readonly Epoch[]} epochs
 */
export function showTraining(place, epochs) {
  place.parentElement?.toggleAttribute('hidden', epochs.length === 0);
  const last = epochs[epochs.length - 1];
  if (last === undefined) return;
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
  const words = `held out ${number(last.validation_nats)}`;
  const bestX = EDGE_PX + (width * (best ?? 0)) / Math.max(1, epochs.length - 1);
  const mark = svg('path', { class: 'mark', d: `M${bestX.toFixed(1)} 0V${SPARK_PX}` });
  place.replaceChildren(
    el(
      'p',
      { class: 'figures' },
      el('span', {}, `epoch ${last.number}`),
      el('span', { class: 'call' }, `learnt ${number(last.training_nats)}`),
      el('span', { class: 'answer' }, words),
    ),
    picture(
      `Training: ${epochs.length} epochs, ${words} nats a step, ${reached}`,
      SPARK_PX,
      ...(best === null ? [] : [mark]),
      curve('call', learnt),
      curve('answer', held),
    ),
    el('p', { class: 'faint' }, reached),
  );
}
