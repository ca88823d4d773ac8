// While a release rolls out, pages come from the old and from the new by turns, and
// Turbo adds the scripts of both to one document. Loading the document anew would
// stop the music, so the scripts that came first stay, and later ones only leave
// word that they were there.

declare global {
  interface Window {
    /** Set by the first scripts; whether pages of other scripts came since. */
    wing?: { outdated: boolean };
  }
}

/** Whether no other scripts run this document. */
export const first = (): boolean => {
  if (window.wing) {
    window.wing.outdated = true;
    return false;
  }
  window.wing = { outdated: false };
  return true;
};

/** Once nothing is in the way any more, the next link loads the document anew. */
export const watchReleases = (busy: () => boolean): void => {
  document.addEventListener("turbo:click", (event) => {
    if (window.wing?.outdated && !busy()) event.preventDefault();
  });
};
