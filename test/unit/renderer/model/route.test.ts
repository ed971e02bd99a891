import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf, routeOf, type Route } from "../../../../renderer/model/route.ts";

const providers = { page: "providers", adding: false, test: undefined } as const;

const cases: readonly (readonly [hash: string, route: Route])[] = [
  ["", { page: "home" }],
  ["#", { page: "home" }],
  ["#/", { page: "home" }],
  ["#/home", { page: "home" }],
  ["#/help", { page: "help", request: undefined }],
  ["#/help/m%2F1", { page: "help", request: "m/1" }],
  ["#/help/%", { page: "help", request: "%" }],
  ["#/activity", { page: "activity" }],
  ["#/providers", providers],
  ["#/providers/add", { ...providers, adding: true }],
  ["#/providers/test/p1", { ...providers, test: "p1" }],
  ["#/providers/p1", providers],
  ["#/elsewhere", { page: "unknown" }],
];

for (const [hash, route] of cases) {
  test(`${hash || "no hash"} leads to ${route.page}`, () => assert.deepEqual(routeOf(hash), route));
}

test("a hash leads back to its page, whatever an id holds", () => {
  const id = "a/b #%ü";
  assert.deepEqual(routeOf(hashOf("help", id)), { page: "help", request: id });
});
