// Above every page while a platform admin acts for somebody: whom for, how long, and the way out.
import { html, useEffect, useState } from '../lib/ui.js';
import { t } from '../lib/i18n.js';
import { go } from '../lib/router.js';
import { current, leave } from '../lib/tenant.js';
import { Icon } from '../components/icon.js';
import { Button } from '../components/basics.js';
import { say } from '../components/toast.js';

/** @param {{acting: import('../lib/tenant.js').Acting}} props */
export function ActingBanner({ acting }) {
  const [left, setLeft] = useState(() => acting.until - Date.now());
  const end = (/** @type {string} */ done) => {
    leave();
    say(done);
    go(`/admin/users/${acting.id}`);
  };
  useEffect(() => {
    const look = () => {
      const remaining = acting.until - Date.now();
      setLeft(remaining);
      if (remaining <= 0) end(t('acting.over', { name: acting.name }));
    };
    look();
    const timer = setInterval(look, 1000);
    return () => clearInterval(timer);
  }, [acting]);
  const minutes = Math.max(0, Math.ceil(left / 60_000));
  return html`<section class="banner acting" aria-label=${t('acting.label')}><span class="row nowrap"><${Icon} name="user" /><span class="break">
    ${t('acting.as', { name: acting.name, tenant: current.value?.name ?? '' })} · ${t('acting.left', { count: minutes })}</span></span>
    <${Button} onClick=${() => end(t('acting.ended', { name: acting.name }))}>${t('acting.end')}<//></section>`;
}
