// @ts-check
/** How long frames take: from one to the next, and to draw. */

const KEPT = 600;

/**
 * The value below which so many per cent lie; null of nothing.
 *
 * @param {readonly number[]} values
 * @param {number} percent 0 to 100.
 */
export function percentile(values, percent) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const place = ((sorted.length - 1) * percent) / 100;
  const low = Math.floor(place);
  const high = Math.min(sorted.length - 1, low + 1);
  return sorted[low] + (sorted[high] - sorted[low]) * (place - low);
}

export class Frames {
  constructor() {
    /** @type {number[]} */
    this.gapsMs = [];
    /** @type {number[]} */
    this.drawMs = [];
    this.beforeMs = -1;
  }

  /**
   * A frame begins.
   *
   * @param {number} nowMs
   */
  begin(nowMs) {
    if (this.beforeMs >= 0) push(this.gapsMs, nowMs - this.beforeMs);
    this.beforeMs = nowMs;
  }

  /**
   * It was drawn.
   *
   * @param {number} ms How long that took.
   */
  drawn(ms) {
    push(this.drawMs, ms);
  }

  /** The page was hidden: the gap is none of ours. */
  pause() {
    this.beforeMs = -1;
  }

  /** Start anew. */
  reset() {
    this.gapsMs = [];
    this.drawMs = [];
    this.beforeMs = -1;
  }

  /** Milliseconds at 50 and 99 per cent, from frame to frame and of the drawing. */
  summary() {
    return {
      frames: this.gapsMs.length,
      gapP50Ms: percentile(this.gapsMs, 50),
      gapP99Ms: percentile(this.gapsMs, 99),
      drawP50Ms: percentile(this.drawMs, 50),
      drawP99Ms: percentile(this.drawMs, 99),
    };
  }
}

/** @param {number[]} values @param {number} value */
function push(values, value) {
  values.push(value);
  if (values.length > KEPT) values.shift();
}
