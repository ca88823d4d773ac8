import { Controller } from "@hotwired/stimulus";

import { engine } from "../engine";
import { announce, text } from "../texts";
import { hashOfTime } from "../track";

/** Share: the link, the link at this time, the code to embed, other apps. */
export default class ShareController extends Controller {
  static override targets = ["dialog", "link", "at", "embed", "native"];
  static override values = { url: String, title: String };
  declare readonly dialogTarget: HTMLDialogElement;
  declare readonly linkTarget: HTMLInputElement;
  declare readonly atTarget: HTMLInputElement;
  declare readonly embedTarget: HTMLInputElement;
  declare readonly hasEmbedTarget: boolean;
  declare readonly nativeTarget: HTMLButtonElement;
  declare readonly urlValue: string;
  declare readonly titleValue: string;

  open(event: Event): void {
    event.preventDefault();
    this.nativeTarget.hidden = typeof navigator.share !== "function";
    this.write();
    this.dialogTarget.showModal();
    this.linkTarget.select();
  }

  close(): void {
    this.dialogTarget.close();
  }

  write(): void {
    const address = new URL(this.urlValue, location.href);
    const here = engine.current && new URL(engine.current.url, location.href).pathname === address.pathname;
    const time = this.atTarget.checked && here ? hashOfTime(engine.position) : "";
    this.linkTarget.value = address.href + time;
  }

  copyLink(): Promise<void> {
    return this.copy(this.linkTarget);
  }

  copyEmbed(): Promise<void> {
    return this.hasEmbedTarget ? this.copy(this.embedTarget) : Promise.resolve();
  }

  async native(): Promise<void> {
    // Closing the other app's sheet rejects; nothing went wrong then.
    await navigator.share({ title: this.titleValue, url: this.linkTarget.value }).catch(() => undefined);
  }

  private async copy(from: HTMLInputElement): Promise<void> {
    from.select();
    try {
      await navigator.clipboard.writeText(from.value);
      announce(text("copied"));
    } catch {
      announce(text("copy.failed"));
    }
  }
}
