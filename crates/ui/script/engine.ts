// What plays, in which order, and how loud: the one place that holds it. Lives as
// long as the document does, so Turbo's page changes do not touch it. Views listen
// to "change" (another track, queue, volume) and "time" (the position moved).
import { call } from "./api";
import { announce, text } from "./texts";
import type { Track } from "./track";

const KEPT = "wing.player";
/** Seconds before the end at which the next track is fetched. */
const AHEAD = 20;

interface Kept {
  queue: Track[];
  index: number;
  position: number;
  volume: number;
  muted: boolean;
}

class Engine extends EventTarget {
  queue: Track[] = [];
  index = -1;
  private audios: [HTMLAudioElement, HTMLAudioElement];
  private active: 0 | 1 = 0;
  private ready = "";
  private startAt = 0;
  private heard = 0;
  private lastTime = 0;
  private reported = false;
  private plainTried = false;
  private savedAt = 0;

  constructor() {
    super();
    this.audios = [this.make("audio-a"), this.make("audio-b")];
    this.restore();
    window.addEventListener("pagehide", () => this.save());
    this.sessionActions();
  }

  get current(): Track | undefined {
    return this.queue[this.index];
  }

  get audio(): HTMLAudioElement {
    return this.audios[this.active];
  }

  get playing(): boolean {
    return this.current !== undefined && !this.audio.paused;
  }

  get position(): number {
    return this.audio.readyState > 0 ? this.audio.currentTime : this.startAt;
  }

  get duration(): number {
    const known = this.audio.duration;
    return Number.isFinite(known) && known > 0 ? known : (this.current?.seconds ?? 0);
  }

  get volume(): number {
    return this.audio.volume;
  }

  get muted(): boolean {
    return this.audio.muted;
  }

  /** Plays one of a list; the list becomes the queue. */
  play(list: Track[], index: number, at = 0): void {
    this.queue = list.map((track) => ({ ...track }));
    this.load(index, at);
    this.start();
  }

  enqueue(track: Track): void {
    this.queue.push({ ...track });
    announce(text("queue.added", { title: track.title }));
    if (this.index < 0) this.load(0);
    this.changed();
  }

  toggle(): void {
    if (!this.current) return;
    if (this.audio.paused) this.start();
    else this.audio.pause();
  }

  pause(): void {
    this.audio.pause();
  }

  next(): void {
    if (this.index + 1 < this.queue.length) this.jump(this.index + 1);
  }

  /** Back to the start; within the first three seconds, to the track before. */
  previous(): void {
    if (this.position > 3 || this.index <= 0) this.seek(0);
    else this.jump(this.index - 1);
  }

  jump(index: number): void {
    this.load(index);
    this.start();
  }

  seek(seconds: number): void {
    if (!this.current) return;
    const to = Math.min(Math.max(0, seconds), Math.max(0, this.duration - 0.25));
    if (this.audio.readyState > 0) this.audio.currentTime = to;
    else this.startAt = to;
    this.lastTime = to;
    this.dispatchEvent(new Event("time"));
  }

  setVolume(volume: number): void {
    for (const audio of this.audios) {
      audio.volume = Math.min(1, Math.max(0, volume));
      audio.muted = false;
    }
    this.changed();
  }

  mute(): void {
    const muted = !this.muted;
    for (const audio of this.audios) audio.muted = muted;
    this.changed();
  }

  move(from: number, to: number): void {
    const [track] = this.queue.splice(from, 1);
    if (!track) return;
    const playing = this.index;
    this.queue.splice(to, 0, track);
    if (from === playing) this.index = to;
    else if (from < playing && to >= playing) this.index -= 1;
    else if (from > playing && to <= playing) this.index += 1;
    this.changed();
  }

  remove(at: number): void {
    if (at === this.index) {
      const goOn = this.playing;
      this.queue.splice(at, 1);
      if (this.queue.length === 0) return this.clear();
      this.load(Math.min(at, this.queue.length - 1));
      if (goOn) this.start();
      return;
    }
    this.queue.splice(at, 1);
    if (at < this.index) this.index -= 1;
    this.changed();
  }

