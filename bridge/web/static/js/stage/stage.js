// @ts-check
/** The picture of the jam: falls, or for people who want less motion stands still and steps. */

import { stateText } from '../link/jamstate.js';
import { placeInBar } from '../time/barlines.js';
import { Frames } from './frames.js';
import { StageView } from './stageview.js';
import { StepGrid } from './stepgrid.js';

const WORDS_MS = 2000;
const STEPS_PER_BEAT = 4;

export class Stage {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {HTMLElement} words What is on the stage, for people who don't see it.
   * @param {import('../link/jamstate.js').JamState} jam
   * @param {import('../time/enginetime.js').EngineTime} engineTime
   * @param {() => number} chosen
   */
  constructor(canvas, words, jam, engineTime, chosen) {
    this.words = words;
    this.jam = jam;
    this.engineTime = engineTime;
    this.chosen = chosen;
    this.view = new StageView(canvas);
    this.grid = new StepGrid(this.view);
    this.frames = new Frames();
    this.wordsMs = 0;
    this.drawnStep = '';
    this.lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)');
  }

  /** @param {number} beats How much of what is coming is seen. */
  setAhead(beats) {
    this.view.aheadBeats = beats;
  }

  /**
   * One frame of the browser.
   *
   * @param {number} nowMs
   */
  frame(nowMs) {
    this.frames.begin(nowMs);
    const began = performance.now();
    const engineS = this.engineTime.engineAt(nowMs / 1000);
    if (this.lessMotion.matches) this.#step(engineS);
    else this.#fall(engineS, nowMs / 1000);
    this.frames.drawn(performance.now() - began);
    if (nowMs - this.wordsMs > WORDS_MS) {
      this.wordsMs = nowMs;
      this.#say(engineS);
    }
  }

  /**
   * @param {number} engineS
   * @param {number} pageS
   */
  #fall(engineS, pageS) {
    const { jam } = this;
    this.view.draw(
      this.#seats(),
      this.chosen(),
      jam.roll,
      (player) => jam.clockOf(player),
      engineS,
      pageS,
    );
  }

  /** @param {number} engineS */
  #step(engineS) {
    const { jam } = this;
    const seats = this.#seats();
    const beats = jam.clockOf(this.chosen()).at(engineS);
    const count = seats.map((seat) => jam.roll.of(seat.number).length);
    const states = seats.map((seat) => seat.state);
    const { clientWidth, clientHeight } = this.view.canvas;
    const step = [
      Math.floor(beats * STEPS_PER_BEAT),
      ...count,
      ...states,
      clientWidth,
      clientHeight,
    ].join();
    if (step === this.drawnStep) return;
    this.drawnStep = step;
    this.grid.draw(seats, jam.roll, (player) => jam.clockOf(player), engineS);
  }

  #seats() {
    return this.jam.ordered.map((player) => ({
      number: player.number,
      name: player.name,
      drums: player.drums,
      range: this.jam.rangeOf(player.number),
      state: stateText(player),
    }));
  }

  /** @param {number} engineS */
  #say(engineS) {
    const player = this.jam.players.get(this.chosen());
    if (player === undefined) return;
    const clock = this.jam.clockOf(player.number);
    const { bar } = placeInBar(clock, clock.at(engineS));
    const coming = this.jam.roll
      .of(player.number)
      .filter((note) => note.start > clock.at(engineS)).length;
    const text = `${player.name}: ${stateText(player)}, bar ${bar}, ${coming} notes to come.`;
    this.words.textContent = text;
  }
}
