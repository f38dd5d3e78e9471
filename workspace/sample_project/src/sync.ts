import type { Note } from "./types.js";
import { NoteStore } from "./store.js";

/** Fetches notes from a peer and adds those that are new, oldest first. */
export const pull = async (peer: URL, store: NoteStore): Promise<number> => {
  const response = await fetch(new URL("/notes", peer));
  if (!response.ok) throw new Error(`${peer.host} answered ${response.status}`);
  const theirs = (await response.json()) as Note[];
  const known = new Set((await store.load()).map((note) => note.createdAt));
  const fresh = theirs.filter((note) => !known.has(note.createdAt));
  fresh.sort((a, b) => a.createdAt.localeCompare(b.createdAt));
  for (const note of fresh) await store.add(note);
  return fresh.length;
};
