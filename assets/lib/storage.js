// Preferences that outlive the page. Never a token: those stay in memory, and the refresh token in its cookie.

/** @typedef {'theme' | 'language' | 'signed-in'} Preference */

/**
 * @param {Preference} name
 * @returns {string | null} null also where the browser keeps nothing
 */
export function recall(name) {
  try {
    return localStorage.getItem(`trueport.${name}`);
  } catch {
    return null;
  }
}

/**
 * @param {Preference} name
 * @param {string | null} value null forgets it
 */
export function keep(name, value) {
  try {
    if (value === null) localStorage.removeItem(`trueport.${name}`);
    else localStorage.setItem(`trueport.${name}`, value);
  } catch {
    // The browser keeps nothing; the preference holds until the page is left.
  }
}
