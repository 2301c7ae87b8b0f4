/** Stands where a language model is needed and the server has none. */
export function NoModel() {
  return (
    <p class="card quiet">
      The server has no language model. Start it with one: <code>v2l serve --llm model.gguf</code>.
    </p>
  );
}
