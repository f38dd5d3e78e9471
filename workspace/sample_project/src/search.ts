import type { Note, NoteFilter } from "./types.js";

/** The notes that every given part of the filter fits. */
export function search(notes: Note[], filter: NoteFilter): Note[] {
  return notes.filter(
    (note) =>
      (filter.title === undefined || note.title.includes(filter.title)) &&
      (filter.tags === undefined || filter.tags.every((tag) => note.tags.includes(tag))),
  );
}
