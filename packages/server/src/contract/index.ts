// The JSON API's contract: what requests and answers look like. The OpenAPI document is made from it, and
// whoever writes a client in TypeScript takes its types from here.
export * from "./pictures.js";
export * from "./restoration.js";
export * from "./service.js";
export * from "./understanding.js";
