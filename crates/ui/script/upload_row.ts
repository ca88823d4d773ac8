// The row of one upload: name, what happens now, a bar, and what one can do.
import { stepText } from "./controllers/status";
import { text } from "./texts";
import type { Upload } from "./upload";

const bytes = (count: number): string => {
  const units: [number, string][] = [[1024 ** 3, "gigabyte"], [1024 ** 2, "megabyte"], [1024, "kilobyte"], [1, "byte"]];
  const [size, unit] = units.find(([least]) => count >= least) ?? [1, "byte"];
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: 1 }).format(count / size);
};

export class UploadRow {
  readonly element = document.createElement("li");
  private state = document.createElement("p");
  private bar = document.createElement("progress");
  private actions = document.createElement("div");
  private shown = "";

  constructor(private readonly upload: Upload, private readonly gone: () => void) {
    this.element.className = "upload";
    const name = document.createElement("p");
    name.className = "upload-name";
    name.textContent = upload.file.name;
    const size = document.createElement("span");
    size.className = "upload-size";
    size.textContent = bytes(upload.file.size);
    name.append(" ", size);
    this.state.className = "upload-state";
    this.bar.max = 100;
    this.bar.setAttribute("aria-label", upload.file.name);
    this.actions.className = "upload-actions";
    this.element.append(name, this.bar, this.state, this.actions);
    upload.addEventListener("change", () => this.show());
    this.show();
  }

  private words(): string {
    const { phase, percent, reason, news, speed } = this.upload;
    if (phase === "processing" && news) return stepText(news);
    return text(`upload.${phase}`, { percent, reason, speed: bytes(speed) });
  }

  private show(): void {
    const { phase, percent, news } = this.upload;
    this.element.dataset["phase"] = phase;
    this.state.textContent = this.words();
    const done = phase === "ready" || phase === "failed" || phase === "track_failed";
    this.bar.hidden = done;
    const value = phase === "processing" ? news?.progress : phase === "creating" ? null : percent;
    if (value === null || value === undefined) this.bar.removeAttribute("value");
    else this.bar.value = value;
    if (this.shown !== phase) this.offer();
    this.shown = phase;
  }

  // Buttons change only with the phase, so that the focus on one is not lost by every percent.
  private offer(): void {
    const { upload } = this;
    const offers: HTMLElement[] = [];
    if (upload.phase === "sending" || upload.phase === "retrying") offers.push(this.button("pause", () => void upload.pause()));
    if (upload.phase === "paused") offers.push(this.button("resume", () => upload.resume()));
    if (upload.phase === "failed" || upload.phase === "track_failed") offers.push(this.button("retry", () => void upload.retry()));
    if (upload.phase === "ready") offers.push(this.publish());
    if (["waiting", "sending", "retrying", "paused", "failed"].includes(upload.phase)) {
      offers.push(this.button("cancel", () => void this.cancel()));
    }
    this.actions.replaceChildren(...offers);
  }

  private async cancel(): Promise<void> {
    await this.upload.cancel();
    this.element.remove();
    this.gone();
  }

  private button(key: string, act: () => void): HTMLButtonElement {
    const made = document.createElement("button");
    made.type = "button";
    made.className = "button button-quiet button-small";
    made.textContent = text(`upload.${key}`);
    made.addEventListener("click", act);
    return made;
  }

  private publish(): HTMLAnchorElement {
    const link = document.createElement("a");
    link.className = "button button-small";
    link.href = `/desk/tracks/${this.upload.trackId}`;
    link.textContent = text("upload.publish");
    return link;
  }
}
