// Before the page is drawn, so that nothing flashes: the theme somebody chose here, else the system's.
const chosen = localStorage.getItem("theme");
if (chosen) document.documentElement.dataset.theme = chosen;
