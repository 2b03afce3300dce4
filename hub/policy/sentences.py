"""Every reason's sentence in English and Chinese, by code and rule; `wording` fills them in."""

SENTENCES: dict[tuple[str, str], tuple[str, str]] = {
    ("gpu-quota", "gpus"): (
        "You may hold {ceiling} GPU at once (set for {from}); you hold {held}, asked for {asked}.",
        "您最多可同时占用 {ceiling} 块 GPU（{from} 的设定）；已占用 {held}，本次请求 {asked}。",
    ),
    ("gpu-quota", "none"): (
        "Nobody has set how many GPUs you may hold, and without a value nothing starts.",
        "尚未设定您可占用的 GPU 数量；未设定时不能启动。",
    ),
    ("server-quota", "servers"): (
        "You may run {ceiling} server(s) at once (set for {from}); {held} of yours run already.",
        "您最多可同时运行 {ceiling} 个服务器（{from} 的设定）；当前已运行 {held} 个。",
    ),
    ("server-quota", "none"): (
        "Nobody has set how many servers you may run, and without a value nothing starts.",
        "尚未设定您可运行的服务器数量；未设定时不能启动。",
    ),
    ("hours-quota", "lease-hours"): (
        "A server of yours may run {ceiling} h at most (set for {from}); you asked for {asked} h.",
        "您的服务器最长可运行 {ceiling} 小时（{from} 的设定）；本次请求 {asked} 小时。",
    ),
    ("hours-quota", "none"): (
        "Nobody has set how long your servers may run, and without a value nothing starts.",
        "尚未设定您的服务器可运行多久；未设定时不能启动。",
    ),
    ("cpu-quota", "cpus"): (
        "You may hold {ceiling} processors (set for {from}); you hold {held}, this takes {asked}.",
        "您最多可占用 {ceiling} 个处理器（{from} 的设定）；已占用 {held}，本次需要 {asked}。",
    ),
    ("memory-quota", "memory-gib"): (
        "You may hold {ceiling} GiB of memory (for {from}); you hold {held}, this takes {asked}.",
        "您最多可占用 {ceiling} GiB 内存（{from} 的设定）；已占用 {held}，本次需要 {asked}。",
    ),
    ("gpu-busy", "free-slots"): (
        "No GPU has {asked} free now: {free_slots} of {slots} slots on {gpus} GPU(s) are free.",
        "目前分配不出 {asked} 块 GPU：{gpus} 块 GPU 共 {slots} 份，其中空闲 {free_slots} 份。",
    ),
    ("gpu-busy", "guaranteed"): (
        "What is free is kept for groups with a guarantee: with {asked} more, {promised} of"
        " {healthy} GPU(s) would be promised. A start that may be taken back could borrow it.",
        "空闲的 GPU 要留给有保障的组：若再分配 {asked} 块，承诺总量将达 {promised} 块，"
        "而可用的只有 {healthy} 块。启动时若允许被收回，则可以借用。",
    ),
    ("reservation", "window"): (
        "From {since} on GPUs are reserved: with {asked} more, {promised} of {healthy} GPU(s)"
        " would be promised. A shorter time may pass.",
        "自 {since} 起 GPU 已被预约：若再分配 {asked} 块，承诺总量将达 {promised} 块，"
        "而可用的只有 {healthy} 块。缩短时间也许可行。",
    ),
    ("waiting", "behind"): (
        "Others wait in front: you would be number {position} in the waiting list.",
        "前面有人在等待：您将排在等待列表第 {position} 位。",
    ),
    ("waiting", "tickets-each"): (
        "You may wait for {tickets} server(s) at once, and you have ticket {ticket} already.",
        "您最多可同时为 {tickets} 个服务器排队，而您已有排队号 {ticket}。",
    ),
    ("waiting", "turn"): (
        "Your turn has come.",
        "已轮到您。",
    ),
    ("start-failed", "again"): (
        "Your turn came, but your server did not start ({times} time(s)); you keep your place.",
        "已轮到您，但服务器未能启动（{times} 次）；您的位置保留。",
    ),
    ("waiting", "offered"): (
        "{gpus} GPU is on offer to you just now (ticket {ticket}): take it, or leave that place"
        " before you ask for something else.",
        "现正向您提供 {gpus} 块 GPU（排队号 {ticket}）：请接受，或先放弃该位置再提出其他请求。",
    ),
    ("waiting", "not-before"): (
        "It is not to start before the time you chose.",
        "按您的选择，尚未到开始时间。",
    ),
    ("total", "total-gpus"): (
        "Together {ceiling} GPU may be held ({from}); {held} are held, this takes {asked}.",
        "{from} 合计最多可占用 {ceiling} 块 GPU；已占用 {held}，本次需要 {asked}。",
    ),
    ("total", "total-servers"): (
        "Together {ceiling} server(s) may run ({from}); {held} run already.",
        "{from} 合计最多可运行 {ceiling} 个服务器；已运行 {held} 个。",
    ),
    ("gpu-fault", "no-healthy-gpu"): (
        "{faulty} of {gpus} GPU(s) are out of order, and what is left can't give that share.",
        "{gpus} 块 GPU 中有 {faulty} 块故障，其余的无法提供所请求的份额。",
    ),
    ("gpu-fault", "offered"): (
        "The offered GPU {gpu} is out of order; ticket {ticket} has its old place back shortly.",
        "所提供的 GPU {gpu} 出现故障；排队号 {ticket} 即将恢复原来的位置。",
    ),
    ("request", "share"): (
        "A share of {asked} can't be dealt here; the GPUs of this station give {known}.",
        "本站无法分配 {asked} 的份额；可用的份额为 {known}。",
    ),
    ("request", "no-gpu"): (
        "This station has no GPU, so {asked} of one can't be had; start without.",
        "本站没有 GPU，无法分配 {asked}；请选择不带 GPU 启动。",
    ),
    ("request", "malformed"): (
        "{key}: {problem}.",
        "{key}：{problem}。",
    ),
    ("profile", "unknown"): (
        "There is no profile {asked}; there is {known}.",
        "没有名为 {asked} 的配置；可用的有 {known}。",
    ),
    ("account", "not-a-member"): (
        "You are not a member of {asked}; your groups: {yours}.",
        "您不是 {asked} 的成员；您的组：{yours}。",
    ),
    ("account", "unknown-person"): (
        "{user} has no account at this station.",
        "{user} 在本站没有账户。",
    ),
    ("disabled", "account-disabled"): (
        "The account {user} is disabled.",
        "账户 {user} 已停用。",
    ),
    ("password", "one-time-password"): (
        "Change your one-time password first, on the page Account.",
        "请先在“账户”页面修改一次性密码。",
    ),
    ("engine", "still-stopping"): (
        "Your last server of this name is still stopping (lease {lease}, {state}).",
        "您上一个同名服务器仍在停止中（租约 {lease}，{state}）。",
    ),
    ("engine", "not-answering"): (
        "The container engine of this station does not answer; it is tried again by itself.",
        "本站的容器引擎没有响应；系统会自动重试。",
    ),
    ("engine", "refused"): (
        "The start could not be carried out: {problem}",
        "无法执行启动：{problem}",
    ),
    ("walls", "not-confirmed"): (
        "The station's network walls are not confirmed, so nothing starts until they are.",
        "本站的网络隔离尚未确认，确认之前不会启动任何服务器。",
    ),
    ("budget", "gpu-hours"): (
        "The budget of {from} is {ceiling} GPU-hours a {window}: {settled} are used, running "
        "servers hold {held}, and this may cost {asked}. It renews on {renews}.",
        "{from} 的预算为每{window} {ceiling} GPU 小时：已用 {settled}，运行中的服务器预留 {held}，"
        "本次最多需要 {asked}。{renews} 起重新计算。",
    ),
    ("budget", "gpu-hours-each"): (
        "Your budget is {ceiling} GPU-hours a {window} (set for {from}): {settled} are used, your "
        "servers hold {held}, and this may cost {asked}. It renews on {renews}.",
        "您的预算为每{window} {ceiling} GPU 小时（{from} 的设定）：已用 {settled}，"
        "您的服务器预留 {held}，本次最多需要 {asked}。{renews} 起重新计算。",
    ),
    ("image", "missing"): (
        "The image {image} is not on this machine; `./allotment image build` makes it.",
        "本机没有镜像 {image}；请运行 `./allotment image build`。",
    ),
    ("storage", "folder-missing"): (
        "The folder {folder} is missing or not yours; `./allotment up` puts it right.",
        "文件夹 {folder} 不存在或不属于您；运行 `./allotment up` 可修复。",
    ),
    ("disk", "reserve"): (
        "The disk has {free_gib} GiB free, and below {reserve_gib} GiB nothing starts.",
        "磁盘剩余 {free_gib} GiB，低于 {reserve_gib} GiB 时不能启动。",
    ),
    ("clock", "behind"): (
        "This machine's clock stands before the newest entry of the station's books, so nothing"
        " starts; `./allotment doctor` says how to set it.",
        "本机时钟早于站点记录中的最新时间，因此不能启动；`./allotment doctor` 会说明如何校正。",
    ),
    ("hours-quota", "lease-hours-total"): (
        "A server of yours may run {ceiling} h in all (set for {from}); this would be {asked} h.",
        "您的服务器累计最长可运行 {ceiling} 小时（{from} 的设定）；这样将达到 {asked} 小时。",
    ),
    ("extension", "not-running"): (
        "Lease {lease} does not run ({state}), so it can't run longer.",
        "租约 {lease} 未在运行（{state}），无法延长。",
    ),
    ("extension", "idle"): (
        "It does not go on by itself: no work was measured on its GPU for {minutes} min.",
        "不会自动延长：{minutes} 分钟内未测得 GPU 上有工作。",
    ),
    ("extension", "unmeasured"): (
        "It does not go on by itself: what it does on its GPU could not be measured for"
        " {minutes} min. Extend it by hand if it works.",
        "不会自动延长：{minutes} 分钟内无法测量其 GPU 上的工作。如仍在工作，请手动延长。",
    ),
    ("loan", "notice"): (
        "The GPU of this server is on loan and is taken back in {minutes} min.",
        "该服务器的 GPU 是借用的，将在 {minutes} 分钟后收回。",
    ),
    ("reservation", "extension"): (
        "In {hours} h a reservation begins: {promised} GPU would be promised, {gpus} are there.",
        "{hours} 小时后有预约开始：届时将承诺 {promised} 块 GPU，而可用的只有 {gpus} 块。",
    ),
    ("guarantee", "extension"): (
        "In {hours} h others' guarantees need it: {promised} GPU would be promised,"
        " {gpus} are there.",
        "{hours} 小时后其他组的保障需要它：届时将承诺 {promised} 块 GPU，而可用的只有 {gpus} 块。",
    ),
    ("waiting", "extension"): (
        "Somebody who waits starts in {hours} h on these GPUs, and would start later by it.",
        "有人在等候，{hours} 小时后将在这些 GPU 上启动；延长会使其推迟。",
    ),
    ("reservation", "ahead"): (
        "A lease ends {hours} h from now at the latest, for what is reserved later is not laid out"
        " yet; this one would run for another {asked} h. Ask for less, and again later.",
        "租约最晚在 {hours} 小时后结束，因为更晚的预约尚未排定；这样它还将运行 {asked} 小时。"
        "请先申请较短时间，以后再延长。",
    ),
    ("reservation", "capacity"): (
        "{asked} GPU for {account} from {since} to {until} do not fit: at {at} {promised} GPU would"
        " be promised (leases, reservations, guarantees) and {healthy} are healthy. Fewer GPUs or"
        " another time may fit; `reservation list` shows what is reserved.",
        "{account} 从 {since} 至 {until} 的 {asked} 块 GPU 无法预约：{at} 时将承诺 {promised} 块"
        "（租约、预约与保障），而可用的只有 {healthy} 块。减少 GPU 数量或换个时间也许可行；"
        "`reservation list` 可查看已有预约。",
    ),
    ("reservation", "gpus"): (
        "{asked} GPU can't be reserved: from {least}, the smallest share here, to {station}, all"
        " there is.",
        "无法预约 {asked} 块 GPU：最少为 {least}（本站的最小份额），最多为 {station}（全部）。",
    ),
    ("reservation", "ends-before"): (
        "It ends ({until}) before it begins ({since}), or just then.",
        "结束时间（{until}）不晚于开始时间（{since}）。",
    ),
    ("reservation", "past"): (
        "It is over already: its last window ended at {until}, and now it is {now}.",
        "最后一个时段已于 {until} 结束；现在是 {now}。",
    ),
    ("reservation", "too-far"): (
        "A window of it ends {until}; nothing is reserved beyond {latest}, two years from now.",
        "其中一个时段结束于 {until}；最远只能预约到 {latest}（两年之内）。",
    ),
    ("reservation", "too-many"): (
        "It has more than {most} windows; reserve a shorter span of time, and the rest later.",
        "时段超过 {most} 个；请先预约较短的一段时间，其余以后再约。",
    ),
    ("reservation", "never"): (
        "It has no window: every one that {rrule} gives is left out, or lies in an hour that clocks"
        " skip.",
        "没有任何时段：按 {rrule} 得出的时段均被排除，或因时钟拨快而不存在。",
    ),
    ("reservation", "skipped"): (
        "Clocks are put forward over all of {since} to {until}, so there is no such time that day;"
        " begin earlier or end later.",
        "当天时钟拨快，{since} 至 {until} 这段时间并不存在；请提早开始或推迟结束。",
    ),
    ("reservation", "overlap"): (
        "Its windows overlap: the one of {first} is not over when that of {second} begins.",
        "其时段互相重叠：{second} 的时段开始时，{first} 的时段尚未结束。",
    ),
    ("reservation", "rule"): (
        "The rule {rrule} can't be followed: {problem}.",
        "无法按规则 {rrule} 重复：{problem}。",
    ),
    ("reservation", "calendar"): (
        "The calendar can't be read: {problem}.",
        "无法读取日历：{problem}。",
    ),
    ("reservation", "no-amount"): (
        "The calendar does not say how many GPUs; give --gpus, or X-ALLOTMENT-GPUS in its events.",
        "日历中没有写明 GPU 数量；请加上 --gpus，或在日程中写明 X-ALLOTMENT-GPUS。",
    ),
    ("reservation", "too-large"): (
        "The calendar file has {bytes} bytes or more; {most} are read at most. Export only the"
        " events to be reserved.",
        "日历文件有 {bytes} 字节或更多；最多读取 {most} 字节。请只导出要预约的日程。",
    ),
    ("start-failed", "no-answer"): (
        "Your server did not answer within {seconds} s. Its last words: {log}",
        "您的服务器在 {seconds} 秒内没有响应。最后的输出：{log}",
    ),
    ("start-failed", "ended"): (
        "The lease of this start was ended before your server answered ({end_reason}).",
        "服务器响应之前，本次启动的租约已被终止（{end_reason}）。",
    ),
    ("start-failed", "engine"): (
        "The container could not be started: {problem}",
        "无法启动容器：{problem}",
    ),
    ("start-failed", "exited"): (
        "Your server ended while starting (status {status}). Its last words: {log}",
        "您的服务器在启动时退出（状态 {status}）。最后的输出：{log}",
    ),
}
