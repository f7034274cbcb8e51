// What the pack adds to the browser side: its settings, an upload button, longer lists. All of it is comfort; graphs run without it.
// No text is in here: what is shown comes from locales/. No key stays in here either: it goes to this machine's ComfyUI and is forgotten.

import { api } from "../../scripts/api.js";
import { app } from "../../scripts/app.js";

const ROUTES = "/sync_lipsync/v1";

const texts = await (await api.fetchApi("/i18n")).json();

/** The text of that name in the user's language, else in English, its {places} filled. */
function say(name, values = {}) {
  const language = app.extensionManager.setting.get("Comfy.Locale");
  const text = texts[language]?.sync_lipsync?.[name] ?? texts.en?.sync_lipsync?.[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);
}

/** What one of our routes answers; with a body, it is asked to change something. Throws an Error with the sentence of a refusal. */
async function ask(path, body) {
  const change = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await api.fetchApi(`${ROUTES}/${path}`, body === undefined ? {} : change);
  const told = await answer.json().catch(() => null);
  if (!answer.ok) throw new Error(told?.error ?? `HTTP ${answer.status}`);
  return told;
}

// The settings. Each is a field that is empty again as soon as it was saved, so nothing of it comes to lie in ComfyUI's own settings.

const rowsShown = new Set();

/** Lets every row on the page say what is set now. */
async function refresh() {
  const status = await ask("status");
  for (const row of rowsShown) {
    if (row.element.isConnected) row.describe(status);
    else rowsShown.delete(row);
  }
}

