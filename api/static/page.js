// What every script of a page needs: its parts by their ids, and time.

/** So long a question stands before a key answers it. */
const READ_MS = 500;

export const by = (id) => document.getElementById(id);
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** A question begins: says whether it may have been read. A key that is struck twice at once has answered nothing. */
export function asked() {
  const at = performance.now();
  return () => performance.now() - at > READ_MS;
}
