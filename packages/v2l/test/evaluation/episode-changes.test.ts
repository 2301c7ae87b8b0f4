import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Episode,
  type Example,
  sampleEpisodes,
  sampleFromSources,
  V2LError,
  withNames,
  withoutWords,
  withShots,
  withShuffledWords,
} from "v2l";

interface Picture extends Example {
  readonly style: string;
  readonly n: number;
}

function pictures(style: string, classes = 6, each = 7): Picture[] {
  return Array.from({ length: classes * each }, (_, i) => {
    return { output: `class ${i % classes}`, style, n: i, words: [`${style} ${i}`, "seen"] };
  });
}

const refused = (error: unknown) => error instanceof V2LError && error.code === "INVALID_ARGUMENT";
const shape = { ways: 4, shots: 3, seed: 3 };
const imagesOf = ({ support, queries }: Episode<Picture>) => [...support, ...queries];

test("all images of an episode are of one source, and sources take turns at random", () => {
  const [a, b, c] = ["a", "b", "c"].map((style) => pictures(style)) as [
    Picture[],
    Picture[],
    Picture[],
  ];
  const sources = [{ support: a, queries: b }, { support: b, queries: a }, { support: c }];
  const episodes = sampleFromSources(sources, 300, shape);
  const counts = new Map<string, number>();
  for (const { support, queries } of episodes) {
    const styles = [support, queries].map((some) => [...new Set(some.map(({ style }) => style))]);
    const key = styles.join(">");
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  assert.deepEqual([...counts.keys()].sort(), ["a>b", "b>a", "c>c"]);
  // Four standard deviations of 300 draws of probability 1/3.
  for (const count of counts.values()) assert.ok(Math.abs(count - 100) < 4 * 8.2, `${count}`);
});

test("equal seeds give equal episodes, and more of them begin with the same", () => {
  const sources = [{ support: pictures("a") }, { support: pictures("b") }];
  const ten = sampleFromSources(sources, 10, shape);
  assert.deepEqual(sampleFromSources(sources, 25, shape).slice(0, 10), ten);
  assert.notDeepEqual(sampleFromSources(sources, 10, { ...shape, seed: 4 }), ten);
  assert.throws(() => sampleFromSources([], 1, shape), refused);
  assert.throws(() => sampleFromSources([{ support: pictures("a", 3) }], 1, shape), refused);
});

test("fewer shots are some of more shots, with the same query", () => {
  const episodes = sampleEpisodes(pictures("a"), 50, shape);
  withShots(episodes, 2).forEach(({ classes, support, queries }, i) => {
    const whole = episodes[i] as Episode<Picture>;
    assert.deepEqual([classes, queries], [whole.classes, whole.queries]);
    assert.equal(support.length, 8);
    for (const name of classes) {
      assert.equal(support.filter(({ output }) => output === name).length, 2);
    }
    // Their order is that of the whole.
    const places = support.map((one) => whole.support.indexOf(one));
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    );
    assert.ok(places.every((place) => place >= 0));
  });
});

test("shuffled words are those of other images, each of another one, and all else stays", () => {
  const donors = pictures("a");
  const episodes = sampleEpisodes(donors, 100, shape);
  const shuffled = withShuffledWords(episodes, donors, 1);
  shuffled.forEach((episode, i) => {
    const before = imagesOf(episodes[i] as Episode<Picture>);
    const after = imagesOf(episode);
    assert.deepEqual(
      after.map(({ output, n }) => [output, n]),
      before.map(({ output, n }) => [output, n]),
    );
    after.forEach(({ words }, j) => void assert.notDeepEqual(words, before[j]?.words));
    assert.equal(new Set(after.map(({ words }) => words[0])).size, after.length);
  });
  assert.deepEqual(withShuffledWords(episodes, donors, 1), shuffled);
  assert.notDeepEqual(withShuffledWords(episodes, donors, 2), shuffled);
  assert.throws(() => withShuffledWords(episodes, donors.slice(0, 13), 1), refused);
});

test("without words nothing is left to see", () => {
  const [episode] = withoutWords(sampleEpisodes(pictures("a"), 1, shape));
  assert.deepEqual(
    imagesOf(episode as Episode<Picture>).map(({ words }) => words),
    Array(13).fill([]),
  );
});

test("new names rename classes one to one, with other names in each episode", () => {
  const names = ["zorb", "blick", "dax", "wug", "toma", "fep"];
  const episodes = sampleEpisodes(pictures("a"), 60, shape);
  const renamed = withNames(episodes, names, 7);
  renamed.forEach(({ classes, support, queries }, i) => {
    const before = episodes[i] as Episode<Picture>;
    assert.equal(new Set(classes).size, 4);
    assert.ok(classes.every((name) => names.includes(name)));
    const nameOf = new Map(before.classes.map((name, c) => [name, classes[c]]));
    const expected = imagesOf(before).map((one) => ({ ...one, output: nameOf.get(one.output) }));
    assert.deepEqual([...support, ...queries], expected);
  });
  const first = new Set(renamed.map(({ classes }) => classes[0]));
  assert.equal(first.size, names.length);
  assert.throws(() => withNames(episodes, names.slice(0, 3), 7), refused);
});
