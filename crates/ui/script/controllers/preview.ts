import { Controller } from "@hotwired/stimulus";

/** Shows a chosen picture before it is uploaded. */
export default class PreviewController extends Controller<HTMLElement> {
  static override targets = ["now"];
  declare readonly nowTarget: HTMLElement;
  private shown = "";

  chosen(event: Event): void {
    const [file] = (event.target as HTMLInputElement).files ?? [];
    if (!file?.type.startsWith("image/")) return;
    this.clear();
    this.shown = URL.createObjectURL(file);
    const picture = document.createElement("img");
    picture.src = this.shown;
    picture.alt = file.name;
    const cover = document.createElement("span");
    cover.className = "cover";
    cover.append(picture);
    this.nowTarget.replaceChildren(cover);
  }

  override disconnect(): void {
    this.clear();
  }

  private clear(): void {
    if (this.shown) URL.revokeObjectURL(this.shown);
    this.shown = "";
  }
}
