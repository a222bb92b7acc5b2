title-infraction-issued = { $what ->
    [ban] { $automatic ->
        [1] 🔨 BANEO AUTOMÁTICO
       *[0] 🔨 Jugador baneado
    }
    [warning] ⚠️ Advertencia
    [block] 🔇 Jugador restringido
   *[other] 🔨 Infracción registrada
}
title-infraction-amended = { $what ->
    [ban] ✏️ Baneo modificado
    [warning] ✏️ Advertencia modificada
    [block] ✏️ Restricción modificada
   *[other] ✏️ Infracción modificada
}
title-infraction-lifted = { $what ->
    [ban] ✅ Baneo retirado
    [warning] ✅ Advertencia retirada
    [block] ✅ Restricción retirada
   *[other] ✅ Infracción retirada
}
title-infraction-reduced = ✅ Parte del castigo retirada
title-infraction-reinstated = { $what ->
    [ban] 🔁 Baneo restablecido
    [warning] 🔁 Advertencia restablecida
    [block] 🔁 Restricción restablecida
   *[other] 🔁 Infracción restablecida
}
title-infraction-expired = { $what ->
    [ban] ⌛ Baneo terminado
    [warning] ⌛ Advertencia terminada
    [block] ⌛ Restricción terminada
   *[other] ⌛ Infracción terminada
}
title-abuse-detected = 👁️ Incidente detectado
title-abuse-threshold_reached = { $threshold ->
    [ban] 🚨 Límite alcanzado: baneo
    [kick] 🚨 Límite alcanzado: expulsión
   *[warn] 🚨 Límite alcanzado: advertencia
}
title-abuse-kick_requested = 👢 Expulsión automática
title-abuse-dismissed = 🗑️ Incidentes descartados
title-abuse-restored = ↩️ Incidentes restaurados
title-abuse-count_restarted = 🔄 Recuento reiniciado
title-abuse-protected = 🛡️ Jugador protegido
title-abuse-unprotected = 🛡️ Protección terminada
title-policy-set = 📜 Política establecida
title-policy-removed = 📜 Política eliminada
title-credential-created = 🔑 Credencial creada
title-credential-rotated = 🔑 Credencial renovada
title-credential-revoked = 🔑 Credencial revocada
title-request-opened = 🙋 Revisión solicitada
title-server-message_sent = 💬 Mensaje enviado al juego
title-player-kick_requested = 👢 Expulsión solicitada
title-target-created = 🔔 Destino de notificaciones creado
title-target-changed = 🔔 Destino de notificaciones modificado
title-target-paused = ⏸️ Destino de notificaciones en pausa
title-target-resumed = ▶️ Destino de notificaciones reanudado
title-target-broken = ❌ Destino de notificaciones roto
title-target-removed = 🔕 Destino de notificaciones eliminado
title-target-test_requested = ✅ Mensaje de prueba
title-target-redelivery_requested = 🔁 Reenvío solicitado
title-other = ℹ️ Evento
footer-infraction = ID de la infracción: { $id }
label-player = 👤 Jugador
label-player-id = 🆔 ID
label-severity = ⚠️ Gravedad
label-infraction = 🚨 Infracción
label-reason = 📋 Motivo
label-punishment = ⛔ Castigo
label-ends = ⏳ Hasta
label-where = 🌐 Dónde rige
label-issuer = 👮 Aplicada por
label-issued-at = 🕒 Aplicada el
label-evidence = 🔍 Evidencia
label-amended = ✏️ Modificada
label-lifted = ✅ Retirada
label-reduced = ✅ Retirada en parte
label-reinstated = 🔁 Restablecida
label-expired = ⌛ Terminada
label-name = 🏷️ Nombre
label-policy = 📜 Política
label-text = 💬 Texto
label-address = 🔗 Dirección
label-game = 🎮 Juego
label-type = 🏷️ Tipo
label-count = 🔢 Recuento
label-incidents = 🔢 Incidentes
label-action = ➡️ Acción
label-duration = ⏳ Duración
label-suggested = ⏳ Duración sugerida
label-server = 🖥️ Servidor
label-by = 👮 Por
severity-low = BAJA
severity-medium = MEDIA
severity-high = GRAVE
severity-critical = CRÍTICA
punishment-none = solo advertencia
punishment-ban = baneo
punishment-voice_block = sin voz
punishment-chat_block = sin chat
punishment-admin_chat_block = sin chat de admins
punishment-call_admin_block = sin llamar a admins
punishment-item_block = sin objetos
ends-never = permanente
ends-online = { $time } de juego
ends-session = el fin de la sesión
time-days = { $count ->
    [one] { $count } día
   *[other] { $count } días
}
time-hours = { $count } h
time-minutes = { $count } min
time-seconds = { $count } s
scope-server = solo en el servidor { $server }
scope-global = en todos los servidores
scope-community = en toda la comunidad
actor-system = Sistema antitrampas
address-hidden = dirección IP (no se muestra)
player-hidden = no se muestra
change-by = por { $staff }
change-taken-off = retirado: { $punishments }
evidence-cut = … { $left } { $left ->
    [one] carácter más
   *[other] caracteres más
}; el texto completo está en la infracción.
count-of = { $count } (límite { $limit })
action-none = avisar en el juego
action-kick = expulsar
action-ban = banear
action-review = pedir revisión
withheld-shadow = ninguna: la política está a prueba
withheld-protected = ninguna: el jugador está protegido
