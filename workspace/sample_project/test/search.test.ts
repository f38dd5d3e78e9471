import assert from "node:assert/strict";
import test from "node:test";
import { search } from "../src/search.js";

const note = (title: string, ...tags: string[]) => ({ title, tags, body: "", createdAt: title });

test("a filter without parts fits every note", () => {
  assert.equal(search([note("a"), note("b")], {}).length, 2);
});

test("every tag of the filter must be there", () => {
  const found = search([note("a", "x"), note("b", "x", "y")], { tags: ["x", "y"] });
  assert.deepEqual(found.map((each) => each.title), ["b"]);
});
