// What every script of a page needs: its parts by their ids, and time.

export const by = (id) => document.getElementById(id);
export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
