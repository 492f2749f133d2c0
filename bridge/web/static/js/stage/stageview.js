// @ts-check
/**
 * The stage: notes fall to the line of now.
 *
 * What does not move (lanes, names) is drawn once and kept; a frame copies it and draws lines and
 * notes. Call notes are hollow, answers are full, so that the two differ in more than colour.
 */

import { linesBetween } from '../time/barlines.js';
import { PALETTE, mix, shadeOf, shades } from './colours.js';
import { laneOf, layOut, yOf } from './layout.js';

const LEAST_NOTE_PX = 7;
/** A stroke has no length to speak of; it is drawn with this one, in beats. */
const DRUM_BEATS = 0.18;
/** Beats that stand closer than this have no number. */
const LEAST_NUMBERED_PX = 34;
const GLOW_S = 0.22;
const APPEAR_S = 0.14;
const MOST_RATIO = 2;
const FONT = '600 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';
const SMALL_FONT = '11px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/**
 * @typedef {import('./layout.js').Seat & { name: string, state: string }} StageSeat
 * @typedef {import('./roll.js').RollNote} RollNote
 *
 * @typedef {object} Drawn A note as it was drawn.
 * @property {'call' | 'answer'} kind
 * @property {number} player
 * @property {number} pitch
 * @property {number} start In run beats.
 * @property {number} x
 * @property {number} y Of its start, which is its lower edge.
 *
 * @typedef {object} Probed A frame.
 * @property {Drawn[]} drawn
 * @property {Map<number, number>} beats Where each player's beat was drawn, in run beats.
 * @property {number} nowY The line of now.
 * @property {number} pageS The page's time of the frame.
 */

const NOTE_SHADES = {
  call: shades(PALETTE.call, PALETTE.lane),
  answer: shades(PALETTE.answer, PALETTE.lane),
};
const PAST_SHADES = {
  call: shades(mix(PALETTE.call, PALETTE.lane, 0.65), PALETTE.lane),
  answer: shades(mix(PALETTE.answer, PALETTE.lane, 0.5), PALETTE.lane),
};

