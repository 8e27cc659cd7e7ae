// Brightness and language, and the mark of the product.
import { html } from '../lib/ui.js';
import { LANGUAGES, chooseLanguage, language, t } from '../lib/i18n.js';
import { chooseTheme, theme } from '../lib/theme.js';
import { Icon } from '../components/icon.js';
import { Menu } from '../components/menu.js';

export const Logo = () => html`<img src="icon.svg" width="28" height="28" alt="" />`;

/** The items of a menu that choose how the page looks and speaks. */
export function preferenceItems() {
  const themes = /** @type {const} */ (['light', 'dark', 'system']);
  const languages = /** @type {[import('../lib/i18n.js').Language, string][]} */ (Object.entries(LANGUAGES));
  return [
    ...themes.map((name) => ({
      text: t(`theme.${name}`),
      icon: /** @type {const} */ ({ light: 'sun', dark: 'moon', system: 'devices' })[name],
      checked: theme.value === name,
      act: () => chooseTheme(name),
    })),
    /** @type {'-'} */ ('-'),
    ...languages.map(([code, name]) => ({
      text: name,
      icon: /** @type {const} */ ('globe'),
      checked: language.value === code,
      act: () => chooseLanguage(code),
    })),
  ];
}

export function PreferenceMenu() {
  return html`<${Menu} label=${t('preferences')} button=${html`<${Icon} name="globe" />`}
    items=${preferenceItems()} />`;
}
