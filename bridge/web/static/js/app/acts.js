// @ts-check
/** What the keys do that play no note. */

import { byId } from '../panel/dom.js';
import { valueText, wordsFor } from '../panel/words.js';

/**
 * @typedef {import('./page.js').Page} Page
 * @typedef {import('../play/keymap.js').Act} Act
 */

/**
 * Do what a key stands for.
 *
 * @param {Page} page
 * @param {Act} act
 */
export function actOn(page, act) {
  if ('page' in act) onPage(page, act.page);
  else if ('do' in act) page.press(page.chosen, act.do);
  else onParameter(page, act);
}

/**
 * @param {Page} page
 * @param {Exclude<Act, { do: string } | { page: string }>} act
 */
function onParameter(page, act) {
  const name = 'toggle' in act ? act.toggle : 'turn' in act ? act.turn : act.set;
  const player = page.jam.players.get(page.chosen);
  const parameter = page.jam.parameters.find((one) => one.name === name);
  if (player === undefined || parameter === undefined) return;
  const now = page.edits.shown(player.number, name, player.settings[name]).value;
  const value = turned(act, parameter, now, page.jam.bundles);
  page.edits.set(player.number, name, value, performance.now() / 1000);
  const words = wordsFor(name, parameter.kind);
  const shown = typeof value === 'boolean' ? (value ? 'on' : 'off') : valueText(words, value);
  page.messages.say(`${words.label}: ${shown}`);
}

/**
 * The value that a key turns a parameter to.
 *
 * @param {Exclude<Act, { do: string } | { page: string }>} act
 * @param {import('../link/jamstate.js').Parameter} parameter
 * @param {any} now
 * @param {readonly string[]} bundles
 * @returns {import('../link/edits.js').Value}
 */
export function turned(act, parameter, now, bundles) {
  if ('toggle' in act) return !now;
  if ('set' in act) return act.value;
  if (parameter.kind === 'bundle') {
    const place = bundles.indexOf(now) + act.by;
    return bundles[(place + bundles.length) % bundles.length] ?? now;
  }
  const value = Math.round((now + act.by) * 1000) / 1000;
  return Math.min(parameter.greatest ?? value, Math.max(parameter.least ?? value, value));
}

/**
 * @param {Page} page
 * @param {string} what
 */
function onPage(page, what) {
  if (what === 'help') /** @type {HTMLDialogElement} */ (byId('help')).showModal();
  else if (what === 'click') page.toggleClick();
  else if (what === 'clock')
    page.send({ command: 'clock', playing: !page.jam.clockOf(page.chosen).playing });
  else if (what === 'keep') page.send({ command: 'capture' });
  else if (what === 'full screen') page.toggleFullScreen();
  else if (what === 'next player') {
    const numbers = page.jam.ordered.map((player) => player.number);
    if (numbers.length) page.choose(numbers[(numbers.indexOf(page.chosen) + 1) % numbers.length]);
  } else page.instrument.act(what);
}