export class StageView {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    const context = canvas.getContext('2d', { alpha: false });
    if (context === null) throw new Error('This browser has no 2D canvas.');
    this.context = context;
    this.still = document.createElement('canvas');
    this.aheadBeats = 4;
    /** @type {import('./layout.js').Layout | null} */
    this.layout = null;
    this.shape = '';
    /** @type {((frame: Probed) => void) | null} Is told of every frame, where anybody asks. */
    this.probe = null;
  }

  /**
   * Draw one frame.
   *
   * @param {readonly StageSeat[]} seats
   * @param {number} chosen Number of the chosen player.
   * @param {import('./roll.js').Roll} roll
   * @param {(player: number) => import('../time/beatline.js').BeatLine} clockOf
   * @param {number} engineS The engine's time of this frame.
   * @param {number} pageS The page's.
   */
  draw(seats, chosen, roll, clockOf, engineS, pageS) {
    const layout = this.#fit(seats, chosen);
    const { context } = this;
    context.drawImage(this.still, 0, 0, layout.width, layout.height);
    /** @type {Drawn[] | null} */
    const drawn = this.probe === null ? null : [];
    const beats = new Map();
    for (const column of layout.columns) {
      const clock = clockOf(column.player);
      const nowBeats = clock.at(engineS);
      beats.set(column.player, nowBeats);
      this.#lines(layout, column, clock, nowBeats);
      this.#notes(
        layout,
        column,
        roll.of(column.player),
        nowBeats,
        clock.tempoQpm / 60,
        pageS,
        drawn,
      );
    }
    this.#nowLine(layout);
    if (drawn !== null) this.probe?.({ drawn, beats, nowY: layout.nowY, pageS });
  }

  /**
   * Bar and beat lines of a column, by its own clock; the first column's are numbered.
   *
   * @param {import('./layout.js').Layout} layout
   * @param {import('./layout.js').Column} column
   * @param {import('../time/beatline.js').BeatLine} clock
   * @param {number} nowBeats
   */
  #lines(layout, column, clock, nowBeats) {
    const { context } = this;
    const past = (layout.bottom - layout.nowY) / layout.pxPerBeat;
    const numbered = column === layout.columns[0];
    context.textAlign = 'right';
    context.textBaseline = 'middle';
    for (const line of linesBetween(clock, nowBeats - past, nowBeats + this.aheadBeats)) {
      const y = Math.round(yOf(layout, line.beats, nowBeats));
      context.fillStyle = line.bar ? PALETTE.barLine : PALETTE.beatLine;
      context.fillRect(column.x, y - (line.bar ? 1 : 0), column.width, line.bar ? 2 : 1);
      if (!numbered || (!line.bar && layout.pxPerBeat < LEAST_NUMBERED_PX)) continue;
      context.fillStyle = line.bar ? PALETTE.text : PALETTE.faint;
      context.font = line.bar ? FONT : SMALL_FONT;
      context.fillText(String(line.number), column.x - 8, y);
    }
  }

  /**
   * @param {import('./layout.js').Layout} layout
   * @param {import('./layout.js').Column} column
   * @param {readonly RollNote[]} notes
   * @param {number} nowBeats
   * @param {number} beatsPerS
   * @param {number} pageS
   * @param {Drawn[] | null} drawn
   */
  #notes(layout, column, notes, nowBeats, beatsPerS, pageS, drawn) {
    const { context } = this;
    const top = nowBeats + this.aheadBeats;
    const bottom = nowBeats - (layout.bottom - layout.nowY) / layout.pxPerBeat;
    context.save();
    context.beginPath();
    context.rect(column.x, layout.top, column.width, layout.bottom - layout.top);
    context.clip();
    for (const note of notes) {
      const end = note.end ?? Math.max(note.start, nowBeats);
      if (note.start > top || end < bottom - 0.5) continue;
      const lane = laneOf(column, note.pitch);
      if (lane === null) continue;
      const y = yOf(layout, note.start, nowBeats);
      const least = column.drums ? DRUM_BEATS * layout.pxPerBeat : 0;
      const height = Math.max(LEAST_NOTE_PX, least, (end - note.start) * layout.pxPerBeat - 1);
      const glow =
        column.drums || end < nowBeats ? (nowBeats - note.start) / beatsPerS / GLOW_S : 0;
      const sounds = note.start <= nowBeats && (end > nowBeats || glow < 1);
      this.#note(note, lane, y, height, sounds, end < nowBeats && !sounds, pageS);
      if (sounds) this.#glow(layout, lane, note, Math.min(1, Math.max(0, glow)));
      drawn?.push({
        kind: note.kind,
        player: note.player,
        pitch: note.pitch,
        start: note.start,
        x: lane.x + lane.width / 2,
        y,
      });
    }
    context.restore();
  }

  /**
   * @param {RollNote} note
   * @param {import('./layout.js').Lane} lane
   * @param {number} y
   * @param {number} height
   * @param {boolean} sounds
   * @param {boolean} past
   * @param {number} pageS
   */
  #note(note, lane, y, height, sounds, past, pageS) {
    const { context } = this;
    const inset = lane.width > 16 ? 3 : lane.width > 7 ? 1 : 0.5;
    const width = Math.max(2, lane.width - 2 * inset);
    const x = lane.x + inset;
    const shade = (past ? PAST_SHADES : NOTE_SHADES)[note.kind][shadeOf(note.velocity)];
    const age = (pageS - note.seenS) / APPEAR_S;
    context.globalAlpha = note.kind === 'answer' && age < 1 ? Math.max(0.15, age) : 1;
    context.fillStyle = sounds ? PALETTE.nowLine : shade;
    context.beginPath();
    context.roundRect(x, y - height, width, height, Math.min(4, width / 3, height / 2));
    context.fill();
    if (note.kind === 'call' && width > 6 && height > 6) {
      context.fillStyle = sounds ? shade : PALETTE.lane;
      context.fillRect(x + 2, y - height + 2, width - 4, height - 4);
    }
    context.globalAlpha = 1;
  }

  /**
   * @param {import('./layout.js').Layout} layout
   * @param {import('./layout.js').Lane} lane
   * @param {RollNote} note
   * @param {number} age 0 to 1.
   */
  #glow(layout, lane, note, age) {
    const { context } = this;
    context.globalAlpha = 0.5 * (1 - age);
    context.fillStyle = PALETTE[note.kind];
    context.fillRect(lane.x, layout.nowY - 14, lane.width, 28);
    context.globalAlpha = 1;
  }

  /** @param {import('./layout.js').Layout} layout */
  #nowLine(layout) {
    const { context } = this;
    const left = layout.columns[0]?.x ?? 0;
    context.fillStyle = PALETTE.nowLine;
    context.fillRect(left, layout.nowY - 1, layout.width - 12 - left, 2);
  }

  /**
   * Give the canvas as many dots as the screen has there.
   *
   * @returns {{ width: number, height: number, ratio: number }} In CSS pixels, and dots in each.
   */
  fitCanvas() {
    const ratio = Math.min(MOST_RATIO, devicePixelRatio || 1);
    const width = Math.max(1, this.canvas.clientWidth);
    const height = Math.max(1, this.canvas.clientHeight);
    const dots = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.canvas.width !== dots[0] || this.canvas.height !== dots[1]) {
      [this.canvas.width, this.canvas.height] = dots;
      this.context.setTransform(ratio, 0, 0, ratio, 0, 0);
    }
    return { width, height, ratio };
  }

  /**
   * Bring layout and what does not move up to date.
   *
   * @param {readonly StageSeat[]} seats
   * @param {number} chosen
   */
  #fit(seats, chosen) {
    const { width, height, ratio } = this.fitCanvas();
    const ranges = seats.map((seat) =>
      [seat.number, seat.drums, seat.range.low, seat.range.high, seat.name, seat.state].join(':'),
    );
    const shape = [width, height, ratio, chosen, this.aheadBeats, ...ranges].join('|');
    if (shape !== this.shape || this.layout === null) {
      this.shape = shape;
      this.layout = layOut(width, height, seats, chosen, this.aheadBeats);
      this.still.width = this.canvas.width;
      this.still.height = this.canvas.height;
      drawStill(this.still, ratio, this.layout, seats);
    }
    return this.layout;
  }
}

