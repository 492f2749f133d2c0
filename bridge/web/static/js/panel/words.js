// @ts-check
/**
 * What the parameters are called, where they stand and how they are turned.
 *
 * Which there are and their ranges comes from the engine. One that is not in this table still
 * appears, in the drawer and under its own name.
 */

export const PITCH_CLASSES = ['C', 'C♯', 'D', 'E♭', 'E', 'F', 'F♯', 'G', 'A♭', 'A', 'B♭', 'B'];

/**
 * @typedef {object} Words
 * @property {string} label
 * @property {'main' | 'routes' | 'call' | 'music' | 'guard' | 'model' | 'switch'} group
 * @property {string} help
 * @property {number} [step]
 * @property {'percent' | 'bars' | 'plain'} [unit]
 * @property {string} [zero] What 0 says.
 * @property {readonly string[]} [choices] Names of the values from 0 on.
 * @property {'slider' | 'number' | 'player' | 'pitches' | 'ports' | 'seed'} [control]
 */

/** @type {Record<string, Words>} */
export const WORDS = {
  bundle: { label: 'Model', group: 'main', help: 'The model that answers.' },
  listen: {
    label: 'Listens to',
    group: 'main',
    control: 'player',
    help: "Whose answers are this player's call, besides its own keys.",
  },
  temperature: {
    label: 'Temperature',
    group: 'main',
    step: 0.01,
    help: 'Below 1 it plays what is likeliest, above 1 it takes chances.',
  },
  density: {
    label: 'Density',
    group: 'main',
    step: 0.01,
    help: 'Fewer or more notes than its own.',
  },
  answer_bars: {
    label: 'Answer',
    group: 'main',
    unit: 'bars',
    zero: 'as the call',
    help: 'Length of the answer.',
  },
  call_bars: {
    label: 'Call',
    group: 'main',
    unit: 'bars',
    zero: 'until silence',
    help: 'Length at which a call ends by itself.',
  },
  feel: {
    label: 'Feel',
    group: 'main',
    step: 0.01,
    unit: 'percent',
    help: 'How much of your velocities and timing the answer takes; at 0 it is on the grid.',
  },
  loop: { label: 'Loop', group: 'switch', help: 'The answer repeats until told otherwise.' },
  overlap: {
    label: 'Overlap',
    group: 'switch',
    help: 'Listen for the next call while an answer plays.',
  },
  mute: { label: 'Mute', group: 'switch', help: 'Its answers do not sound.' },
  solo: { label: 'Solo', group: 'switch', help: 'Only soloed players sound.' },
  mute_input: {
    label: 'Mute input',
    group: 'switch',
    help: 'The model does not hear the keys: play alone.',
  },
  mode: {
    label: 'Mode',
    group: 'main',
    choices: ['reply', 'trade', 'continuous', 'accompany'],
    help: 'How the player takes part.',
  },
  input_ports: {
    label: 'Hears',
    group: 'routes',
    control: 'ports',
    help: 'The MIDI inputs that it hears, besides the keys of this page.',
  },
  output_ports: {
    label: 'Plays on',
    group: 'routes',
    control: 'ports',
    help: 'The MIDI outputs that it plays on.',
  },
  input_channel: {
    label: 'In channel',
    group: 'routes',
    zero: 'any',
    help: 'Which of its own keys count.',
  },
  output_channel: {
    label: 'Out channel',
    group: 'routes',
    zero: 'as heard',
    help: 'Where its answers, and keys that are passed through, sound.',
  },
  passthrough: {
    label: 'Passthrough',
    group: 'routes',
    help: 'Its own keys sound at once on the MIDI ports that it plays on.',
  },
  call_min_bars: {
    label: 'Shortest call',
    group: 'call',
    unit: 'bars',
    zero: 'any',
    help: 'A shorter call that ends by silence is forgotten.',
  },
  call_max_bars: {
    label: 'Longest call',
    group: 'call',
    unit: 'bars',
    zero: 'any',
    help: 'Length at which a call ends that silence has not ended.',
  },
  wake_bars: {
    label: 'Wake after',
    group: 'guard',
    unit: 'bars',
    zero: 'never',
    help: 'Bars of silence after which it plays again by itself.',
  },
  same_answers: {
    label: 'Leave circles',
    group: 'guard',
    zero: 'never',
    help: 'After so many equal answers it plays something else.',
  },
  max_notes_per_beat: {
    label: 'Notes a beat',
    group: 'guard',
    zero: 'no limit',
    help: 'What is more than this does not sound.',
  },
  silence_bars: {
    label: 'Silence',
    group: 'call',
    unit: 'bars',
    help: 'Bars of silence that end a call.',
  },
  memory_bars: {
    label: 'Memory',
    group: 'call',
    unit: 'bars',
    zero: 'the call alone',
    help: 'Bars of the jam before the call that the model hears too.',
  },
  register_bias: {
    label: 'Register',
    group: 'music',
    step: 0.01,
    help: 'Lower or higher than its own.',
  },
  variety: { label: 'Variety', group: 'music', step: 0.01, help: 'How much repeating is avoided.' },
  top_p: {
    label: 'Top-p',
    group: 'music',
    step: 0.01,
    help: 'Only the likeliest events that share this much probability.',
  },
  lock: {
    label: 'Lock',
    group: 'music',
    choices: ['nothing', "the call's rhythm", "the call's pitches"],
    help: 'What the answer keeps of the call.',
  },
  candidates: {
    label: 'Best of',
    group: 'music',
    control: 'slider',
    help: 'So many answers are made, the best plays.',
  },
  scale: {
    label: 'Scale',
    group: 'music',
    control: 'pitches',
    help: 'Notes that may sound; none chosen: all.',
  },
  seed: {
    label: 'Seed',
    group: 'music',
    control: 'seed',
    help: 'The same seed gives the same notes; -1: a new one each time.',
  },
  chords: { label: 'Chords', group: 'music', help: 'One entry a bar, as C | Am7 | F | G7.' },
  condition_on_primer: {
    label: 'Hear the call',
    group: 'model',
    help: 'Polyphony: whether the model hears it.',
  },
  inject_primer: {
    label: 'Harmonise',
    group: 'model',
    help: 'Polyphony: the call sounds along in the answer.',
  },
  notes_per_second: {
    label: 'Notes a second',
    group: 'model',
    help: 'Performance models that are told it.',
  },
  pitch_class_histogram: {
    label: 'Pitch weights',
    group: 'model',
    help: 'Twelve weights from C to B.',
  },
  disable_conditioning: {
    label: 'Free of both',
    group: 'model',
    help: 'The model chooses both by itself.',
  },
};

