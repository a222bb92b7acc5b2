linked-title = Outros no mesmo endereço
linked-nobody = Ninguém mais é conhecido em um endereço deste jogador.
linked-hint = Não é uma prova: uma casa, uma escola, um provedor e uma VPN têm um endereço para muitos.
linked-strength-strong = Vínculo forte
linked-strength-weak = Vínculo fraco
linked-strength-none = Sem vínculo
linked-why-different_people = A equipe deixou um deles entrar pelo endereço do outro: são pessoas diferentes.
linked-why-shared = A equipe deixou alguém entrar por ali: mais de uma pessoa vem dele.
linked-why-crowd = { $players } jogadores são conhecidos ali.
linked-why-old = De um deles nada se sabe ali há mais de 30 dias.
linked-why-together = Ambos foram conhecidos ali nos últimos 30 dias, e nada fala contra isso.
linked-binds = vincula outros agora
linked-theirs = O outro
linked-own = Este jogador
linked-infractions = { $count ->
    [one] 1 infração
   *[other] { $count } infrações
}
linked-let-in = liberado pela equipe
linked-apart = São pessoas diferentes: deixar uma entrar
linked-more = São mostrados os { $shown } mais recentes de { $total }.
linked-addresses = De { $total } endereços foram vistos os { $shown } mais recentes.
linked-binds-also = Vincula também
linked-known-there = { $players ->
    [one] mais 1 jogador conhecido neste endereço
   *[other] mais { $players } jogadores conhecidos neste endereço
}
