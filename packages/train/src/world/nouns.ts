import { expected, V2LError } from "@v2l/nn";
import { emojiEntries } from "./emojibase.js";
import { readPackageJson } from "./icons.js";

export type Category =
  | "animal"
  | "food"
  | "plant"
  | "vehicle"
  | "nature"
  | "music"
  | "clothing"
  | "toy"
  | "thing";

/** How a noun stands in a sentence: `a dog`, `some bread`, `some grapes`. */
export type NounForm = "count" | "mass" | "plural";

/** One object of the demo world. */
export interface Noun {
  readonly name: string;
  readonly category: Category;
  /** Held out: its name occurs in text, its picture in no training scene. */
  readonly novel: boolean;
  readonly form: NounForm;
  /** The word for several of them; the name itself for mass and plural nouns. */
  readonly plural: string;
  /** CLDR keywords: lower case words and short phrases, never another object's noun. */
  readonly keywords: readonly string[];
}

/**
 * The 175 objects: single words that all five Iconify packages draw under the same name, chosen to
 * be concrete and to look different from each other. Novel ones are marked with an asterisk.
 */
const TABLE: Readonly<Record<Category, string>> = {
  animal:
    "ant bat bear butterfly camel* cat cow crab crocodile deer dog dolphin duck eagle elephant " +
    "fish fox frog gorilla* honeybee horse koala lion monkey mouse octopus owl panda penguin pig " +
    "rabbit rhinoceros rooster* scorpion shark shrimp* snail* snake spider tiger turtle unicorn " +
    "whale wolf*",
  food:
    "avocado bacon banana bread candy carrot cherries cookie croissant* cucumber custard doughnut " +
    "egg eggplant* grapes hamburger lemon lollipop pancakes peach peanuts pear* pineapple pizza " +
    "popcorn potato shortcake* spaghetti strawberry sushi taco* tangerine tomato watermelon",
  plant: "blossom bouquet cactus hibiscus mushroom rose shamrock* sunflower tulip",
  vehicle:
    "airplane ambulance automobile bicycle bus canoe* helicopter locomotive motorcycle rocket " +
    "sailboat satellite ship tractor* train",
  nature:
    "castle church cloud comet* droplet factory* fire fountain house mountain rainbow snowflake " +
    "snowman* star sun tent tornado volcano",
  music: "drum guitar microphone saxophone* trumpet violin",
  clothing:
    "backpack bikini crown dress glasses handbag jeans kimono* lipstick necktie* ribbon ring umbrella",
  toy: "balloon baseball basketball joystick trophy volleyball*",
  thing:
    "anchor* amphora bathtub battery bed bell bomb books briefcase camera candle door envelope " +
    "hammer key keyboard laptop microscope* newspaper pencil radio scissors* shield skull spoon " +
    "telephone television* telescope toilet watch",
};

const MASS = new Set("bacon bread candy custard fire pizza popcorn spaghetti sushi".split(" "));
const PLURAL = new Set("cherries grapes pancakes peanuts books glasses jeans scissors".split(" "));
const IRREGULAR: Readonly<Record<string, string>> = {
  deer: "deer",
  fish: "fish",
  mouse: "mice",
  rhinoceros: "rhinoceroses",
  shrimp: "shrimp",
  wolf: "wolves",
  potato: "potatoes",
  tomato: "tomatoes",
  snowman: "snowmen",
  tornado: "tornadoes",
  volcano: "volcanoes",
  amphora: "amphorae",
};

/** CLDR tags that say nothing about the object, or that a colour shift would make false. */
const NOT_KEYWORDS = new Set(
  (
    "face medium where around country european person people woman man red orange yellow green blue " +
    "purple pink brown gray white black fun good great nice like love cute beautiful amazing tropical " +
    "american italian japanese mexican moved medical day best hard high low open closed fast quickly " +
    "one down under order alpha rawr bearer small big up back class gang chip tooth pop colada pina " +
    "roflcopter arrived bless cross settle simple lit litaf sad comic strat casual comfortable serious " +
    "slay champs tbt contact lmao yolo fairy tale fairytale dead body front major personal improvement " +
    "gay lesbian queer genderqueer trans transgender glbt glbtq lgbt lgbtq lgbtqia pride employed " +
    "lady heart suit strong smart growth trip dressed weekend shopping family king queen"
  ).split(" "),
);

/** All 175 objects, in the order of the table. */
export const NOUNS: readonly Noun[] = buildNouns();
/** The 150 objects that training scenes may show. */
export const TRAINED_NOUNS: readonly Noun[] = NOUNS.filter((noun) => !noun.novel);
/** The 25 objects that only text mentions. */
export const NOVEL_NOUNS: readonly Noun[] = NOUNS.filter((noun) => noun.novel);

const BY_NAME = new Map(NOUNS.map((noun) => [noun.name, noun]));

/** The object of a name. @throws V2LError INVALID_ARGUMENT where there is none. */
export function noun(name: string): Noun {
  const found = BY_NAME.get(name);
  if (!found) {
    throw new V2LError("INVALID_ARGUMENT", expected("an object of the demo world", "noun", name));
  }
  return found;
}

function buildNouns(): Noun[] {
  const entries = Object.entries(TABLE).flatMap(([category, words]) =>
    words.split(" ").map((word) => ({ category: category as Category, word })),
  );
  const plain = entries.map(({ category, word }) => {
    const name = word.replace("*", "");
    const form: NounForm = MASS.has(name) ? "mass" : PLURAL.has(name) ? "plural" : "count";
    return { name, category, novel: word.endsWith("*"), form, plural: pluralOf(name, form) };
  });
  const taken = new Set(plain.flatMap(({ name, plural }) => [name, plural]));
  const keywords = keywordsByName(plain.map(({ name }) => name));
  return plain.map((each) => ({
    ...each,
    keywords: (keywords.get(each.name) ?? []).filter(
      (word) => word === each.plural || !taken.has(word),
    ),
  }));
}

function pluralOf(name: string, form: NounForm): string {
  if (form !== "count") return name;
  if (name in IRREGULAR) return IRREGULAR[name] as string;
  if (/(s|x|z|ch|sh)$/.test(name)) return `${name}es`;
  if (/[^aeiou]y$/.test(name)) return `${name.slice(0, -1)}ies`;
  return `${name}s`;
}

/** Names to code points by Noto's `chars.json`, code points to CLDR by emojibase. */
function keywordsByName(names: readonly string[]): Map<string, string[]> {
  const characters = readPackageJson<Record<string, string>>("@iconify-json/noto/chars.json");
  const codes = new Map(Object.entries(characters).map(([code, name]) => [name, code]));
  const entries = new Map(emojiEntries().map((entry) => [entry.code, entry]));
  return new Map(
    names.map((name) => {
      const entry = entries.get(codes.get(name) ?? "");
      const words = entry ? [entry.label, ...entry.tags] : [];
      return [name, [...new Set(words)].filter((word) => word !== name && isKeyword(word))];
    }),
  );
}

function isKeyword(word: string): boolean {
  return /^[a-z]+([ -][a-z]+){0,2}$/.test(word) && word.length > 2 && !NOT_KEYWORDS.has(word);
}
