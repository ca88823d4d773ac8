import { Controller } from "@hotwired/stimulus";
import * as Turbo from "@hotwired/turbo";

/** Silence for longer than this is a lost connection, whatever the browser says. */
const SILENCE = 15_000;
/** After a refusal the browser would not try again; this is when we do. */
const AGAIN = 3_000;
/** Korean is composed letter by letter; long enough for a syllable. */
const TYPING = 250;

/** The operators' page: its parts are replaced as the server sends them. What
 *  is shown of everything the form says, and the address with it. */
export default class VisualizerController extends Controller<HTMLElement> {
  static override targets = ["filter", "live", "lost"];
  static override values = { events: String };
  declare readonly filterTarget: HTMLFormElement;
  declare readonly liveTarget: HTMLElement;
  declare readonly lostTarget: HTMLElement;
  declare readonly eventsValue: string;
  private source: EventSource | undefined;
  private waiting = 0;
  private silence = 0;

  override connect(): void {
    document.addEventListener("visibilitychange", this.look);
    this.look();
  }

  override disconnect(): void {
    document.removeEventListener("visibilitychange", this.look);
    this.hangUp();
  }

  typed(event: Event): void {
    if (!(event.target instanceof HTMLInputElement)) return;
    this.later(() => this.choose(), TYPING);
  }

  chosen(): void {
    this.choose();
  }

  // A page that nobody sees asks for nothing.
  private look = (): void => {
    if (document.hidden) this.hangUp();
    else this.listen();
  };

  private choose(): void {
    const query = this.query();
    const path = window.location.pathname + (query && `?${query}`);
    window.history.replaceState(window.history.state, "", path);
    this.listen();
  }

  private query(): string {
    const asked = new URLSearchParams();
    for (const [name, value] of new FormData(this.filterTarget)) {
      if (typeof value === "string" && value.trim() !== "") asked.set(name, value);
    }
    return asked.toString();
  }

  private listen(): void {
    this.hangUp();
    const query = this.query();
    const source = new EventSource(this.eventsValue + (query && `?${query}`));
    source.addEventListener("part", (event: MessageEvent<string>) => Turbo.renderStreamMessage(event.data));
    source.addEventListener("seen", () => this.heard());
    source.addEventListener("error", () => this.miss());
    this.source = source;
    this.heed();
  }

  private heard(): void {
    this.show(true);
    this.heed();
  }

  private heed(): void {
    window.clearTimeout(this.silence);
    this.silence = window.setTimeout(() => {
      this.show(false);
      this.listen();
    }, SILENCE);
  }

  private miss(): void {
    this.show(false);
    if (this.source?.readyState === EventSource.CLOSED) this.later(() => this.listen(), AGAIN);
  }

  private show(live: boolean): void {
    this.liveTarget.hidden = !live;
    this.lostTarget.hidden = live;
    this.element.toggleAttribute("data-lost", !live);
  }

  private later(work: () => void, delay: number): void {
    window.clearTimeout(this.waiting);
    this.waiting = window.setTimeout(work, delay);
  }

  private hangUp(): void {
    window.clearTimeout(this.waiting);
    window.clearTimeout(this.silence);
    this.source?.close();
    this.source = undefined;
  }
}