  clear(): void {
    this.queue = [];
    this.index = -1;
    this.ready = "";
    for (const audio of this.audios) {
      audio.pause();
      audio.removeAttribute("src");
      audio.load();
    }
    this.changed();
  }

  setLiked(id: string, liked: boolean): void {
    for (const track of this.queue) if (track.id === id) track.liked = liked;
    this.changed();
  }

  // The elements stand beside <body>, so that no page change ever moves them:
  // a media element that leaves the document is paused.
  private make(id: string): HTMLAudioElement {
    const audio = document.createElement("audio");
    audio.id = id;
    audio.preload = "auto";
    audio.hidden = true;
    document.documentElement.append(audio);
    const mine = (act: () => void) => () => {
      if (audio === this.audio) act();
    };
    audio.addEventListener("timeupdate", mine(() => this.moved()));
    audio.addEventListener("ended", mine(() => this.ended()));
    audio.addEventListener("error", mine(() => this.failed()));
    for (const event of ["play", "pause", "playing", "durationchange"]) {
      audio.addEventListener(event, mine(() => this.changed()));
    }
    return audio;
  }

  private source(track: Track): string {
    const opus = this.audios[0].canPlayType("audio/ogg; codecs=opus") !== "";
    return `/api/v1/tracks/${encodeURIComponent(track.id)}/stream?format=${opus ? "opus" : "aac"}`;
  }

  private load(index: number, at = 0): void {
    const track = this.queue[index];
    if (!track) return;
    this.index = index;
    this.startAt = at;
    this.heard = 0;
    this.lastTime = at;
    this.reported = false;
    this.plainTried = false;
    const other: 0 | 1 = this.active === 0 ? 1 : 0;
    this.audio.pause();
    if (this.ready === track.id && at === 0) {
      // Already fetched by the other element: let the two change places.
      this.active = other;
      if (this.audio.currentTime > 0) this.audio.currentTime = 0;
    } else {
      this.audio.src = this.source(track);
    }
    this.ready = "";
    this.describe(track);
    this.changed();
  }

  private start(): void {
    const track = this.current;
    if (!track) return;
    if (!this.audio.getAttribute("src")) this.audio.src = this.source(track);
    const at = this.startAt;
    if (at > 0) {
      const audio = this.audio;
      const jump = () => {
        if (audio === this.audio && this.current === track) audio.currentTime = at;
      };
      if (audio.readyState > 0) jump();
      else audio.addEventListener("loadedmetadata", jump, { once: true });
      this.startAt = 0;
    }
    this.audio.play().then(
      () => announce(text("playing", { title: track.title, artist: track.artist }), true),
      (error: DOMException) => this.refused(error, track),
    );
  }

  // Safari lets only an element play that a click has started: take that one.
  private refused(error: DOMException, track: Track): void {
    if (error.name !== "NotAllowedError" || this.current !== track) return;
    this.active = this.active === 0 ? 1 : 0;
    this.audio.src = this.source(track);
    this.audio.play().catch(() => this.changed());
  }

  private moved(): void {
    const now = this.audio.currentTime;
    const step = now - this.lastTime;
    // A larger step is a seek, which is not listening.
    if (step > 0 && step < 2 && !this.audio.paused) this.heard += step;
    this.lastTime = now;
    this.report();
    this.fetchNext();
    this.dispatchEvent(new Event("time"));
    if (Math.abs(now - this.savedAt) > 5) this.save();
  }

  // A play counts once 30 seconds or half of the track were heard.
  private report(): void {
    const track = this.current;
    if (!track || this.reported || this.heard < Math.min(30, this.duration / 2)) return;
    this.reported = true;
    const seconds = Math.round(this.heard);
    call("POST", "/api/v1/plays", { track_id: track.id, seconds_listened: seconds }).catch(() => {
      this.reported = false;
    });
  }

