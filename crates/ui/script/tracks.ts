// Play buttons anywhere on a page: a row queues the list it stands in.
import { engine } from "./engine";
import { readTrack, timeInHash } from "./track";

const rows = (list: Element): HTMLElement[] => [...list.querySelectorAll<HTMLElement>("[data-track]:not(.wave)")];

const mark = (): void => {
  const current = engine.current?.id;
  for (const row of document.querySelectorAll<HTMLElement>("[data-track]")) {
    row.classList.toggle("is-current", row.dataset["track"] === current);
    row.classList.toggle("is-playing", row.dataset["track"] === current && engine.playing);
  }
};

const clicked = (event: MouseEvent): void => {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const target = event.target instanceof Element ? event.target : null;
  const whole = target?.closest<HTMLElement>("[data-play-list]");
  const queue = target?.closest<HTMLElement>("[data-enqueue]");
  const button = target?.closest<HTMLElement>("[data-play]");
  if (whole) {
    const list = document.getElementById(whole.dataset["playList"] ?? "");
    const tracks = list ? rows(list).map(readTrack) : [];
    if (tracks.length === 0) return;
    event.preventDefault();
    engine.play(tracks, 0);
  } else if (queue) {
    const row = queue.closest<HTMLElement>("[data-track]");
    if (!row) return;
    event.preventDefault();
    engine.enqueue(readTrack(row));
  } else if (button) {
    const row = button.closest<HTMLElement>("[data-track]");
    if (!row) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const track = readTrack(row);
    if (engine.current?.id === track.id) return engine.toggle();
    const list = button.closest(".tracks");
    const among = list ? rows(list) : [row];
    const at = list ? 0 : timeInHash(location.hash);
    engine.play(among.map(readTrack), Math.max(0, among.indexOf(row)), at);
  }
};

export const watchPlayButtons = (): void => {
  // Before Turbo's own listener, which would follow the link.
  document.addEventListener("click", clicked, true);
  engine.addEventListener("change", mark);
  document.addEventListener("turbo:render", mark);
  document.addEventListener("turbo:frame-render", mark);
  mark();
};
