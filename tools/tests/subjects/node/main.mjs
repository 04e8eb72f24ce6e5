// A server of another make, to verify the kit with: profiles core and adapter-llamacpp, nothing but Node's
// standard library. Usage: node main.mjs --config FILE [--defect NAME]…, with the names of `defects.mjs`.

import { readFileSync } from "node:fs";
import { withDefaults } from "./config.mjs";
import { choose } from "./defects.mjs";
import { log } from "./log.mjs";
import { Orchestrator } from "./orchestrator.mjs";
import { listen } from "./http.mjs";

function options(words) {
  const chosen = { defects: [] };
  for (let at = 0; at < words.length; at += 2) {
    if (words[at] === "--config") chosen.config = words[at + 1];
    else if (words[at] === "--defect") chosen.defects.push(words[at + 1]);
    else throw new Error(`unknown option ${words[at]}`);
  }
  if (!chosen.config) throw new Error("--config FILE is missing");
  return chosen;
}

const { config: path, defects } = options(process.argv.slice(2));
choose(defects);
const config = withDefaults(JSON.parse(readFileSync(path, "utf8")));
const orchestrator = new Orchestrator(config);
const server = listen(config, orchestrator);

let signals = 0;
process.on("SIGTERM", async () => {
  signals += 1;
  if (signals > 1) return orchestrator.endGrace();
  log("info", "server.stopping", {});
  await orchestrator.stop(config.server.grace_ms, config.server.flush_ms);
  await server.shut();
  process.exit(0);
});
