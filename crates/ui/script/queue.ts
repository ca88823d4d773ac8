// The queue's rows: what plays next, moved and removed by buttons and by dragging.
import { engine } from "./engine";
import { clock, text } from "./texts";
import type { Track } from "./track";

const button = (label: string, path: string, act: () => void, disabled = false): HTMLButtonElement => {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "tool tool-small";
  made.disabled = disabled;
  made.setAttribute("aria-label", label);
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("viewBox", "0 0 24 24");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  icon.append(line);
  made.append(icon);
  made.addEventListener("click", act);
  return made;
};

const row = (track: Track, at: number): HTMLLIElement => {
  const item = document.createElement("li");
  item.className = "queue-row";
  item.draggable = true;
  if (at === engine.index) item.setAttribute("aria-current", "true");
  const play = document.createElement("button");
  play.type = "button";
  play.className = "queue-play";
  const title = document.createElement("span");
  title.className = "queue-title";
  title.textContent = track.title;
  const artist = document.createElement("span");
  artist.className = "queue-artist";
  artist.textContent = `${track.artist} · ${clock(track.seconds)}`;
  play.append(title, artist);
  play.addEventListener("click", () => engine.jump(at));
  const named = { title: track.title };
  item.append(
    play,
    button(text("queue.up", named), "m6 14 6-6 6 6", () => engine.move(at, at - 1), at === 0),
    button(text("queue.down", named), "m6 10 6 6 6-6", () => engine.move(at, at + 1), at === engine.queue.length - 1),
    button(text("queue.remove", named), "m6 6 12 12M18 6 6 18", () => engine.remove(at)),
  );
  item.addEventListener("dragstart", (event) => event.dataTransfer?.setData("application/x-wing-row", String(at)));
  item.addEventListener("dragover", (event) => {
    if (event.dataTransfer?.types.includes("application/x-wing-row")) event.preventDefault();
  });
  item.addEventListener("drop", (event) => {
    const from = event.dataTransfer?.getData("application/x-wing-row");
    if (!from) return;
    event.preventDefault();
    engine.move(Number(from), at);
  });
  return item;
};

let drawn = "";

/** Draws the queue anew, only when it changed, keeping the focus where it was. */
export const renderQueue = (list: HTMLOListElement): void => {
  const state = engine.queue.map((track) => track.id).join(" ") + "#" + engine.index;
  if (state === drawn && list.childElementCount > 0) return;
  drawn = state;
  const focused = document.activeElement;
  const rows = [...list.children];
  const focusRow = rows.findIndex((item) => item.contains(focused));
  const focusPart = focusRow >= 0 ? [...(rows[focusRow]?.children ?? [])].indexOf(focused as Element) : -1;
  list.replaceChildren(...engine.queue.map(row));
  const again = list.children[Math.min(focusRow, list.childElementCount - 1)]?.children[focusPart];
  if (focusRow >= 0 && again instanceof HTMLElement) again.focus();
};
