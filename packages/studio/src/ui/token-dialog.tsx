import { useState } from "preact/hooks";
import type { Session } from "../state/use-session.js";
import { Modal } from "./modal.js";

interface Props {
  readonly asks: Session["asksForToken"];
  readonly onToken: (token: string) => void;
}

/** Asks for the token that the server was started with. */
export function TokenDialog({ asks, onToken }: Props) {
  const [token, setToken] = useState("");
  if (asks === "no") return null;
  return (
    <Modal title="This server asks for its token" onClose={null}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          if (token.trim() !== "") onToken(token.trim());
        }}
      >
        <p class="quiet">
          It is what <code>v2l serve --token</code> or <code>V2L_SERVER_TOKEN</code> was given. This
          page keeps it until the tab is closed.
        </p>
        {asks === "wrong" && (
          <p role="alert" class="warning">
            That was not this server's token.
          </p>
        )}
        <label class="field">
          <span>Token</span>
          <input
            type="password"
            autocomplete="off"
            value={token}
            onInput={({ currentTarget }) => setToken(currentTarget.value)}
          />
        </label>
        <button type="submit" class="primary">
          Go on
        </button>
      </form>
    </Modal>
  );
}
