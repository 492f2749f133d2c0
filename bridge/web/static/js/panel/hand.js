// @ts-check
/** What a hand turns elsewhere, on Push for one: shown on the stage as long as it lies there. */

import { el } from './dom.js';
import { wordsFor } from './words.js';

const FORGOTTEN_MS = 5000;

export class Hand {
  /**
   * @param {HTMLElement} place
   * @param {import('../link/jamstate.js').JamState} jam
   */
  constructor(place, jam) {
    this.place = place;
    this.jam = jam;
    this.timer = 0;
  }

  /**
   * A hand is on a knob, or has left it.
   *
   * @param {{ player: number, parameter: string, text: string, share: number | null,
   *   touched: boolean }} told
   */
  show(told) {
    window.clearTimeout(this.timer);
    if (!told.touched) {
      this.hide();
      return;
    }
    // That a hand has left may be lost on the way.
    this.timer = window.setTimeout(() => this.hide(), FORGOTTEN_MS);
    const name = this.jam.players.get(told.player)?.name ?? '';
    const kind = this.jam.parameters.find((one) => one.name === told.parameter)?.kind ?? '';
    const bar = el('i');
    // By the object model: a strict content policy forbids style attributes.
    bar.style.width = `${100 * Math.max(0, Math.min(1, told.share ?? 0))}%`;
    this.place.replaceChildren(
      el('span', {}, `${name}: ${wordsFor(told.parameter, kind).label}`),
      el('b', {}, told.text),
      el('span', { class: 'hand-bar' }, bar),
    );
    this.place.hidden = false;
  }

  /** Nothing is turned. */
  hide() {
    window.clearTimeout(this.timer);
    this.place.hidden = true;
  }
}
