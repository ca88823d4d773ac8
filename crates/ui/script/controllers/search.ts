import { Controller } from "@hotwired/stimulus";

/** Searches while one types, on pages that have a `<turbo-frame id="results">`;
 *  elsewhere the form waits for Enter. */
export default class SearchController extends Controller<HTMLFormElement> {
  private waiting = 0;

  typed(event: Event): void {
    window.clearTimeout(this.waiting);
    // Korean is composed letter by letter; the pause is long enough for a syllable.
    if (!document.querySelector("turbo-frame#results") || (event as InputEvent).isComposing === undefined) return;
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
