site-name = Muro de la vergüenza
site-tagline = Hicieron trampa, aquí se quedan. Baneos en vigor, en directo.
skip-to-bans = Ir a los baneados
nav-label = Secciones
nav-bans = Baneados
nav-statistics = Estadísticas
language-label = Idioma

tile-total = en vigor
tile-critical = críticos
tile-high = graves
tile-today = hoy
tile-week = en 7 días

search-title = Buscar
search-label = Nombre, motivo o tipo
search-hint = al menos 3 letras
filter-category = Tipo
filter-severity = Gravedad
filter-any = Todos
filter-any-severity = Todas
filter-submit = Buscar
filter-clear = Limpiar

results-title = Baneados
results-count = { $bans ->
    [one] { $shown } baneo en vigor
   *[other] { $shown } baneos en vigor
}
results-found = { $bans ->
    [one] { $shown } baneo encontrado
   *[other] { $shown } baneos encontrados
}
results-more = Más de { $shown } baneos encontrados
card-name-unknown = Jugador sin nombre
card-reason-none = Sin motivo publicado
card-until = hasta
card-permanent = Permanente
card-served = Hasta cumplir el tiempo en juego
card-player = Jugador
card-infraction = Infracción
empty-title = El muro está vacío
empty-text = Nadie está baneado ahora. ¡Juego limpio!
nothing-title = Nadie con esa descripción
nothing-text = Prueba con otro nombre, motivo o tipo, o limpia los filtros.
further-text = Nada en esta parte. Hay baneos más antiguos que mirar.
pager-label = Páginas
pager-newest = ← Más recientes
pager-older = Más antiguos →

stats-title = Estadísticas
stats-by-type = Por tipo
stats-by-type-text = Baneos en vigor por tipo de infracción, del más frecuente al menos frecuente.
stats-by-day = Por día
stats-by-day-text = Baneos en vigor por el día en que se aplicaron, en los últimos { $days } días ({ $zone }). El día más alto tiene { $top }.
stats-table = Los números en una tabla
stats-column-type = Tipo
stats-column-day = Día
stats-column-bans = Baneos
stats-missing = Las estadísticas no se pueden leer ahora.

live-on = En directo
live-polling = Se actualiza cada 30 segundos
live-off = Recarga la página para ver novedades
live-lost = Sin conexión, intentándolo de nuevo
stale = { $minutes ->
    [one] El sistema de baneos no responde. Así estaba hace 1 minuto.
   *[other] El sistema de baneos no responde. Así estaba hace { $minutes } minutos.
}
away-title = El muro no se puede leer ahora
away-text = El sistema de baneos no responde. Inténtalo de nuevo en un momento.
delay-note = { $minutes ->
    [0] Los baneos nuevos aparecen al instante.
    [one] Los baneos nuevos aparecen después de 1 minuto.
   *[other] Los baneos nuevos aparecen después de { $minutes } minutos.
}
footer-label = Sobre esta página
footer-data = Los mismos datos:
footer-privacy = Sin ids, direcciones ni coordenadas. Quien deja de estar baneado sale de aquí al instante.

error-question-title = Esta dirección no tiene sentido
error-question = Un parámetro está mal. Vuelve al muro y busca de nuevo.
error-search-title = Esto no se puede buscar
error-search = Una búsqueda necesita al menos 3 letras (2 en chino, japonés y coreano) y como mucho 100.
error-missing-title = Aquí no hay nada
error-missing = Esta dirección no existe. El muro está en la página de inicio.
error-method-title = Esto solo se lee
error-method = Esta página no recibe nada.
error-away-title = No se puede leer ahora
error-away = El sistema de baneos no responde. Inténtalo de nuevo en un momento.
error-later-title = Esta versión no puede leerlo
error-later = Lo escribió una versión posterior de banstream, o está dañado. No se hace nada con él hasta que funcione una versión que pueda leerlo; si está dañado, `banstream rebuild` lo rehace.
error-full-title = Mucha gente mirando
error-full = Recarga la página para ver novedades.
error-too-large-title = Demasiado de una vez
error-too-large = Ningún formulario acepta tanto. Vuelve y envía menos.
error-unreadable-title = Este formulario no se puede leer
error-unreadable = Llegó roto o de una forma que aquí nadie lee. Envíalo de nuevo desde su página.
error-typed = Lo que escribiste no se aceptó. Cópialo antes de seguir:
error-kept = El formulario estará relleno de nuevo, salvo secretos y archivos.
error-again-text = Puede que se guardara, o no. Enviado de nuevo desde aquí, ocurre una sola vez:
error-again = Enviar de nuevo
error-broken-title = Algo se rompió de nuestro lado
error-broken = Ya está en el registro. Inténtalo de nuevo.
error-back = Ir al muro

severity-critical = Crítica
severity-high = Grave
severity-medium = Media
severity-low = Leve
severity-none = Sin gravedad

category-none = Sin tipo
category-lag-machine = Lag machine
category-fly-hack = Fly hack
category-sky-base = Sky base
category-underground-base = Base subterránea
category-banned-item = Objeto prohibido
category-item-duplication = Duplicación de objetos
category-speed-hack = Speed hack
category-aimbot = Aimbot
category-wallhack = Wallhack
category-alt-account = Cuenta alternativa
category-garden-exploit = Abuso de jardín
category-raid-exploit = Raid fuera de hora
category-glitch-abuse = Abuso de bugs
