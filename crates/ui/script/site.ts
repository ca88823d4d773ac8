// Pages work without this; it adds the player that plays on while one browses,
// likes without a reload, uploads that resume, and a few comforts.
import { Application } from "@hotwired/stimulus";
import * as Turbo from "@hotwired/turbo";

import ConfirmController from "./controllers/confirm";
import FlashController from "./controllers/flash";
import LeavingController from "./controllers/leaving";
import LikeController from "./controllers/like";
import MenuController from "./controllers/menu";
import PlayerController from "./controllers/player";
import PreviewController from "./controllers/preview";
import RowsController from "./controllers/rows";
import SearchController from "./controllers/search";
import ShareController from "./controllers/share";
import StatusController from "./controllers/status";
import ThemeController from "./controllers/theme";
import TimeController from "./controllers/time";
import UploaderController, { uploading } from "./controllers/uploader";
import VideoController from "./controllers/video";
import VisualizerController from "./controllers/visualizer";
import WaveformController from "./controllers/waveform";
import { engine } from "./engine";
import { watchKeys } from "./keys";
import { watchReleases } from "./release";
import { watchPlayButtons } from "./tracks";

// Turbo's own progress bar writes a <style> element, which the content security
// policy refuses; `.loading` on the root element shows ours instead. The largest
// delay a timer takes keeps Turbo's away.
Turbo.config.drive.progressBarDelay = 2 ** 31 - 1;
let waiting = 0;
document.addEventListener("turbo:visit", () => {
  clearTimeout(waiting);
  waiting = window.setTimeout(() => document.documentElement.classList.add("loading"), 250);
});
document.addEventListener("turbo:load", () => {
  clearTimeout(waiting);
  document.documentElement.classList.remove("loading");
});

const application = Application.start();
application.register("confirm", ConfirmController);
application.register("flash", FlashController);
application.register("leaving", LeavingController);
application.register("like", LikeController);
application.register("menu", MenuController);
application.register("player", PlayerController);
application.register("preview", PreviewController);
application.register("rows", RowsController);
application.register("search", SearchController);
application.register("share", ShareController);
application.register("status", StatusController);
application.register("theme", ThemeController);
application.register("time", TimeController);
application.register("uploader", UploaderController);
application.register("video", VideoController);
application.register("visualizer", VisualizerController);
application.register("waveform", WaveformController);

watchPlayButtons();
watchKeys();
watchReleases(() => engine.playing || uploading());
