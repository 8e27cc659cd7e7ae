// What a page shows comes from the server: waiting, failing and coming again, in one place.
import { useEffect, useRef, useState } from './ui.js';
import { Problem } from './http.js';

/**
 * @template T
 * @typedef {object} Loaded
 * @property {T | null} data what came last, also while something newer is on its way
 * @property {Problem | null} problem
 * @property {boolean} busy
 * @property {() => Promise<void>} reload
 * @property {(data: T) => void} set
 */

/**
 * @template T
 * @param {(signal: AbortSignal) => Promise<T>} read
 * @param {unknown[]} on read again when one of these changes
 * @returns {Loaded<T>}
 */
export function useLoad(read, on) {
  const [state, setState] = useState(
    /** @type {{data: T | null, problem: Problem | null, busy: boolean}} */ ({ data: null, problem: null, busy: true }),
  );
  const running = useRef(/** @type {AbortController | null} */ (null));
  const reload = async () => {
    running.current?.abort();
    const mine = new AbortController();
    running.current = mine;
    setState((old) => ({ ...old, busy: true }));
    try {
      const data = await read(mine.signal);
      if (!mine.signal.aborted) setState({ data, problem: null, busy: false });
    } catch (error) {
      if (mine.signal.aborted) return;
      if (!(error instanceof Problem)) throw error;
      setState((old) => ({ ...old, problem: error, busy: false }));
    }
  };
  useEffect(() => {
    reload();
    return () => running.current?.abort();
  }, on);
  return { ...state, reload, set: (data) => setState({ data, problem: null, busy: false }) };
}

/**
 * Follows a text with a short delay, so that typing does not ask the server for each letter.
 * @param {string} text
 * @param {(text: string) => void} settle
 */
export function useSettled(text, settle) {
  const first = useRef(true);
  useEffect(() => {
    if (first.current) {
      first.current = false;
      return undefined;
    }
    const timer = setTimeout(() => settle(text), 250);
    return () => clearTimeout(timer);
  }, [text]);
}
