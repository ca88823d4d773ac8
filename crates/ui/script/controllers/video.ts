import { Controller } from "@hotwired/stimulus";

/** A video of another site: its player is asked for only when somebody wants to see it.
 *  Without scripts the link leads to the video's own page. */
export default class VideoController extends Controller<HTMLElement> {
  static override values = { src: String, title: String };
  declare readonly srcValue: string;
  declare readonly titleValue: string;

  load(event: Event): void {
    event.preventDefault();
    const frame = document.createElement("iframe");
    frame.src = `${this.srcValue}?autoplay=1`;
    frame.title = this.titleValue;
    frame.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    frame.referrerPolicy = "strict-origin-when-cross-origin";
    this.element.replaceChildren(frame);
    frame.focus();
  }
}
