import { Controller } from "@hotwired/stimulus";

/** Changes the colours at once; the cookie tells the server for the next page. */
export default class ThemeController extends Controller<HTMLElement> {
  choose(event: Event): void {
    const link = event.currentTarget as HTMLAnchorElement;
    const theme = link.dataset["themeChoice"];
    if (!theme) return;
    event.preventDefault();
    document.documentElement.dataset["theme"] = theme;
    document.cookie = `wing_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
    for (const other of this.element.querySelectorAll("a")) other.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }
}
