// @ts-check
/** What this browser remembers of its page: nothing that the engine needs. */

const KEY = 'magenta-bridge';

/** @returns {Record<string, any>} */
function load() {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}');
    return kept && typeof kept === 'object' ? kept : {};
  } catch (error) {
    // A browser may forbid storage, or what lies there may be another program's.
    if (error instanceof SyntaxError || error instanceof DOMException) return {};
    throw error;
  }
}

const kept = load();

/**
 * @template Value
 * @param {string} name
 * @param {Value} otherwise
 * @returns {Value}
 */
export function remembered(name, otherwise) {
  return typeof kept[name] === typeof otherwise ? kept[name] : otherwise;
}

/**
 * @param {string} name
 * @param {any} value
 */
export function remember(name, value) {
  kept[name] = value;
  try {
    localStorage.setItem(KEY, JSON.stringify(kept));
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
  }
}
