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
title-abuse-alert_raised = 👁️ Sospecha: un detector vio algo
title-log_source-added = 📄 Fuente de registros añadida
title-log_source-changed = 📄 Fuente de registros modificada
title-log_source-paused = ⏸️ Fuente de registros en pausa
title-log_source-resumed = ▶️ Fuente de registros reanudada
title-log_source-removed = 📄 Fuente de registros eliminada
title-abuse-kick_requested = 👢 Expulsión automática
title-abuse-dismissed = 🗑️ Incidentes descartados
title-abuse-restored = ↩️ Incidentes restaurados
title-abuse-count_restarted = 🔄 Recuento reiniciado
title-abuse-protected = 🛡️ Jugador protegido
title-abuse-unprotected = 🛡️ Protección terminada
title-policy-set = 📜 Política establecida
title-policy-removed = 📜 Política eliminada
title-credential-created = 🔑 Credencial creada
title-credential-rotated = 🔑 Credencial con clave nueva
title-credential-revoked = 🔑 Credencial revocada
title-request-opened = 🙋 Revisión solicitada
title-request-commented = 💬 Comentario en la solicitud de revisión
title-request-assigned = 🙋 Solicitud de revisión asignada
title-request-approved = { $wanted ->
    [lift] ✅ Solicitud de revisión aprobada
   *[punish] 🔨 Solicitud de revisión aprobada
}
title-request-rejected = 🕊️ Solicitud de revisión rechazada
title-server-message_sent = 💬 Mensaje enviado al juego
title-player-kick_requested = 👢 Expulsión solicitada
title-player-erased = 🧽 Jugador borrado
title-abuse-forgotten = 🧽 Jugador olvidado
title-target-created = 🔔 Destino de notificaciones creado
title-target-changed = 🔔 Destino de notificaciones modificado
title-target-paused = ⏸️ Destino de notificaciones en pausa
title-target-resumed = ▶️ Destino de notificaciones reanudado
title-target-broken = ❌ Destino de notificaciones roto
title-target-removed = 🔕 Destino de notificaciones eliminado
title-target-test_requested = ✅ Mensaje de prueba
title-target-redelivery_requested = 🔁 Reenvío solicitado
title-admin-set = 🛂 Permisos de administrador establecidos
title-admin-removed = 🛂 Ya no es administrador
title-network-marked = 🌐 Red marcada
title-network-unmarked = 🌐 La red ya no está marcada
title-tiering-registered = 📶 Política de niveles registrada
title-tiering-unlinked = 📶 Política de niveles retirada
title-call-opened = { $report ->
    [1] 🚨 Jugador denunciado: se necesita un administrador
   *[0] 🙋 Se necesita un administrador
}
title-call-claimed = ✅ Un administrador atiende la llamada
title-other = ℹ️ Evento
footer-infraction = ID de la infracción: { $id }
footer-request = ID de la solicitud: { $id }
label-player = 👤 Jugador
label-player-id = 🆔 ID
label-severity = ⚠️ Gravedad
label-infraction = 🚨 Infracción
label-reason = 📋 Motivo
label-punishment = ⛔ Castigo
label-ends = ⏳ Termina
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
label-host-key = 🔑 Clave del servidor
label-type = 🏷️ Tipo
label-count = 🔢 Recuento
label-incidents = 🔢 Incidentes
label-action = ➡️ Acción
label-duration = ⏳ Duración
label-suggested = ⏳ Duración sugerida
label-assignee = 🔎 La revisa
label-server = 🖥️ Servidor
label-by = 👮 Por
label-reported = 🎯 Jugador denunciado
label-admin = 👮 Administrador
label-map = 🗺️ Mapa
label-connect = 🔗 Conectar
label-called-at = 🕒 Llamado el
label-rights = 🛂 Permisos
label-tiering = 📶 Política de niveles
label-network = 🌐 Red
call-open = (nadie todavía)
call-taken = atendida
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
ends-permanent = nunca (permanente)
ends-online = tras { $time } de juego
ends-session = con la sesión
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
player-erased = borrado
change-by = por { $staff }
change-taken-off = retirado: { $punishments }
change-exempt = { $players ->
    [0] jugadores exentos: ya ninguno
   *[other] jugadores exentos: { $players }
}
evidence-cut = … { $left } { $left ->
    [one] carácter más
   *[other] caracteres más
}; el texto completo está en la infracción.
count-of = { $count } (límite { $limit })
action-none = avisar en el juego
action-told = ninguna, se informa al juego
action-kick = expulsar
action-ban = banear
action-ban-reviewed = banear y después pedir revisión
action-review = pedir revisión
action-unsure = informado por credenciales bajo revisión
withheld-shadow = ninguna: la política está a prueba
withheld-protected = ninguna: el jugador está protegido
title-ban_file-created = 📄 Archivo de baneos añadido
title-ban_file-changed = 📄 Archivo de baneos modificado
title-ban_file-paused = ⏸️ Archivo de baneos en pausa
title-ban_file-resumed = ▶️ Archivo de baneos reanudado
title-ban_file-removed = 🗑️ Archivo de baneos eliminado
title-ban_file-sync_requested = 🔁 Revisión del archivo de baneos solicitada
title-ban_file-host_key_accepted = 🔑 Clave del servidor aceptada
title-ban_file-drifted = ✏️ Alguien editó el archivo de baneos
title-ban_file-protected_met = 🛡️ Jugador protegido no incluido en un archivo de baneos
title-ban_file-refused = ❌ Archivo de baneos no escrito
title-ban_file-failed = ❌ Los baneos no llegan al archivo
title-ban_file-recovered = ✅ Los baneos llegan al archivo de nuevo
label-out-of-step = 🕒 Desactualizado desde
label-lines = 📏 Líneas
drift-of = faltan: { $missing }, cambiadas: { $changed }
drift-repaired = ya corregido
drift-left = se deja como está
label-bans = 🔨 Baneos
title-appeal-opened = ⚖️ Apelación abierta
title-appeal-answered = 💬 Respuesta en una apelación
title-appeal-assigned = 🙋 Apelación asignada
title-appeal-decided = ⚖️ Apelación decidida
title-appeal-code_renewed = 🔑 Código nuevo para apelar
footer-appeal = ID de la apelación: { $id }
label-verdict = ⚖️ Decisión
appeal-not_me = No fui yo
appeal-did_not_do_it = No hice eso
appeal-false_positive = La detección falló
appeal-too_harsh = El castigo es demasiado duro
appeal-sorry = Lo siento y quiero volver
appeal-other = Otra cosa
verdict-upheld = La infracción se mantiene
verdict-reduced = La infracción se ha reducido
verdict-overturned = La infracción se ha levantado
title-account-invited = 👤 Cuenta creada
title-account-invitation_renewed = 👤 Nuevo enlace para una cuenta
title-account-joined = 👤 Cuenta activada
title-account-password_set = 🔑 Contraseña definida
title-account-role_changed = 🛂 Rol cambiado
title-account-totp_enabled = 🔒 Segundo factor activado
title-account-totp_disabled = 🔓 Segundo factor quitado
title-account-recovery_codes_renewed = 🔑 Códigos de recuperación renovados
title-account-recovery_code_used = 🔑 Código de recuperación usado
title-account-disabled = ⛔ Cuenta desactivada
title-account-enabled = 👤 Cuenta reactivada
title-account-sessions_revoked = 🚪 Sesiones cerradas
title-account-signed_in = 🚪 Inicio de sesión
title-account-locked_out = 🔒 Inicio de sesión bloqueado
title-evidence-attached = 📎 Archivo de prueba adjuntado
label-account = 👤 Cuenta
label-role = 🛂 Rol
label-wanted = ➡️ Se pide
wanted-punish = un baneo
wanted-lift = levantar baneos
