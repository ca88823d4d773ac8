import { Controller } from "@hotwired/stimulus";

import { announce, text } from "../texts";
import { Upload } from "../upload";
import { UploadRow } from "../upload_row";

const AT_ONCE = 3;
const LARGEST = 2 * 1024 ** 3;
const MUSIC = /\.(flac|wave?|aiff?|mp3|m4a|mp4|aac|alac|ogg|oga|opus)$/i;

// Uploads belong to the document, not to one page: they go on while one browses,
// and their rows are there again when one comes back to the desk.
let uploads: Upload[] = [];

const next = (): void => {
  // Starting one announces a change, which comes back here: so one at a time, and look again.
  const busy = ["sending", "retrying", "creating"];
  const running = uploads.filter((upload) => busy.includes(upload.phase)).length;
  const waiting = uploads.find((upload) => upload.phase === "waiting");
  if (!waiting || running >= AT_ONCE) return;
  void waiting.start();
  next();
};

/** Whether leaving the document would end an upload. */
export const uploading = (): boolean => uploads.some((upload) => !upload.finished);

window.addEventListener("beforeunload", (event) => {
  if (uploading()) event.preventDefault();
});

/** Whether an unfinished upload is of this file, as far as can be told without reading it. */
const isOf = (row: HTMLElement, file: File): boolean =>
  row.dataset["name"] === file.name && Number(row.dataset["size"]) === file.size;

/** The desk's drop zone: the whole page while something is dragged over it. */
export default class UploaderController extends Controller<HTMLElement> {
  static override targets = ["list", "input", "unfinished"];
  static override values = { artist: String, album: String };
  declare readonly listTarget: HTMLUListElement;
  declare readonly inputTarget: HTMLInputElement;
  declare readonly unfinishedTargets: HTMLElement[];
  declare readonly artistValue: string;
  declare readonly albumValue: string;
  private depth = 0;
  /** What a file was asked for to go on with. */
  private asked: HTMLElement | undefined;
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
    // What goes on in this document is listed as such.
    const here = new Set(uploads.map((upload) => upload.id));
    for (const row of this.unfinishedTargets) if (here.has(row.dataset["upload"] ?? "")) row.remove();
  }

  override disconnect(): void {
    document.removeEventListener("dragenter", this.enter);
    document.removeEventListener("dragleave", this.leave);
    document.removeEventListener("dragover", this.over);
    document.removeEventListener("drop", this.drop);
  }

  chosen(): void {
    const files = [...(this.inputTarget.files ?? [])];
    this.inputTarget.value = "";
    const { asked } = this;
    this.asked = undefined;
    const others = asked ? files.filter((file) => !isOf(asked, file)) : [];
    for (const file of others) this.refuse(text("upload.other_file", { name: file.name }));
    this.take(files.filter((file) => !others.includes(file)), asked);
  }

  unchosen(): void {
    this.asked = undefined;
  }

  /** Asks for the file of an unfinished upload. */
  again(event: Event): void {
    this.asked = this.unfinishedTargets.find((row) => row.contains(event.target as Node));
    this.inputTarget.click();
  }

  /** The unfinished upload that this file goes on with. */
  private begun(file: File): HTMLElement | undefined {
    return this.unfinishedTargets.find((row) => isOf(row, file));
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

  /** Takes files; the first goes on with the upload that was asked for, if one was. */
  private take(files: File[], asked?: HTMLElement): void {
    for (const file of files) {
      const wrong = this.wrong(file);
      if (wrong) {
        this.refuse(`${file.name}: ${wrong}`);
        continue;
      }
      const begun = asked?.isConnected ? asked : this.begun(file);
      begun?.remove();
      const into = { artist: this.artistValue, album: this.albumValue };
      const upload = new Upload(file, into, begun?.dataset["upload"]);
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

  private refuse(words: string): void {
    announce(words);
    const line = document.createElement("li");
    line.className = "upload upload-note";
    const said = document.createElement("p");
    said.textContent = words;
    line.append(said);
    this.listTarget.append(line);
  }
}
