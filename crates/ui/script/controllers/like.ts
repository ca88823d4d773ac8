import { Controller } from "@hotwired/stimulus";

import { setLike, type Liked } from "../likes";

/** A like form: without scripts it posts, with them it changes at once. */
export default class LikeController extends Controller<HTMLFormElement> {
  static override targets = ["count", "wanted"];
  static override values = { track: String, liked: Boolean, count: Number };
  declare readonly countTargets: HTMLElement[];
  declare readonly wantedTarget: HTMLInputElement;
  declare readonly trackValue: string;
  declare likedValue: boolean;
  declare countValue: number;
  private onChanged = (event: Event): void => this.changed((event as CustomEvent<Liked>).detail);

  override connect(): void {
    document.addEventListener("like:changed", this.onChanged);
  }

  override disconnect(): void {
    document.removeEventListener("like:changed", this.onChanged);
  }

  toggle(event: Event): void {
    event.preventDefault();
    void setLike(this.trackValue, !this.likedValue);
  }

  private changed({ id, liked }: Liked): void {
    if (id !== this.trackValue || liked === this.likedValue) return;
    this.likedValue = liked;
    this.countValue = Math.max(0, this.countValue + (liked ? 1 : -1));
    this.wantedTarget.value = String(!liked);
    this.element.querySelector("button")?.setAttribute("aria-pressed", String(liked));
    const short = new Intl.NumberFormat(document.documentElement.lang, { notation: "compact" });
    for (const count of this.countTargets) count.textContent = short.format(this.countValue);
    const row = this.element.closest<HTMLElement>("[data-track]");
    if (row) row.dataset["liked"] = String(liked);
  }
}
