import { Controller } from "@hotwired/stimulus";

/** Puts a day into the reader's own time zone; the server writes it in UTC. */
export default class TimeController extends Controller<HTMLTimeElement> {
  override connect(): void {
    const time = new Date(this.element.dateTime);
    if (Number.isNaN(time.getTime())) return;
    const lang = document.documentElement.lang === "en" ? "en-GB" : "ko-KR";
    const withClock = this.element.dataset["clock"] !== undefined;
    const style: Intl.DateTimeFormatOptions = withClock ? { dateStyle: "long", timeStyle: "short" } : { dateStyle: "long" };
    this.element.textContent = new Intl.DateTimeFormat(lang, style).format(time);
  }
}
