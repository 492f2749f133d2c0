// @ts-check
/** The controls of the chosen player, and the row of all players above them. */

import { stateText } from '../link/jamstate.js';
import { el, setPressed, setText } from './dom.js';
import { fieldFor } from './fields.js';
import { GROUPS, wordsFor } from './words.js';

const BUTTONS = [
  { action: 'go', label: 'Go', key: 'Enter', help: 'Answer now; while a call is played, end it.' },
  { action: 'again', label: 'Again', key: 'R', help: 'The same call, another answer.' },
  { action: 'mutate', label: 'Mutate', key: 'M', help: 'The answer becomes the call.' },
  { action: 'panic', label: 'Panic', key: 'Del', help: 'Everything silent at once.' },
];

/**
 * @typedef {import('../link/jamstate.js').JamState} JamState
 *
 * @typedef {object} CardActions
 * @property {(player: number, action: string) => void} press
 * @property {(player: number, name: string, value: import('../link/edits.js').Value) => void} set
 * @property {(player: number) => void} choose
 * @property {(player: number, on: boolean) => void} soundHere
 * @property {(player: number) => boolean} soundsHere
 */

export class PlayerCard {
  /**
   * @param {HTMLElement} tabs
   * @param {HTMLElement} place
   * @param {JamState} jam
   * @param {import('../link/edits.js').Edits} edits
   * @param {CardActions} actions
   */
  constructor(tabs, place, jam, edits, actions) {
    this.tabs = tabs;
    this.place = place;
    this.jam = jam;
    this.edits = edits;
    this.actions = actions;
    this.chosen = 0;
    this.drawerOpen = false;
    this.shape = '';
    /** @type {import('./fields.js').Field[]} */
    this.fields = [];
    this.title = el('h2');
    this.state = el('span', { class: 'state' });
    this.about = el('p', { class: 'about' });
    this.here = el(
      'button',
      {
        type: 'button',
        class: 'toggle',
        'aria-pressed': 'false',
        title: "Play this player's answers with the page's own sound.",
        onclick: () => actions.soundHere(this.chosen, !actions.soundsHere(this.chosen)),
      },
      'Sound here',
    );
  }

  /** Bring everything up to date. */
  refresh() {
    this.#tabs();
    const player = this.jam.players.get(this.chosen);
    if (player === undefined) {
      this.shape = '';
      this.place.replaceChildren(el('p', { class: 'empty' }, nobody(this.jam)));
      return;
    }
    const names = this.jam.parameters.map((one) => one.name);
    const shape = [player.number, ...names, JSON.stringify(this.jam.ports)].join();
    if (shape !== this.shape) {
      this.shape = shape;
      this.#build(player);
    }
    setText(this.title, `${player.number} ${player.name}`);
    setText(this.state, stateText(player));
    this.state.dataset.state = String(player.state).toLowerCase();
    setText(this.about, about(player));
    setPressed(this.here, this.actions.soundsHere(player.number));
    for (const field of this.fields) {
      const shown = this.edits.shown(player.number, field.name, player.settings[field.name]);
      field.show(shown.value, shown.pending);
    }
  }

  #tabs() {
    const players = this.jam.ordered;
    const known = players.map((player) => `${player.number} ${player.name}`).join('|');
    if (this.tabs.dataset.known !== known) {
      this.tabs.dataset.known = known;
      this.tabs.replaceChildren(
        ...players.map((player) =>
          el(
            'button',
            {
              type: 'button',
              class: 'tab',
              'data-player': player.number,
              onclick: () => this.actions.choose(player.number),
            },
            el('span', { class: 'tab-name' }, `${player.number} ${player.name}`),
            el('span', { class: 'tab-state' }),
          ),
        ),
      );
      this.tabs.hidden = players.length < 2;
    }
    for (const tab of this.tabs.children) {
      const player = this.jam.players.get(Number(/** @type {HTMLElement} */ (tab).dataset.player));
      if (player === undefined) continue;
      setPressed(tab, player.number === this.chosen);
      const state = tab.querySelector('.tab-state');
      if (state) setText(state, stateText(player));
    }
  }

  /** @param {import('../link/jamstate.js').PlayerView} player */
  #build(player) {
    const { number } = player;
    const around = {
      set: (/** @type {string} */ name, /** @type {any} */ value) =>
        this.actions.set(number, name, value),
      bundles: () => this.jam.bundles,
      players: () => this.jam.ordered,
      self: () => number,
      ports: (/** @type {string} */ name) => this.jam.ports[name] ?? [],
      lastSeed: () => this.jam.answers.findLast((answer) => answer.player === number)?.seed ?? null,
    };
    this.fields = this.jam.parameters
      .filter((parameter) => parameter.name in player.settings)
      .map((parameter) => fieldFor(parameter, around));
    const groupOf = new Map(
      this.jam.parameters.map((parameter) => [
        parameter.name,
        wordsFor(parameter.name, parameter.kind).group,
      ]),
    );
    const inGroup = (/** @type {string} */ group) =>
      this.fields
        .filter((field) => groupOf.get(field.name) === group)
        .map((field) => field.element);
    const drawer = el(
      'details',
      {
        class: 'drawer',
        open: this.drawerOpen,
        ontoggle: (/** @type {Event} */ event) => {
          this.drawerOpen = /** @type {HTMLDetailsElement} */ (event.currentTarget).open;
        },
      },
      el('summary', {}, 'More'),
      ...GROUPS.flatMap(([group, title]) => {
        const elements = inGroup(group);
        return elements.length ? [el('h3', {}, title), ...elements] : [];
      }),
    );
    this.place.replaceChildren(
      el('div', { class: 'card-head' }, this.title, this.state),
      this.about,
      el('div', { class: 'buttons' }, ...BUTTONS.map((button) => this.#button(number, button))),
      el('div', { class: 'toggles' }, ...inGroup('switch'), this.here),
      ...inGroup('main'),
      drawer,
    );
  }

  /**
   * @param {number} number
   * @param {{ action: string, label: string, key: string, help: string }} button
   */
  #button(number, { action, label, key, help }) {
    return el(
      'button',
      {
        type: 'button',
        class: `do ${action}`,
        title: `${help} (${key})`,
        'aria-keyshortcuts': key,
        onclick: () => this.actions.press(number, action),
      },
      label,
    );
  }
}

/** @param {import('../link/jamstate.js').PlayerView} player */
function about(player) {
  const ports = [/** @type {any} */ (player).input, /** @type {any} */ (player).output].filter(
    Boolean,
  );
  const words = [player.kind];
  if (ports.length) words.push(ports.join(' → '));
  if (player.bundle !== player.settings.bundle) words.push(`loading ${player.settings.bundle}`);
  if (player.away) words.push('its device has fallen silent');
  return words.join(' · ');
}

/** @param {JamState} jam */
function nobody(jam) {
  if (jam.parameters.length === 0) return 'No engine yet.';
  return (
    'No player yet. Drop Magenta Jam on a MIDI track in Live, or give the configuration a section' +
    ' "players". Without Live, `magenta-bridge demo --web` has one to play with.'
  );
}