/**
 * Lanes and names.
 *
 * @param {HTMLCanvasElement} canvas
 * @param {number} ratio
 * @param {import('./layout.js').Layout} layout
 * @param {readonly StageSeat[]} seats
 */
function drawStill(canvas, ratio, layout, seats) {
  const context = canvas.getContext('2d', { alpha: false });
  if (context === null) return;
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = PALETTE.ground;
  context.fillRect(0, 0, layout.width, layout.height);
  for (const column of layout.columns) {
    for (const lane of column.lanes) {
      context.fillStyle = lane.black ? PALETTE.laneBlack : PALETTE.lane;
      context.fillRect(lane.x, layout.top, Math.max(1, lane.width - 1), layout.bottom - layout.top);
    }
    context.font = SMALL_FONT;
    context.fillStyle = PALETTE.faint;
    context.textBaseline = 'middle';
    for (const lane of column.lanes) {
      context.textAlign = column.drums ? 'center' : 'left';
      const x = column.drums ? lane.x + lane.width / 2 : lane.x;
      if (lane.label) context.fillText(lane.label, x, layout.bottom + 13);
    }
    const seat = seats.find((one) => one.number === column.player);
    context.font = FONT;
    context.fillStyle = PALETTE.text;
    context.textAlign = 'left';
    const title = seat ? `${seat.number} ${seat.name}` : '';
    context.fillText(title, column.x, layout.top / 2);
    const taken = context.measureText(title).width;
    context.font = SMALL_FONT;
    context.fillStyle = PALETTE.faint;
    if (seat && taken + 80 < column.width)
      context.fillText(seat.state, column.x + taken + 10, layout.top / 2);
  }
}
