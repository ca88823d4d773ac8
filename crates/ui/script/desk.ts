// The events of tracks being processed: one stream for the page.

export interface TrackNews {
  track_id: string;
  artist_id: string;
  status: string;
  step: string | null;
  progress: number | null;
  reason: string | null;
  title: string | null;
}

type Listener = (news: TrackNews) => void;

const listeners = new Set<Listener>();
const latest = new Map<string, TrackNews>();
let source: EventSource | undefined;

const heard = (event: MessageEvent<string>): void => {
  const news = JSON.parse(event.data) as TrackNews;
  latest.set(news.track_id, news);
  for (const listener of listeners) listener(news);
};

/** Listens until the answer is called. The browser reconnects by itself. */
export const listen = (listener: Listener): (() => void) => {
  listeners.add(listener);
  if (!source) {
    source = new EventSource("/desk/events");
    source.addEventListener("track", heard);
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    source?.close();
    source = undefined;
  };
};

/** The last news of a track: it may have come before its id was known here. */
export const lastNews = (id: string): TrackNews | undefined => latest.get(id);
