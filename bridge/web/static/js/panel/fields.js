// @ts-check
/** One control for each parameter, built from what the engine says of it. */

import { el, setPressed, setText } from './dom.js';
import { PITCH_CLASSES, isSwitch, isWhole, listOf, valueText, wordsFor } from './words.js';

/**
 * @typedef {import('../link/jamstate.js').Parameter} Parameter
 * @typedef {import('../link/edits.js').Value} Value
 *
 * @typedef {object} Field
 * @property {string} name
 * @property {HTMLElement} element
 * @property {(value: any, pending: boolean) => void} show
 *
 * @typedef {object} Surroundings What a control may need besides its own value.
 * @property {(name: string, value: Value) => void} set
 * @property {() => readonly string[]} bundles
 * @property {() => readonly { number: number, name: string }[]} players
 * @property {() => number} self Number of the player.
 * @property {(name: string) => readonly string[]} ports Names of its bits, of port 1 first.
 * @property {() => number | null} lastSeed
 */

let count = 0;

/**
 * @param {Parameter} parameter
 * @param {Surroundings} around
 * @returns {Field}
 */
export function fieldFor(parameter, around) {
  const { name, kind } = parameter;
  const words = wordsFor(name, kind, parameter.meaning);
  if (isSwitch(kind)) return toggle(name, words, around);
  if (kind === 'bundle')
    return choice(name, words, () => around.bundles().map((one) => [one, one]), around);
  if (words.control === 'player') return choice(name, words, () => routes(around), around, Number);
  if (words.control === 'pitches') return bits(name, words, PITCH_CLASSES, 'all', around);
  if (words.control === 'ports') return bits(name, words, around.ports(name), 'own', around);
  if (words.control === 'seed') return seed(name, words, around);
  if (words.choices) {
    const named = words.choices.map(
      (text, value) => /** @type {[string, string]} */ ([String(value), text]),
    );
    return choice(name, words, () => named, around, Number);
  }
  const choices = /** @type {any} */ (parameter).choices;
  if (Array.isArray(choices))
    return choice(name, words, () => choices.map((one) => [String(one), String(one)]), around);
  if (kind === 'text') return text(name, words, (typed) => typed, around);
  if (kind === 'numbers' || kind === 'switches') {
    return text(name, words, (typed) => listOf(typed, kind), around);
  }
  return slider(parameter, words, around);
}

/**
 * @param {string} name
 * @param {import('./words.js').Words} words
 * @param {Surroundings} around
 * @returns {Field}
 */
function toggle(name, words, around) {
  let on = false;
  const button = el(
    'button',
    {
      type: 'button',
      class: 'toggle',
      'aria-pressed': 'false',
      title: words.help,
      'data-parameter': name,
      onclick: () => around.set(name, !on),
    },
    words.label,
  );
  const show = (/** @type {boolean} */ value, /** @type {boolean} */ pending) => {
    on = Boolean(value);
    setPressed(button, on);
    button.classList.toggle('pending', pending);
  };
  return { name, element: button, show };
}

/**
 * @param {Parameter} parameter
 * @param {import('./words.js').Words} words
 * @param {Surroundings} around
 * @returns {Field}
 */
function slider(parameter, words, around) {
  const { name, kind } = parameter;
  const id = `field-${(count += 1)}`;
  const step = isWhole(kind) ? 1 : (words.step ?? 0.01);
  const input = el('input', {
    id,
    type: 'range',
    min: parameter.least,
    max: parameter.greatest,
    step,
    'data-parameter': name,
    'aria-describedby': `${id}-help`,
    oninput: () => around.set(name, Number(input.value)),
    ondblclick: () => around.set(name, parameter.default),
  });
  const output = el('output', { for: id });
  const element = el(
    'div',
    {
      class: 'field',
      title: `${words.help} Double-click: ${valueText(words, parameter.default)}.`,
    },
    el('label', { for: id }, words.label),
    input,
    output,
    el('span', { id: `${id}-help`, class: 'unseen' }, words.help),
  );
  const show = (/** @type {number} */ value, /** @type {boolean} */ pending) => {
    if (Number(input.value) !== value) input.value = String(value);
    const shown = valueText(words, value);
    setText(output, shown);
    input.setAttribute('aria-valuetext', shown);
    element.classList.toggle('pending', pending);
    const least = parameter.least ?? 0;
    const share = (value - least) / Math.max(1e-9, (parameter.greatest ?? 1) - least);
    input.style.setProperty('--share', `${Math.round(share * 1000) / 10}%`);
  };
  return { name, element, show };
}

/**
 * @param {string} name
 * @param {import('./words.js').Words} words
 * @param {() => readonly (readonly [string, string])[]} options Value and name.
 * @param {Surroundings} around
 * @param {(value: string) => Value} read
 * @returns {Field}
 */
