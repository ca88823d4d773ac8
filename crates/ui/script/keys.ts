// Keys for the player, never while somebody types or a control has its own use of them.
import { engine } from "./engine";

const typing = (event: KeyboardEvent): boolean => {
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  // A dialog just closed keeps the focus until the next frame, but nobody types in it.
  if (target.isContentEditable || target.closest("input, textarea, select, dialog[open], video, audio")) return true;
  // Space belongs to a focused button or menu; a waveform has taken its own keys already.
  return event.key === " " && target.closest("button, summary, [role=button]") !== null;
};

const pressed = (event: KeyboardEvent): void => {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
  if (typing(event)) return;
  if (event.key === "?") return act(event, () => document.querySelector<HTMLDialogElement>("dialog#keys")?.showModal());
  if (!engine.current) return;
  switch (event.key.toLowerCase()) {
    case " ": return act(event, () => engine.toggle());
    case "m": return act(event, () => engine.mute());
    case "l": return act(event, () => document.dispatchEvent(new Event("player:like")));
    case "n": return act(event, () => engine.next());
    case "p": return act(event, () => engine.previous());
    case "arrowleft": return act(event, () => engine.seek(engine.position - 5));
    case "arrowright": return act(event, () => engine.seek(engine.position + 5));
    // Up and down scroll the page unless the player itself has the focus.
    case "arrowup": return inPlayer(event) ? act(event, () => engine.setVolume(engine.volume + 0.05)) : undefined;
    case "arrowdown": return inPlayer(event) ? act(event, () => engine.setVolume(engine.volume - 0.05)) : undefined;
  }
};

const inPlayer = (event: KeyboardEvent): boolean =>
  event.shiftKey || (event.target instanceof Element && event.target.closest("#player") !== null);

const act = (event: KeyboardEvent, what: () => void): void => {
  event.preventDefault();
  what();
};

export const watchKeys = (): void => document.addEventListener("keydown", pressed);