  private fetchNext(): void {
    const next = this.queue[this.index + 1];
    if (!next || this.ready === next.id || this.duration - this.position > AHEAD) return;
    this.ready = next.id;
    const other = this.audios[this.active === 0 ? 1 : 0];
    other.src = this.source(next);
    other.load();
  }

  private ended(): void {
    if (this.index + 1 < this.queue.length) this.next();
    else this.changed();
  }

  // One more try without naming a format: the server then picks what it has.
  private failed(): void {
    const track = this.current;
    if (!track || !this.audio.getAttribute("src")) return;
    if (this.plainTried) {
      announce(text("play.failed"));
      this.changed();
      return;
    }
    this.plainTried = true;
    this.startAt = this.lastTime;
    this.audio.src = `/api/v1/tracks/${encodeURIComponent(track.id)}/stream`;
    this.start();
  }

  private describe(track: Track): void {
    if (!("mediaSession" in navigator)) return;
    const artwork: MediaImage[] = [];
    for (const src of [track.cover, track.coverLarge]) {
      const width = /\/(\d+)\.jpg$/.exec(src)?.[1];
      if (width) artwork.push({ src, sizes: `${width}x${width}`, type: "image/jpeg" });
    }
    if (artwork.length === 0) {
      artwork.push({ src: "/icon-192.png", sizes: "192x192", type: "image/png" });
      artwork.push({ src: "/icon-512.png", sizes: "512x512", type: "image/png" });
    }
    const { title, artist, album } = track;
    navigator.mediaSession.metadata = new MediaMetadata({ title, artist, album, artwork });
  }

  private sessionActions(): void {
    if (!("mediaSession" in navigator)) return;
    const actions: [MediaSessionAction, MediaSessionActionHandler][] = [
      ["play", () => this.start()],
      ["pause", () => this.pause()],
      ["stop", () => this.pause()],
      ["previoustrack", () => this.previous()],
      ["nexttrack", () => this.next()],
      ["seekbackward", (details) => this.seek(this.position - (details.seekOffset ?? 10))],
      ["seekforward", (details) => this.seek(this.position + (details.seekOffset ?? 10))],
      ["seekto", (details) => this.seek(details.seekTime ?? 0)],
    ];
    for (const [action, handler] of actions) {
      try {
        navigator.mediaSession.setActionHandler(action, handler);
      } catch {
        // A browser that does not know an action simply does not offer it.
      }
    }
    this.addEventListener("time", () => {
      const { duration, position } = this;
      if (duration > 0 && position <= duration) {
        navigator.mediaSession.setPositionState?.({ duration, position, playbackRate: 1 });
      }
    });
    this.addEventListener("change", () => {
      navigator.mediaSession.playbackState = this.playing ? "playing" : "paused";
    });
  }

  private changed(): void {
    this.dispatchEvent(new Event("change"));
    this.save();
  }

  private save(): void {
    this.savedAt = this.position;
    const { queue, index, position, volume, muted } = this;
    const kept: Kept = { queue: queue.slice(0, 500), index, position, volume, muted };
    try {
      // The tab's own place comes first: another tab may play something else while
      // this one is away at a page of its own document, such as a payment.
      sessionStorage.setItem(KEPT, JSON.stringify(kept));
      localStorage.setItem(KEPT, JSON.stringify(kept));
    } catch {
      // Storage is full or forbidden; playing goes on without a memory.
    }
  }

  private restore(): void {
    try {
      const stored = sessionStorage.getItem(KEPT) ?? localStorage.getItem(KEPT);
      const kept = JSON.parse(stored ?? "null") as Kept | null;
      if (!kept || !Array.isArray(kept.queue)) return;
      this.queue = kept.queue;
      this.index = kept.queue[kept.index] ? kept.index : -1;
      this.startAt = kept.position || 0;
      for (const audio of this.audios) {
        audio.volume = Math.min(1, Math.max(0, kept.volume));
        audio.muted = kept.muted;
      }
      if (this.current) this.describe(this.current);
    } catch {
      sessionStorage.removeItem(KEPT);
      localStorage.removeItem(KEPT);
    }
  }
}

export const engine = new Engine();
