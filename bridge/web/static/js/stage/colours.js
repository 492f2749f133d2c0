// @ts-check
/**
 * The colours of stage and page, and how well they can be told apart.
 *
 * Call and answer are blue and orange of Okabe and Ito's set, which people with any kind of colour
 * blindness tell apart; on the stage they differ in shape too. Contrast is WCAG 2.2's: text needs
 * 4.5, shapes that carry meaning need 3.
 */

export const PALETTE = {
  ground: '#0b0e14',
  panel: '#141923',
  raised: '#1e2532',
  lane: '#10141d',
  laneBlack: '#0c1018',
  beatLine: '#232b3a',
  barLine: '#465267',
  nowLine: '#f5f7fa',
  text: '#eef1f6',
  faint: '#a9b4c6',
  border: '#74829a',
  call: '#56b4e9',
  answer: '#ffb020',
  good: '#3ddc97',
  warn: '#ffd34d',
  bad: '#ff8a80',
  focus: '#ffffff',
  onAccent: '#0b0e14',
};

/** Which colour stands as text on which. */
export const TEXT_PAIRS = [
  ['text', 'ground'],
  ['text', 'panel'],
  ['text', 'raised'],
  ['faint', 'ground'],
  ['faint', 'panel'],
  ['faint', 'raised'],
  ['call', 'panel'],
  ['answer', 'panel'],
  ['good', 'panel'],
  ['warn', 'panel'],
  ['bad', 'panel'],
  ['bad', 'raised'],
  ['onAccent', 'call'],
  ['onAccent', 'answer'],
  ['onAccent', 'good'],
  ['onAccent', 'warn'],
  ['onAccent', 'bad'],
];

/** Which colour stands as a shape on which. */
export const SHAPE_PAIRS = [
  ['call', 'lane'],
  ['call', 'laneBlack'],
  ['answer', 'lane'],
  ['answer', 'laneBlack'],
  ['nowLine', 'ground'],
  ['border', 'panel'],
  ['border', 'raised'],
  ['focus', 'panel'],
];

/** The weakest stroke is drawn with this share of its colour, the rest is the lane's. */
const WEAKEST_SHARE = 0.62;
const SHADES = 8;

/**
 * Red, green and blue, each 0 to 255, of `#rrggbb`.
 *
 * @param {string} colour
 * @returns {[number, number, number]}
 */
export function channels(colour) {
  const value = Number.parseInt(colour.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}

/**
 * Relative luminance, 0 to 1 (WCAG 2.2).
 *
 * @param {string} colour
 */
export function luminance(colour) {
  const [red, green, blue] = channels(colour).map((channel) => {
    const share = channel / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

/**
 * Contrast of two colours, 1 to 21 (WCAG 2.2).
 *
 * @param {string} one
 * @param {string} other
 */
export function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

/**
 * So much of one colour, the rest of the other.
 *
 * @param {string} one
 * @param {string} other
 * @param {number} share 0 to 1.
 */
export function mix(one, other, share) {
  const ours = channels(one);
  const theirs = channels(other);
  const mixed = ours.map((channel, i) => Math.round(channel * share + theirs[i] * (1 - share)));
  return `#${mixed.map((channel) => channel.toString(16).padStart(2, '0')).join('')}`;
}

/**
 * A colour in steps from the weakest stroke to the strongest.
 *
 * @param {string} colour
 * @param {string} ground
 */
export function shades(colour, ground) {
  return Array.from({ length: SHADES }, (_, index) =>
    mix(colour, ground, WEAKEST_SHARE + ((1 - WEAKEST_SHARE) * index) / (SHADES - 1)),
  );
}

/**
 * Which of the shades a velocity has.
 *
 * @param {number} velocity 1 to 127.
 */
export function shadeOf(velocity) {
  return Math.max(0, Math.min(SHADES - 1, Math.floor((velocity * SHADES) / 128)));
}

/** Give the page's style sheet the same colours. */
export function paintPage() {
  for (const [name, colour] of Object.entries(PALETTE)) {
    const property = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    document.documentElement.style.setProperty(`--${property}`, colour);
  }
}
