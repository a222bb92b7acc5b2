linked-title = Otros en la misma dirección
linked-nobody = No se conoce a nadie más en una dirección de este jugador.
linked-hint = No es una prueba: una casa, una escuela, un proveedor y una VPN tienen una dirección para muchos.
linked-strength-strong = Vínculo fuerte
linked-strength-weak = Vínculo débil
linked-strength-none = Sin vínculo
linked-why-different_people = El equipo dejó entrar a uno desde la dirección del otro: son personas distintas.
linked-why-shared = El equipo dejó entrar a alguien desde allí: más de una persona viene de ella.
linked-why-crowd = Se conocen allí { $players } jugadores.
linked-why-old = De uno de ellos no se sabe nada allí desde hace más de 30 días.
linked-why-together = A ambos se les conoció allí en los últimos 30 días, y nada habla en contra.
linked-binds = obliga ahora a otros
linked-theirs = El otro
linked-own = Este jugador
linked-infractions = { $count ->
    [one] 1 infracción
   *[other] { $count } infracciones
}
linked-let-in = dejado entrar por el equipo
linked-apart = Son personas distintas: dejar entrar a una
linked-more = Se muestran los { $shown } más recientes de { $total }.
linked-addresses = De { $total } direcciones se miraron las { $shown } más recientes.
linked-binds-also = Obliga también
linked-known-there = { $players ->
    [one] a 1 jugador más conocido en esta dirección
   *[other] a { $players } jugadores más conocidos en esta dirección
}
