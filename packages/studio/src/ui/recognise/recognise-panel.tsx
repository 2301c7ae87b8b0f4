import type { Info } from "@v2l/server";
import { useState } from "preact/hooks";
import { baseName, downloadJson } from "../../pictures/download.js";
import { type Source, sourceOfFile } from "../../pictures/source.js";
import type { Opened } from "../../state/use-editor.js";
import type { Episode } from "../../state/use-episode.js";
import { BlobImage } from "../blob-image.js";
import { ChoiceBars } from "../choice-bars.js";
import { Icon } from "../icon.js";
import { NoModel } from "../no-model.js";
import { Notice } from "../notice.js";
import { PromptView } from "../prompt-view.js";
import { ClassCard } from "./class-card.js";
import { EpisodeForm } from "./episode-form.js";
import { Tray } from "./tray.js";

interface Props {
  readonly info: Info | null;
  readonly opened: Opened | null;
  readonly scenes: readonly Source[];
  readonly episode: Episode;
}

/** Few-shot recognition: pictures are put into classes, and the model says to which this one belongs. */
export function RecognisePanel({ info, opened, scenes, episode }: Props) {
  const [added, setAdded] = useState<readonly Source[]>([]);
  /** The picture that is carried to a class, by its place in the tray. */
  const [picked, setPicked] = useState<number | null>(null);
  if (info !== null && info.llm === null) return <NoModel />;
  if (opened === null) return <p class="card empty quiet">Choose a picture to begin.</p>;
  const { source } = opened;
  const others = scenes.filter(({ input }) => input !== source.input);
  const tray = [...others, ...added];
  const { classes, result } = episode;

  async function addFiles(files: Iterable<File>): Promise<Source[]> {
    const sources = await Promise.all(Array.from(files, sourceOfFile));
    setAdded((all) => [...all, ...sources]);
    return sources;
  }

  return (
    <div class="columns two">
      <section class="card query" aria-labelledby="query-title">
        <h2 id="query-title">Which class is this?</h2>
        <div class="query-head">
          <BlobImage blob={opened.square} alt="The picture to recognise" class="query-image" />
          <EpisodeForm
            running={episode.running}
            ready={classes.length > 0}
            onClassify={(options) => episode.classify(source, options)}
          />
        </div>
        <Notice error={episode.error} />
        {result !== null && (
          <div class="stack" role="status">
            <p class="answer">
              It is <strong>{result.label}</strong>.
            </p>
            <ChoiceBars choices={result.choices} chosen={result.label} />
            <p class="quiet">Read as: {result.words.join(", ")}</p>
            <PromptView prompt={result.prompt} open />
            <div class="actions">
              <button
                type="button"
                class="small"
                onClick={() => downloadJson(result, `${baseName(source.name)}-recognised.json`)}
              >
                <Icon name="download" /> Result
              </button>
            </div>
          </div>
        )}
      </section>
      <section class="card" aria-labelledby="episode-title">
        <h2 id="episode-title">Examples</h2>
        <Tray
          pictures={tray}
          picked={picked}
          onPick={setPicked}
          onFiles={(files) => void addFiles(files)}
          onFill={() => episode.fill(others, 2)}
        />
        <div class="classes">
          {classes.map((one) => (
            <ClassCard
              key={one.id}
              shown={one}
              picked={picked === null ? null : (tray[picked] ?? null)}
              onRename={(label) => episode.rename(one.id, label)}
              onRemove={() => episode.removeClass(one.id)}
              onPicture={(picture) => {
                episode.addPicture(one.id, picture);
                setPicked(null);
              }}
              onTrayPicture={(index) => {
                const picture = tray[index];
                if (picture) episode.addPicture(one.id, picture);
              }}
              onFiles={async (files) => {
                for (const picture of await addFiles(files)) episode.addPicture(one.id, picture);
              }}
              onRemovePicture={(index) => episode.removePicture(one.id, index)}
            />
          ))}
          <button type="button" class="add-class" onClick={episode.addClass}>
            <Icon name="plus" /> Add a class
          </button>
        </div>
      </section>
    </div>
  );
}
