import { Controller } from "@hotwired/stimulus";

import { announce } from "../texts";

/** A message that came with the page is also read out. */
export default class FlashController extends Controller<HTMLElement> {
  override connect(): void {
    announce(this.element.textContent ?? "", true);
  }
}
