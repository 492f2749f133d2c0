// @ts-check
/** Small plots: geometry alone, so that it can be tested. */

/**
 * The range of values with room at both ends; of one value, a range around it.
 *
 * @param {readonly number[]} values
 * @param {number} least How wide it is at least.
 * @returns {[number, number]}
 */
export function span(values, least) {
  if (values.length === 0) return [0, least];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const room = Math.max(0, least - (high - low)) / 2;
  return [low - room, high + room];
}

/**
 * Place of the lowest value; null of nothing.
 *
 * @param {readonly (number | null)[]} values
 * @returns {number | null}
 */
export function lowest(values) {
  const known = values.map((value) => (value === null || Number.isNaN(value) ? Infinity : value));
  const least = Math.min(Infinity, ...known);
  return Number.isFinite(least) ? known.indexOf(least) : null;
}

/**
 * Points of a line through values, the newest at the right end.
 *
 * @param {readonly (number | null)[]} values A hole where there is none.
 * @param {number} places How many values the width has room for.
 * @param {number} width
 * @param {number} height
 * @param {readonly [number, number]} range Value at the bottom and at the top.
 * @returns {{ x: number, y: number }[][]} Pieces between the holes.
 */
export function line(values, places, width, height, range) {
  const [low, high] = range;
  const step = places > 1 ? width / (places - 1) : 0;
  const first = width - (values.length - 1) * step;
  /** @type {{ x: number, y: number }[][]} */
  const pieces = [[]];
  values.forEach((value, index) => {
    if (value === null || !Number.isFinite(value)) {
      if (pieces[pieces.length - 1].length) pieces.push([]);
      return;
    }
    const share = high > low ? (value - low) / (high - low) : 0.5;
    const y = height - Math.max(0, Math.min(1, share)) * height;
    pieces[pieces.length - 1].push({ x: first + index * step, y });
  });
  return pieces.filter((piece) => piece.length > 0);
}

/**
 * Pieces of a line as the `d` of a path; a lone point becomes a dot.
 *
 * @param {readonly { x: number, y: number }[][]} pieces
 */
export function pathOf(pieces) {
  const number = (/** @type {number} */ value) => String(Math.round(value * 10) / 10);
  return pieces
    .map((piece) => {
      const points = piece.map(({ x, y }) => `${number(x)} ${number(y)}`);
      return points.length === 1 ? `M${points[0]}h0.1` : `M${points.join('L')}`;
    })
    .join('');
}

/**
 * Bars of a histogram; heights are square roots, so that the rare late note is seen.
 *
 * @param {readonly number[]} counts
 * @param {number} width
 * @param {number} height
 * @returns {{ x: number, y: number, width: number, height: number, count: number }[]}
 */
export function bars(counts, width, height) {
  const most = Math.max(1, ...counts);
  const each = width / Math.max(1, counts.length);
  return counts.map((count, index) => {
    const tall = count > 0 ? Math.max(2, height * Math.sqrt(count / most)) : 0;
    return {
      x: index * each + 1,
      y: height - tall,
      width: Math.max(1, each - 2),
      height: tall,
      count,
    };
  });
}

/**
 * Names of a histogram's bars from its edges.
 *
 * @param {readonly number[]} edges In milliseconds; one fewer than the bars.
 * @param {number} count How many bars.
 */
export function barNames(edges, count) {
  return Array.from({ length: count }, (_, index) => {
    if (edges.length === 0) return '';
    if (count === edges.length - 1)
      return `${short(edges[index])} to ${short(edges[index + 1])} ms`;
    if (index === 0) return `below ${short(edges[0])} ms`;
    if (index >= edges.length) return `${short(edges[edges.length - 1])} ms and more`;
    return `${short(edges[index - 1])} to ${short(edges[index])} ms`;
  });
}

/** @param {number} value */
function short(value) {
  return String(Math.round(value * 100) / 100);
}
