/** One note, as the store keeps it. */
export interface Note {
  title: string;
  body: string;
  tags: string[];
  createdAt: string;
}

export type NoteFilter = Partial<Pick<Note, "title" | "tags">>;