function make(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * A field, a button for each action, and a line that says how things stand.
 * An action gets what is in the field, and may give back a sentence to be shown; `describe` makes the line of a status.
 */
function settingRow(label, input, actions, describe) {
  const field = make("input", { className: "sync-lipsync-field", ariaLabel: label, spellcheck: false, ...input });
  const line = make("div", { className: "sync-lipsync-line", role: "status" });
  const show = (text, failed = false) => {
    line.textContent = text;
    line.classList.toggle("sync-lipsync-failed", failed);
  };
  const button = (name, act) => {
    const made = make("button", { className: "sync-lipsync-button", type: "button", textContent: say(name) });
    made.addEventListener("click", async () => {
      made.disabled = true;
      try {
        const sentence = await act(field.value);
        field.value = "";
        await refresh();
        if (sentence) show(sentence);
      } catch (error) {
        show(error.message, true);
      }
      made.disabled = false;
    });
    return made;
  };
  const buttons = Object.entries(actions).map(([name, act]) => button(name, act));
  const element = make("div", { className: "sync-lipsync-row" }, make("div", { className: "sync-lipsync-controls" }, field, ...buttons), line);
  rowsShown.add({ element, describe: (status) => show(describe(status)) });
  setTimeout(() => refresh().catch((error) => show(error.message, true))); // ComfyUI puts the element on the page first
  return element;
}

function keyRow(label, service) {
  return settingRow(
    label,
    // Browsers offer to keep what is in a password field, but not a code that is used once.
    { type: "password", autocomplete: "one-time-code", placeholder: say("key_placeholder") },
    {
      save: async (key) => void (await ask("key", { service, key })),
      test: async () => {
        const { credits_usd: usd } = await ask("key/test", { service });
        return usd === null ? say("key_works") : say("key_works_credits", { usd: usd.toFixed(2) });
      },
      remove: async () => void (await ask("key/remove", { service })),
    },
    ({ keys }) => say(`key_${keys[service].source ?? "none"}`, keys[service]),
  );
}

function limitRow(label) {
  return settingRow(
    label,
    { type: "text", inputMode: "decimal", autocomplete: "off", placeholder: say("limit_placeholder") },
    {
      save: async (usd) => void (await ask("limit", { usd })),
      reset: async () => void (await ask("limit", { usd: null })),
    },
    ({ limit }) => say(`limit_${limit.source}`, { ...limit, value: limit.value.toFixed(2) }),
  );
}

function webhookRow(label) {
  return settingRow(
    label,
    { type: "url", autocomplete: "off", placeholder: say("webhook_placeholder") },
    {
      save: async (url) => void (await ask("webhook", { url })),
      remove: async () => void (await ask("webhook", { url: "" })),
    },
    ({ webhook }) => say(`webhook_${webhook.source}`, webhook),
  );
}

function planRow(label) {
  return settingRow(
    label,
    { type: "text", autocomplete: "off", placeholder: say("plan_placeholder") },
    {
      save: async (plan) => void (await ask("plan", { plan })),
      remove: async () => void (await ask("plan", { plan: "" })),
    },
    ({ plan }) => say(`plan_${plan.source}`, { ...plan, known: plan.known.join(", ") }),
  );
}

/** A setting that ComfyUI shows and never keeps; its name and tooltip are in locales/, under its id. */
function setting(group, name, type) {
  const id = `SyncLipsync.${group}.${name}`;
  return { id, name: id, tooltip: id, category: ["SyncLipsync", `SyncLipsync${group}`, name], type, defaultValue: null };
}

// Longer lists: choices that came up after the page was loaded. The value of a widget is never touched.

const LISTS = {
  SyncTTS: { widget: "voice", path: "voices?service=sync" },
  SyncPoll: { widget: "pick", path: "jobs" },
};

async function lengthen(node) {
  const list = LISTS[node.comfyClass];
  const values = list && node.widgets?.find((widget) => widget.name === list.widget)?.options?.values;
  if (!Array.isArray(values)) return;
  const choices = await ask(list.path).catch(() => []); // a list as long as before serves too
  values.splice(1, 0, ...choices.filter((choice) => !values.includes(choice)));
}

/** Every node of the graph, those inside subgraphs too. */
function nodesOf(graph) {
  return (graph?.nodes ?? []).flatMap((node) => [node, ...nodesOf(node.subgraph)]);
}

const lengthenAll = () => Promise.all(nodesOf(app.rootGraph ?? app.graph).map(lengthen));

// The upload button of SyncAudio: ComfyUI gives one only to a required input named "audio".

function addUploadButton(node) {
  const file = node.widgets?.find((widget) => widget.name === "file");
  if (!file) return;
  const chooser = make("input", { type: "file", accept: "audio/*,video/*" });
  chooser.addEventListener("change", () => upload(chooser.files[0], file, node));
  const button = node.addWidget("button", "upload", null, () => chooser.click(), { serialize: false });
  button.label = say("upload");
  button.serialize = false;
}

async function upload(chosen, file, node) {
  if (!chosen) return;
  const body = new FormData();
  body.append("image", chosen);
  const answer = await api.fetchApi("/upload/image", { method: "POST", body });
  if (!answer.ok) {
    app.extensionManager.toast.add({ severity: "error", summary: say("upload_failed", { name: chosen.name }), detail: `HTTP ${answer.status}` });
    return;
  }
  const { name, subfolder } = await answer.json();
  const value = subfolder ? `${subfolder}/${name}` : name;
  if (!file.options.values.includes(value)) file.options.values.push(value);
  file.value = value;
  file.callback?.(value);
  node.setDirtyCanvas(true, true);
}

// The report of SyncEstimateCost, on the node: ComfyUI shows the text of its own Preview as Text alone.

function addReport(node) {
  const page = make("pre", { className: "sync-lipsync-report" });
  const widget = node.addDOMWidget("report", "report", page, { serialize: false, hideOnZoom: false, getMinHeight: () => 260 });
  widget.serialize = false;
  node.size[0] = Math.max(node.size[0], 540);
  const executed = node.onExecuted;
  node.onExecuted = function (output) {
    executed?.apply(this, arguments);
    page.textContent = (output?.text ?? []).join("\n");
  };
}

app.registerExtension({
  name: "SyncLipsync",
  settings: [
    setting("Keys", "Sync", (name) => keyRow(name, "sync")),
    setting("Keys", "Segmind", (name) => keyRow(name, "segmind")),
    setting("Spending", "Limit", limitRow),
    setting("Spending", "Plan", planRow),
    setting("Results", "Webhook", webhookRow),
  ],
  setup() {
    document.head.append(make("link", { rel: "stylesheet", href: new URL("./sync_lipsync.css", import.meta.url).href }));
    api.addEventListener("execution_success", lengthenAll);
  },
  nodeCreated(node) {
    if (node.comfyClass === "SyncAudio") addUploadButton(node);
    if (node.comfyClass === "SyncEstimateCost") addReport(node);
    lengthen(node);
  },
  refreshComboInNodes: lengthenAll,
});
