import { render } from "preact";
import { App } from "./app.js";
import "@v2l/components/components.css";
import "./style/base.css";
import "./style/controls.css";
import "./style/layout.css";
import "./style/panels.css";

render(<App />, document.getElementById("app") as HTMLElement);
