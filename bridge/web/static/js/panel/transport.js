// @ts-check
/** Where the beat is: lamps, bar and beat, tempo, source; and the engine's own clock. */

import { placeInBar } from '../time/barlines.js';
import { el, setPressed, setText } from './dom.js';

const MOST_LAMPS = 16;

export class Transport {
  /**
   * @param {HTMLElement} place
   * @param {{ tempo: (qpm: number) => void, run: (playing: boolean) => void }} actions
   */
  constructor(place, actions) {
    this.lamps = el('div', { class: 'lamps', 'aria-hidden': 'true' });
    this.place = el('output', { class: 'place', 'aria-label': 'Bar and beat' }, '–');
    this.playing = false;
    this.run = el(
      'button',
      {
        type: 'button',
        id: 'run',
        'aria-pressed': 'false',
        title: "Run or stop the engine's own clock (C).",
        onclick: () => actions.run(!this.playing),
      },
      'Run',
    );
    this.tempo = el('input', {
      type: 'number',
      id: 'tempo',
      min: 20,
      max: 999,
      step: 0.1,
      'aria-label': 'Tempo in quarter notes a minute',
      onchange: () => {
        const qpm = Number(this.tempo.value);
        if (qpm >= 20 && qpm <= 999) actions.tempo(qpm);
      },
    });
    this.source = el('span', { class: 'source' });
    place.replaceChildren(
      this.run,
      this.lamps,
      this.place,
      el('label', { class: 'tempo' }, this.tempo, ' bpm'),
      this.source,
    );
    this.shown = '';
  }

  /**
   * @param {import('../time/beatline.js').BeatLine} clock
   * @param {number} engineS
   */
  show(clock, engineS) {
    const { bar, beat } = placeInBar(clock, clock.at(engineS));
    const { tempoQpm, playing } = clock;
    const source = clock.now?.source ?? '';
    const locked = clock.now?.locked ?? false;
    const count = Math.min(MOST_LAMPS, Math.max(1, Math.ceil(clock.barBeats)));
    const shown = [
      clock.known,
      bar,
      beat,
      count,
      Math.round(tempoQpm * 10),
      playing,
      source,
      locked,
    ].join();
    if (shown === this.shown) return;
    this.shown = shown;
    if (this.lamps.childElementCount !== count) {
      this.lamps.replaceChildren(...Array.from({ length: count }, () => el('i')));
    }
    [...this.lamps.children].forEach((lamp, index) => {
      lamp.className = playing && index === beat - 1 ? (index === 0 ? 'first' : 'on') : '';
    });
    setText(this.place, clock.known ? `${bar}.${beat}` : '–');
    this.playing = playing;
    setPressed(this.run, playing);
    setText(this.run, playing ? 'Stop' : 'Run');
    if (document.activeElement !== this.tempo)
      this.tempo.value = String(Math.round(tempoQpm * 10) / 10);
    const own = source === 'internal' || source === '';
    this.run.hidden = !own;
    this.tempo.disabled = !own && source !== 'link';
    setText(
      this.source,
      !clock.known
        ? ''
        : source === 'internal'
          ? 'own clock'
          : `${source || 'no source'}${locked ? '' : ', not locked'}`,
    );
  }
}
