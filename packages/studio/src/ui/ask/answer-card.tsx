import type { Answer } from "../../state/use-answers.js";
import { BlobImage } from "../blob-image.js";
import { ChoiceBars } from "../choice-bars.js";
import { PromptView } from "../prompt-view.js";

/** One question with its answer, or a caption. */
export function AnswerCard({ answer }: { readonly answer: Answer }) {
  const { picture, question, response } = answer;
  return (
    <article class="answer-card">
      <BlobImage blob={picture.blob} alt={picture.name} class="small-image" />
      <div class="stack">
        <p class="quiet">{question ?? "Caption"}</p>
        <p class="answer">{response.text === "" ? "(no answer)" : response.text}</p>
        {"choices" in response && <ChoiceBars choices={response.choices} chosen={response.text} />}
        <PromptView prompt={response.prompt} />
      </div>
    </article>
  );
}
