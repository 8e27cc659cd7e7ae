// What every component imports: markup, hooks and signals.
import { h } from '../vendor/preact.js';
import htm from '../vendor/htm.js';

export const html = htm.bind(h);
export { render, Fragment } from '../vendor/preact.js';
export { useEffect, useId, useLayoutEffect, useRef, useState } from '../vendor/hooks.js';
export { batch, effect, signal } from '../vendor/signals.js';
