// @ts-check
/** Where everything on the stage is: columns of players, lanes in them, the line of now. */

import { DRUMS, drumLane, isBlack, pitchName } from './lanes.js';

/** Share of the height above the line of now: what is to come gets the most. */
const COMING_SHARE = 0.7;
const HEAD_PX = 30;
const FOOT_PX = 26;
const GAP_PX = 14;
const MARGIN_PX = 44;
const RIGHT_PX = 12;
const LEAST_COLUMN_PX = 190;
const NAMED_LANE_PX = 54;
const SHORT_LANE_PX = 17;

/**
 * @typedef {object} Seat A player as the stage needs it.
 * @property {number} number
 * @property {boolean} drums
 * @property {import('./lanes.js').PitchRange} range
 *
 * @typedef {object} Lane
 * @property {number} x
 * @property {number} width
 * @property {string} label What stands at its foot, maybe nothing.
 * @property {boolean} black
 *
 * @typedef {object} Column
 * @property {number} player
 * @property {boolean} drums
 * @property {number} x
 * @property {number} width
 * @property {number} low Lowest pitch, where there is a lane for each.
 * @property {Lane[]} lanes
 *
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {number} top Where notes appear.
 * @property {number} nowY The line of now.
 * @property {number} bottom Where they go.
 * @property {number} pxPerBeat
 * @property {Column[]} columns
 */

/**
 * Lay the stage out. Where there is no room for all players the chosen one has it alone.
 *
 * @param {number} width In CSS pixels.
 * @param {number} height
 * @param {readonly Seat[]} seats
 * @param {number} chosen Number of the player whose controls are open.
 * @param {number} aheadBeats How many beats there are above the line of now.
 * @returns {Layout}
 */
export function layOut(width, height, seats, chosen, aheadBeats) {
  const top = HEAD_PX;
  const bottom = height - FOOT_PX;
  const nowY = Math.round(top + (bottom - top) * COMING_SHARE);
  const margin = width < 500 ? 34 : MARGIN_PX;
  const room = Math.max(1, width - margin - RIGHT_PX);
  const shown = fitting(seats, chosen, room);
  const weights = shown.map((seat) => (seat.drums ? 9 * 2.2 : seat.range.size));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const free = room - GAP_PX * Math.max(0, shown.length - 1);
  let x = margin;
  const columns = shown.map((seat, index) => {
    const columnWidth = (free * weights[index]) / total;
    const column = {
      player: seat.number,
      drums: seat.drums,
      x,
      width: columnWidth,
      low: seat.drums ? 0 : seat.range.low,
      lanes: seat.drums ? drumLanes(x, columnWidth) : pitchLanes(x, columnWidth, seat.range),
    };
    x += columnWidth + GAP_PX;
    return column;
  });
  return { width, height, top, nowY, bottom, pxPerBeat: (nowY - top) / aheadBeats, columns };
}

/**
 * Where a beat is drawn.
 *
 * @param {Layout} layout
 * @param {number} beats
 * @param {number} nowBeats
 */
export function yOf(layout, beats, nowBeats) {
  return layout.nowY - (beats - nowBeats) * layout.pxPerBeat;
}

/**
 * The lane of a pitch; null for a drum that has none.
 *
 * @param {Column} column
 * @param {number} pitch
 * @returns {Lane | null}
 */
export function laneOf(column, pitch) {
  const index = column.drums ? drumLane(pitch) : pitch - column.low;
  return index === null ? null : (column.lanes[index] ?? null);
}

/**
 * @param {readonly Seat[]} seats
 * @param {number} chosen
 * @param {number} room
 */
function fitting(seats, chosen, room) {
  const most = Math.max(1, Math.floor((room + GAP_PX) / (LEAST_COLUMN_PX + GAP_PX)));
  if (seats.length <= most) return [...seats];
  const first = Math.max(
    0,
    seats.findIndex((seat) => seat.number === chosen),
  );
  const from = Math.min(first, seats.length - most);
  return seats.slice(from, from + most);
}

/**
 * @param {number} x
 * @param {number} width
 * @returns {Lane[]}
 */
function drumLanes(x, width) {
  const each = width / DRUMS.length;
  return DRUMS.map((drum, index) => ({
    x: x + index * each,
    width: each,
    label: each >= NAMED_LANE_PX ? drum.name : each >= SHORT_LANE_PX ? drum.short : '',
    black: index % 2 === 1,
  }));
}

/**
 * @param {number} x
 * @param {number} width
 * @param {import('./lanes.js').PitchRange} range
 * @returns {Lane[]}
 */
function pitchLanes(x, width, range) {
  const each = width / range.size;
  return Array.from({ length: range.size }, (_, index) => {
    const pitch = range.low + index;
    return {
      x: x + index * each,
      width: each,
      label: pitch % 12 === 0 ? pitchName(pitch) : '',
      black: isBlack(pitch),
    };
  });
}
