// What somebody was typing when their session ended is there again when they have signed in; in memory alone, never a secret.
import { useEffect, useRef, useState } from './ui.js';
import { place } from './router.js';
import { farewell, user } from './session.js';

/** @type {Map<string, {whose: string, value: unknown}>} */
const drafts = new Map();

/** @param {string} key @param {string} whose */
function take(key, whose) {
  const draft = drafts.get(key);
  drafts.delete(key);
  return draft?.whose === whose ? draft.value : undefined;
}

/**
 * A state that outlives the end of the session.
 * @template V
 * @param {string | undefined} name what is typed, on its page; without one it ends with the page
 * @param {V} initial
 * @returns {[V, import('../vendor/hooks.js').Dispatch<import('../vendor/hooks.js').StateUpdater<V>>]}
 */
export function useDraft(name, initial) {
  const [mine] = useState(() => ({ key: `${place.value.path} ${name}`, whose: user.value?.id ?? '' }));
  const [value, setValue] = useState(() => /** @type {V} */ ((name && take(mine.key, mine.whose)) || initial));
  const last = useRef(value);
  last.current = value;
  useEffect(
    () => () => {
      if (name && mine.whose && farewell.value === 'ended' && last.current !== initial)
        drafts.set(mine.key, { whose: mine.whose, value: last.current });
    },
    [],
  );
  return [value, setValue];
}
