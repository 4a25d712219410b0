// What every page loads: theme switch, menus, forms, copy buttons. Pages work without it.
import { bindForms } from "./form.js";
import { bindCopyButtons } from "./copy.js";
import { bindMenus } from "./menu.js";
import { bindThemeSwitch } from "./theme.js";

bindThemeSwitch(document);
bindMenus(document);
bindForms(document);
bindCopyButtons(document);
