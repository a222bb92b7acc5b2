title-infraction-issued = { $what ->
    [ban] { $automatic ->
        [1] 🔨 自动封禁
       *[0] 🔨 玩家已被封禁
    }
    [warning] ⚠️ 警告
    [block] 🔇 玩家已被限制
   *[other] 🔨 已记录违规
}
title-infraction-amended = { $what ->
    [ban] ✏️ 封禁已修改
    [warning] ✏️ 警告已修改
    [block] ✏️ 限制已修改
   *[other] ✏️ 违规记录已修改
}
title-infraction-lifted = { $what ->
    [ban] ✅ 封禁已解除
    [warning] ✅ 警告已撤销
    [block] ✅ 限制已解除
   *[other] ✅ 违规记录已撤销
}
title-infraction-reduced = ✅ 部分处罚已解除
title-infraction-reinstated = { $what ->
    [ban] 🔁 封禁重新生效
    [warning] 🔁 警告重新生效
    [block] 🔁 限制重新生效
   *[other] 🔁 违规记录重新生效
}
title-infraction-expired = { $what ->
    [ban] ⌛ 封禁已到期
    [warning] ⌛ 警告已到期
    [block] ⌛ 限制已到期
   *[other] ⌛ 违规记录已到期
}
title-abuse-detected = 👁️ 检测到可疑行为
title-abuse-threshold_reached = { $threshold ->
    [ban] 🚨 已达到阈值：封禁
    [kick] 🚨 已达到阈值：踢出
   *[warn] 🚨 已达到阈值：警告
}
title-abuse-alert_raised = 👁️ 可疑：检测器有所发现
title-log_source-added = 📄 日志来源已添加
title-log_source-changed = 📄 日志来源已更改
title-log_source-paused = ⏸️ 日志来源已暂停
title-log_source-resumed = ▶️ 日志来源已恢复
title-log_source-removed = 📄 日志来源已移除
title-abuse-kick_requested = 👢 自动踢出
title-abuse-dismissed = 🗑️ 事件已驳回
title-abuse-restored = ↩️ 事件已恢复
title-abuse-count_restarted = 🔄 计数已重新开始
title-abuse-protected = 🛡️ 玩家已受保护
title-abuse-unprotected = 🛡️ 保护已结束
title-policy-set = 📜 策略已设置
title-policy-removed = 📜 策略已移除
title-credential-created = 🔑 凭证已创建
title-credential-rotated = 🔑 凭证已更换密钥
title-credential-revoked = 🔑 凭证已吊销
title-request-opened = 🙋 请求审核
title-request-commented = 💬 审核请求有新评论
title-request-assigned = 🙋 审核请求已分配
title-request-approved = { $wanted ->
    [lift] ✅ 审核请求已批准
   *[punish] 🔨 审核请求已批准
}
title-request-rejected = 🕊️ 审核请求已驳回
title-server-message_sent = 💬 已向游戏发送消息
title-player-kick_requested = 👢 请求踢出玩家
title-player-erased = 🧽 玩家数据已删除
title-abuse-forgotten = 🧽 玩家数据已清除
title-target-created = 🔔 通知目标已创建
title-target-changed = 🔔 通知目标已修改
title-target-paused = ⏸️ 通知目标已暂停
title-target-resumed = ▶️ 通知目标已恢复
title-target-broken = ❌ 通知目标已失效
title-target-removed = 🔕 通知目标已移除
title-target-test_requested = ✅ 测试消息
title-target-redelivery_requested = 🔁 请求重新发送
title-admin-set = 🛂 管理员及权限已设置
title-admin-removed = 🛂 不再是管理员
title-network-marked = 🌐 网络已标记
title-network-unmarked = 🌐 网络标记已取消
title-tiering-registered = 📶 分级策略已注册
title-tiering-unlinked = 📶 分级策略已停用
title-call-opened = { $report ->
    [1] 🚨 玩家被举报：需要管理员
   *[0] 🙋 需要管理员
}
title-call-claimed = ✅ 已有管理员处理
title-other = ℹ️ 事件
footer-infraction = 违规编号：{ $id }
footer-request = 请求编号：{ $id }
label-player = 👤 玩家
label-player-id = 🆔 ID
label-severity = ⚠️ 严重程度
label-infraction = 🚨 违规类型
label-reason = 📋 原因
label-punishment = ⛔ 处罚
label-ends = ⏳ 结束
label-where = 🌐 生效范围
label-issuer = 👮 执行者
label-issued-at = 🕒 执行时间
label-evidence = 🔍 证据
label-amended = ✏️ 已修改
label-lifted = ✅ 已解除
label-reduced = ✅ 已部分解除
label-reinstated = 🔁 已重新生效
label-expired = ⌛ 已到期
label-name = 🏷️ 名称
label-policy = 📜 策略
label-text = 💬 内容
label-address = 🔗 地址
label-game = 🎮 游戏
label-host-key = 🔑 主机密钥
label-type = 🏷️ 类型
label-count = 🔢 次数
label-incidents = 🔢 事件数
label-action = ➡️ 措施
label-duration = ⏳ 期限
label-suggested = ⏳ 建议期限
label-assignee = 🔎 审核人
label-server = 🖥️ 服务器
label-by = 👮 操作者
label-reported = 🎯 被举报的玩家
label-admin = 👮 管理员
label-map = 🗺️ 地图
label-connect = 🔗 连接
label-called-at = 🕒 呼叫时间
label-rights = 🛂 权限
label-tiering = 📶 分级策略
label-network = 🌐 网络
call-open = （尚无人处理）
call-taken = 已处理
severity-low = 低
severity-medium = 中
severity-high = 严重
severity-critical = 极其严重
punishment-none = 仅警告
punishment-ban = 封禁
punishment-voice_block = 禁止语音
punishment-chat_block = 禁止聊天
punishment-admin_chat_block = 禁止管理员聊天
punishment-call_admin_block = 禁止呼叫管理员
punishment-item_block = 禁止使用物品
ends-never = 永久
ends-permanent = 永不（永久）
ends-online = 累计游戏 { $time } 后
ends-session = 随本次会话结束
time-days = { $count } 天
time-hours = { $count } 小时
time-minutes = { $count } 分钟
time-seconds = { $count } 秒
scope-server = 仅限服务器 { $server }
scope-global = 所有服务器
scope-community = 整个社区
actor-system = 反作弊系统
address-hidden = IP 地址（不显示）
player-hidden = 不显示
player-erased = 已删除
change-by = 操作者：{ $staff }
change-taken-off = 已去除：{ $punishments }
change-exempt = { $players ->
    [0] 豁免的玩家：不再有
   *[other] 豁免的玩家：{ $players } 名
}
evidence-cut = …… 还有 { $left } 个字符；完整内容见违规记录。
count-of = { $count }（阈值 { $limit }）
action-none = 在游戏中警告
action-told = 无，仅告知游戏
action-kick = 踢出
action-ban = 封禁
action-ban-reviewed = 封禁，然后请求审核
action-review = 请求审核
action-unsure = 由待审核凭证上报
withheld-shadow = 无：策略试运行中
withheld-protected = 无：玩家受保护
title-ban_file-created = 📄 已添加封禁文件
title-ban_file-changed = 📄 封禁文件已修改
title-ban_file-paused = ⏸️ 封禁文件已暂停
title-ban_file-resumed = ▶️ 封禁文件已恢复
title-ban_file-removed = 🗑️ 封禁文件已移除
title-ban_file-sync_requested = 🔁 请求检查封禁文件
title-ban_file-host_key_accepted = 🔑 已接受主机密钥
title-ban_file-drifted = ✏️ 封禁文件被他人修改
title-ban_file-protected_met = 🛡️ 受保护玩家未写入封禁文件
title-ban_file-refused = ❌ 封禁文件未写入
title-ban_file-failed = ❌ 封禁无法写入封禁文件
title-ban_file-recovered = ✅ 封禁文件已恢复正常
label-out-of-step = 🕒 未同步始于
label-lines = 📏 行数
drift-of = 缺少 { $missing }，更改 { $changed }
drift-repaired = 已修复
drift-left = 未作更改
label-bans = 🔨 封禁数
title-appeal-opened = ⚖️ 提出申诉
title-appeal-answered = 💬 申诉有新回复
title-appeal-assigned = 🙋 申诉已分派
title-appeal-decided = ⚖️ 申诉已决定
title-appeal-code_renewed = 🔑 申诉代码已更换
footer-appeal = 申诉编号：{ $id }
label-verdict = ⚖️ 决定
appeal-not_me = 不是我本人
appeal-did_not_do_it = 我没有那样做
appeal-false_positive = 检测有误
appeal-too_harsh = 处罚过重
appeal-sorry = 我很抱歉，想回来
appeal-other = 其他
verdict-upheld = 维持处罚
verdict-reduced = 减轻处罚
verdict-overturned = 撤销处罚
title-account-invited = 👤 已创建账户
title-account-invitation_renewed = 👤 账户的新链接
title-account-joined = 👤 账户已启用
title-account-password_set = 🔑 已设置密码
title-account-role_changed = 🛂 角色已更改
title-account-totp_enabled = 🔒 已启用第二因素
title-account-totp_disabled = 🔓 已移除第二因素
title-account-recovery_codes_renewed = 🔑 恢复码已更新
title-account-recovery_code_used = 🔑 已使用恢复码
title-account-disabled = ⛔ 账户已停用
title-account-enabled = 👤 账户已重新启用
title-account-sessions_revoked = 🚪 已在所有地方退出
title-account-signed_in = 🚪 已登录
title-account-locked_out = 🔒 登录已锁定
title-evidence-attached = 📎 已添加证据文件
label-account = 👤 账户
label-role = 🛂 角色
label-wanted = ➡️ 请求内容
wanted-punish = 封禁
wanted-lift = 解封
