// Runs before anything is painted, so that a dark page never flashes light. Not a module: those wait.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem('trueport.theme');
  } catch {
    // The browser keeps nothing.
  }
  const dark = chosen ? chosen === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
