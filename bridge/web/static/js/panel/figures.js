// @ts-check
/** What all read-outs share: the frame of a small plot, and numbers as text. */

import { svg } from './dom.js';

/** Size of a plot in its own units; it is stretched to the room there is. */
export const WIDTH = 320;
export const SPARK_PX = 64;

/**
 * A plot, with words for people who don't see it.
 *
 * @param {string} label
 * @param {number} height
 * @param {...Node} shapes
 */
export function picture(label, height, ...shapes) {
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${height}`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': label,
      class: 'plot',
    },
    ...shapes,
  );
}

/**
 * A number as text, a dash for none.
 *
 * @param {number | null | undefined} value
 * @param {number} digits
 */
export function number(value, digits = 2) {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : value.toFixed(digits);
}
