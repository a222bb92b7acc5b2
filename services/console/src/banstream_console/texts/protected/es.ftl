protected-lead = Ninguna política los banea ni expulsa por sí sola; se informa de lo que habría hecho.
protected-none = Nadie está protegido
protected-none-text = Protege a alguien cuyos informes quieras revisar a mano, como un streamer.
protected-add = Proteger a un jugador
protected-end = Terminar la protección
protected-end-text = Las políticas vuelven a actuar sobre { $player }.