export const GROUPS = /** @type {const} */ ([
  ['routes', 'Routes'],
  ['call', 'The call'],
  ['music', 'The music'],
  ['guard', 'Guards'],
  ['model', 'Special models'],
]);

/**
 * Words for a parameter, made up from its name where there are none.
 *
 * @param {string} name
 * @param {string} kind
 * @param {string} [meaning] The engine's own words.
 * @returns {Words}
 */
export function wordsFor(name, kind, meaning = '') {
  const known = WORDS[name];
  if (known) return known;
  const label = name.charAt(0).toUpperCase() + name.slice(1).replaceAll('_', ' ');
  return { label, group: isSwitch(kind) ? 'switch' : 'music', help: meaning };
}

/** @param {string} kind */
export function isSwitch(kind) {
  return kind === 'boolean' || kind === 'switch';
}

/** @param {string} kind */
export function isWhole(kind) {
  return kind === 'integer' || kind === 'whole';
}

/**
 * A value in words.
 *
 * @param {Words} words
 * @param {unknown} value
 */
export function valueText(words, value) {
  if (typeof value !== 'number') return Array.isArray(value) ? value.join(', ') : String(value);
  if (value === 0 && words.zero) return words.zero;
  if (words.choices) return words.choices[value] ?? String(value);
  if (words.unit === 'percent') return `${Math.round(value * 100)} %`;
  if (words.unit === 'bars') return value === 1 ? '1 bar' : `${value} bars`;
  return Number.isInteger(value) && !words.step ? String(value) : value.toFixed(2);
}

/**
 * A list of numbers or switches as a person writes it; null where it is none.
 *
 * @param {string} text
 * @param {string} kind `numbers` or `switches`
 * @returns {(number | boolean)[] | null}
 */
export function listOf(text, kind) {
  const parts = text.split(/[\s,;]+/).filter((part) => part !== '');
  if (kind === 'switches') {
    return parts.every((part) => /^(true|false|on|off|1|0)$/i.test(part))
      ? parts.map((part) => /^(true|on|1)$/i.test(part))
      : null;
  }
  const numbers = parts.map(Number);
  return numbers.every((number) => Number.isFinite(number)) ? numbers : null;
}
