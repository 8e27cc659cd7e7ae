// Which page is shown: the part of the address behind the `#`, as links in mails have it.
import { signal } from './ui.js';

/** @typedef {{path: string, query: URLSearchParams}} Place */

/** @returns {Place} */
function here() {
  const [path, query] = location.hash.slice(1).split('?');
  return { path: path || '/', query: new URLSearchParams(query ?? '') };
}

export const place = signal(here());

addEventListener('hashchange', () => {
  place.value = here();
});

/** @param {string} path */
export function go(path) {
  location.hash = path;
}

/** Goes there without a step back in the browser's history. @param {string} path */
export function replace(path) {
  history.replaceState(null, '', `#${path}`);
  place.value = here();
}

/** The page of a list that the address names; the first one where that is nonsense. @param {URLSearchParams} query */
export const pageOf = (query) => (/^[1-9]\d{0,5}$/.test(query.get('page') ?? '') ? Number(query.get('page')) : 1);

/**
 * Notes in the address how a list is filtered, so that coming back and sending the link show the same.
 * @param {Record<string, string | number>} values an empty one is left out
 */
export function note(values) {
  const query = new URLSearchParams(place.value.query);
  for (const [name, value] of Object.entries(values)) {
    if (value) query.set(name, String(value));
    else query.delete(name);
  }
  const text = query.toString();
  replace(place.value.path + (text ? `?${text}` : ''));
}

/**
 * @param {string} pattern such as `/admin/users/:id`
 * @param {string} path
 * @returns {Record<string, string> | null} the named parts, or null where it does not fit
 */
export function match(pattern, path) {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return null;
  /** @type {Record<string, string>} */
  const params = {};
  for (const [index, part] of wanted.entries()) {
    if (!part.startsWith(':')) {
      if (part !== given[index]) return null;
      continue;
    }
    try {
      params[part.slice(1)] = decodeURIComponent(given[index]);
    } catch {
      // A link that was cut off in the middle of a letter leads nowhere.
      return null;
    }
  }
  return params;
}
