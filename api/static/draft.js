// The statement that somebody is writing at this machine: kept for its writer alone, and gone with the log-out.

import { login } from "./again.js";

const NAME = `weir.extract.draft.${login()}`;

export const read = () => localStorage.getItem(NAME) ?? "";
export const keep = (text) => localStorage.setItem(NAME, text);
export const drop = () => localStorage.removeItem(NAME);
