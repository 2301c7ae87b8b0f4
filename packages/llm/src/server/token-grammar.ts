import type { Ids } from "../language-model.js";

/**
 * A GBNF grammar of llama.cpp (grammars/README.md there) that allows, at each position, one of some
 * tokens. Equal sets share a rule.
 */
export function tokenGrammar(allowed: readonly Ids[]): string {
  const names = new Map<string, string>();
  const root = allowed.map((ids) => {
    const rule = ids.map((id) => `<[${id}]>`).join(" | ");
    const name = names.get(rule) ?? `set${names.size}`;
    names.set(rule, name);
    return name;
  });
  const rules = [...names].map(([rule, name]) => `${name} ::= ${rule}`);
  return [`root ::= ${root.join(" ")}`, ...rules].join("\n");
}

/**
 * Whether llama.cpp's grammar can allow a token. It never allows one that ends a text, or whose text
 * is empty or not whole UTF-8; only pieces that are surely none of these count.
 */
export function fitsGrammar(piece: string): boolean {
  return /^[▁Ġ\x21-\x7e]+$/.test(piece);
}
