import { Controller } from "@hotwired/stimulus";

import { engine } from "../engine";
import { setLike } from "../likes";
import { renderQueue } from "../queue";
import { clock, text } from "../texts";

/** The bar at the bottom: a view over the engine, kept by Turbo over page changes. */
export default class PlayerController extends Controller<HTMLElement> {
  static override targets = ["cover", "title", "artist", "play", "now", "total", "like", "lister", "drawer", "list", "mute", "volume", "opener"];
  declare readonly coverTarget: HTMLAnchorElement;
  declare readonly titleTarget: HTMLAnchorElement;
  declare readonly artistTarget: HTMLAnchorElement;
  declare readonly playTarget: HTMLButtonElement;
  declare readonly nowTarget: HTMLElement;
  declare readonly totalTarget: HTMLElement;
  declare readonly likeTarget: HTMLButtonElement;
  declare readonly listerTarget: HTMLButtonElement;
  declare readonly drawerTarget: HTMLElement;
  declare readonly listTarget: HTMLOListElement;
  declare readonly muteTarget: HTMLButtonElement;
  declare readonly volumeTarget: HTMLInputElement;
  declare readonly openerTarget: HTMLButtonElement;
  private shown = "";
  private onChange = (): void => this.show();
  private onTime = (): void => this.tick();
  private onLike = (): void => this.like();
  private onVisit = (): void => this.fold();
  private onKey = (event: KeyboardEvent): void => {
    if (event.key === "Escape") this.closeAll();
  };

  override connect(): void {
    engine.addEventListener("change", this.onChange);
    engine.addEventListener("time", this.onTime);
    document.addEventListener("player:like", this.onLike);
    document.addEventListener("turbo:visit", this.onVisit);
    document.addEventListener("keydown", this.onKey);
    this.show();
  }

  override disconnect(): void {
    engine.removeEventListener("change", this.onChange);
    engine.removeEventListener("time", this.onTime);
    document.removeEventListener("player:like", this.onLike);
    document.removeEventListener("turbo:visit", this.onVisit);
    document.removeEventListener("keydown", this.onKey);
  }

  toggle(): void {
    engine.toggle();
  }

  previous(): void {
    engine.previous();
  }

  next(): void {
    engine.next();
  }

  mute(): void {
    engine.mute();
  }

  volume(): void {
    engine.setVolume(Number(this.volumeTarget.value) / 100);
  }

  like(): void {
    const track = engine.current;
    if (track) void setLike(track.id, !track.liked);
  }

  clear(): void {
    this.closeAll();
    engine.clear();
  }

  queue(): void {
    const open = Boolean(this.drawerTarget.hidden);
    this.drawerTarget.hidden = !open;
    this.listerTarget.setAttribute("aria-expanded", String(open));
    this.element.classList.toggle("with-queue", open);
    if (open) this.drawerTarget.querySelector<HTMLElement>("[aria-current]")?.scrollIntoView({ block: "nearest" });
  }

  /** On a phone the bar opens to a sheet that fills the screen. */
  open(): void {
    this.element.classList.add("is-open");
    this.openerTarget.setAttribute("aria-expanded", "true");
    this.element.querySelector<HTMLElement>(".player-fold")?.focus();
  }

  fold(): void {
    if (!this.element.classList.contains("is-open")) return;
    this.element.classList.remove("is-open");
    this.openerTarget.setAttribute("aria-expanded", "false");
  }

  private closeAll(): void {
    this.fold();
    if (!this.drawerTarget.hidden) this.queue();
  }

  private show(): void {
    const track = engine.current;
    this.element.hidden = track === undefined;
    if (!track) return;
    this.element.classList.toggle("is-playing", engine.playing);
    this.element.classList.toggle("is-muted", engine.muted || engine.volume === 0);
    if (this.shown !== track.id) this.showTrack();
    this.playTarget.setAttribute("aria-label", text(engine.playing ? "pause" : "play"));
    this.likeTarget.setAttribute("aria-pressed", String(track.liked));
    this.muteTarget.setAttribute("aria-pressed", String(engine.muted));
    this.muteTarget.setAttribute("aria-label", text(engine.muted ? "unmute" : "mute"));
    this.volumeTarget.value = String(Math.round((engine.muted ? 0 : engine.volume) * 100));
    this.volumeTarget.style.setProperty("--at", `${this.volumeTarget.value}%`);
    renderQueue(this.listTarget);
    this.tick();
  }

  private showTrack(): void {
    const track = engine.current;
    if (!track) return;
    this.shown = track.id;
    this.titleTarget.textContent = track.title;
    this.titleTarget.href = track.url;
    this.artistTarget.textContent = track.artist;
    this.artistTarget.href = track.artistUrl;
    this.coverTarget.href = track.url;
    this.coverTarget.replaceChildren(this.picture(track.coverLarge || track.cover, track.id));
  }

  // A track without a cover keeps the generated one that stands beside it while that is on the page.
  private picture(src: string, id: string): Element {
    if (!src) {
      const places = document.querySelectorAll(`[data-track="${CSS.escape(id)}"]`);
      const made = [...places].map((place) => place.closest(".track, .release, .hero")?.querySelector("svg.made")).find(Boolean);
      return (made ?? document.querySelector("svg.mark"))?.cloneNode(true) as Element;
    }
    const image = new Image(96, 96);
    image.src = src;
    image.alt = "";
    return image;
  }

  private tick(): void {
    this.nowTarget.textContent = clock(engine.position);
    this.totalTarget.textContent = clock(engine.duration);
    const share = engine.duration > 0 ? Math.min(1, engine.position / engine.duration) : 0;
    this.element.style.setProperty("--share", share.toFixed(4));
  }
}
