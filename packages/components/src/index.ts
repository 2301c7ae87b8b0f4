// Parts of pages that show pictures as words. They bring their own layout in components.css and take colours
// from the page's custom properties: --quiet, --accent, --mark.
export * from "./picture-input.js";
export * from "./token-grid.js";
export * from "./word-search.js";
export * from "./words.js";
