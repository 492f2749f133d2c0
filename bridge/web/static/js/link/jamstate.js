// @ts-check
/** All that the engine has told: the one truth that everything on the page is drawn from. */

import { PitchRange } from '../stage/lanes.js';
import { BeatLine } from '../time/beatline.js';
import { Roll } from '../stage/roll.js';

const MOST_ANSWERS = 200;
const MOST_LOG = 300;
const MOST_SYNC = 180;
/** How long notes are kept after they sounded, in beats. */
const KEPT_BEATS = 24;

/** The states of a player as the engine numbers them. */
export const STATES = ['Ready', 'Listening', 'Thinking', 'Answering', 'Looping', 'Overlapping'];

/**
 * @typedef {object} PlayerView What the engine tells of a player; docs/web.md.
 * @property {number} number
 * @property {string} name
 * @property {string} kind
 * @property {string} clock
 * @property {string} bundle
 * @property {boolean} drums
 * @property {number | string} state
 * @property {Record<string, any>} settings
 * @property {boolean} away
 * @property {number} [bar]
 * @property {number} [bars]
 *
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} kind
 * @property {number | null} least
 * @property {number | null} greatest
 * @property {any} default
 * @property {string} meaning What it does, in a line.
 */

/**
 * A parameter as the page has it.
 *
 * @param {any} told
 * @returns {Parameter}
 */
function parameterOf(told) {
  const { name, kind, low = null, high = null, least = low, greatest = high, meaning = '' } = told;
  return { name, kind, least, greatest, default: told.default, meaning };
}

/**
 * A player's state in words, with its bar where it is known.
 *
 * @param {PlayerView} player
 */
export function stateText(player) {
  if (player.away) return 'Away';
  const { state, bar, bars } = player;
  const word =
    typeof state === 'number'
      ? (STATES[state] ?? '')
      : state === 'idle' || state === 'IDLE'
        ? 'Ready'
        : state.charAt(0).toUpperCase() + state.slice(1).toLowerCase();
  if (!bar) return word;
  return bars ? `${word} ${bar}/${bars}` : `${word} ${bar}`;
}

export class JamState {
  constructor() {
    this.version = '';
    /** @type {string[]} */
    this.bundles = [];
    /** @type {Record<string, string[]>} Names of MIDI ports by the parameter that chooses them. */
    this.ports = {};
    /** @type {Parameter[]} */
    this.parameters = [];
    /** @type {Map<number, PlayerView>} */
    this.players = new Map();
    /** @type {Map<string, BeatLine>} */
    this.clocks = new Map();
    /** @type {Map<number, PitchRange>} */
    this.ranges = new Map();
    this.roll = new Roll();
    /** @type {any[]} */
    this.answers = [];
    /** @type {any[]} */
    this.log = [];
    /** @type {any[]} */
    this.syncs = [];
    /** @type {any} */
    this.load = null;
    /** @type {any} */
    this.training = null;
    this.nothing = new BeatLine();
  }

  /** The players in order of their numbers. */
  get ordered() {
    return [...this.players.values()].sort((one, other) => one.number - other.number);
  }

  /**
   * The clock that a player follows.
   *
   * @param {number} number
   */
  clockOf(number) {
    const name = this.players.get(number)?.clock;
    const first = this.clocks.values().next().value;
    return (name === undefined ? undefined : this.clocks.get(name)) ?? first ?? this.nothing;
  }

  /** @param {number} number */
  rangeOf(number) {
    let range = this.ranges.get(number);
    if (range === undefined) {
      range = new PitchRange();
      this.ranges.set(number, range);
    }
    return range;
  }

  /**
   * The first word of a stream: everything begins anew.
   *
   * @param {any} told
   * @param {number} pageS
   */
  hello(told, pageS) {
    this.version = told.version ?? '';
    this.bundles = told.bundles ?? [];
    this.ports = told.ports ?? {};
    this.parameters = (told.parameters ?? []).map(parameterOf);
    this.players.clear();
    this.clocks.clear();
    this.roll.clear();
    this.answers = (told.answers ?? []).slice(-MOST_ANSWERS);
    this.log = (told.log ?? []).slice(-MOST_LOG);
    this.syncs = told.sync ? [told.sync] : [];
    this.load = told.load ?? null;
    this.training = told.training ?? null;
    for (const clock of told.clocks ?? []) this.beat(clock, told.time_s);
    for (const player of told.players ?? []) this.player(player);
    for (const notes of told.notes ?? []) this.notes(notes, pageS);
  }

  /**
   * @param {import('../time/beatline.js').BeatNow & { clock: string }} told
   * @param {number} engineS
   */
  beat(told, engineS) {
    let clock = this.clocks.get(told.clock);
    if (clock === undefined) {
      clock = new BeatLine();
      this.clocks.set(told.clock, clock);
    }
    const stopped = clock.playing && !told.playing;
    clock.hear(told, engineS);
    for (const player of this.players.values()) {
      if (player.clock !== told.clock) continue;
      if (stopped) this.roll.release(player.number, told.run_beats);
      this.roll.prune(player.number, told.run_beats - KEPT_BEATS);
    }
  }

  /** @param {PlayerView} told */
  player(told) {
    this.players.set(told.number, told);
  }

  /** @param {number} number */
  left(number) {
    this.players.delete(number);
    this.ranges.delete(number);
    this.roll.notes.delete(number);
  }

  /**
   * @param {any} told
   * @param {number} pageS
   */
  notes(told, pageS) {
    const range = this.rangeOf(told.player);
    for (const note of told.notes) range.include(note.pitch);
    return this.roll.coming(told.player, told.answer_id, told.notes, pageS);
  }

  /** @param {any} told */
  takenBack(told) {
    this.roll.takenBack(told.player, told.answer_id, told.from_beats, told.silenced !== false);
  }

  /**
   * @param {any} told
   * @param {number} pageS
   */
  key(told, pageS) {
    if (told.velocity > 0) this.rangeOf(told.player).include(told.pitch);
    const { player, pitch, velocity, channel = 0, at_beats, heard = true } = told;
    this.roll.key(player, pitch, velocity, channel, at_beats, heard, pageS);
  }

  /** @param {any} told */
  answer(told) {
    push(this.answers, told, MOST_ANSWERS);
  }

  /** @param {any} told */
  sync(told) {
    push(this.syncs, told, MOST_SYNC);
  }

  /** @param {any} told */
  line(told) {
    push(this.log, told, MOST_LOG);
  }
}

/** @param {any[]} list @param {any} value @param {number} most */
function push(list, value, most) {
  list.push(value);
  if (list.length > most) list.splice(0, list.length - most);
}
