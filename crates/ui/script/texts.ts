// The words scripts need, in the reader's language, from the page's data block.

let texts: Record<string, string> | undefined;

const read = (): Record<string, string> => {
  const block = document.getElementById("texts")?.textContent;
  return block ? (JSON.parse(block) as Record<string, string>) : {};
};

export const text = (key: string, values: Record<string, string | number> = {}): string => {
  texts ??= read();
  const found = texts[key] ?? key;
  return found.replace(/%\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
};

export const hasText = (key: string): boolean => (texts ??= read())[key] !== undefined;

/** A length in seconds as `3:07` or `1:02:03`. */
export const clock = (seconds: number): string => {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const pad = (part: number) => String(part).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad(minutes)}:${pad(whole % 60)}` : `${minutes}:${pad(whole % 60)}`;
};

/** Says something: shown for a moment and read by screen readers, or only read. */
export const announce = (words: string, quietly = false): void => {
  const place = document.getElementById("announce");
  if (!place) return;
  const line = document.createElement("p");
  line.textContent = words;
  if (quietly) line.className = "hidden";
  place.replaceChildren(line);
  window.setTimeout(() => line.remove(), 5000);
};
