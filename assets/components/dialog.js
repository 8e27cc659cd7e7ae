// Dialogs: a form over the page, and a question before something that cannot be undone.
import { html, signal, useEffect, useId, useRef } from '../lib/ui.js';
import { useForm } from '../lib/form.js';
import { t } from '../lib/i18n.js';
import { place } from '../lib/router.js';
import { Button } from './basics.js';
import { Field, FormOf } from './fields.js';

/**
 * What is shown this `once` is closed by the button at its foot alone, which says so: not by a key that is hit in passing.
 * @param {{title: string, onClose: () => void, wide?: boolean, once?: boolean, children: Children}} props
 */
export function Dialog({ title, onClose, wide = false, once = false, children }) {
  const element = useRef(/** @type {HTMLDialogElement | null} */ (null));
  const id = useId();
  useEffect(() => {
    const before = document.activeElement;
    const dialog = element.current;
    dialog?.showModal();
    return () => {
      dialog?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      else document.querySelector('h1')?.focus();
    };
  }, []);
  const cancel = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (!once) onClose();
  };
  // Browsers close a dialog at the second Escape whatever is said to its event.
  const stay = (/** @type {KeyboardEvent} */ event) => {
    if (once && event.key === 'Escape') event.preventDefault();
  };
  return html`<dialog class="dialog ${wide ? 'wide' : ''}" ref=${element} aria-labelledby=${id} onCancel=${cancel}
    onKeyDown=${stay}><div class="inner">
      <div class="row apart nowrap"><h2 id=${id} class="break">${title}</h2>${
        !once && html`<${Button} kind="plain" icon="cross" label=${t('close')} onClick=${onClose} />`
      }</div>
      ${children}
    </div>
  </dialog>`;
}

/**
 * @typedef {object} Question
 * @property {string} title names the thing
 * @property {string} text what will happen
 * @property {string} action what the button says
 * @property {boolean} [danger]
 * @property {string} [keep] what the button that changes nothing says; "Cancel" if left out
 * @property {string} [typed] what must be typed before it happens
 * @property {() => Promise<unknown>} act
 */

/** @type {import('../vendor/signals.js').Signal<Question | null>} */
const asked = signal(null);

/** Asks, and acts when the answer is yes. @param {Question} question */
export function ask(question) {
  asked.value = question;
}

/** Where questions show up; stands once on the page. */
export function Questions() {
  const { path } = place.value;
  // A question is about the page it was asked on.
  useEffect(() => {
    asked.value = null;
    // Nor does it wait for whoever signs in next.
    return () => {
      asked.value = null;
    };
  }, [path]);
  return asked.value && html`<${Ask} question=${asked.value} />`;
}

/** @param {{question: Question}} props */
function Ask({ question }) {
  const close = () => {
    asked.value = null;
  };
  const form = useForm({ typed: '' }, async ({ typed }) => {
    if (question.typed && typed.trim() !== question.typed) {
      form.fail({ typed: t('ask.typed_wrong', { text: question.typed }) });
      return;
    }
    await question.act();
    close();
  });
  return html`<${Dialog} title=${question.title} onClose=${close}>
    <p class="muted">${question.text}</p>
    <${FormOf} form=${form}>
      ${question.typed && html`<${Field} form=${form} name="typed" label=${t('ask.typed', { text: question.typed })}
        autocomplete="off" autofocus />`}
      <div class="foot"><${Button} onClick=${close} autofocus=${!question.typed}>${question.keep ?? t('cancel')}<//>
        <${Button} type="submit" kind=${question.danger ? 'danger' : 'primary'} busy=${form.busy}>${question.action}<//>
          </div>
    <//>
  <//>`;
}
