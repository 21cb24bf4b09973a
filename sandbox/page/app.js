// The sandbox's page: three panes, one for each who takes part, and all that is around them.

import { Desk } from "./desk.js";
import { Phone } from "./phone.js";
import { listen } from "./server.js";
import { showStage } from "./stage.js";
import { showSteps } from "./steps.js";
import { Tabs } from "./tabs.js";

const panes = [new Phone("telegram"), new Phone("whatsapp"), new Desk()];
const tabs = new Tabs(panes);

listen(() => {
  for (const pane of panes) pane.update();
  showStage();
  showSteps();
  tabs.showBadges();
  document.body.dataset.ready = "true";
});
