export { NoteStore } from "./store.js";
export { search } from "./search.js";
export { pull } from "./sync.js";
export type { Note, NoteFilter } from "./types.js";
