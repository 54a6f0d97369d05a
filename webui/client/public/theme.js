// Before the first paint: the theme that was chosen, or the system's. The page's own code changes it later.
(function () {
  let chosen = 'auto';
  try {
    chosen = localStorage.getItem('tandem-theme') || 'auto';
  } catch {
    // Storage is switched off: the system's theme.
  }
  const dark = chosen === 'dark' || (chosen === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('pf-v6-theme-dark', dark);
})();
