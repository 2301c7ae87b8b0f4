import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { aten, schemaOf } from "@v2l/torch";
import { skip } from "./support.js";

interface Parsed {
  readonly arguments: {
    readonly type: string;
    readonly name: string;
    readonly optional: boolean;
  }[];
  readonly returns: string;
}

/** A schema without what differs between libtorch 1.13 and 2.x, or does not matter to JavaScript. */
function parse(schema: string): Parsed {
  const text = schema
    .replaceAll(/\((?:[a-z]!?|[a-z] -> \*)(?:\|[a-z])*\)/g, "")
    .replaceAll("SymInt", "int");
  const [, list, returns] = /^[^(]*\((.*)\) -> (.*)$/.exec(text) as RegExpExecArray;
  const parts = (list as string).split(/, (?![^[]*\])/).filter((part) => part !== "*");
  return {
    arguments: parts.map((part) => {
      const [, type, name, fallback] = /^(\S+) ([^=]+)(=.*)?$/.exec(part) as RegExpExecArray;
      return { type: type as string, name: name as string, optional: fallback !== undefined };
    }),
    returns: returns as string,
  };
}

/** The schemas as operators.ts states them, read from the compiled module. */
function stated(): string[] {
  const source = readFileSync(new URL("../src/operators.js", import.meta.url), "utf8");
  return [...source.matchAll(/= operator\(\s*(?:"([^"]*)"|'([^']*)')/g)].map(
    ([, double, single]) => (double ?? single) as string,
  );
}

test("the schema of every exported operator is checked", () => {
  assert.equal(stated().length, Object.keys(aten).length);
});

for (const schema of stated()) {
  const name = schema.slice(0, schema.indexOf("("));
  test(`${name} is what libtorch has`, { skip }, () => {
    const ours = parse(schema);
    const theirs = parse(schemaOf(name));
    const count = ours.arguments.length;
    assert.deepEqual(ours.arguments, theirs.arguments.slice(0, count));
    assert.equal(ours.returns, theirs.returns);
    // Later versions add optional arguments at the end.
    assert.ok(theirs.arguments.slice(count).every((argument) => argument.optional));
  });
}
