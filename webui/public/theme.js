// Sets the chosen theme before the first paint; a plain file, because the page allows no inline script.
try {
  const theme = localStorage.getItem('callsheet.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme then stands.
}
