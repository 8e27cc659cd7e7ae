// Forms: values, the errors of the API at their fields, and one submission at a time.
import { useRef, useState } from './ui.js';
import { useDraft } from './draft.js';
import { Problem } from './http.js';
import { phrase } from './i18n.js';

/** Problems that are not told by field, and the field that they are about. */
const ABOUT = /** @type {Record<string, string>} */ ({
  wrong_password: 'current_password',
  email_taken: 'email',
  slug_taken: 'slug',
  invalid_code: 'code',
});

/** @typedef {ReturnType<typeof useForm<any>>} Form */

/**
 * @template {Record<string, any>} V
 * @param {V} initial
 * @param {(values: V) => Promise<unknown>} submit
 * @param {string} [draft] names what is typed, so that it is there again for who has to sign in meanwhile; not with secrets
 */
export function useForm(initial, submit, draft) {
  const [values, setValues] = useDraft(draft, initial);
  const [errors, setErrors] = useState(/** @type {Record<string, string>} */ ({}));
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  const element = useRef(/** @type {HTMLFormElement | null} */ (null));

  /** @param {Problem} error */
  const show = (error) => {
    const field = ABOUT[error.code];
    const known = (/** @type {string} */ name) => element.current?.querySelector(`[name="${CSS.escape(name)}"]`);
    /** @type {Record<string, string>} */
    const found = {};
    const rest = [];
    for (const { field: name, message } of error.fields) {
      if (known(name)) found[name] ??= phrase(message);
      else rest.push(`${name}: ${phrase(message)}`);
    }
    if (field && known(field)) found[field] = error.text;
    else if (!error.fields.length) rest.push(error.text);
    setErrors(found);
    setProblem(rest.join(' '));
    const first = [...(element.current?.elements ?? [])].find((input) =>
      Object.hasOwn(found, input.getAttribute('name') ?? ''),
    );
    if (first instanceof HTMLElement) first.focus();
  };

  return {
    values,
    busy,
    problem,
    errors,
    element,
    /** @param {Partial<V>} some */
    set: (some) => {
      setValues((old) => ({ ...old, ...some }));
      // What was wrong about a field is no longer known of what is typed there now.
      setErrors((old) => Object.fromEntries(Object.entries(old).filter(([name]) => !Object.hasOwn(some, name))));
    },
    /** @param {Record<string, string>} some */
    fail: setErrors,
    /** @param {Event} [event] */
    onSubmit: async (event) => {
      event?.preventDefault();
      if (busy) return;
      setBusy(true);
      setErrors({});
      setProblem('');
      try {
        await submit(values);
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        show(error);
      } finally {
        setBusy(false);
      }
    },
  };
}
