// One file on its way: sent by tus, made a track, followed through its processing.
import * as tus from "tus-js-client";

import { call, csrfToken, problem, renew } from "./api";
import { lastNews, listen, type TrackNews } from "./desk";

export type Phase = "waiting" | "sending" | "paused" | "retrying" | "failed" | "creating" | "processing" | "ready" | "track_failed";

export interface Into {
  artist: string;
  album: string;
}

export class Upload extends EventTarget {
  phase: Phase = "waiting";
  reason = "";
  sent = 0;
  /** Bytes per second over the last seconds. */
  speed = 0;
  trackId = "";
  news: TrackNews | undefined;
  private tus: tus.Upload;
  private marks: [number, number][] = [];
  private stop: (() => void) | undefined;
  /** Whether all of the file arrived. */
  private whole = false;

  /** `begun`: the id of an upload of the same file that stopped on its way. */
  constructor(readonly file: File, private readonly into: Into, private readonly begun = "") {
    super();
    this.tus = new tus.Upload(file, {
      endpoint: "/api/v1/uploads",
      ...(begun && { uploadUrl: `/api/v1/uploads/${begun}` }),
      chunkSize: 16 * 1024 * 1024,
      retryDelays: [0, 1000, 3000, 5000, 10_000, 20_000, 30_000, 30_000, 30_000, 60_000, 60_000],
      metadata: { filename: file.name, filetype: file.type },
      storeFingerprintForResuming: true,
      removeFingerprintOnSuccess: true,
      onBeforeRequest: (request) => request.setHeader("X-CSRF-Token", csrfToken()),
      onShouldRetry: (error) => this.worthAnotherTry(error),
      onProgress: (sent) => this.progressed(sent),
      onSuccess: () => void this.makeTrack(),
      onError: (error) => this.fail(error),
    });
  }

  /** Its id where it is sent; empty before that is known. */
  get id(): string {
    return this.tus.url?.split("/").pop() ?? this.begun;
  }

  get percent(): number {
    return this.file.size > 0 ? Math.floor((this.sent / this.file.size) * 100) : 0;
  }

  get finished(): boolean {
    return ["failed", "processing", "ready", "track_failed"].includes(this.phase);
  }

  /** Goes on where an earlier attempt with the same file stopped. */
  async start(): Promise<void> {
    if (this.phase !== "waiting" && this.phase !== "failed") return;
    this.to("sending");
    const [earlier] = this.begun ? [] : await this.tus.findPreviousUploads();
    if (earlier) this.tus.resumeFromPreviousUpload(earlier);
    this.tus.start();
  }

  async pause(): Promise<void> {
    await this.tus.abort();
    this.to("paused");
  }

  resume(): void {
    this.marks = [];
    this.to("sending");
    this.tus.start();
  }

  async cancel(): Promise<void> {
    this.stop?.();
    // Ends the upload on the server too (tus termination); gone already is as good.
    await this.tus.abort(true).catch(() => undefined);
  }

  async retry(): Promise<void> {
    if (this.phase !== "track_failed") return this.whole ? this.makeTrack() : this.start();
    // Its first event may come before this call is answered.
    this.news = undefined;
    this.to("processing");
    const answer = await call("POST", `/desk/tracks/${this.trackId}/retry`);
    if (!answer.ok) this.trackFailed(await problem(answer));
  }

  private worthAnotherTry(error: tus.DetailedError): boolean {
    const status = error.originalResponse?.getStatus() ?? 0;
    // The session ran out during a long upload: renew it before the next try.
    if (status === 401) void renew().catch(() => undefined);
    const again = status === 0 || status === 401 || status === 409 || status === 423 || status === 429 || status >= 500;
    if (again) this.to("retrying");
    return again;
  }

  private progressed(sent: number): void {
    const now = performance.now();
    this.sent = sent;
    this.marks.push([now, sent]);
    this.marks = this.marks.filter(([at]) => now - at < 4000);
    const [first] = this.marks;
    if (first && now > first[0]) this.speed = ((sent - first[1]) / (now - first[0])) * 1000;
    this.to("sending");
  }

  private fail(error: Error | tus.DetailedError): void {
    const body = "originalResponse" in error ? error.originalResponse?.getBody() : undefined;
    this.reason = error.message;
    try {
      const said = JSON.parse(body ?? "") as { detail?: string; title?: string };
      this.reason = said.detail ?? said.title ?? this.reason;
    } catch {
      // Not a problem document; the client's own words have to do.
    }
    this.to("failed");
  }

  // The title is left to the server: it knows the file's tags.
  private async makeTrack(): Promise<void> {
    this.whole = true;
    this.to("creating");
    const { artist, album } = this.into;
    const body = { artist_id: artist, ...(album && { album_id: album }), upload_id: this.id, publish: false, downloadable: false };
    try {
      const answer = await call("POST", "/api/v1/tracks", body);
      if (!answer.ok) {
        this.reason = await problem(answer);
        return this.to("failed");
      }
      this.trackId = ((await answer.json()) as { id: string }).id;
    } catch (error) {
      this.reason = error instanceof Error ? error.message : String(error);
      return this.to("failed");
    }
    this.to("processing");
    this.stop = listen((news) => this.heard(news));
    const last = lastNews(this.trackId);
    if (last) this.heard(last);
  }

  private heard(news: TrackNews): void {
    if (news.track_id !== this.trackId) return;
    this.news = news;
    if (news.status === "failed") this.trackFailed(news.reason ?? "");
    else this.to(news.status === "processing" ? "processing" : "ready");
  }

  private trackFailed(reason: string): void {
    this.reason = reason;
    this.to("track_failed");
  }

  private to(phase: Phase): void {
    this.phase = phase;
    this.dispatchEvent(new Event("change"));
  }
}
