import { Controller } from "@hotwired/stimulus";

/** A link to another site that is followed at once. It takes this page's place, so
 *  that going back does not lead here and away again. */
export default class LeavingController extends Controller<HTMLAnchorElement> {
  override connect(): void {
    window.location.replace(this.element.href);
  }
}
