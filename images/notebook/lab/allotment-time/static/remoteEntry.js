// JupyterLab extension: the time left of this server's lease, in the bar at the top.
//
// Written by hand as the container that JupyterLab's loader expects of a prebuilt extension, so
// that nothing has to be built: `init` is handed the modules JupyterLab shares, `get` gives ours.
"use strict";

(() => {
  const NAME = "allotment-time";
  const HERE = document.currentScript.src;
  const MINUTE = 60;
  const WARNINGS = [30 * MINUTE, 10 * MINUTE];
  const SAVE_AT = [10 * MINUTE, MINUTE];
  const ASK_MS = 60_000;
  const ASK_OFTEN_MS = 15_000;
  const TICK_MS = 5_000;

  const TEXTS = {
    en: {
      left: "{left} left",
      minutes: "{m} min",
      hours: "{h} h {m} min",
      days: "{d} d {h} h",
      moment: "less than a minute",
      more: "+1 h",
      extend: "Extend by one hour",
      until: "This server runs until {time}. Your files stay when it stops.",
      ending: "This server ends in {left}. Files stay; what only runs in memory is lost.",
      saved: "Your open documents are being saved.",
      reclaimed: "This GPU share was on loan and is taken back in {left}.",
      offered: "Your turn has come: {gpus} GPU, kept for you until {time}. Open documents are saved.",
      take: "To my servers, to take it",
      extended: "Extended: this server now runs until {time}.",
      asked: "More time has to be granted. It was asked for; you are told on the hub's page.",
      failed: "More time could not be had: {problem}",
      unreachable: "the hub does not answer",
      shortened: "This server now ends earlier, at {time}: its GPU is promised to others then.",
      kept: "This server works and was extended by itself: it runs until {time}.",
      "request-granted": "{by} granted more time: this server runs until {time}. {note}",
      "request-refused": "{by} refused more time for this server. {note}",
    },
    zh: {
      left: "剩余 {left}",
      minutes: "{m} 分钟",
      hours: "{h} 小时 {m} 分钟",
      days: "{d} 天 {h} 小时",
      moment: "不到一分钟",
      more: "+1 小时",
      extend: "延长一小时",
      until: "此服务器运行至 {time}。停止后文件仍会保留。",
      ending: "此服务器将在 {left}后结束。文件会保留，仅在内存中的内容会丢失。",
      saved: "正在保存已打开的文档。",
      reclaimed: "此 GPU 份额为借用，将在 {left}后收回。",
      offered: "轮到您了：{gpus} 块 GPU，为您保留至 {time}。已打开的文档正在保存。",
      take: "前往我的服务器领取",
      extended: "已延长：此服务器现在运行至 {time}。",
      asked: "延长需要批准，申请已提交；结果见站点页面。",
      failed: "无法延长：{problem}",
      unreachable: "站点没有响应",
      shortened: "此服务器将提前于 {time} 结束：届时其 GPU 已承诺给他人。",
      kept: "此服务器正在工作，已自动延长至 {time}。",
      "request-granted": "{by} 批准了延长申请：此服务器运行至 {time}。{note}",
      "request-refused": "{by} 拒绝了此服务器的延长申请。{note}",
    },
  };

  let shared;

  // Take a module that JupyterLab itself uses, whatever its version is.
  async function load(name) {
    const versions = Object.values(shared[name] || {});
    const taken = versions.find((version) => version.loaded) || versions[0];
    return (await taken.get())();
  }

  function fill(text, values) {
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  }

  function span(seconds, t) {
    const m = Math.floor(seconds / MINUTE);
    if (m < 1) return t.moment;
    if (m < 60) return fill(t.minutes, { m });
    if (m < 48 * 60) return fill(t.hours, { h: Math.floor(m / 60), m: m % 60 });
    return fill(t.days, { d: Math.floor(m / 1440), h: Math.floor(m / 60) % 24 });
  }

  function clock(moment, language) {
    const day = new Date(moment).toDateString() === new Date().toDateString();
    const parts = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    const date = day ? {} : { month: "short", day: "numeric" };
    return new Intl.DateTimeFormat(language, { ...date, ...parts }).format(new Date(moment));
  }

  // What stands in the bar; knows nothing of where the lease comes from.
  function build(Widget, t, extend) {
    const node = document.createElement("div");
    const left = document.createElement("span");
    const more = document.createElement("button");
    left.className = "allotment-left";
    more.className = "allotment-more";
    more.type = "button";
    more.textContent = t.more;
    more.setAttribute("aria-label", t.extend);
    more.title = t.extend;
    more.addEventListener("click", extend);
    node.append(left, more);
    const widget = new Widget({ node });
    widget.id = NAME;
    widget.addClass("allotment-time");
    return { widget, left, more };
  }

  function addStyle() {
    const link = document.createElement("link");
    link.rel = "stylesheet";
    link.href = new URL("time.css", HERE).href;
    document.head.append(link);
  }

  class Time {
    constructor(app, services, Widget, language) {
      this.app = app;
      this.connection = services.ServerConnection;
      this.settings = app.serviceManager.serverSettings;
      this.hub = app.hub;
      this.language = language.startsWith("zh") ? "zh-Hans" : "en-GB";
      this.t = TEXTS[language.startsWith("zh") ? "zh" : "en"];
      this.shown = build(Widget, this.t, () => this.extend());
      this.done = new Set();
      this.warned = [];
    }

    async call(method, path) {
      const init = { method, headers: { "Accept-Language": this.language } };
      if (method === "POST") init.body = JSON.stringify({ hours: 1 });
      const url = this.settings.baseUrl + "allotment/lease" + path;
      return this.connection.makeRequest(url, init, this.settings);
    }

    // Ask for the lease; false where this server has none, or is not its owner's.
    async ask() {
      const answer = await this.call("GET", "");
      if (answer.ok) this.take(await answer.json());
      return answer.ok || answer.status >= 500;
    }

    take(lease) {
      const left = lease.seconds_left;
      if (this.lease && lease.ends_at !== this.lease.ends_at) {
        this.done.clear();
        this.warned.splice(0).forEach((id) => this.app.notifications.dismiss(id));
      }
      this.lease = lease;
      this.endsAt = left === null ? null : performance.now() + left * 1000;
      this.show();
      if (lease.offer) this.tellOffer(lease.offer);
      if (lease.notice) this.tellNews(lease.notice);
    }

    // Whether the hub told something that this browser was not told yet.
    isNew(notice) {
      if (this.told >= notice.id) return false;
      this.told = notice.id;
      const key = `${NAME}:${this.lease.id}`;
      try {
        if (Number(localStorage.getItem(key)) >= notice.id) return false;
        localStorage.setItem(key, notice.id);
      } catch {
        // Where nothing may be kept it is said again when the page is loaded anew.
      }
      return true;
    }

    tellNews(notice) {
      if (!this.isNew(notice)) return;
      const time = notice.until && clock(notice.until, this.language);
      const values = { time, by: notice.by || "", note: notice.note || "" };
      const text = fill(this.t[notice.kind] || "", values).trim();
      const said = [text, ...notice.why].filter(Boolean).join(" ");
      const type = ["kept", "request-granted"].includes(notice.kind) ? "info" : "warning";
      if (said) this.notify(type, said, { autoClose: type === "info" ? 8000 : false });
    }

    // What runs here ends when the offer is taken: save at once, and again while it stands.
    tellOffer(offer) {
      this.save();
      if (this.offered === offer.until) return;
      this.offered = offer.until;
      const time = clock(offer.until, this.language);
      const actions = [{ label: this.t.take, callback: () => window.open(this.home, "_blank") }];
      this.notify("info", fill(this.t.offered, { gpus: offer.gpus, time }), { actions, autoClose: false });
    }

    get home() {
      return this.hub.host + this.hub.prefix + "home";
    }

    get left() {
      return this.endsAt === null ? null : Math.max(0, (this.endsAt - performance.now()) / 1000);
    }

    show() {
      const { widget, left, more } = this.shown;
      if (!this.lease || this.left === null) {
        widget.hide();
        return;
      }
      widget.show();
      left.textContent = fill(this.t.left, { left: span(this.left, this.t) });
      left.title = fill(this.t.until, { time: clock(this.lease.ends_at, this.language) });
      widget.toggleClass("allotment-soon", this.left <= WARNINGS[0]);
      widget.toggleClass("allotment-now", this.left <= WARNINGS[1]);
      more.hidden = this.lease.state !== "active" || this.lease.reclaim_at !== null;
      this.act();
    }

    // Warn and save once at each mark; what lies behind when the page is opened warns once.
    act() {
      const due = (marks, what) => {
        const passed = marks.filter((mark) => this.left <= mark && !this.done.has(what + mark));
        passed.forEach((mark) => this.done.add(what + mark));
        return passed.length > 0;
      };
      const warn = due(WARNINGS, "warn");
      const save = due(SAVE_AT, "save");
      if (save) this.save();
      if (warn) this.warn(save);
    }

    warn(saving) {
      const text = this.lease.reclaim_at === null ? this.t.ending : this.t.reclaimed;
      const told = fill(text, { left: span(this.left, this.t) });
      const actions = [];
      if (this.lease.reclaim_at === null) {
        actions.push({ label: this.t.extend, callback: () => this.extend() });
      }
      const type = this.left <= WARNINGS[1] ? "error" : "warning";
      const said = saving ? `${told} ${this.t.saved}` : told;
      this.warned.push(this.notify(type, said, { actions, autoClose: false }));
    }

    save() {
      if (this.app.commands.isEnabled("docmanager:save-all")) {
        this.app.commands.execute("docmanager:save-all");
      }
    }

    async extend() {
      const { more } = this.shown;
      more.disabled = true;
      try {
        this.tell(await this.call("POST", "/extend"));
      } catch (error) {
        this.notify("error", fill(this.t.failed, { problem: this.t.unreachable }));
      }
      more.disabled = false;
      await this.ask().catch(() => {});
    }

    async tell(answer) {
      const said = await answer.json().catch(() => ({}));
      if (answer.status === 202) {
        this.notify("info", this.t.asked);
      } else if (answer.ok) {
        const time = clock(said.ends_at, this.language);
        this.notify("success", fill(this.t.extended, { time }), { autoClose: 5000 });
      } else {
        const problem = (said.error && said.error.message) || this.t.unreachable;
        this.notify("error", fill(this.t.failed, { problem }), { autoClose: false });
      }
    }

    notify(type, message, options = { autoClose: 8000 }) {
      return this.app.notifications[type](message, options);
    }
  }

  async function activate(app, translator) {
    const [apputils, coreutils, services, lumino] = await Promise.all(
      ["@jupyterlab/apputils", "@jupyterlab/coreutils", "@jupyterlab/services", "@lumino/widgets"].map(load),
    );
    const option = (name) => coreutils.PageConfig.getOption(name);
    const language = (translator && translator.languageCode) || "en";
    const time = new Time(
      {
        commands: app.commands,
        serviceManager: app.serviceManager,
        notifications: apputils.Notification,
        hub: { host: option("hubHost"), prefix: option("hubPrefix") || "/hub/" },
      },
      services,
      lumino.Widget,
      language,
    );
    if (!(await time.ask().catch(() => true))) return;
    addStyle();
    app.shell.add(time.shown.widget, "top", { rank: 10_900 });
    time.show();
    setInterval(() => time.show(), TICK_MS);
    (function again() {
      const known = time.left !== undefined && time.left !== null;
      const soon = (known && time.left < WARNINGS[0]) || time.offered;
      setTimeout(() => time.ask().catch(() => {}).then(again), soon ? ASK_OFTEN_MS : ASK_MS);
    })();
  }

  async function makePlugin() {
    const { ITranslator } = await load("@jupyterlab/translation");
    return { id: `${NAME}:plugin`, autoStart: true, optional: [ITranslator], activate };
  }

  window._JUPYTERLAB = window._JUPYTERLAB || {};
  window._JUPYTERLAB[NAME] = {
    init(scope) {
      shared = scope;
    },
    async get() {
      const plugin = await makePlugin();
      return () => plugin;
    },
  };
})();
