import { Controller } from "@hotwired/stimulus";

/** Searches while one types, on pages that have a `<turbo-frame id="results">`;
 *  elsewhere the form waits for Enter. */
export default class SearchController extends Controller<HTMLFormElement> {
  private waiting = 0;

  typed(): void {
    window.clearTimeout(this.waiting);
    if (!document.querySelector("turbo-frame#results")) return;
    // Korean is composed letter by letter; the pause is long enough for a syllable.
    this.waiting = window.setTimeout(() => {
      this.element.dataset["turboFrame"] = "results";
      this.element.dataset["turboAction"] = "replace";
      this.element.requestSubmit();
    }, 300);
  }

  override disconnect(): void {
    window.clearTimeout(this.waiting);
  }
}
