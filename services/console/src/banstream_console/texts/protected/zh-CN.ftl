protected-lead = 策略不会自动封禁或踢出这些玩家，只会报告本应采取的措施。
protected-none = 没有受保护的玩家
protected-none-text = 可以保护需要人工核查的玩家，例如主播。
protected-add = 保护玩家
protected-end = 取消保护
protected-end-text = 策略将再次对 { $player } 生效。
