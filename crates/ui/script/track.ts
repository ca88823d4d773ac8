// A track as the queue holds it, read from the data attributes of its row.

export interface Track {
  id: string;
  title: string;
  artist: string;
  artistUrl: string;
  url: string;
  cover: string;
  coverLarge: string;
  album: string;
  seconds: number;
  waveform: string;
  liked: boolean;
}

export const readTrack = (element: HTMLElement): Track => {
  const data = element.dataset;
  return {
    id: data["track"] ?? "",
    title: data["title"] ?? "",
    artist: data["artist"] ?? "",
    artistUrl: data["artistUrl"] ?? "/",
    url: data["url"] ?? "/",
    cover: data["cover"] ?? "",
    coverLarge: data["coverLarge"] ?? "",
    album: data["album"] ?? "",
    seconds: Number(data["duration"] ?? 0) / 1000,
    waveform: data["waveform"] ?? "",
    liked: data["liked"] === "true",
  };
};

/** `t=1m20s`, `t=80` or `t=1h2m3s` in an address, in seconds. */
export const timeInHash = (hash: string): number => {
  const match = /[#&]t=(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s?)?/.exec(hash);
  if (!match) return 0;
  const [hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0);
};

export const hashOfTime = (seconds: number): string => {
  const whole = Math.floor(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes > 0 ? `#t=${minutes}m${whole % 60}s` : `#t=${whole}s`;
};

const drawn = new Map<string, Promise<number[]>>();

/** The peaks (0 to 255) behind a waveform address, fetched once. */
export const peaksOf = (address: string): Promise<number[]> => {
  let found = drawn.get(address);
  if (!found) {
    found = fetch(address, { credentials: "same-origin" })
      .then((answer) => (answer.ok ? (answer.json() as Promise<{ peaks: number[] }>) : { peaks: [] }))
      .then((waveform) => waveform.peaks)
      .catch(() => {
        drawn.delete(address);
        return [];
      });
    drawn.set(address, found);
  }
  return found;
};

/** The same drawing as the server makes: mirrored bars in a box 100 high. */
export const wavePath = (peaks: number[], bars: number): string => {
  let path = "";
  for (let bar = 0; bar < bars; bar += 1) {
    const from = Math.floor((bar * peaks.length) / bars);
    const to = Math.ceil(((bar + 1) * peaks.length) / bars);
    let peak = 0;
    for (let at = from; at < to; at += 1) peak = Math.max(peak, peaks[at] ?? 0);
    const height = 4 + (peak / 255) * 92;
    path += `M${bar * 4} ${Math.round(50 - height / 2)}h3v${Math.round(height)}h-3z`;
  }
  return path;
};
