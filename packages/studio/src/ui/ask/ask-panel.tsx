import type { Info } from "@v2l/server";
import { downloadJson } from "../../pictures/download.js";
import type { Source } from "../../pictures/source.js";
import type { Answers } from "../../state/use-answers.js";
import type { Opened } from "../../state/use-editor.js";
import { BlobImage } from "../blob-image.js";
import { Icon } from "../icon.js";
import { NoModel } from "../no-model.js";
import { Notice } from "../notice.js";
import { AnswerCard } from "./answer-card.js";
import { QuestionForm } from "./question-form.js";

interface Props {
  readonly info: Info | null;
  readonly opened: Opened | null;
  readonly scenes: readonly Source[];
  readonly answers: Answers;
}

/** Words of a picture that the server gives to the model. */
const WORDS = 5;
/** Scenes that are shown as examples. */
const EXAMPLES = 4;

/** Questions about the picture, and captions. */
export function AskPanel({ info, opened, scenes, answers }: Props) {
  if (info !== null && info.llm === null) return <NoModel />;
  if (opened === null) return <p class="card empty quiet">Choose a picture to begin.</p>;
  const { source } = opened;
  const others = scenes.filter(({ input }) => input !== source.input);
  // One of each kind before a second one.
  const shown = others
    .toSorted((a, b) => seenBefore(others, a) - seenBefore(others, b))
    .slice(0, EXAMPLES)
    .reverse();
  const { list, running, error } = answers;
  return (
    <div class="columns two">
      <section class="card query" aria-labelledby="ask-title">
        <h2 id="ask-title">Ask about this picture</h2>
        <div class="query-head">
          <BlobImage blob={opened.square} alt="The picture to ask about" class="query-image" />
          <div class="stack">
            <p class="quiet">
              Words of the whole that the language model reads, besides a few of parts with their
              places:
            </p>
            <ul class="read-words">
              {opened.tokens.globalTokens.slice(0, WORDS).map(({ id, word }) => (
                <li key={id}>{word}</li>
              ))}
            </ul>
          </div>
        </div>
        <QuestionForm
          suggestions={(source.scene?.questions ?? FOR_ANY).map(({ question }) => question)}
          running={running}
          onAsk={(question, choices, examples) =>
            answers.ask(source, question, choices, examples ? shown : [])
          }
          onCaption={(examples) => answers.caption(source, examples ? shown : [])}
        />
        <Notice error={error} />
      </section>
      <section class="card" aria-labelledby="answers-title">
        <h2 id="answers-title">Answers</h2>
        {list.length === 0 && <p class="quiet">Nothing asked yet.</p>}
        <div class="answers" aria-live="polite">
          {list.map((answer) => (
            <AnswerCard key={answer.id} answer={answer} />
          ))}
        </div>
        {list.length > 0 && (
          <div class="actions">
            <button
              type="button"
              class="small"
              onClick={() =>
                downloadJson(
                  list.map(({ picture, question, response }) => {
                    return { picture: picture.name, question, ...response };
                  }),
                  "answers.json",
                )
              }
            >
              <Icon name="download" /> Answers
            </button>
          </div>
        )}
      </section>
    </div>
  );
}

const FOR_ANY = [
  { question: "What is in the picture?" },
  { question: "How many things are there?" },
];

/** How many scenes with the same label stand before one. */
function seenBefore(scenes: readonly Source[], one: Source): number {
  const before = scenes.slice(0, scenes.indexOf(one));
  return before.filter(({ scene }) => scene?.label === one.scene?.label).length;
}
