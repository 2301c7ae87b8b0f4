import { useCallback, useEffect, useState } from "preact/hooks";
import { useEngine } from "./engine/use-engine.js";
import { type Source, sourceOfFile } from "./pictures/source.js";
import { useAnswers } from "./state/use-answers.js";
import { useEditor } from "./state/use-editor.js";
import { useEpisode } from "./state/use-episode.js";
import { useRestoration } from "./state/use-restoration.js";
import { useSession } from "./state/use-session.js";
import { AskPanel } from "./ui/ask/ask-panel.js";
import { Header } from "./ui/header.js";
import { Notice } from "./ui/notice.js";
import { PicturePanel } from "./ui/picture/picture-panel.js";
import { RecognisePanel } from "./ui/recognise/recognise-panel.js";
import { RestorePanel } from "./ui/restore/restore-panel.js";
import { SourceBar } from "./ui/source-bar.js";
import { Tabs } from "./ui/tabs.js";
import { TokenDialog } from "./ui/token-dialog.js";

export const TABS = ["Picture", "Restore", "Recognise", "Ask"] as const;
export type Tab = (typeof TABS)[number];

export function App() {
  const session = useSession();
  const { api, info, scenes } = session;
  const choice = useEngine(api);
  const editor = useEditor(choice.engine);
  const restoration = useRestoration(api);
  const episode = useEpisode(api);
  const answers = useAnswers(api);
  const [tab, setTab] = useState<Tab>("Picture");
  const { opened, opening } = editor;

  const open = useCallback(
    (source: Source) => {
      restoration.stop();
      restoration.clear();
      void editor.open(source);
    },
    [choice.engine],
  );
  const openFile = useCallback((file: File) => void sourceOfFile(file).then(open), [open]);
  // Nobody has to begin with an empty page.
  useEffect(() => {
    const [first] = scenes;
    if (first !== undefined && opened === null && !opening) open(first);
  }, [scenes]);

  const panels = {
    Picture: <PicturePanel api={api} editor={editor} active={tab === "Picture"} />,
    Restore: (
      <RestorePanel
        info={info}
        editor={editor}
        scenes={scenes}
        restoration={restoration}
        onEdit={(tokens) => {
          editor.setTokens(tokens);
          setTab("Picture");
        }}
      />
    ),
    Recognise: <RecognisePanel info={info} opened={opened} scenes={scenes} episode={episode} />,
    Ask: <AskPanel info={info} opened={opened} scenes={scenes} answers={answers} />,
  };
  return (
    <>
      <Header info={info} choice={choice} />
      <main>
        <h1 class="unseen">v2l studio: pictures as words</h1>
        <Notice error={session.error} onRetry={session.retry} />
        <Notice error={choice.error} />
        <SourceBar
          current={opened?.source ?? null}
          scenes={scenes}
          disabled={info === null}
          onFile={openFile}
          onScene={open}
        />
        <Notice error={editor.error} />
        <Tabs
          label="What to do with the picture"
          tabs={TABS}
          selected={tab}
          onSelect={setTab}
          panels={panels}
        />
      </main>
      <TokenDialog asks={session.asksForToken} onToken={session.giveToken} />
    </>
  );
}
