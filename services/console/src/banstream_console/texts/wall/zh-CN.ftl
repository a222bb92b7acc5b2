site-name = 耻辱墙
site-tagline = 作弊者，榜上有名。生效中的封禁，实时更新。
skip-to-bans = 跳到封禁名单
nav-label = 栏目
nav-bans = 封禁名单
nav-statistics = 统计
language-label = 语言

tile-total = 生效中
tile-critical = 极严重
tile-high = 严重
tile-today = 今天
tile-week = 7 天内

search-title = 搜索
search-label = 名字、原因或类型
search-hint = 至少 2 个汉字或 3 个字母
filter-category = 类型
filter-severity = 严重程度
filter-any = 全部
filter-any-severity = 全部
filter-submit = 搜索
filter-clear = 清除

results-title = 封禁名单
results-count = { $bans ->
   *[other] { $shown } 条封禁生效中
}
results-found = { $bans ->
   *[other] 找到 { $shown } 条封禁
}
results-more = 找到超过 { $shown } 条封禁
card-name-unknown = 无名玩家
card-reason-none = 未公布原因
card-until = 至
card-permanent = 永久
card-served = 直到服满在线时间
card-player = 玩家
card-infraction = 违规
empty-title = 墙上空空如也
empty-text = 现在没有人被封禁。公平竞技！
nothing-title = 没有符合的人
nothing-text = 换个名字、原因或类型试试，或清除筛选。
further-text = 这一部分没有结果，还有更早的封禁可查。
pager-label = 分页
pager-newest = ← 最新
pager-older = 更早 →

stats-title = 统计
stats-by-type = 按类型
stats-by-type-text = 生效中的封禁，按违规类型统计，从多到少。
stats-by-day = 按日期
stats-by-day-text = 最近 { $days } 天内发出且仍生效的封禁，按日期统计（{ $zone }）。最多的一天有 { $top } 条。
stats-table = 以表格显示数字
stats-column-type = 类型
stats-column-day = 日期
stats-column-bans = 封禁
stats-missing = 现在无法读取统计。

live-on = 实时
live-polling = 每 30 秒更新
live-off = 重新加载页面查看更新
live-lost = 连接中断，正在重试
stale = { $minutes ->
   *[other] 封禁系统没有响应。这是 { $minutes } 分钟前的情况。
}
away-title = 现在无法读取名单
away-text = 封禁系统没有响应。请稍后再试。
delay-note = { $minutes ->
    [0] 新的封禁立即显示。
   *[other] 新的封禁在 { $minutes } 分钟后显示。
}
footer-label = 关于本页
footer-data = 同样的数据：
footer-privacy = 不含 ID、地址和坐标。封禁一旦解除，立即移除。

error-question-title = 这个地址没有意义
error-question = 有一个参数不对。请回到名单重新搜索。
error-search-title = 无法搜索此内容
error-search = 搜索至少需要 3 个字母（中文、日文和韩文为 2 个字），最多 100 个字符。
error-missing-title = 这里什么也没有
error-missing = 这个地址不存在。名单在首页。
error-method-title = 这里只能阅读
error-method = 本页不接受任何内容。
error-away-title = 现在无法读取
error-away = 封禁系统没有响应。请稍后再试。
error-later-title = 此版本无法读取
error-later = 它由更高版本的 banstream 写入，或已损坏。在能读取它的版本运行之前，不会对它做任何处理；如果已损坏，`banstream rebuild` 会重新生成它。
error-full-title = 正在观看的人太多
error-full = 请重新加载页面查看更新。
error-too-large-title = 内容过多
error-too-large = 表单无法接受这么多内容。请返回并减少内容。
error-unreadable-title = 无法读取此表单
error-unreadable = 表单已损坏，或其格式无法读取。请从原页面重新发送。
error-typed = 您写的内容未被接收。继续之前请先复制：
error-kept = 表单会重新填好，密钥和文件除外。
error-again-text = 内容可能已保存，也可能没有。从这里再次提交，只会执行一次：
error-again = 再次提交
error-broken-title = 我们这边出了问题
error-broken = 已记录在日志中。请再试一次。
error-back = 前往名单

severity-critical = 极严重
severity-high = 严重
severity-medium = 中等
severity-low = 轻微
severity-none = 无等级

category-none = 无类型
category-lag-machine = 卡服装置
category-fly-hack = 飞天外挂
category-sky-base = 空中基地
category-underground-base = 地下基地
category-banned-item = 违禁物品
category-item-duplication = 复制物品
category-speed-hack = 加速外挂
category-aimbot = 自瞄外挂
category-wallhack = 透视外挂
category-alt-account = 小号
category-garden-exploit = 菜园漏洞
category-raid-exploit = 非开放时间抄家
category-glitch-abuse = 滥用漏洞
