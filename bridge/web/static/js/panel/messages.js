// @ts-check
/** What the page says to the person: the state of the link, and short notes. */

import { el, setText } from './dom.js';

const NOTE_MS = 4500;
const MOST_NOTES = 3;

export class Messages {
  /**
   * @param {HTMLElement} banner
   * @param {HTMLElement} notes
   */
  constructor(banner, notes) {
    this.banner = banner;
    this.notes = notes;
    this.timer = 0;
  }

  /**
   * The link is lost, and comes back by itself.
   *
   * @param {string} [reason] The engine's own last words.
   */
  lost(reason = '') {
    window.clearTimeout(this.timer);
    this.banner.className = 'banner bad';
    this.banner.hidden = false;
    const what = 'No engine. This page links again by itself as soon as it is there';
    setText(this.banner, `${reason ? `${reason} ` : ''}${what}: magenta-bridge run --web`);
  }

  /** The engine is there, and tells this page nothing. */
  crowded() {
    const what = 'The engine is there, but too many pages read already. Close some';
    setText(this.banner, `${what}: this page links by itself.`);
  }

  /** The link is there again. */
  back() {
    if (this.banner.hidden) return;
    this.banner.className = 'banner good';
    setText(this.banner, 'Linked again.');
    this.timer = window.setTimeout(() => {
      this.banner.hidden = true;
    }, 2000);
  }

  /**
   * A sentence that goes away by itself.
   *
   * @param {string} text
   * @param {'info' | 'bad'} [kind]
   */
  say(text, kind = 'info') {
    const note = el('li', { class: kind }, text);
    this.notes.append(note);
    while (this.notes.childElementCount > MOST_NOTES) this.notes.firstElementChild?.remove();
    window.setTimeout(() => note.remove(), NOTE_MS);
  }

  /**
   * A refusal in the engine's words, with what to do.
   *
   * @param {unknown} error
   */
  refused(error) {
    if (!(error instanceof Error)) throw error;
    // The banner says it already.
    if (!document.body.matches('[data-linked="true"]') && !('hint' in error && error.hint)) return;
    const hint = 'hint' in error && error.hint ? ` ${error.hint}` : '';
    this.say(`${error.message}${hint}`, 'bad');
  }

  /**
   * The engine wants its token.
   *
   * @param {(token: string) => void} onToken
   */
  askToken(onToken) {
    if (this.banner.querySelector('form')) return;
    const input = el('input', {
      type: 'password',
      'aria-label': 'Token',
      autocomplete: 'off',
      required: true,
    });
    const form = el(
      'form',
      {
        onsubmit: (/** @type {Event} */ event) => {
          event.preventDefault();
          onToken(input.value);
          form.remove();
        },
      },
      'This engine asks for its token (web.token of its configuration): ',
      input,
      el('button', { type: 'submit', class: 'small' }, 'Link'),
    );
    this.banner.className = 'banner warn';
    this.banner.hidden = false;
    this.banner.replaceChildren(form);
  }
}
