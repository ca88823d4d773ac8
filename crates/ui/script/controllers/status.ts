import { Controller } from "@hotwired/stimulus";

import { lastNews, listen, type TrackNews } from "../desk";
import { hasText, text } from "../texts";

export const stepText = (news: TrackNews): string => {
  const key = `upload.step.${news.step ?? ""}`;
  const step = hasText(key) ? text(key) : text("upload.processing");
  return news.progress === null ? step : text("upload.step.progress", { step, percent: Math.round(news.progress) });
};

/** The state of one track on the desk, changed as the server works. */
export default class StatusController extends Controller<HTMLElement> {
  static override targets = ["text", "bar", "retry"];
  static override values = { track: String };
  declare readonly textTarget: HTMLElement;
  declare readonly barTargets: HTMLProgressElement[];
  declare readonly retryTargets: HTMLElement[];
  declare readonly trackValue: string;
  private stop: (() => void) | undefined;

  override connect(): void {
    this.stop = listen((news) => this.heard(news));
    const last = lastNews(this.trackValue);
    // What the server has just written of a finished track is newer than old news.
    if (last && this.element.dataset["state"] === "processing") this.heard(last);
  }

  override disconnect(): void {
    this.stop?.();
  }

  private heard(news: TrackNews): void {
    if (news.track_id !== this.trackValue) return;
    const failed = news.status === "failed";
    const busy = news.status === "processing";
    this.element.dataset["state"] = failed ? "failed" : busy ? "processing" : "ready";
    this.textTarget.textContent = failed
      ? text("upload.track_failed", { reason: news.reason ?? "" })
      : busy ? stepText(news) : text(news.status === "published" ? "upload.published" : "upload.ready");
    for (const retry of this.retryTargets) retry.hidden = !failed;
    for (const bar of this.barTargets) {
      bar.hidden = !busy;
      if (news.progress === null) bar.removeAttribute("value");
      else bar.value = news.progress;
    }
  }
}
