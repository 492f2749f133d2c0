// @ts-check
/** Pads and piano on the page: pointers of any number, each with its own key. */

import { el } from '../panel/dom.js';
import { DRUMS, isBlack, pitchName } from '../stage/lanes.js';
import { letterOfPitch } from './keymap.js';

const PIANO_KEYS = 25;
const PRESS_VELOCITY = 90;
const PRESS_MS = 150;
const NARROW_KEYS = 13;
const NARROW_PX = 560;
const LEAST_VELOCITY = 40;

/**
 * How hard a pointer strikes: by pressure where the device knows it, else by how far down the key.
 *
 * @param {number} share Place on the key, 0 at the top to 1 at the bottom.
 * @param {number} pressure 0 to 1; a mouse says 0.5.
 * @returns {number} 1 to 127.
 */
export function velocityOf(share, pressure) {
  const known = pressure > 0 && pressure !== 0.5 && pressure !== 1;
  const strength = known ? pressure : Math.max(0, Math.min(1, share));
  return Math.round(LEAST_VELOCITY + (127 - LEAST_VELOCITY) * strength);
}

export class Pads {
  /**
   * @param {HTMLElement} place
   * @param {(name: string, pitch: number, velocity: number, timeMs: number) => void} onKey
   */
  constructor(place, onKey) {
    this.place = place;
    this.onKey = onKey;
    this.drums = true;
    this.base = 60;
    this.shape = '';
    /** @type {Map<number, number>} Pitch under each pointer. */
    this.pointers = new Map();
    /** @type {Map<number, HTMLElement>} */
    this.keys = new Map();
    place.addEventListener('pointerdown', (event) => this.#down(event));
    place.addEventListener('pointermove', (event) => this.#move(event));
    for (const name of ['pointerup', 'pointercancel', 'lostpointercapture']) {
      place.addEventListener(name, (event) => this.#up(/** @type {PointerEvent} */ (event)));
    }
    place.addEventListener('click', (event) => this.#press(event));
    place.addEventListener('contextmenu', (event) => event.preventDefault());
  }

  /**
   * Show pads or a piano.
   *
   * @param {boolean} drums
   * @param {number} base Pitch of the piano's lowest key.
   */
  show(drums, base) {
    const keys =
      this.place.clientWidth && this.place.clientWidth < NARROW_PX ? NARROW_KEYS : PIANO_KEYS;
    const shape = `${drums} ${base} ${keys}`;
    if (shape === this.shape) return;
    this.shape = shape;
    this.drums = drums;
    this.base = base;
    this.keys.clear();
    this.place.className = drums ? 'pads' : 'piano';
    this.place.setAttribute('aria-label', drums ? 'Drum pads' : 'Piano');
    const pitches = drums
      ? DRUMS.map((drum) => drum.pitch)
      : Array.from({ length: keys }, (_, index) => base + index).filter((pitch) => pitch <= 127);
    const whites = pitches.filter((pitch) => !isBlack(pitch)).length;
    this.place.style.setProperty('--whites', String(whites));
    this.place.replaceChildren(...pitches.map((pitch) => this.#key(pitch, pitches)));
  }

  /**
   * Let a pad light up, or not.
   *
   * @param {number} pitch
   * @param {boolean} lit
   */
  light(pitch, lit) {
    this.keys.get(pitch)?.classList.toggle('lit', lit);
  }

  /** Every key is let go. */
  release() {
    for (const [pointer, pitch] of this.pointers)
      this.onKey(`pointer ${pointer}`, pitch, 0, performance.now());
    this.pointers.clear();
    for (const key of this.keys.values()) key.classList.remove('lit');
  }

  /**
   * @param {number} pitch
   * @param {readonly number[]} pitches
   */
  #key(pitch, pitches) {
    const letter = letterOfPitch(pitch, this.drums, this.base);
    const name = this.drums
      ? (DRUMS.find((drum) => drum.pitch === pitch)?.name ?? '')
      : pitchName(pitch);
    const black = !this.drums && isBlack(pitch);
    const key = el(
      'button',
      {
        type: 'button',
        'data-pitch': pitch,
        class: black ? 'key black' : 'key',
        'aria-label': name,
        'aria-keyshortcuts': letter || undefined,
        tabindex: -1,
      },
      el('span', { class: 'key-name' }, this.drums || pitch % 12 === 0 ? name : ''),
      el('kbd', {}, letter),
    );
    const before = pitches.filter((one) => one < pitch && !isBlack(one)).length;
    key.style.setProperty('--place', String(before));
    this.keys.set(pitch, key);
    return key;
  }

  /** A press without a pointer, as screen readers make it. @param {MouseEvent} event */
  #press(event) {
    const key = event.target instanceof Element ? event.target.closest('[data-pitch]') : null;
    if (event.detail !== 0 || !(key instanceof HTMLElement)) return;
    const pitch = Number(key.dataset.pitch);
    this.onKey('press', pitch, PRESS_VELOCITY, event.timeStamp);
    window.setTimeout(() => this.onKey('press', pitch, 0, performance.now()), PRESS_MS);
  }

  /** @param {PointerEvent} event */
  #down(event) {
    const pitch = pitchAt(event);
    if (pitch === null) return;
    event.preventDefault();
    this.place.setPointerCapture(event.pointerId);
    this.#strike(event, pitch);
  }

  /** A finger that slides over the keys plays them. @param {PointerEvent} event */
  #move(event) {
    const held = this.pointers.get(event.pointerId);
    if (held === undefined) return;
    const pitch = pitchAt(event);
    if (pitch === null || pitch === held) return;
    this.onKey(`pointer ${event.pointerId}`, held, 0, event.timeStamp);
    this.#strike(event, pitch);
  }

  /** @param {PointerEvent} event */
  #up(event) {
    const held = this.pointers.get(event.pointerId);
    if (held === undefined) return;
    this.pointers.delete(event.pointerId);
    this.onKey(`pointer ${event.pointerId}`, held, 0, event.timeStamp);
  }

  /**
   * @param {PointerEvent} event
   * @param {number} pitch
   */
  #strike(event, pitch) {
    this.pointers.set(event.pointerId, pitch);
    const box = this.keys.get(pitch)?.getBoundingClientRect();
    const share = box && box.height > 0 ? (event.clientY - box.top) / box.height : 0.7;
    this.onKey(
      `pointer ${event.pointerId}`,
      pitch,
      velocityOf(share, event.pressure),
      event.timeStamp,
    );
  }
}

/**
 * The pitch of the key under a pointer, which may have left where it went down; null for none.
 *
 * @param {PointerEvent} event
 */
function pitchAt(event) {
  const element = document.elementFromPoint(event.clientX, event.clientY);
  const key = element instanceof Element ? element.closest('[data-pitch]') : null;
  return key instanceof HTMLElement ? Number(key.dataset.pitch) : null;
}
