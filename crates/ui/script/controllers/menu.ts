import { Controller } from "@hotwired/stimulus";

/** A <details> menu that closes as menus do: by Escape, a click elsewhere, or leaving it. */
export default class MenuController extends Controller<HTMLDetailsElement> {
  private elsewhere = (event: Event): void => {
    if (event.target instanceof Node && !this.element.contains(event.target)) this.element.open = false;
  };
  private escape = (event: KeyboardEvent): void => {
    if (event.key !== "Escape" || !this.element.open) return;
    this.element.open = false;
    this.element.querySelector("summary")?.focus();
  };

  override connect(): void {
    document.addEventListener("click", this.elsewhere);
    this.element.addEventListener("keydown", this.escape);
    this.element.addEventListener("focusout", this.left);
  }

  override disconnect(): void {
    document.removeEventListener("click", this.elsewhere);
    this.element.removeEventListener("keydown", this.escape);
    this.element.removeEventListener("focusout", this.left);
    this.element.open = false;
  }

  private left = (event: FocusEvent): void => {
    if (event.relatedTarget instanceof Node && !this.element.contains(event.relatedTarget)) this.element.open = false;
  };
}
