import { Controller } from "@hotwired/stimulus";

/** A deletion asks in a dialog first. Without scripts the link leads to the dialog's
 *  place, where `:target` shows it. */
export default class ConfirmController extends Controller {
  static override targets = ["dialog"];
  declare readonly dialogTarget: HTMLDialogElement;

  open(event: Event): void {
    event.preventDefault();
    this.dialogTarget.showModal();
  }

  close(): void {
    this.dialogTarget.close();
    if (location.hash === `#${this.dialogTarget.id}`) history.replaceState(history.state, "", location.pathname + location.search);
  }
}
