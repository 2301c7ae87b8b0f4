import { render } from "preact";
import { App } from "./app.js";
import "@v2l/components/components.css";
import "./style.css";

render(<App />, document.getElementById("app") as HTMLElement);
