import { Controller } from "@hotwired/stimulus";

import { engine } from "../engine";
import { clock, text } from "../texts";
import { peaksOf, readTrack, timeInHash, wavePath, type Track } from "../track";

const BARS = 120;

/** A waveform that shows and sets the position: a slider for pointer and keys. */
export default class WaveformController extends Controller<HTMLElement> {
  static override targets = ["now"];
  static override values = { label: String, follow: Boolean };
  declare readonly nowTargets: HTMLElement[];
  declare readonly labelValue: string;
  declare readonly followValue: boolean;
  private drawn = "";
  private update = (): void => this.show();
  private down = (event: PointerEvent): void => this.grab(event);
  private key = (event: KeyboardEvent): void => this.pressed(event);

  override connect(): void {
    const { element } = this;
    element.tabIndex = 0;
    element.setAttribute("role", "slider");
    element.setAttribute("aria-label", this.labelValue);
    element.setAttribute("aria-valuemin", "0");
    element.addEventListener("pointerdown", this.down);
    element.addEventListener("keydown", this.key);
    engine.addEventListener("time", this.update);
    engine.addEventListener("change", this.update);
    this.show();
  }

  override disconnect(): void {
    this.element.removeEventListener("pointerdown", this.down);
    this.element.removeEventListener("keydown", this.key);
    engine.removeEventListener("time", this.update);
    engine.removeEventListener("change", this.update);
  }

  private get track(): Track | undefined {
    return this.followValue ? engine.current : readTrack(this.element);
  }

  private get mine(): boolean {
    return this.track !== undefined && engine.current?.id === this.track.id;
  }

  private get seconds(): number {
    return this.mine ? engine.duration : (this.track?.seconds ?? 0);
  }

  private get at(): number {
    return this.mine ? engine.position : timeInHash(location.hash);
  }

  private show(): void {
    const { seconds, at } = this;
    const share = seconds > 0 ? Math.min(1, at / seconds) : 0;
    this.element.style.setProperty("--at", `${(share * 100).toFixed(2)}%`);
    this.element.setAttribute("aria-valuemax", String(Math.round(seconds)));
    this.element.setAttribute("aria-valuenow", String(Math.round(at)));
    this.element.setAttribute("aria-valuetext", text("position", { now: clock(at), total: clock(seconds) }));
    for (const now of this.nowTargets) now.textContent = clock(at);
    if (this.followValue) void this.draw();
  }

  private async draw(): Promise<void> {
    const address = engine.current?.waveform ?? "";
    if (address === this.drawn) return;
    this.drawn = address;
    const peaks = address ? await peaksOf(address) : [];
    if (address !== this.drawn) return;
    const path = wavePath(peaks, BARS);
    for (const drawing of this.element.querySelectorAll("path")) drawing.setAttribute("d", path);
  }

  private grab(event: PointerEvent): void {
    if (event.button !== 0) return;
    const box = this.element.getBoundingClientRect();
    const place = (x: number) => Math.min(1, Math.max(0, (x - box.left) / box.width));
    this.goTo(place(event.clientX) * this.seconds);
    if (!this.mine) return;
    this.element.setPointerCapture(event.pointerId);
    const drag = (moved: PointerEvent) => this.goTo(place(moved.clientX) * this.seconds);
    this.element.addEventListener("pointermove", drag);
    this.element.addEventListener("lostpointercapture", () => this.element.removeEventListener("pointermove", drag), { once: true });
  }

  private goTo(seconds: number): void {
    const { track } = this;
    if (!track) return;
    if (this.mine) engine.seek(seconds);
    else engine.play([track], 0, seconds);
  }

  private pressed(event: KeyboardEvent): void {
    const steps: Record<string, number> = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageDown: -30, PageUp: 30 };
    const step = steps[event.key];
    if (step !== undefined) this.goTo(this.at + step);
    else if (event.key === "Home") this.goTo(0);
    else if (event.key === "End") this.goTo(this.seconds);
    else if (event.key === " " || event.key === "Enter") this.mine ? engine.toggle() : this.goTo(this.at);
    else return;
    event.preventDefault();
  }
}
