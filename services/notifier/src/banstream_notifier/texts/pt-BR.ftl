title-infraction-issued = { $what ->
    [ban] { $automatic ->
        [1] 🔨 BANIMENTO AUTOMÁTICO
       *[0] 🔨 Jogador banido
    }
    [warning] ⚠️ Advertência
    [block] 🔇 Jogador restringido
   *[other] 🔨 Infração registrada
}
title-infraction-amended = { $what ->
    [ban] ✏️ Banimento alterado
    [warning] ✏️ Advertência alterada
    [block] ✏️ Restrição alterada
   *[other] ✏️ Infração alterada
}
title-infraction-lifted = { $what ->
    [ban] ✅ Banimento retirado
    [warning] ✅ Advertência retirada
    [block] ✅ Restrição retirada
   *[other] ✅ Infração retirada
}
title-infraction-reduced = ✅ Parte da punição retirada
title-infraction-reinstated = { $what ->
    [ban] 🔁 Banimento restabelecido
    [warning] 🔁 Advertência restabelecida
    [block] 🔁 Restrição restabelecida
   *[other] 🔁 Infração restabelecida
}
title-infraction-expired = { $what ->
    [ban] ⌛ Banimento terminado
    [warning] ⌛ Advertência terminada
    [block] ⌛ Restrição terminada
   *[other] ⌛ Infração terminada
}
title-abuse-detected = 👁️ Incidente detectado
title-abuse-threshold_reached = { $threshold ->
    [ban] 🚨 Limite atingido: banimento
    [kick] 🚨 Limite atingido: expulsão
   *[warn] 🚨 Limite atingido: advertência
}
title-abuse-alert_raised = 👁️ Suspeita: um detector viu algo
title-log_source-added = 📄 Fonte de registros adicionada
title-log_source-changed = 📄 Fonte de registros alterada
title-log_source-paused = ⏸️ Fonte de registros pausada
title-log_source-resumed = ▶️ Fonte de registros retomada
title-log_source-removed = 📄 Fonte de registros removida
title-abuse-kick_requested = 👢 Expulsão automática
title-abuse-dismissed = 🗑️ Incidentes descartados
title-abuse-restored = ↩️ Incidentes restaurados
title-abuse-count_restarted = 🔄 Contagem reiniciada
title-abuse-protected = 🛡️ Jogador protegido
title-abuse-unprotected = 🛡️ Proteção encerrada
title-policy-set = 📜 Política definida
title-policy-removed = 📜 Política removida
title-credential-created = 🔑 Credencial criada
title-credential-rotated = 🔑 Credencial com chave nova
title-credential-revoked = 🔑 Credencial revogada
title-request-opened = 🙋 Revisão pedida
title-request-commented = 💬 Comentário no pedido de revisão
title-request-assigned = 🙋 Pedido de revisão atribuído
title-request-approved = { $wanted ->
    [lift] ✅ Pedido de revisão aprovado
   *[punish] 🔨 Pedido de revisão aprovado
}
title-request-rejected = 🕊️ Pedido de revisão recusado
title-server-message_sent = 💬 Mensagem enviada ao jogo
title-player-kick_requested = 👢 Expulsão pedida
title-player-erased = 🧽 Jogador apagado
title-abuse-forgotten = 🧽 Jogador esquecido
title-target-created = 🔔 Destino de notificações criado
title-target-changed = 🔔 Destino de notificações alterado
title-target-paused = ⏸️ Destino de notificações pausado
title-target-resumed = ▶️ Destino de notificações retomado
title-target-broken = ❌ Destino de notificações quebrado
title-target-removed = 🔕 Destino de notificações removido
title-target-test_requested = ✅ Mensagem de teste
title-target-redelivery_requested = 🔁 Reenvio pedido
title-admin-set = 🛂 Permissões de administrador definidas
title-admin-removed = 🛂 Não é mais administrador
title-network-marked = 🌐 Rede marcada
title-network-unmarked = 🌐 Rede não está mais marcada
title-tiering-registered = 📶 Política de níveis registrada
title-tiering-unlinked = 📶 Política de níveis retirada
title-call-opened = { $report ->
    [1] 🚨 Jogador denunciado: precisamos de um administrador
   *[0] 🙋 Precisamos de um administrador
}
title-call-claimed = ✅ Um administrador assumiu o chamado
title-other = ℹ️ Evento
footer-infraction = ID da infração: { $id }
footer-request = ID do pedido: { $id }
label-player = 👤 Jogador
label-player-id = 🆔 ID
label-severity = ⚠️ Severidade
label-infraction = 🚨 Infração
label-reason = 📋 Motivo
label-punishment = ⛔ Punição
label-ends = ⏳ Termina
label-where = 🌐 Onde vale
label-issuer = 👮 Aplicada por
label-issued-at = 🕒 Aplicada em
label-evidence = 🔍 Evidência
label-amended = ✏️ Alterada
label-lifted = ✅ Retirada
label-reduced = ✅ Retirada em parte
label-reinstated = 🔁 Restabelecida
label-expired = ⌛ Terminada
label-name = 🏷️ Nome
label-policy = 📜 Política
label-text = 💬 Texto
label-address = 🔗 Endereço
label-game = 🎮 Jogo
label-host-key = 🔑 Chave do servidor
label-type = 🏷️ Tipo
label-count = 🔢 Contagem
label-incidents = 🔢 Incidentes
label-action = ➡️ Ação
label-duration = ⏳ Duração
label-suggested = ⏳ Duração sugerida
label-assignee = 🔎 Quem analisa
label-server = 🖥️ Servidor
label-by = 👮 Por
label-reported = 🎯 Jogador denunciado
label-admin = 👮 Administrador
label-map = 🗺️ Mapa
label-connect = 🔗 Conectar
label-called-at = 🕒 Chamado em
label-rights = 🛂 Permissões
label-tiering = 📶 Política de níveis
label-network = 🌐 Rede
call-open = (ninguém ainda)
call-taken = assumido
severity-low = BAIXA
severity-medium = MÉDIA
severity-high = GRAVE
severity-critical = CRÍTICA
punishment-none = só advertência
punishment-ban = banimento
punishment-voice_block = sem voz
punishment-chat_block = sem chat
punishment-admin_chat_block = sem chat com admins
punishment-call_admin_block = sem chamar admins
punishment-item_block = sem itens
ends-never = permanente
ends-permanent = nunca (permanente)
ends-online = após { $time } de jogo
ends-session = com a sessão
time-days = { $count ->
    [one] { $count } dia
   *[other] { $count } dias
}
time-hours = { $count } h
time-minutes = { $count } min
time-seconds = { $count } s
scope-server = só no servidor { $server }
scope-global = em todos os servidores
scope-community = em toda a comunidade
actor-system = Sistema Anti-Cheat
address-hidden = endereço IP (não mostrado)
player-hidden = não mostrado
player-erased = apagado
change-by = por { $staff }
change-taken-off = retirado: { $punishments }
change-exempt = { $players ->
    [0] jogadores isentos: nenhum mais
   *[other] jogadores isentos: { $players }
}
evidence-cut = … mais { $left } { $left ->
    [one] caractere
   *[other] caracteres
}; o texto completo está na infração.
count-of = { $count } (limite { $limit })
action-none = avisar no jogo
action-told = nenhuma, o jogo é informado
action-kick = expulsar
action-ban = banir
action-ban-reviewed = banir e depois pedir revisão
action-review = pedir revisão
action-unsure = relatado por credenciais sob revisão
withheld-shadow = nenhuma: política em teste
withheld-protected = nenhuma: jogador protegido
title-ban_file-created = 📄 Arquivo de banimentos adicionado
title-ban_file-changed = 📄 Arquivo de banimentos alterado
title-ban_file-paused = ⏸️ Arquivo de banimentos pausado
title-ban_file-resumed = ▶️ Arquivo de banimentos retomado
title-ban_file-removed = 🗑️ Arquivo de banimentos removido
title-ban_file-sync_requested = 🔁 Verificação do arquivo de banimentos pedida
title-ban_file-host_key_accepted = 🔑 Chave do servidor aceita
title-ban_file-drifted = ✏️ Alguém editou o arquivo de banimentos
title-ban_file-protected_met = 🛡️ Jogador protegido mantido fora de um arquivo de banimentos
title-ban_file-refused = ❌ Arquivo de banimentos não gravado
title-ban_file-failed = ❌ Banimentos não chegam ao arquivo
title-ban_file-recovered = ✅ Banimentos chegam ao arquivo de novo
label-out-of-step = 🕒 Desatualizado desde
label-lines = 📏 Linhas
drift-of = faltando: { $missing }, alteradas: { $changed }
drift-repaired = já corrigido
drift-left = deixado como está
label-bans = 🔨 Banimentos
title-appeal-opened = ⚖️ Recurso aberto
title-appeal-answered = 💬 Resposta em um recurso
title-appeal-assigned = 🙋 Recurso atribuído
title-appeal-decided = ⚖️ Recurso decidido
title-appeal-code_renewed = 🔑 Novo código para recurso
footer-appeal = ID do recurso: { $id }
label-verdict = ⚖️ Decisão
appeal-not_me = Não fui eu
appeal-did_not_do_it = Eu não fiz isso
appeal-false_positive = A detecção errou
appeal-too_harsh = A punição é severa demais
appeal-sorry = Peço desculpas e quero voltar
appeal-other = Outra coisa
verdict-upheld = A infração continua
verdict-reduced = A infração foi reduzida
verdict-overturned = A infração foi retirada
title-account-invited = 👤 Conta criada
title-account-invitation_renewed = 👤 Novo link para uma conta
title-account-joined = 👤 Conta ativada
title-account-password_set = 🔑 Senha definida
title-account-role_changed = 🛂 Função alterada
title-account-totp_enabled = 🔒 Segundo fator ativado
title-account-totp_disabled = 🔓 Segundo fator removido
title-account-recovery_codes_renewed = 🔑 Códigos de recuperação renovados
title-account-recovery_code_used = 🔑 Código de recuperação usado
title-account-disabled = ⛔ Conta desativada
title-account-enabled = 👤 Conta reativada
title-account-sessions_revoked = 🚪 Sessões encerradas
title-account-signed_in = 🚪 Login na conta
title-account-locked_out = 🔒 Login bloqueado
title-evidence-attached = 📎 Arquivo de prova anexado
label-account = 👤 Conta
label-role = 🛂 Função
label-wanted = ➡️ Pedido
wanted-punish = um banimento
wanted-lift = remover banimentos
