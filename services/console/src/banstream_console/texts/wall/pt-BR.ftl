site-name = Muro da Vergonha
site-tagline = Quem trapaceou, ficou. Banimentos em vigor, ao vivo.
skip-to-bans = Ir para os banidos
nav-label = Seções
nav-bans = Banidos
nav-statistics = Estatísticas
language-label = Idioma

tile-total = em vigor
tile-critical = críticos
tile-high = graves
tile-today = hoje
tile-week = em 7 dias

search-title = Procurar
search-label = Nome, motivo ou tipo
search-hint = pelo menos 3 letras
filter-category = Tipo
filter-severity = Severidade
filter-any = Todos
filter-any-severity = Todas
filter-submit = Procurar
filter-clear = Limpar

results-title = Banidos
results-count = { $bans ->
    [one] { $shown } banimento em vigor
   *[other] { $shown } banimentos em vigor
}
results-found = { $bans ->
    [one] { $shown } banimento encontrado
   *[other] { $shown } banimentos encontrados
}
results-more = Mais de { $shown } banimentos encontrados
card-name-unknown = Jogador sem nome
card-reason-none = Sem motivo publicado
card-until = até
card-permanent = Permanente
card-served = Até cumprir o tempo em jogo
card-player = Jogador
card-infraction = Infração
empty-title = O muro está vazio
empty-text = Ninguém está banido agora. Jogo limpo!
nothing-title = Ninguém com essa descrição
nothing-text = Tente outro nome, motivo ou tipo, ou limpe os filtros.
further-text = Nada nesta parte. Há banimentos mais antigos para olhar.
pager-label = Páginas
pager-newest = ← Mais recentes
pager-older = Mais antigos →

stats-title = Estatísticas
stats-by-type = Por tipo
stats-by-type-text = Banimentos em vigor por tipo de infração, do mais frequente ao menos frequente.
stats-by-day = Por dia
stats-by-day-text = Banimentos em vigor por dia em que foram aplicados, nos últimos { $days } dias ({ $zone }). O maior dia tem { $top }.
stats-table = Os números em tabela
stats-column-type = Tipo
stats-column-day = Dia
stats-column-bans = Banimentos
stats-missing = As estatísticas não podem ser lidas agora.

live-on = Ao vivo
live-polling = Atualiza a cada 30 segundos
live-off = Recarregue a página para ver novidades
live-lost = Sem conexão, tentando de novo
stale = { $minutes ->
    [one] O sistema de banimentos não responde. Esta é a situação de 1 minuto atrás.
   *[other] O sistema de banimentos não responde. Esta é a situação de { $minutes } minutos atrás.
}
away-title = O muro não pode ser lido agora
away-text = O sistema de banimentos não responde. Tente de novo em instantes.
delay-note = { $minutes ->
    [0] Banimentos novos aparecem em instantes.
    [one] Banimentos novos aparecem depois de 1 minuto.
   *[other] Banimentos novos aparecem depois de { $minutes } minutos.
}
footer-label = Sobre esta página
footer-data = Os mesmos dados:
footer-privacy = Sem ids, endereços nem coordenadas. Quem deixa de estar banido sai daqui na hora.

error-question-title = Este endereço não faz sentido
error-question = Um parâmetro está errado. Volte ao muro e procure de novo.
error-search-title = Não dá para procurar isto
error-search = Uma busca precisa de pelo menos 3 letras (2 em chinês, japonês e coreano) e no máximo 100.
error-missing-title = Não há nada aqui
error-missing = Este endereço não existe. O muro fica na página inicial.
error-method-title = Isto só se lê
error-method = Esta página não recebe nada.
error-away-title = Não pode ser lido agora
error-away = O sistema de banimentos não responde. Tente de novo em instantes.
error-later-title = Esta versão não consegue lê-lo
error-later = Uma versão posterior do banstream o escreveu, ou ele está danificado. Nada é feito com ele até que rode uma versão que consiga lê-lo; se estiver danificado, `banstream rebuild` o refaz.
error-full-title = Muita gente olhando
error-full = Recarregue a página para ver novidades.
error-too-large-title = Demais de uma vez
error-too-large = Nenhum formulário aceita tanto. Volte e envie menos.
error-unreadable-title = Este formulário não pode ser lido
error-unreadable = Chegou quebrado ou de um jeito que ninguém lê aqui. Envie-o de novo a partir da sua página.
error-typed = O que você escreveu não foi aceito. Copie antes de continuar:
error-kept = O formulário estará preenchido de novo, menos segredos e arquivos.
error-again-text = Pode ter sido guardado, ou não. Enviado de novo daqui, acontece uma vez só:
error-again = Enviar de novo
error-broken-title = Algo quebrou do nosso lado
error-broken = Já está anotado no registro. Tente de novo.
error-back = Ir para o muro

severity-critical = Crítica
severity-high = Grave
severity-medium = Média
severity-low = Leve
severity-none = Sem severidade

category-none = Sem tipo
category-lag-machine = Lag machine
category-fly-hack = Fly hack
category-sky-base = Sky base
category-underground-base = Base subterrânea
category-banned-item = Item proibido
category-item-duplication = Duplicação de itens
category-speed-hack = Speed hack
category-aimbot = Aimbot
category-wallhack = Wallhack
category-alt-account = Conta alternativa
category-garden-exploit = Abuso de jardim
category-raid-exploit = Raid fora de hora
category-glitch-abuse = Abuso de bugs
