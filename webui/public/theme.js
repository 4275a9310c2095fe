// Before the first paint: the chosen theme, and where the icon is. A plain file, because the page allows no inline script.
try {
  const theme = localStorage.getItem('callsheet.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Storage may be forbidden; the system's theme then stands.
}

// The browser looks for the icon again whenever the address changes, and its own is said from where the page was opened.
const icon = document.querySelector('link[rel=icon]');
icon?.setAttribute('href', icon.href);
