// One key: what it is, where its value comes from, and the control that fits its type.
import { html, useEffect, useId, useRef, useState } from '../lib/ui.js';
import { useDraft } from '../lib/draft.js';
import { Problem } from '../lib/http.js';
import { phrase, t, told } from '../lib/i18n.js';
import { Badge, Button } from './basics.js';
import { ask } from './dialog.js';
import { Icon } from './icon.js';
import { RowMenu } from './menu.js';
import { say } from './toast.js';

/** Sources that a change of the level replaces, so that they can be taken back. */
const OWN = { tenant: ['tenant', 'environment'], global: ['global'] };

/** @param {{config: Api.Config, level: import('./config-tree.js').Level, onDetails: () => void, onChanged: (config: Api.Config) => void}} props */
export function ConfigRow({ config, level, onDetails, onChanged }) {
  const id = useId();
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const label = phrase(config.lbl);
  const path = `${level.base}/${encodeURIComponent(config.key)}`;
  const isFixed = config.source === 'operator' || (level.name === 'tenant' && config.is_locked);
  const isShown = !level.mayChange || isFixed;

  /** @param {() => Promise<Api.Config>} act @param {string} done */
  const run = async (act, done) => {
    setBusy(true);
    setError('');
    try {
      onChanged(await act());
      level.onChanged?.(config.key);
      say(done);
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem;
      setError(problem.fields.map(({ message }) => phrase(message)).join(' ') || problem.text);
    } finally {
      setBusy(false);
    }
  };
  const save = (/** @type {Api.Value} */ value) =>
    run(() => level.call('PUT', path, { value, scope: level.scope }), t('config.saved', { name: label }));
  const lock = (/** @type {boolean} */ locked) =>
    run(
      () => level.call('PUT', path, { value: config.val, scope: level.scope, is_locked: locked }),
      t(locked ? 'config.locked_done' : 'config.unlocked_done', { name: label }),
    );
  const reset = () =>
    ask({
      title: t('config.ask_reset', { name: label }),
      text: t(level.name === 'global' ? 'config.ask_reset_default' : 'config.ask_reset_text'),
      action: t('config.reset'),
      danger: true,
      act: () =>
        run(
          () => level.call('DELETE', `${path}?scope=${config.source === 'environment' ? 'ENVIRONMENT' : 'TENANT'}`),
          t('config.reset_done', { name: label }),
        ),
    });
  const canLock = level.name === 'global' && level.mayChange && config.mod && config.gen_type !== 'secret' && !isFixed;
  const items = [
    { text: t('config.explain'), icon: /** @type {const} */ ('info'), act: onDetails },
    canLock && {
      text: config.is_locked ? t('config.unlock') : t('config.lock'),
      icon: /** @type {const} */ ('lock'),
      act: () => lock(!config.is_locked),
    },
    !isShown &&
      OWN[level.name].includes(config.source) && {
        text: t('config.reset'),
        icon: /** @type {const} */ ('undo'),
        act: reset,
      },
  ];
  const described = `${id}-about ${error ? `${id}-error` : ''}`;
  return html`<div class="setting">
    <div class="stack tight">
      <label class="label" for=${id}>${label}</label>
      <p class="row" id="${id}-about"><code class="muted">${config.key}</code><${Badge}
        kind=${config.source === 'default' ? '' : 'accent'}>${told(`source.${config.source}`, config.source)}<//>
        ${config.is_locked && config.source !== 'operator' && html`<${Badge} kind="warn"><${Icon} name="lock"
          size=${14} />${t('config.locked')}<//>`}</p>
      ${isFixed && html`<p class="hint">
        ${config.source === 'operator' ? t('config.fixed_operator') : t('config.fixed_platform')}</p>`}
    </div>
    <div class="row nowrap">
      <div class="control grow">
        <${Control} id=${id} described=${described} config=${config} disabled=${isShown} busy=${busy}
          invalid=${!!error} onEdit=${() => setError('')} save=${save} />
        ${error && html`<p class="error" id="${id}-error" role="alert"><${Icon} name="alert" size=${16} />${error}</p>`}
      </div>
      <${RowMenu} label=${t('config.menu', { name: label })} items=${items} />
    </div>
  </div>`;
}

/** @param {{id: string, described: string, config: Api.Config, disabled: boolean, busy: boolean, invalid: boolean, onEdit: () => void, save: (value: Api.Value) => void}} props */
function Control({ id, described, config, disabled, busy, invalid, onEdit, save }) {
  const now = config.gen_type === 'secret' ? '' : String(config.val ?? '');
  const [text, setText] = useDraft(config.gen_type === 'secret' ? undefined : `${config.key} ${now}`, now);
  // The value that is in force shows again when it is another one than before.
  const shown = useRef([now, config.is_set]);
  useEffect(() => {
    const [before, wasSet] = shown.current;
    if (before !== now || wasSet !== config.is_set) setText(now);
    shown.current = [now, config.is_set];
  }, [now, config.is_set]);
  // What was chosen shows at once, and is taken back where it is refused.
  const [chosen, setChosen] = useState(/** @type {Api.Value} */ (null));
  const choose = (/** @type {Api.Value} */ wanted) => {
    setChosen(wanted);
    save(wanted);
  };
  const shared = { id, disabled, 'aria-describedby': described, 'aria-invalid': invalid ? 'true' : undefined };
  const value = (/** @type {Event} */ event) => /** @type {HTMLInputElement} */ (event.target).value;
  if (config.gen_type === 'boolean') {
    return html`<span class="row end"><span class="switch"><input type="checkbox" role="switch"
      checked=${(busy ? chosen : config.val) === true} ...${shared}
      onChange=${(/** @type {Event} */ event) => choose(/** @type {HTMLInputElement} */ (event.target).checked)} />
        <span></span></span></span>`;
  }
  if (config.gen_type === 'select') {
    return html`<select class="input" value=${busy ? chosen : now} ...${shared}
      onChange=${(/** @type {Event} */ event) => choose(value(event))}>
      ${(config.options ?? []).map((option) => html`<option value=${option}
        selected=${option === (busy ? chosen : now)}>${told(`option.${option}`, option)}</option>`)}</select>`;
  }
  const isNumber = config.gen_type === 'integer';
  const submit = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (text === now && !invalid) return;
    // What is no number goes as it is, and the API says what it expects.
    save(isNumber && /^-?\d+$/.test(text.trim()) ? Number(text) : text);
  };
  const type = { secret: 'password', email: 'email', url: 'url' }[config.gen_type] ?? 'text';
  const hint = config.gen_type === 'secret' && config.is_set ? t('config.secret_set') : undefined;
  return html`<form class="row nowrap" noValidate onSubmit=${submit}>
    <input class="input" type=${type} inputmode=${isNumber ? 'numeric' : undefined} value=${text} placeholder=${hint}
      autocomplete="off" spellcheck=${false} ...${shared}
      onInput=${(/** @type {Event} */ event) => {
        setText(value(event));
        onEdit();
      }} />
    ${!disabled && text !== now && html`<${Button} type="submit" kind="primary" busy=${busy}>${t('save')}<//>`}
  </form>
  ${isNumber && config.min !== undefined && config.max !== undefined && !disabled && html`<p class="hint">
    ${t('config.bounds', { min: config.min, max: config.max })}</p>`}`;
}
