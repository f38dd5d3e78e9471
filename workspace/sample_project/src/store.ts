import { readFile, writeFile } from "node:fs/promises";
import type { Note } from "./types.js";

/** Keeps notes in one JSON file. */
export class NoteStore {
  constructor(private readonly path: string) {}

  async load(): Promise<Note[]> {
    try {
      return JSON.parse(await readFile(this.path, "utf8")) as Note[];
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
      throw error;
    }
  }

  async add(note: Note): Promise<number> {
    const notes = await this.load();
    notes.push(note);
    await writeFile(this.path, JSON.stringify(notes, null, 2));
    return notes.length;
  }
}
