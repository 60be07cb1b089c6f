// Light or dark: what the system asks for, until the reader asks for the other.
const root = document.documentElement;
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");
const themeSwitch = document.getElementById("theme");
const themeListeners = [];

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : systemIsDark.matches;
}

function tellTheme() {
  themeSwitch.textContent = isDark() ? "Light theme" : "Dark theme";
  for (const listener of themeListeners) listener();
}

themeSwitch.addEventListener("click", () => {
  root.dataset.theme = isDark() ? "light" : "dark";
  tellTheme();
});
systemIsDark.addEventListener("change", tellTheme);
themeSwitch.hidden = false;
tellTheme();
