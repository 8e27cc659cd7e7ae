// Making a plan, and changing one.
import { html } from '../../lib/ui.js';
import { useForm } from '../../lib/form.js';
import { t, told } from '../../lib/i18n.js';
import { asPerson } from '../../lib/session.js';
import { Button } from '../../components/basics.js';
import { Dialog } from '../../components/dialog.js';
import { Check, Field, FormOf, Select, TextArea } from '../../components/fields.js';
import { say } from '../../components/toast.js';

const NUMBERS = /** @type {const} */ (['price', 'limits.requests_per_month', 'limits.api_keys', 'limits.log_retention_days']);

/** @param {string} text with a point or a comma before the cents @returns {number | null} nothing where nothing was typed, NaN for what is no number */
const numeric = (text) => (text.trim() === '' ? null : Number(text.trim().replace(/,(?=\d{1,2}$)/, '.')));

/** @param {{plan: Api.Plan | null, onClose: () => void, onSaved: () => Promise<void>}} props */
export function PlanDialog({ plan, onClose, onSaved }) {
  const limits = plan?.limits ?? {};
  const shown = (/** @type {number | null | undefined} */ value) => (value == null ? '' : String(value));
  const form = useForm(
    {
      name: plan?.name ?? '',
      price: shown(plan?.price ?? 0),
      billing_cycle: plan?.billing_cycle ?? 'MONTHLY',
      features: (plan?.features ?? []).join('\n'),
      self_service: plan?.self_service ?? true,
      'limits.requests_per_month': shown(limits.requests_per_month),
      'limits.api_keys': shown(limits.api_keys),
      'limits.log_retention_days': shown(limits.log_retention_days),
      ml: limits.ml_violation_detection ?? false,
      models: limits.custom_ml_models ?? false,
    },
    async (values) => {
      const wrong = NUMBERS.filter((name) => Number.isNaN(numeric(values[name])));
      if (wrong.length) {
        form.fail(Object.fromEntries(wrong.map((name) => [name, t('plans.no_number')])));
        return;
      }
      const body = {
        name: values.name,
        price: numeric(values.price),
        billing_cycle: values.billing_cycle,
        self_service: values.self_service,
        features: values.features
          .split('\n')
          .map((line) => line.trim())
          .filter(Boolean),
        limits: {
          requests_per_month: numeric(values['limits.requests_per_month']),
          api_keys: numeric(values['limits.api_keys']),
          log_retention_days: numeric(values['limits.log_retention_days']),
          ml_violation_detection: values.ml,
          custom_ml_models: values.models,
        },
      };
      await asPerson(plan ? 'PATCH' : 'POST', plan ? `/admin/plans/${plan.id}` : '/admin/plans', body);
      await onSaved();
      say(t(plan ? 'plans.changed' : 'plans.made', { name: values.name }));
      onClose();
    },
  );
  return html`<${Dialog} wide=${true} title=${plan ? t('plans.change', { name: plan.name }) : t('plans.new')}
    onClose=${onClose}>
    ${plan && html`<p class="muted">${t('plans.keep_terms')}</p>`}
    <${FormOf} form=${form}>
      <${Field} form=${form} name="name" label=${t('name')} maxlength="100" autocomplete="off" autofocus />
      <div class="columns"><${Field} form=${form} name="price" label=${t('plan.price')} inputmode="decimal"
        autocomplete="off" />
        <${Select} form=${form} name="billing_cycle" label=${t('plans.cycle')}
          options=${['MONTHLY', 'YEARLY'].map((name) => [name, told(`cycle.${name}`)])} /></div>
      <${TextArea} form=${form} name="features" label=${t('plans.features')} hint=${t('plans.features_hint')}
        rows="4" />
      <h3>${t('plans.limits')}</h3><p class="hint">${t('plans.limits_hint')}</p>
      <div class="columns"><${Field} form=${form} name="limits.requests_per_month" label=${t('plans.requests')}
        inputmode="numeric" autocomplete="off" />
        <${Field} form=${form} name="limits.api_keys" label=${t('plans.keys')} inputmode="numeric" autocomplete="off" />
        <${Field} form=${form} name="limits.log_retention_days" label=${t('plans.days')} inputmode="numeric"
          autocomplete="off" /></div>
      <${Check} label=${t('plans.ml')} checked=${form.values.ml}
        onChange=${(/** @type {boolean} */ ml) => form.set({ ml })} />
      <${Check} label=${t('plans.models')} checked=${form.values.models}
        onChange=${(/** @type {boolean} */ models) => form.set({ models })} />
      <${Check} label=${t('plans.self_service_label')} hint=${t('plans.self_service_hint')}
        checked=${form.values.self_service}
        onChange=${(/** @type {boolean} */ own) => form.set({ self_service: own })} />
      <div class="foot"><${Button} onClick=${onClose}>${t('cancel')}<//><${Button} type="submit" kind="primary"
        busy=${form.busy}>${t('save')}<//></div>
    <//><//>`;
}
