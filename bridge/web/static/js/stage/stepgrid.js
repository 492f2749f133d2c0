// @ts-check
/**
 * The stage for people who asked their system for less motion: two bars, standing still.
 *
 * Time goes to the right, a marker steps from sixteenth to sixteenth, and the page turns after its
 * last bar. What is coming is there before the marker reaches it.
 */

import { placeInBar } from '../time/barlines.js';
import { PALETTE, shadeOf, shades } from './colours.js';
import { DRUMS, drumLane } from './lanes.js';

export const PAGE_BARS = 2;
const STEPS_PER_BEAT = 4;
const LABEL_PX = 76;
const HEAD_PX = 26;
const FOOT_PX = 20;

const SHADES = {
  call: shades(PALETTE.call, PALETTE.lane),
  answer: shades(PALETTE.answer, PALETTE.lane),
};

/**
 * Which stretch of beats the page shows: it turns before every odd bar of the song.
 *
 * @param {import('../time/beatline.js').BeatLine} clock
 * @param {number} nowBeats
 */
export function pageOf(clock, nowBeats) {
  const { bar, phase } = placeInBar(clock, nowBeats);
  const before = (((bar - 1) % PAGE_BARS) + PAGE_BARS) % PAGE_BARS;
  const from = nowBeats - (phase + before) * clock.barBeats;
  const length = clock.barBeats * PAGE_BARS;
  return { from, to: from + length, steps: Math.round(length * STEPS_PER_BEAT) };
}

/**
 * The step that a beat belongs to, counted from the page's first; a note a little early or late
 * belongs to the nearest.
 *
 * @param {number} beats
 * @param {number} fromBeats
 */
export function stepOf(beats, fromBeats) {
  return Math.round((beats - fromBeats) * STEPS_PER_BEAT);
}

export class StepGrid {
  /** @param {import('./stageview.js').StageView} view Whose canvas it draws on. */
  constructor(view) {
    this.view = view;
    this.context = view.context;
  }

  /**
   * Draw the page that the beat is in.
   *
   * @param {readonly import('./stageview.js').StageSeat[]} seats
   * @param {import('./roll.js').Roll} roll
   * @param {(player: number) => import('../time/beatline.js').BeatLine} clockOf
   * @param {number} engineS
   */
  draw(seats, roll, clockOf, engineS) {
    const { context } = this;
    const { width, height } = this.view.fitCanvas();
    context.fillStyle = PALETTE.ground;
    context.fillRect(0, 0, width, height);
    const each = height / Math.max(1, seats.length);
    seats.forEach((seat, index) => {
      const clock = clockOf(seat.number);
      this.#seat(seat, index * each, width, each, roll.of(seat.number), clock, clock.at(engineS));
    });
  }

  /**
   * @param {import('./stageview.js').StageSeat} seat
   * @param {number} top
   * @param {number} width
   * @param {number} height
   * @param {readonly import('./roll.js').RollNote[]} notes
   * @param {import('../time/beatline.js').BeatLine} clock
   * @param {number} nowBeats
   */
  #seat(seat, top, width, height, notes, clock, nowBeats) {
    const { context } = this;
    const page = pageOf(clock, nowBeats);
    const rows = seat.drums ? DRUMS.length : seat.range.size;
    const row = (height - HEAD_PX - FOOT_PX) / rows;
    const step = (width - LABEL_PX - 12) / page.steps;
    const xAt = (/** @type {number} */ index) => LABEL_PX + index * step;
    const yAt = (/** @type {number} */ index) => top + HEAD_PX + (rows - 1 - index) * row;
    context.font = '600 12px system-ui, sans-serif';
    context.textBaseline = 'middle';
    context.textAlign = 'left';
    context.fillStyle = PALETTE.text;
    context.fillText(`${seat.number} ${seat.name} · ${seat.state}`, 12, top + HEAD_PX / 2);
    for (let index = 0; index < rows; index += 1) {
      context.fillStyle = index % 2 ? PALETTE.laneBlack : PALETTE.lane;
      context.fillRect(LABEL_PX, yAt(index), page.steps * step, row - 1);
      if (!seat.drums || row < 9) continue;
      context.fillStyle = PALETTE.faint;
      context.font = '11px system-ui, sans-serif';
      context.fillText(DRUMS[index].name, 12, yAt(index) + row / 2);
    }
    this.#marks(page, clock, nowBeats, step, top, height, xAt);
    for (const note of notes) {
      if (note.start < page.from - 0.125 || note.start >= page.to - 0.125) continue;
      const lane = seat.drums ? drumLane(note.pitch) : note.pitch - seat.range.low;
      if (lane === null || lane < 0 || lane >= rows) continue;
      const end = note.end ?? nowBeats;
      const steps = seat.drums ? 1 : Math.max(1, Math.round((end - note.start) * STEPS_PER_BEAT));
      context.fillStyle = SHADES[note.kind][shadeOf(note.velocity)];
      const x = xAt(stepOf(note.start, page.from));
      context.fillRect(x + 1, yAt(lane) + 1, step * steps - 2, Math.max(2, row - 3));
      if (note.kind === 'call' && row > 8 && step > 8) {
        context.fillStyle = PALETTE.lane;
        context.fillRect(x + 3, yAt(lane) + 3, step * steps - 6, row - 7);
      }
    }
  }

  /**
   * Bar and beat lines, and the step that sounds now.
   *
   * @param {{ from: number, steps: number }} page
   * @param {import('../time/beatline.js').BeatLine} clock
   * @param {number} nowBeats
   * @param {number} step
   * @param {number} top
   * @param {number} height
   * @param {(index: number) => number} xAt
   */
  #marks(page, clock, nowBeats, step, top, height, xAt) {
    const { context } = this;
    const barSteps = clock.barBeats * STEPS_PER_BEAT;
    for (let index = 0; index <= page.steps; index += STEPS_PER_BEAT) {
      const bar = index % barSteps === 0;
      context.fillStyle = bar ? PALETTE.barLine : PALETTE.beatLine;
      context.fillRect(xAt(index), top + HEAD_PX, bar ? 2 : 1, height - HEAD_PX - FOOT_PX);
    }
    const nowStep = Math.floor((nowBeats - page.from) * STEPS_PER_BEAT);
    if (nowStep < 0 || nowStep >= page.steps) return;
    context.fillStyle = PALETTE.nowLine;
    context.fillRect(xAt(nowStep), top + height - FOOT_PX + 4, step - 1, 6);
  }
}