function choice(name, words, options, around, read = (value) => value) {
  const id = `field-${(count += 1)}`;
  const select = el('select', {
    id,
    'data-parameter': name,
    onchange: () => around.set(name, read(select.value)),
  });
  const element = el(
    'div',
    { class: 'field wide', title: words.help },
    el('label', { for: id }, words.label),
    select,
  );
  let offered = '';
  const show = (/** @type {unknown} */ value, /** @type {boolean} */ pending) => {
    const now = options();
    const listed = now.some(([one]) => one === String(value))
      ? now
      : [...now, [String(value), String(value)]];
    const key = JSON.stringify(listed);
    if (key !== offered) {
      offered = key;
      select.replaceChildren(...listed.map(([one, label]) => el('option', { value: one }, label)));
    }
    if (select.value !== String(value)) select.value = String(value);
    element.classList.toggle('pending', pending);
  };
  return { name, element, show };
}

/** @param {Surroundings} around @returns {[string, string][]} */
function routes(around) {
  const others = around.players().filter((player) => player.number !== around.self());
  return [
    ['0', 'nobody'],
    ...others.map(
      ({ number, name }) => /** @type {[string, string]} */ ([String(number), `${number} ${name}`]),
    ),
  ];
}

/**
 * @param {string} name
 * @param {import('./words.js').Words} words
 * @param {(typed: string) => Value | null} read Null for what makes no sense.
 * @param {Surroundings} around
 * @returns {Field}
 */
function text(name, words, read, around) {
  const id = `field-${(count += 1)}`;
  const input = el('input', {
    id,
    type: 'text',
    spellcheck: 'false',
    autocomplete: 'off',
    'data-parameter': name,
    onchange: () => {
      const value = read(input.value);
      input.toggleAttribute('aria-invalid', value === null);
      if (value !== null) around.set(name, value);
    },
  });
  const element = el(
    'div',
    { class: 'field wide', title: words.help },
    el('label', { for: id }, words.label),
    input,
  );
  const show = (/** @type {unknown} */ value, /** @type {boolean} */ pending) => {
    const shown = Array.isArray(value) ? value.join(', ') : String(value ?? '');
    if (document.activeElement !== input && input.value !== shown) input.value = shown;
    element.classList.toggle('pending', pending);
  };
  return { name, element, show };
}

/**
 * Several of a row of names, as the bits of a number; none chosen is 0.
 *
 * @param {string} name
 * @param {import('./words.js').Words} words
 * @param {readonly string[]} names Of bit 0, 1, 2 …
 * @param {string} none What 0 says.
 * @param {Surroundings} around
 * @returns {Field}
 */
function bits(name, words, names, none, around) {
  let mask = 0;
  const button = (/** @type {string} */ label, /** @type {() => number} */ wanted) =>
    el(
      'button',
      {
        type: 'button',
        class: 'bit',
        'aria-pressed': 'false',
        'data-parameter': name,
        onclick: () => around.set(name, wanted()),
      },
      label,
    );
  const buttons = names.map((label, index) => button(label, () => mask ^ (1 << index)));
  const zero = button(none, () => 0);
  const element = el(
    'div',
    { class: 'field wide', role: 'group', 'aria-label': words.label, title: words.help },
    el('span', { class: 'label' }, words.label),
    el('div', { class: words.control ?? '' }, ...buttons, zero),
  );
  element.hidden = names.length === 0;
  const show = (/** @type {number} */ value, /** @type {boolean} */ pending) => {
    mask = Number(value) || 0;
    buttons.forEach((one, index) => setPressed(one, Boolean(mask & (1 << index))));
    setPressed(zero, mask === 0);
    element.classList.toggle('pending', pending);
  };
  return { name, element, show };
}

/**
 * @param {string} name
 * @param {import('./words.js').Words} words
 * @param {Surroundings} around
 * @returns {Field}
 */
function seed(name, words, around) {
  const id = `field-${(count += 1)}`;
  const input = el('input', {
    id,
    type: 'number',
    min: -1,
    max: 2147483647,
    step: 1,
    'data-parameter': name,
    onchange: () => {
      const value = Number(input.value);
      if (input.value !== '' && Number.isInteger(value)) around.set(name, value);
    },
  });
  const hold = el(
    'button',
    {
      type: 'button',
      class: 'small',
      title: 'Use the seed of the last answer from now on.',
      onclick: () => {
        const last = around.lastSeed();
        if (last !== null) around.set(name, last);
      },
    },
    'hold',
  );
  const free = el(
    'button',
    {
      type: 'button',
      class: 'small',
      title: 'A new seed each time.',
      onclick: () => around.set(name, -1),
    },
    'new',
  );
  const element = el(
    'div',
    { class: 'field wide', title: words.help },
    el('label', { for: id }, words.label),
    el('div', { class: 'row' }, input, hold, free),
  );
  const show = (/** @type {number} */ value, /** @type {boolean} */ pending) => {
    if (document.activeElement !== input && input.value !== String(value))
      input.value = String(value);
    hold.disabled = around.lastSeed() === null;
    setPressed(free, value === -1);
    element.classList.toggle('pending', pending);
  };
  return { name, element, show };
}
