import assert from "node:assert/strict";
import { test } from "node:test";
import { fromHere } from "../../../../renderer/state/from-here.ts";

test("leads on from where it began", () => {
  const place = { hash: "#/help" };
  fromHere(place)("#/help/m1");
  assert.equal(place.hash, "#/help/m1");
});

test("leaves a user alone who has gone elsewhere", () => {
  const place = { hash: "#/help" };
  const goOn = fromHere(place);
  place.hash = "#/activity";
  goOn("#/help/m1");
  assert.equal(place.hash, "#/activity");
});
