import { baseName, download, downloadJson } from "../../pictures/download.js";
import type { Edit } from "../../state/edit.js";
import type { Editor, Opened } from "../../state/use-editor.js";
import { Icon } from "../icon.js";

interface Props {
  readonly editor: Editor;
  readonly opened: Opened;
  readonly edit: Edit;
  readonly wordOf: (id: number) => string;
}

/** What the picture is, and its pictures and words as files. */
export function Downloads({ editor, opened, edit, wordOf }: Props) {
  const { source, tokens } = opened;
  const name = baseName(source.name);
  const { decoded } = editor;
  return (
    <div class="downloads">
      <span class="quiet file-name" title={source.name}>
        {source.name}
      </span>
      <button
        type="button"
        class="small"
        disabled={decoded === null}
        onClick={() => decoded && download(decoded, `${name}-decoded.png`)}
      >
        <Icon name="download" /> Picture
      </button>
      <button
        type="button"
        class="small"
        onClick={() => downloadJson(tokensOf(tokens, edit, wordOf), `${name}-tokens.json`)}
      >
        <Icon name="download" /> Words
      </button>
    </div>
  );
}

/**
 * The words as `v2l decode` reads them: as many global ones as the decoder takes, so that those that are left are
 * repeated. A word that was put in has the similarity 0.
 */
function tokensOf(tokens: Opened["tokens"], { grid, words }: Edit, wordOf: Props["wordOf"]) {
  const known = new Map(tokens.globalTokens.map((token) => [token.id, token]));
  return {
    ...tokens,
    globalTokens: tokens.globalTokens.map((_, i) => {
      const { id, word } = words[i % words.length] as Edit["words"][number];
      return known.get(id) ?? { id, word, similarity: 0, distance: 0 };
    }),
    localTokens: { grid, pieces: grid.map(wordOf) },
  };
}
