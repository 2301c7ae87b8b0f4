import { useState } from "preact/hooks";

interface Props {
  /** Questions to choose from. */
  readonly suggestions: readonly string[];
  readonly running: boolean;
  readonly onAsk: (question: string, choices: readonly string[], examples: boolean) => void;
  readonly onCaption: (examples: boolean) => void;
}

export function QuestionForm({ suggestions, running, onAsk, onCaption }: Props) {
  const [question, setQuestion] = useState("");
  const [choices, setChoices] = useState("");
  const [examples, setExamples] = useState(true);
  const given = choices
    .split(",")
    .map((choice) => choice.trim())
    .filter((choice) => choice !== "");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (question.trim() !== "" && !running) onAsk(question.trim(), given, examples);
      }}
    >
      <label class="field">
        <span>Question</span>
        <input
          type="text"
          value={question}
          maxLength={2000}
          placeholder="What is in the picture?"
          onInput={({ currentTarget }) => setQuestion(currentTarget.value)}
        />
      </label>
      <ul class="chips" aria-label="Questions to try">
        {suggestions.map((suggestion) => (
          <li key={suggestion}>
            <button type="button" onClick={() => setQuestion(suggestion)}>
              {suggestion}
            </button>
          </li>
        ))}
      </ul>
      <label class="field">
        <span>
          Answers to choose from{" "}
          <span class="quiet">(commas between them; none: it writes its own)</span>
        </span>
        <input
          type="text"
          value={choices}
          onInput={({ currentTarget }) => setChoices(currentTarget.value)}
        />
      </label>
      <label class="check">
        <input
          type="checkbox"
          checked={examples}
          onChange={({ currentTarget }) => setExamples(currentTarget.checked)}
        />
        Show the model four demo scenes as examples
      </label>
      <div class="actions">
        <button type="submit" class="primary" disabled={running || question.trim() === ""}>
          {running ? "Reading…" : "Ask"}
        </button>
        <button type="button" disabled={running} onClick={() => onCaption(examples)}>
          Caption
        </button>
      </div>
    </form>
  );
}
