// Controls of forms. Each has a label, and its error and hint are told with it.
import { html, useId, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { Button, Note } from './basics.js';
import { Icon } from './icon.js';

/** @typedef {import('../lib/form.js').Form} Form */

/**
 * Label, hint and error around a control, which gets the attributes that tie them together.
 * @param {{label: string, hint?: Children, error?: string, children: (attributes: Record<string, unknown>) => Children}} props
 */
export function Labelled({ label, hint, error, children }) {
  const id = useId();
  const described = [error && `${id}-error`, hint && `${id}-hint`].filter(Boolean).join(' ');
  return html`<div class="field">
    <label for=${id}>${label}</label>
    ${children({ id, 'aria-invalid': error ? 'true' : undefined, 'aria-describedby': described || undefined })}
    ${error && html`<p class="error" id="${id}-error"><${Icon} name="alert" size=${16} />${error}</p>`}
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/**
 * @param {{form: Form, name: string, label: string, hint?: Children, [other: string]: unknown}} props
 */
export function Field({ form, name, label, hint, ...rest }) {
  return html`<${Labelled} label=${label} hint=${hint} error=${form.errors[name]}>${(/** @type {object} */ tied) =>
    html`<input class="input" name=${name} value=${form.values[name]} spellcheck=${false}
      onInput=${(/** @type {InputEvent} */ event) => form.set({ [name]: /** @type {HTMLInputElement} */ (event.target).value })}
        ...${tied} ...${rest} />`}<//>`;
}

/** @param {{form: Form, name: string, label: string, hint?: Children, [other: string]: unknown}} props */
export function PasswordField({ form, name, label, hint, ...rest }) {
  const [shown, setShown] = useState(false);
  return html`<${Labelled} label=${label} hint=${hint} error=${form.errors[name]}>${(
    /** @type {object} */ tied,
  ) => html`<div class="affix">
    <input class="input" type=${shown ? 'text' : 'password'} name=${name} value=${form.values[name]} spellcheck=${false}
      autocapitalize="off"
      onInput=${(/** @type {InputEvent} */ event) => form.set({ [name]: /** @type {HTMLInputElement} */ (event.target).value })} ...${tied} ...${rest} />
    <${Button} kind="plain" icon=${shown ? 'hide' : 'eye'} label=${shown ? t('password.hide') : t('password.show')}
      aria-pressed=${String(shown)} onClick=${() => setShown(!shown)} />
  </div>`}<//>`;
}

/** @param {{form: Form, name: string, label: string, hint?: Children, [other: string]: unknown}} props */
export function TextArea({ form, name, label, hint, ...rest }) {
  return html`<${Labelled} label=${label} hint=${hint} error=${form.errors[name]}>${(/** @type {object} */ tied) =>
    html`<textarea class="input" name=${name} value=${form.values[name]}
      onInput=${(/** @type {InputEvent} */ event) => form.set({ [name]: /** @type {HTMLTextAreaElement} */ (event.target).value })}
        ...${tied} ...${rest}></textarea>`}<//>`;
}

/** @param {{form: Form, name: string, label: string, hint?: Children, options: [string, string][], [other: string]: unknown}} props */
export function Select({ form, name, label, hint, options, ...rest }) {
  return html`<${Labelled} label=${label} hint=${hint} error=${form.errors[name]}>${(/** @type {object} */ tied) =>
    html`<select class="input" name=${name} value=${form.values[name]}
      onChange=${(/** @type {Event} */ event) => form.set({ [name]: /** @type {HTMLSelectElement} */ (event.target).value })} ...${tied} ...${rest}>
      ${options.map(([value, text]) => html`<option value=${value} selected=${value === form.values[name]}>
        ${text}</option>`)}</select>`}<//>`;
}

/** @param {{checked: boolean, onChange: (checked: boolean) => void, label: string, hint?: string, name?: string}} props */
export function Check({ checked, onChange, label, hint, name }) {
  return html`<label class="check"><input type="checkbox" name=${name} checked=${checked}
    onChange=${(/** @type {Event} */ event) => onChange(/** @type {HTMLInputElement} */ (event.target).checked)} />
    <span>${label}${hint && html`<br /><span class="hint">${hint}</span>`}</span></label>`;
}

/**
 * @param {{form: Form, children: Children, class?: string, [other: string]: unknown}} props
 */
export function FormOf({ form, children, class: name = 'stack', ...rest }) {
  return html`<form class=${name} ref=${form.element} noValidate onSubmit=${form.onSubmit} ...${rest}>
    ${form.problem && html`<${Note} kind="bad">${form.problem}<//>`}${children}</form>`;
}

/** @param {{label: string, value: string, onInput: (value: string) => void}} props */
export function Search({ label, value, onInput }) {
  return html`<div class="search"><${Icon} name="search" /><input class="input" type="search" aria-label=${label}
    placeholder=${label} value=${value}
    onInput=${(/** @type {InputEvent} */ event) => onInput(/** @type {HTMLInputElement} */ (event.target).value)} />
      </div>`;
}
