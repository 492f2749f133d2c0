// @ts-check
/** Presets: the parameters of a player under a name, kept by the engine. */

import { el } from './dom.js';

export class Presets {
  /**
   * @param {HTMLElement} place
   * @param {import('../link/api.js').Api} api
   * @param {() => number} player Whose parameters are saved.
   * @param {(error: unknown) => void} onRefused
   * @param {(text: string) => void} say
   */
  constructor(place, api, player, onRefused, say) {
    this.api = api;
    this.player = player;
    this.onRefused = onRefused;
    this.say = say;
    this.list = el('select', { 'aria-label': 'Preset' });
    this.name = el('input', {
      type: 'text',
      placeholder: 'name',
      maxlength: 60,
      'aria-label': 'Name of the preset',
      spellcheck: 'false',
    });
    const button = (/** @type {string} */ label, /** @type {() => Promise<void>} */ act) =>
      el('button', { type: 'button', class: 'small', onclick: () => this.#try(act) }, label);
    place.replaceChildren(
      el(
        'div',
        { class: 'row' },
        this.list,
        button('Load', () => this.#load()),
        button('Delete', () => this.#delete()),
      ),
      el(
        'div',
        { class: 'row' },
        this.name,
        button('Save', () => this.#save()),
      ),
    );
  }

  /** Ask the engine which there are. */
  async refresh() {
    await this.#try(async () => this.#show(await this.api.presets()));
  }

  /** @param {() => Promise<void>} act */
  async #try(act) {
    try {
      await act();
    } catch (error) {
      this.onRefused(error);
    }
  }

  async #load() {
    if (!this.list.value) return;
    const { done } = await this.api.post('/api/presets/load', {
      name: this.list.value,
      player: this.player(),
    });
    this.say(`Preset ${this.list.value}: ${done} parameters changed.`);
  }

  async #save() {
    const name = this.name.value.trim() || this.list.value;
    if (!name) return;
    const known = [...this.list.options].some((option) => option.value === name);
    if (known && !window.confirm(`Replace the preset "${name}"?`)) return;
    const body = { name, player: this.player(), replace: known };
    this.#show((await this.api.post('/api/presets/save', body)).presets, name);
    this.name.value = '';
    this.say(`Preset ${name} saved.`);
  }

  async #delete() {
    const name = this.list.value;
    if (!name || !window.confirm(`Delete the preset "${name}"?`)) return;
    this.#show((await this.api.post('/api/presets/delete', { name })).presets);
    this.say(`Preset ${name} deleted.`);
  }

  /**
   * @param {readonly string[]} names
   * @param {string} [chosen]
   */
  #show(names, chosen = this.list.value) {
    this.list.replaceChildren(...names.map((name) => el('option', { value: name }, name)));
    if (names.includes(chosen)) this.list.value = chosen;
    this.list.disabled = names.length === 0;
  }
}
