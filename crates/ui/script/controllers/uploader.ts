import { Controller } from "@hotwired/stimulus";

import { announce, text } from "../texts";
import { unfinished, Upload } from "../upload";
import { UploadRow } from "../upload_row";

const AT_ONCE = 3;
const LARGEST = 2 * 1024 ** 3;
const MUSIC = /\.(flac|wave?|aiff?|mp3|m4a|mp4|aac|alac|ogg|oga|opus)$/i;

// Uploads belong to the document, not to one page: they go on while one browses,
// and their rows are there again when one comes back to the desk.
let uploads: Upload[] = [];

const next = (): void => {
  // Starting one tells of a change, which comes back here: so one at a time, and look again.
  const busy = ["sending", "retrying", "creating"];
  const running = uploads.filter((upload) => busy.includes(upload.phase)).length;
  const waiting = uploads.find((upload) => upload.phase === "waiting");
  if (!waiting || running >= AT_ONCE) return;
  void waiting.start();
  next();
};

window.addEventListener("beforeunload", (event) => {
  if (uploads.some((upload) => !upload.finished)) event.preventDefault();
});

/** The desk's drop zone: the whole page while something is dragged over it. */
export default class UploaderController extends Controller<HTMLElement> {
  static override targets = ["list"];
  static override values = { artist: String, album: String };
  declare readonly listTarget: HTMLUListElement;
  declare readonly artistValue: string;
  declare readonly albumValue: string;
  private depth = 0;
  private enter = (event: DragEvent): void => this.dragged(event, 1);
  private leave = (event: DragEvent): void => this.dragged(event, -1);
  private over = (event: DragEvent): void => {
    if (this.hasFiles(event)) event.preventDefault();
  };
  private drop = (event: DragEvent): void => this.dropped(event);

  override connect(): void {
    document.addEventListener("dragenter", this.enter);
    document.addEventListener("dragleave", this.leave);
    document.addEventListener("dragover", this.over);
    document.addEventListener("drop", this.drop);
    this.listTarget.replaceChildren(...uploads.map((upload) => this.row(upload)));
    void this.listUnfinished();
  }

  override disconnect(): void {
    document.removeEventListener("dragenter", this.enter);
    document.removeEventListener("dragleave", this.leave);
    document.removeEventListener("dragover", this.over);
    document.removeEventListener("drop", this.drop);
  }

  chosen(event: Event): void {
    const input = event.target as HTMLInputElement;
    this.take([...(input.files ?? [])]);
    input.value = "";
  }

  private hasFiles(event: DragEvent): boolean {
    return event.dataTransfer?.types.includes("Files") ?? false;
  }

  private dragged(event: DragEvent, step: number): void {
    if (!this.hasFiles(event)) return;
    this.depth = Math.max(0, this.depth + step);
    this.element.classList.toggle("is-over", this.depth > 0);
  }

  private dropped(event: DragEvent): void {
    if (!this.hasFiles(event)) return;
    event.preventDefault();
    this.depth = 0;
    this.element.classList.remove("is-over");
    this.take([...(event.dataTransfer?.files ?? [])]);
  }

  private take(files: File[]): void {
    for (const file of files) {
      const wrong = this.wrong(file);
      if (wrong) {
        announce(`${file.name}: ${wrong}`);
        this.listTarget.append(this.note(`${file.name}: ${wrong}`));
        continue;
      }
      this.forget(file.name);
      const upload = new Upload(file, { artist: this.artistValue, album: this.albumValue });
      uploads.push(upload);
      this.listTarget.append(this.row(upload));
      upload.addEventListener("change", next);
    }
    next();
  }

  private row(upload: Upload): HTMLElement {
    const gone = (): void => {
      uploads = uploads.filter((other) => other !== upload);
      next();
    };
    return new UploadRow(upload, gone).element;
  }

  private wrong(file: File): string {
    if (file.size === 0) return text("upload.empty");
    if (file.size > LARGEST) return text("upload.large");
    // The server judges by content; this only spares sending what clearly is not music.
    return file.type.startsWith("audio/") || MUSIC.test(file.name) ? "" : text("upload.unsupported");
  }

  private async listUnfinished(): Promise<void> {
    for (const { key, name } of await unfinished()) {
      if (uploads.some((upload) => upload.file.name === name)) continue;
      const line = this.note(text("upload.unfinished", { name }));
      line.dataset["unfinished"] = name;
      const forget = document.createElement("button");
      forget.type = "button";
      forget.className = "button button-quiet button-small";
      forget.textContent = text("upload.forget");
      forget.addEventListener("click", () => {
        localStorage.removeItem(key);
        line.remove();
      });
      line.append(forget);
      this.listTarget.append(line);
    }
  }

  private forget(name: string): void {
    for (const line of this.listTarget.querySelectorAll<HTMLElement>("[data-unfinished]")) {
      if (line.dataset["unfinished"] === name) line.remove();
    }
  }

  private note(words: string): HTMLLIElement {
    const line = document.createElement("li");
    line.className = "upload upload-note";
    const said = document.createElement("p");
    said.textContent = words;
    line.append(said);
    return line;
  }
}
