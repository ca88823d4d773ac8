import { Controller } from "@hotwired/stimulus";

import { lastNews, listen, type TrackNews } from "../desk";

const stateOf = (news: TrackNews): string =>
  news.status === "processing" || news.status === "failed" ? news.status : "ready";

/** The desk's table of tracks: what becomes a track while one looks gets its row,
 *  and a row whose track is ready or failed is written anew, with all it then offers. */
export default class RowsController extends Controller<HTMLTableSectionElement> {
  static override values = { artist: String, first: Boolean };
  declare readonly artistValue: string;
  declare readonly firstValue: boolean;
  private stop: (() => void) | undefined;
  private coming = new Set<string>();

  override connect(): void {
    this.stop = listen((news) => this.heard(news));
  }

  override disconnect(): void {
    this.stop?.();
  }

  private heard(news: TrackNews): void {
    if (news.artist_id !== this.artistValue || this.coming.has(news.track_id)) return;
    const row = this.row(news.track_id);
    const wanted = row ? stateOf(news) !== "processing" && row.dataset["state"] !== stateOf(news) : this.isNewest(news.track_id);
    if (wanted) void this.bring(news.track_id);
  }

  private get rows(): HTMLElement[] {
    return [...this.element.querySelectorAll<HTMLElement>("[data-row]")];
  }

  private row(id: string): HTMLElement | undefined {
    return this.rows.find((row) => row.dataset["row"] === id);
  }

  // Ids begin with the time they were made at; older tracks are on later pages.
  private isNewest(id: string): boolean {
    return this.firstValue && this.rows.every((row) => (row.dataset["row"] ?? "") < id);
  }

  private async bring(id: string): Promise<void> {
    this.coming.add(id);
    try {
      const answer = await fetch(`/desk/tracks/${id}/row`, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (answer.ok && !answer.redirected) this.place(id, await answer.text());
    } catch {
      // Without a network no event arrives either; the next one asks again.
    }
    this.coming.delete(id);
    // An event that came meanwhile may be newer than what was fetched.
    const last = lastNews(id);
    if (last && this.element.isConnected && this.row(id)) this.heard(last);
  }

  private place(id: string, html: string): void {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.querySelector<HTMLElement>("[data-row]");
    const old = this.row(id);
    if (!fresh) return;
    if (!old) {
      const after = this.rows.find((row) => (row.dataset["row"] ?? "") < id);
      this.element.insertBefore(fresh, after ?? null);
    } else if (!old.querySelector("dialog[open]")) {
      const focused = old.contains(document.activeElement);
      old.replaceWith(fresh);
      if (focused) fresh.querySelector<HTMLElement>("a")?.focus();
    }
  }
}
